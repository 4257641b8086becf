"""What a command does beside the night: check, documents, rulebook, demonstration, profile."""
