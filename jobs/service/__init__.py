"""The service: the schedule, and what it says of itself."""
