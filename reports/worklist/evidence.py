"""Evidence in plain words: what the record shows, for the person who is to put it right."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from reports.excel import NOT_AVAILABLE
from reports.labels import FieldLabel, label_of
from reports.night import ReportNight
from reports.text import sentence, spoken, uk_date, uk_time

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?"
)

_NAME: Final = re.compile(r"[a-z]+(?:_[a-z0-9]+)+")
#: A code, or names of fields as some facts list them.
_NAMES: Final = re.compile(r"(?=.*_)[a-z0-9_]+(?:(?:, | before )[a-z0-9_]+)*")

#: What stands for a field that the record leaves empty.
EMPTY: Final = "empty"


class EvidenceReader:
    """Turns the evidence of exceptions into text, a line a field.

    Dates are in UK form and times are local. A field that the dictionary calls personal is left
    out, whatever the evidence holds.
    """

    def __init__(self, night: ReportNight) -> None:
        self._night = night
        self._labels: dict[tuple[str, str], FieldLabel] = {}
        #: The fields that were met, by kind of record and name.
        self.met: dict[tuple[str, str], FieldLabel] = self._labels

    def read(self, records: str, evidence: str | None) -> str:
        """The evidence as text."""
        if not evidence:
            return NOT_AVAILABLE
        try:
            fields = json.loads(evidence)
        except ValueError:
            return NOT_AVAILABLE
        if not isinstance(fields, Mapping):
            return NOT_AVAILABLE
        lines = []
        for name, value in fields.items():
            label = self._labels.get((records, name))
            if label is None:
                label = self._night.label(records, name)
                if label.personal:
                    continue
                self._labels[records, name] = label
            lines.append(f"{label.label}: {_said(value, label.codes)}")
        return "\n".join(lines) or NOT_AVAILABLE


def _said(value: Any, codes: Mapping[str, str]) -> str:
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}".rstrip("0")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(_said(item, codes) for item in value) or EMPTY
    text = str(value)
    # A code without words of its own is said as any other.
    return codes[text] if codes.get(text, text) != text else _text(text)


@lru_cache(maxsize=65_536)
def _text(text: str) -> str:
    """A date or a moment in UK form, a code in words, and any other text as it is."""
    if text[:2] in ("19", "20"):
        try:
            if _DATE.fullmatch(text):
                return uk_date(date.fromisoformat(text))
            if _MOMENT.fullmatch(text):
                return uk_time(datetime.fromisoformat(text))
        except ValueError:
            return text
    if _NAMES.fullmatch(text):
        return _NAME.sub(lambda found: _named(found.group()), text)
    return text


def _named(word: str) -> str:
    """The name of a field, or a code, within a sentence."""
    if word.endswith(("_ts", "_date")):
        label = label_of(word)
        return label[:1].lower() + label[1:]
    return spoken(word)


def label_line(records: str, label: FieldLabel) -> tuple[str, str, str]:
    """A row of the data dictionary: kind of record, field, what it holds."""
    return sentence(records.replace("_", " ")), label.label, label.means
