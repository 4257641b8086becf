"""What one column of a new source looks like: how full, of what kind, in what shapes."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from jobs.conform import NULL_WORDS, read_instants

_MONTH_FIRST = ("%m/%d/%Y",)
_WORDS = ("true", "false", "t", "f", "yes", "no", "y", "n", "1", "0")
_MOST = 0.95
_LONGEST_SHAPE = 24
#: Ways to write a day, by a picture of each; a time may follow.
_WAYS = {
    "9999-99-99": r"^\d{4}-\d{1,2}-\d{1,2}(\D|$)",
    "9999/99/99": r"^\d{4}/\d{1,2}/\d{1,2}(\D|$)",
    "99-99-9999": r"^\d{1,2}-\d{1,2}-\d{2,4}(\D|$)",
    "99/99/9999": r"^\d{1,2}/\d{1,2}/\d{2,4}(\D|$)",
    "99.99.9999": r"^\d{1,2}\.\d{1,2}\.\d{4}(\D|$)",
    "99 Aaa 9999": r"^\d{1,2}[ -]?[A-Za-z]{3,9}[ -]?\d{2,4}(\D|$)",
    "Aaa 99, 9999": r"^[A-Za-z]{3,9} \d{1,2},? \d{4}(\D|$)",
    "99999 (a day as Excel counts it)": r"^[34]\d{4}(\.\d+)?$",
}
_FEW_SHAPES = 12
_SHOWN = 3


@dataclass(frozen=True)
class ColumnLook:
    """What a column looks like.

    Attributes:
        name: Its header.
        rows: Cells in all.
        filled: Cells that say something.
        distinct: Different texts among them.
        kind: `timestamp`, `date`, `boolean`, `integer` or `text`; `empty` where nothing is there.
        formats: The formats that a mapping has to name; none where the usual ones read it.
        remarks: What to look at before it is mapped.
        shapes: Its commonest shapes, `A` for a capital, `a` for a letter, `9` for a digit.
        two_formats: Its dates are written in two ways or more.
        words: The different texts, for the words that vocabularies may know; empty where there
            are many.
    """

    name: str
    rows: int
    filled: int
    distinct: int
    kind: str
    formats: tuple[str, ...]
    remarks: tuple[str, ...]
    shapes: tuple[str, ...]
    words: pl.Series
    two_formats: bool = False


def look_at(cells: pl.Series, *, few: int) -> ColumnLook:
    """Look at one column.

    Args:
        cells: Its cells as text.
        few: A column of at most so many different texts may be one of codes.
    """
    text = cells.str.strip_chars(" \t\r\n\0")
    said = text.filter(~text.str.to_lowercase().is_in(list(NULL_WORDS)).fill_null(True))
    distinct = said.n_unique()
    kind, formats, remarks = _kind(said)
    ways = _ways(said)
    if ways:
        remarks = (ways, *remarks)
    return ColumnLook(
        name=cells.name,
        rows=len(cells),
        filled=len(said),
        distinct=distinct,
        kind=kind,
        formats=formats,
        remarks=remarks,
        shapes=_shapes(said),
        words=said.unique(maintain_order=True) if distinct <= few else said.clear(),
        two_formats=bool(ways),
    )


def _kind(said: pl.Series) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    if said.is_empty():
        return "empty", (), ()
    if _share(said.str.to_lowercase().is_in(list(_WORDS))) == 1:
        return "boolean", (), ()
    serials = said.str.contains(r"^\d{5}(\.\d+)?$")
    usual = read_instants(said, (), "Europe/London", midnight_real=False)
    month = read_instants(said, _MONTH_FIRST, "Europe/London", midnight_real=False)
    best = usual
    formats: tuple[str, ...] = ()
    if _share(month.instant.is_not_null()) > _share(usual.instant.is_not_null()):
        best, formats = month, _MONTH_FIRST
    if _share(best.instant.is_not_null()) >= _MOST and _share(serials) < 1:
        return _moments(said, best.time_known, best.ambiguous | best.nonexistent, formats)
    if _share(said.str.contains(r"^[+-]?\d+(\.0+)?$")) == 1:
        noughts = said.str.contains(r"^0\d")
        return ("text" if noughts.any() else "integer"), (), _numbers(said, serials)
    broken = said.str.contains(r"^\d(\.\d+)?[eE]\+\d+$").sum()
    spoilt = f"{broken} cells are numbers that a spreadsheet spoilt (such as 2.1E+10)"
    return "text", (), ((spoilt,) if broken else ())


def _moments(
    said: pl.Series, known: pl.Series, doubtful: pl.Series, formats: tuple[str, ...]
) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    timed = _share(known.fill_null(False))
    midnights = said.str.contains(r"[ T]0?0:00(:00)?$").sum()
    remarks = []
    if timed and midnights:
        remarks.append(f"{midnights} cells are at midnight: is that a time, or no time?")
    if doubtful.any():
        remarks.append(f"{doubtful.sum()} local times fall in an hour of the clock change")
    offsets = said.str.contains(r"(Z|[+-]\d{2}:?\d{2})$").sum()
    if 0 < offsets < len(said):
        remarks.append(f"{offsets} cells have an offset from Greenwich, the others none")
    days = said.str.extract(r"^(\d{1,2})/\d{1,2}/\d{2,4}", 1).cast(pl.Int64).max()
    months = said.str.extract(r"^\d{1,2}/(\d{1,2})/\d{2,4}", 1).cast(pl.Int64).max()
    if isinstance(days, int) and isinstance(months, int) and max(days, months) <= 12:
        remarks.append("no day is past the 12th: see whether day or month stands first")
    return ("timestamp" if timed else "date"), formats, tuple(remarks)


def _ways(said: pl.Series) -> str:
    """That dates are written in two ways or more, with how many of each; else nothing."""
    counts = {name: int(said.str.contains(form).sum()) for name, form in _WAYS.items()}
    there = {name: n for name, n in counts.items() if n}
    if len(there) < 2 or sum(there.values()) < _MOST * len(said):
        return ""
    ranked = sorted(there.items(), key=lambda item: -item[1])
    told = ", ".join(f"{n:,} like {name}" for name, n in ranked)
    return (
        f"dates in {len(there)} formats: {told}: name them all in `formats`, and see which of day "
        "and month stands first in each"
    )


def _numbers(said: pl.Series, serials: pl.Series) -> tuple[str, ...]:
    if serials.all():
        return ("five digits: perhaps days as Excel counts them",)
    return ("whole numbers with `.0`: perhaps codes",) if said.str.ends_with(".0").any() else ()


def _shapes(said: pl.Series) -> tuple[str, ...]:
    shape = (
        said.str.replace_all(r"\p{Lu}", "A")
        .str.replace_all(r"\p{Ll}", "a")
        .str.replace_all(r"\p{Nd}", "9")
        .str.replace_all(r"[^Aa9\s.,:;/+()'&|_@#*-]", "?")
    )
    counts = shape.alias("shape").value_counts(sort=True).get_column("shape")
    if len(counts) > _FEW_SHAPES:
        return (f"{len(counts)} different shapes",)
    return tuple(counts.filter(counts.str.len_chars() <= _LONGEST_SHAPE).head(_SHOWN))


def _share(mask: pl.Series) -> float:
    return float(mask.mean() or 0.0)  # type: ignore[arg-type]
