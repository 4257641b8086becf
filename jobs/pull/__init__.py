"""Pull: each source as delivered, everything as text, hashed, with where it came from."""

from jobs.pull.delivery import DeliveredFile, Delivery
from jobs.pull.pull import pull
from jobs.pull.worker import Reader

__all__ = ["DeliveredFile", "Delivery", "Reader", "pull"]
