"""A synthetic force that looks like Staffordshire, with faults planted and a record of which."""
