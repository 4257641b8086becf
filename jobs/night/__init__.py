"""One night in order: intake, gates, remember, evaluate, reconcile, report."""
