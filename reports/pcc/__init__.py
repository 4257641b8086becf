"""The sheets of the scrutiny pack, and the protection of the counts in them."""

from reports.pcc.pack import write_pack

__all__ = ["write_pack"]
