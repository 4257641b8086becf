"""What a new source looks like, and a mapping to start from; no value of a person is shown."""

from jobs.commands.profile.profile import Profile, profile

__all__ = ["Profile", "profile"]
