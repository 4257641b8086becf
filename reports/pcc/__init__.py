"""The sheets of the scrutiny pack, and the protection of the counts in them."""

from reports.pcc.pack import REPORT, Pack, write_pack

__all__ = ["REPORT", "Pack", "write_pack"]
