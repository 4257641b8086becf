"""Where things are: the checkout, and the data that lies beside it where it is at hand."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Material beside the checkout; tests that need it skip where it is absent.
SHARED = ROOT.parent / "shared"
