"""What happens on a night: pull, conform, evaluate, reconcile, report."""
