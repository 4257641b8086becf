"""Fingerprints: of persons, of wordings, and of records without a reference."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import polars as pl

_LENGTH = 16


def fingerprints(texts: pl.Series, salt: str) -> pl.Series:
    """A short SHA-256 of each text; each distinct text is worked out once."""
    known = texts.drop_nulls().unique()
    made = [hashlib.sha256(f"{salt}\x1f{text}".encode()).hexdigest()[:_LENGTH] for text in known]
    return texts.replace_strict(
        known, pl.Series(made, dtype=pl.String), default=None, return_dtype=pl.String
    )


def pseudonyms(values: pl.Series, salt: str) -> pl.Series:
    """Fingerprints in the place of what names a person, or of each member of a list."""
    plain = values.list.explode() if values.dtype == pl.List else values
    known = plain.drop_nulls().unique()
    # One person is written in many ways: `n 123 ` is `N123`.
    same = known.str.to_uppercase().str.replace_all(r"\s+", "")
    made = fingerprints(same, salt)
    if values.dtype != pl.List:
        return values.replace_strict(known, made, default=None, return_dtype=pl.String)
    member = pl.element().replace_strict(known, made, default=None, return_dtype=pl.String)
    return values.list.eval(member)


def measured_text(raw: pl.Series, placeholders: Collection[str]) -> pl.DataFrame:
    """What is kept of a wording: its length, a fingerprint, and whether it says nothing.

    A blank wording has the length 0 and no fingerprint.
    """
    words = raw.fill_null("").str.replace_all(r"\s+", " ").str.strip_chars()
    bare = words.str.to_lowercase().str.strip_chars(" .,:;!?-_'\"()[]*")
    blank = pl.Series([None], dtype=pl.String)
    return pl.DataFrame(
        {
            "text_len": words.str.len_chars().cast(pl.Int64),
            "text_hash": fingerprints(words.zip_with(words != "", blank), ""),
            "text_placeholder": bare.is_in(list(placeholders)),
        }
    )
