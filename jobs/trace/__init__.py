"""What a run says while it runs: the log, and the lines on the screen."""
