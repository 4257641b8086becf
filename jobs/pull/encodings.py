"""The encoding of a text, found out by fixed rules, and its bytes as UTF-8.

1. A mark at the beginning says UTF-8 or UTF-16. Without one, text of two bytes a letter is told by
   its NUL bytes.
2. Bytes that are UTF-8 throughout are UTF-8. So they are where only the last character is cut: the
   text is then incomplete.
3. Otherwise the text is *otherwise UTF-8* where it has the UTF-8 mark; or where, for ten bytes or
   fewer that are no UTF-8, it holds a sequence that is a character in UTF-8 and that cp1252 text
   hardly holds (an A with a tilde before a copyright sign, but not a capital with an accent before
   a quotation mark); or where it has as many sequences of UTF-8 as bytes that are none. Such a text
   is read as UTF-8, and what is no UTF-8 in it becomes a mark that its cell is rejected for.
4. What is left and has a meaning in cp1252 throughout is cp1252, and said to be.
5. What is none of these is UTF-8 with bytes that are none. No other code page is ever guessed: most
   of them give a letter to every byte, so that each would fit.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

import polars as pl

#: Text of two bytes a letter has this share of NUL bytes or more, and all on one side.
_NULS = 0.3
_SAMPLE = 4096
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Encodings whose bytes need not be changed.
_UTF_8 = ("utf-8", "utf-8-sig", "ascii")
#: Characters of UTF-8 that would be nonsense in cp1252: after a capital with an accent cp1252 text
#: may well have a quotation mark, a dash or a hard space, but hardly another sign.
_PLAIN = re.compile(
    rb"[\xc2\xc3][\x80-\xbf]|[\xc4-\xdf][\xa1-\xaa\xac-\xb3\xb5-\xba\xbc-\xbf]"
    rb"|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_SEQUENCE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
#: So many bytes that are no UTF-8 are outweighed by one such character.
_TO_ONE = 10
#: Code points that are no characters, of which one that the text does not have stands for bytes
#: that could not be decoded.
_NO_CHARACTERS = [chr(point) for point in range(0xFDD0, 0xFDF0)]


class Text(NamedTuple):
    """A text as UTF-8.

    Attributes:
        data: Its bytes, without a mark at the beginning.
        encoding: What it was delivered in.
        undecodable: What stands in `data` for bytes that could not be decoded; None where all
            could.
        cut: It ends in the middle of a character.
    """

    data: bytes
    encoding: str
    undecodable: str | None = None
    cut: bool = False


def as_utf8(data: bytes, encoding: str | None = None) -> Text:
    """A text as UTF-8, from the encoding that is said or found out."""
    found = codecs.lookup(encoding).name if encoding else _by_mark(data)
    if found is None or found in _UTF_8:
        body = data.removeprefix(codecs.BOM_UTF8)
        name = found or "utf-8"
        if _is_utf8(body):
            return Text(body, name)
        error = _first_error(body)
        # The first byte that does not fit belongs to a character that the data ends in.
        cut = error.end == len(body) and error.reason == "unexpected end of data"
        if cut or found is not None or _otherwise_utf8(body) or not _is(body, "cp1252"):
            return _decoded(body, name if found else "utf-8", "utf-8")
        found, data = "cp1252", body
    return _decoded(data, found, found)


def find_encoding(data: bytes) -> str:
    """The encoding by the rules above."""
    return as_utf8(data).encoding


def _decoded(data: bytes, name: str, codec: str) -> Text:
    """The text where it may hold bytes that are none of the encoding."""
    try:
        return Text(data.decode(codec).removeprefix("\ufeff").encode(), name)
    except UnicodeError:
        pass
    try:
        # What the encoding makes of a lone half of a pair is no text either.
        sure = data.decode(codec, "ignore")
    except UnicodeError:  # a mark in the wrong place; nothing of it can be read
        sure = ""
    stands_for = next((c for c in _NO_CHARACTERS if c not in sure), _NO_CHARACTERS[0])
    last = [0, ""]

    def mark(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        last[:] = [error.end, error.reason]
        return stands_for, error.end

    codecs.register_error("orderwatch.undecodable", mark)
    text = data.decode(codec, "orderwatch.undecodable").removeprefix("\ufeff")
    cut = last[0] == len(data) and last[1] in (
        "unexpected end of data",
        "truncated data",
    )
    return Text(text.encode("utf-8", "replace"), name, stands_for, cut)


def _by_mark(data: bytes) -> str | None:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    sample = data[:_SAMPLE]
    for name, nuls in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if nuls and nuls.count(0) / len(nuls) > 2 * _NULS and sample.count(0) > _NULS * len(sample):
            other = sample[::2] if name == "utf-16-le" else sample[1::2]
            if other.count(0) < len(other) / 2:  # else it is no text, but nothing
                return name
    return None


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        pl.Series([data], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _first_error(data: bytes) -> UnicodeDecodeError:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error
    raise AssertionError("the bytes are UTF-8")


def _is(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _otherwise_utf8(data: bytes) -> bool:
    plain = sum(1 for _ in _PLAIN.finditer(data))
    rest, sequences = _SEQUENCE.subn(b"", data)
    wrong = sum(byte > 0x7F for byte in rest)
    return 0 < wrong <= plain * _TO_ONE or (sequences > 0 and sequences >= wrong)
