"""What a new source looks like, and a mapping to start from; no value of a person is shown."""

from jobs.commands.profile.profile import Profile, profile, write_mapping
from jobs.commands.profile.reading import Reading

__all__ = ["Profile", "Reading", "profile", "write_mapping"]
