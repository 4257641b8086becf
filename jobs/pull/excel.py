"""Excel sources: a sheet as a table, with its header found and its odd cells named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from config.errors import SourceError
from config.sentences import Said, say
from config.settings import Limits, Source
from expectations.extract import FILE, ROW
from jobs.pull.bounds import LIMITS, guarded
from jobs.pull.delivery import BAD_CELLS, DeliveredFile, Part, digest, unique_headers
from jobs.pull.footer import ends_at
from jobs.pull.merged import Covered, covered_cells, with_values
from jobs.pull.workbook import Sheet, read_workbook

#: Rows below the header that are looked at for one that is more like a header.
_LOOKED_AT = 20
#: What parts the cells of a row where it is looked at as a line.
_PARTED = "\x1f"
#: A line of cells that could not be taken.
_ODD = "\ufffd"
_AT = "row"
_BAD = pl.Schema({name: dtype for name, dtype in BAD_CELLS.items() if name != FILE})


def read_excel(path: Path, source: Source, limits: Limits = LIMITS) -> Part:
    """Read one sheet of a workbook, every cell as text.

    Numbers that Excel keeps for dates stay numbers; a mapping decides what they are. The rows of
    records are counted from the header; a row of blanks alone keeps its number and is left out.

    Raises:
        SourceError: There is no such sheet, the file is no workbook, or it is too large.
        OSError: It cannot be read.
    """
    sheet = read_workbook(path, limits, source.sheet)
    file = DeliveredFile(
        name=path.name,
        sha256=digest([sheet.data]),
        size=len(sheet.data),
        modified=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        since_1904=sheet.since_1904,
    )
    with guarded():
        return _part(file, sheet, source, limits)


def _part(file: DeliveredFile, sheet: Sheet, source: Source, limits: Limits) -> Part:
    layout = _layout(sheet, source)
    covered = covered_cells(sheet, limits)
    body = layout.body
    columns, names = _header(sheet, layout, covered)
    headers, repeated = unique_headers(names)
    called = dict(zip(columns, headers, strict=True))

    below = (pl.col(_AT) - layout.header).cast(pl.UInt32).alias(ROW)
    rows = with_values(sheet.cells, covered, fill=source.merged == "fill")
    frame = (
        rows.with_columns(_numbers())
        .filter(pl.col(_AT).is_in(body.implode()))
        .select(*(pl.col(str(column)).alias(name) for column, name in called.items()), below)
    )
    inside = pl.col(_AT).is_in(body.implode()) & pl.col("column").is_in(columns)
    hidden = covered.frame.filter(inside)
    reason = "odd" if source.merged == "fill" else pl.lit("merged_cell").alias("odd")
    under = hidden.select(_AT, "column", reason).rename({"odd": "reason"}).drop_nulls("reason")
    bad_cells = (
        pl.concat([under, sheet.odd.filter(inside)])
        .unique([_AT, "column"], keep="first", maintain_order=True)
        .select(below, pl.col("column").replace_strict(called, return_dtype=pl.String), "reason")
        .sort(ROW, maintain_order=True)
    )
    notes = (*repeated, *_notes(sheet, source, layout, hidden.height))
    return Part(
        file,
        frame,
        notes=notes,
        bad_cells=bad_cells.match_to_schema(_BAD),
        left_out=layout.blank + layout.footer,
    )


@dataclass(frozen=True)
class _Layout:
    """Where things are on a sheet.

    Attributes:
        header: The row of the header.
        body: The rows of records.
        blank: Rows below the header that hold nothing.
        footer: Last rows that the settings leave out.
        wide: How many cells of the header are filled.
        wider: The first row near the header that has far more of them, and how many; or None.
        short: How many cells of the last row are filled, and how many of the usual row, where that
            is far more; or None.
    """

    header: int
    body: pl.Series
    blank: int
    footer: int
    wide: int
    wider: tuple[int, int] | None
    short: tuple[int, int] | None


def _numbers() -> pl.Expr:
    return pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).alias(_AT)


def _layout(sheet: Sheet, source: Source) -> _Layout:
    """Find the header and the records.

    A cell of blanks alone holds nothing, one that could not be taken does.

    Raises:
        SourceError: Nothing stands on the sheet, or nothing in the row of the header.
    """
    counts = (
        sheet.cells.select(
            pl.sum_horizontal(pl.all().str.strip_chars().str.len_bytes().fill_null(0) > 0)
            .cast(pl.UInt32)
            .alias("filled")
            if sheet.cells.width
            else pl.lit(0, pl.UInt32).alias("filled")
        )
        .with_columns(_numbers())
        .join(sheet.odd.group_by(_AT).len("odd"), on=_AT, how="left")
        .with_columns(pl.col("filled") + pl.col("odd").fill_null(0))
    )
    filled = counts.filter(pl.col("filled") > 0)
    if filled.is_empty():
        raise SourceError(
            say("pull.empty_sheet", sheets=sheet.sheets)
            if sheet.sheets > 1 and source.sheet is None
            else say("pull.empty")
        )
    said = source.skip_rows + source.header_row
    # Where nothing is said, blank rows above the header are no header.
    header = int(filled.item(0, _AT)) if said == 1 else said
    wide = int(filled.filter(pl.col(_AT) == header).get_column("filled").sum())
    if not wide:
        raise SourceError(say("pull.no_header_there", row=header))
    below = filled.filter(pl.col(_AT) > header)
    rows = below.get_column(_AT)
    lines = _lines(sheet)[rows.cast(pl.Int64) - 1] if rows.len() else pl.Series([], dtype=pl.String)
    end, footer = ends_at(lines, source.skip_footer, _PARTED if wide > 1 else None)
    body = below.head(end)
    return _Layout(
        header=header,
        body=body.get_column(_AT),
        blank=max(sheet.cells.height - header, 0) - below.height,
        footer=footer,
        wide=wide,
        wider=_wider(body, wide, sheet, source),
        short=_short(body),
    )


def _wider(body: pl.DataFrame, wide: int, sheet: Sheet, source: Source) -> tuple[int, int] | None:
    """The first row near the header that has far more filled cells, if any has.

    Raises:
        SourceError: Most of them have: what was taken for the header is a title or another sheet.
    """
    if wide == 1 and sheet.sheets > 1 and source.sheet is None:
        raise SourceError(say("pull.perhaps_cover", sheets=sheet.sheets))
    near = body.head(_LOOKED_AT)
    far = near.filter(pl.col("filled") > max(2 * wide, 2))
    if far.is_empty():
        return None
    row, filled = far.item(0, _AT), far.item(0, "filled")
    if 2 * far.height >= near.height:
        raise SourceError(say("pull.title_rows", wide=wide, row=row, filled=filled))
    return row, filled


def _short(body: pl.DataFrame) -> tuple[int, int] | None:
    """How many cells of the last row are filled, and of the usual row, where it may be a total."""
    filled = body.get_column("filled")
    if filled.len() < 4:  # no row is usual among so few
        return None
    last, usual = filled.item(-1), filled.head(-1).min()
    return (last, usual) if isinstance(usual, int) and 2 * last <= usual else None


def _lines(sheet: Sheet) -> pl.Series:
    """Each row as one text, as it would stand in a text file without quotes.

    A row of cells that could not be taken is no blank one.
    """
    odd = sheet.odd.get_column(_AT).unique().implode()
    text = pl.concat_str(
        pl.exclude(_AT).str.replace_all('"', "", literal=True), separator=_PARTED, ignore_nulls=True
    )
    blank = text.str.strip_chars() == ""
    return (
        sheet.cells.with_columns(_numbers())
        .select(pl.when(blank & pl.col(_AT).is_in(odd)).then(pl.lit(_ODD)).otherwise(text))
        .to_series()
    )


def _header(sheet: Sheet, layout: _Layout, covered: Covered) -> tuple[Sequence[int], Sequence[str]]:
    """The columns that are taken, and what stands at their head.

    A column that holds nothing and has no header is one that somebody widened once. A header that
    is merged over several columns is the header of each of them that holds something.
    """
    numbers = [int(name) for name in sheet.cells.columns]
    rows = sheet.cells[layout.body.cast(pl.Int64) - 1]
    holding = {
        int(name)
        for name, there in rows.select((pl.all().str.strip_chars().str.len_bytes() > 0).any())
        .row(0, named=True)
        .items()
        if there
    } | set(sheet.odd.filter(pl.col(_AT).is_in(layout.body.implode())).get_column("column"))
    own = {
        number: (sheet.cells.item(layout.header - 1, str(number)) or "").strip()
        for number in numbers
    }
    above = covered.at(layout.header)
    names = {
        number: own[number] or (above.get(number, "") if number in holding else "")
        for number in numbers
    }
    kept = [number for number in numbers if names[number] or number in holding]
    return kept, [names[number] for number in kept]


def _notes(sheet: Sheet, source: Source, layout: _Layout, covered: int) -> Iterator[Said]:
    if sheet.sheets > 1 and source.sheet is None:
        yield say("pull.several_sheets", sheets=sheet.sheets)
    if layout.wider is not None:
        row, filled = layout.wider
        yield say("pull.perhaps_title_rows", wide=layout.wide, row=row, filled=filled)
    odd = sheet.odd.filter(pl.col(_AT) == layout.header).height
    if layout.short is not None:
        yield say("pull.perhaps_footer", cells=layout.short[0], usual=layout.short[1])
    if odd:
        yield say("pull.odd_headers", cells=odd)
    if layout.blank:
        yield say("pull.blank_rows", rows=layout.blank)
    if layout.footer:
        yield say("pull.footer", rows=layout.footer)
    if covered:
        filled = source.merged == "fill"
        yield say("pull.merged_filled" if filled else "pull.merged_rejected", cells=covered)
    if sheet.since_1904:
        yield say("pull.since_1904")
