"""Gates: each source against its own past; links, units and words."""
