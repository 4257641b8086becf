"""What must be true of a record: the rules, the facts they read and their evaluation."""
