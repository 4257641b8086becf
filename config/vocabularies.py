"""The words that sources use, and the canonical value that each stands for.

The vocabularies are `config/vocabularies.toml`. A word that is neither a value nor a spelling that
the file lists is unmapped: it becomes empty (or the vocabulary's `unmapped` value, when asked for),
and is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, overload

import polars as pl
from polars.exceptions import ComputeError
from pydantic import Field, field_validator

from config.errors import ConfigFaults, Fault
from config.models import Strict, read_models
from config.toml_lines import TomlFile, read_toml

#: The vocabularies that come with Orderwatch.
VOCABULARIES_FILE = Path(__file__).with_name("vocabularies.toml")

#: Punctuation that means nothing at the edge of a word.
_EDGE = " .,;:!?'\"`*()[]{}<>/\\|#=+&~-"


class _Value(Strict):
    name: str | None = None
    aliases: Annotated[tuple[str, ...], Field(strict=False)] = ()


class _Body(Strict):
    vocabulary: str
    means: Annotated[str, Field(min_length=1)]
    ignore: Annotated[tuple[str, ...], Field(strict=False)] = ()
    accept: str | None = None
    unmapped: str | None = None
    values: Annotated[dict[str, _Value], Field(min_length=1)]

    @field_validator("values", mode="before")
    @classmethod
    def _spellings_alone(cls, values: object) -> object:
        if not isinstance(values, Mapping):
            return values
        return {
            value: {"aliases": spec} if isinstance(spec, list) else spec
            for value, spec in values.items()
        }


@dataclass(frozen=True)
class Vocabulary:
    """One vocabulary.

    Attributes:
        name: What it is called in `records.toml`.
        means: What it is for.
        values: The canonical values, in the file's order (for ranks: lowest first).
        labels: What to print for a value, where that is not the value itself.
        spellings: Every word known, as normalised, and its canonical value.
        ignore: Patterns taken out of a word before it is looked up.
        accept: Pattern of codes that pass as they are, in upper case.
        unmapped: The value that can stand for a word that is there but not known.
    """

    name: str
    means: str
    values: tuple[str, ...]
    labels: Mapping[str, str]
    spellings: Mapping[str, str]
    ignore: tuple[str, ...] = ()
    accept: str | None = None
    unmapped: str | None = None

    @classmethod
    def of(
        cls,
        name: str,
        values: Iterable[str],
        *,
        means: str = "",
        aliases: Mapping[str, Iterable[str]] | None = None,
    ) -> Vocabulary:
        """A vocabulary that is no file's, such as the `values` of a field of the dictionary.

        Args:
            name: What it is called.
            values: The canonical values.
            means: What it is for.
            aliases: Other spellings of a value. A word of two values stands for the first.
        """
        listed = tuple(values)
        owners = [
            (word, value) for value in listed for word in (value, *(aliases or {}).get(value, ()))
        ]
        spellings: dict[str, str] = {}
        for normal, (_, value) in zip(_normal((w for w, _ in owners), ()), owners, strict=True):
            spellings.setdefault(normal, value)
        return cls(name, means, listed, {}, spellings)

    def label(self, value: str) -> str:
        """What to print for a value."""
        return self.labels.get(value, value)

    def order(self) -> Mapping[str, int]:
        """The position of each value, from 1."""
        return {value: position for position, value in enumerate(self.values, start=1)}

    @overload
    def map_frame(self, values: pl.Series, *, fill_unmapped: bool = ...) -> pl.Series: ...
    @overload
    def map_frame(self, values: pl.Expr, *, fill_unmapped: bool = ...) -> pl.Expr: ...
    def map_frame(
        self, values: pl.Series | pl.Expr, *, fill_unmapped: bool = False
    ) -> pl.Series | pl.Expr:
        """The canonical value of each word of a column.

        Args:
            values: The words; an expression is mapped lazily, a series word by distinct word.
            fill_unmapped: Put the vocabulary's `unmapped` value, where it has one, in the place
                of a word that is there but not known.

        Returns:
            Canonical values, with empty for an empty or (by default) unknown word.
        """
        if isinstance(values, pl.Expr):
            return self._mapped(values, fill_unmapped=fill_unmapped)
        words = values.cast(pl.String()).unique().drop_nulls().alias("word")
        known = words.to_frame().select(
            "word", self._mapped(pl.col("word"), fill_unmapped=fill_unmapped).alias("value")
        )
        return values.cast(pl.String()).replace_strict(
            known["word"], known["value"], default=None, return_dtype=pl.String()
        )

    def _mapped(self, words: pl.Expr, *, fill_unmapped: bool) -> pl.Expr:
        normal = _normalised(words, self.ignore)
        found = normal.replace_strict(
            list(self.spellings),
            list(self.spellings.values()),
            default=None,
            return_dtype=pl.String(),
        )
        if self.accept is not None:
            code = words.cast(pl.String()).str.strip_chars().str.to_uppercase()
            found = pl.coalesce(found, pl.when(code.str.contains(self.accept)).then(code))
        if fill_unmapped and self.unmapped is not None:
            there = _normalised(words, ()).str.len_chars() > 0
            found = pl.coalesce(found, pl.when(there).then(pl.lit(self.unmapped)))
        return found


def load_vocabularies(path: Path = VOCABULARIES_FILE) -> Mapping[str, Vocabulary]:
    """Read the vocabularies.

    Returns:
        The vocabularies by name.

    Raises:
        ConfigFaults: With every fault of the file.
    """
    file = read_toml(path, name=path.name)
    faults: list[Fault] = []
    bodies = read_models(file, _Body, faults, name_field="vocabulary")
    found = {name: _vocabulary(file, body, faults) for name, body in bodies.items()}
    if faults:
        raise ConfigFaults(faults)
    return found


def _vocabulary(file: TomlFile, body: _Body, faults: list[Fault]) -> Vocabulary:
    name = body.vocabulary
    patterns = _working_patterns(file, body, faults)
    owners: list[tuple[str, str]] = [
        (value, word)
        for value, spec in body.values.items()
        for word in dict.fromkeys((value, *([spec.name] if spec.name else []), *spec.aliases))
    ]
    spellings: dict[str, str] = {}
    for (value, word), normal in zip(
        owners, _normal([word for _, word in owners], patterns), strict=True
    ):
        other = spellings.setdefault(normal, value)
        if not normal:
            message = f"`{name}`: nothing is left of {word!r} once `ignore` is taken out"
        elif other != value:
            message = f"`{name}`: {word!r} stands for both `{other}` and `{value}`; keep one"
        else:
            continue
        faults.append(file.fault(message, name, "values", value))
    if body.unmapped is not None and body.unmapped not in body.values:
        faults.append(
            file.fault(
                f"`{name}`: `unmapped` is {body.unmapped!r}; allowed: {', '.join(body.values)}",
                name,
                "unmapped",
            )
        )
    return Vocabulary(
        name=name,
        means=body.means,
        values=tuple(body.values),
        labels={value: spec.name for value, spec in body.values.items() if spec.name},
        spellings=spellings,
        ignore=patterns,
        accept=body.accept,
        unmapped=body.unmapped,
    )


def _working_patterns(file: TomlFile, body: _Body, faults: list[Fault]) -> tuple[str, ...]:
    """The patterns of `ignore` that Polars can read, with a fault for each that it cannot."""
    working: list[str] = []
    for key, pattern in [("ignore", p) for p in body.ignore] + [("accept", body.accept or "")]:
        try:
            pl.Series(["x"]).str.contains(pattern)
        except ComputeError as error:
            said = " ".join(str(error).split())
            faults.append(
                file.fault(
                    f"`{body.vocabulary}`: {pattern!r} is not a regular expression: {said}",
                    body.vocabulary,
                    key,
                )
            )
        else:
            if key == "ignore":
                working.append(pattern)
    return tuple(working)


def _normal(words: Iterable[str], ignore: tuple[str, ...]) -> list[str]:
    column = pl.Series("word", list(words), dtype=pl.String())
    return column.to_frame().select(_normalised(pl.col("word"), ignore))["word"].to_list()


def _normalised(words: pl.Expr, ignore: tuple[str, ...]) -> pl.Expr:
    """A word as it is looked up: one case, one kind of quote, dash and space, bare edges."""
    plain = (
        words.cast(pl.String())
        .str.replace_all("[\u2018\u2019\u00b4`]", "'")
        .str.replace_all("[\u2010-\u2015]", "-")
        .str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_all(r"[\s_]+", " ")
        .str.strip_chars(_EDGE)
    )
    for pattern in ignore:
        plain = plain.str.replace_all(pattern, " ")
    if ignore:
        plain = plain.str.replace_all(r"\s+", " ").str.strip_chars(_EDGE)
    return plain
