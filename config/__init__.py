"""What people may change without Python: settings, the field dictionary, vocabularies."""
