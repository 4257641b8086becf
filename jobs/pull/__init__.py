"""Pull: each source as delivered, everything as text, hashed, with where it came from."""

from jobs.pull.delivery import BAD_CELLS, BAD_ROWS, DeliveredFile, Delivery
from jobs.pull.headless import looks_headless
from jobs.pull.pull import pull
from jobs.pull.where import apply_where

__all__ = [
    "BAD_CELLS",
    "BAD_ROWS",
    "DeliveredFile",
    "Delivery",
    "apply_where",
    "looks_headless",
    "pull",
]
