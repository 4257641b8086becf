r"""Texts as every database can hold them: what cannot stand in one is written out, and read back.

A control character in a key becomes `\x00`, half of a surrogate pair `\ud800`, and a backslash that
stands before such words `\x5c`; so that two texts never become one, and each comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import polars as pl

_UNFIT = r"[\x00-\x1f\x7f]|\\x[0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}"
_WRITTEN = r"\\x[0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}"

_OUT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]|\\(?=x[0-9a-f]{2}|ud[89a-f][0-9a-f]{2})")
_IN = re.compile(r"\\x([0-9a-f]{2})|\\u(d[89a-f][0-9a-f]{2})")


def storable(text: str) -> str:
    """A text as a database can hold it."""
    return _OUT.sub(lambda found: _written(ord(found[0])), text)


def restored(text: str) -> str:
    """The text that `storable` was given."""
    return _IN.sub(lambda found: chr(int(found[1] or found[2], 16)), text)


def storable_frame(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame whose texts a database can hold."""
    return frame.with_columns(
        _each(frame.get_column(name), _UNFIT, storable)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )


def restored_series(texts: pl.Series) -> pl.Series:
    """Texts that a database held, as they were."""
    return _each(texts, _WRITTEN, _whole)


def _each(texts: pl.Series, pattern: str, change: Callable[[str], str]) -> pl.Series:
    """Change those few of many texts that match."""
    found = texts.filter(texts.str.contains(pattern)).unique()
    if found.is_empty():
        return texts
    return texts.replace({text: change(text) for text in found})


def _whole(text: str) -> str:
    """As `restored`; a frame holds no half of a surrogate pair, so that one stays written out."""
    return _IN.sub(lambda found: chr(int(found[1], 16)) if found[1] else found[0], text)


def _written(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
