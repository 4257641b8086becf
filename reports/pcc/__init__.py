"""The sheets of the scrutiny pack, and the protection of the counts in them."""
