"""A file a change of schema, each named for its number."""
