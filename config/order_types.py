"""The statutory catalogue: what the law says of every order and notice type.

The catalogue is `config/order_types.toml`: law, ranks, ages, lengths, clocks, breach, dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

import polars as pl
from pydantic import Field, model_validator

from config.errors import ConfigFaults, Fault
from config.models import Strict, read_models
from config.toml_lines import TomlFile, read_toml

#: The catalogue that comes with Orderwatch.
ORDER_TYPES_FILE = Path(__file__).with_name("order_types.toml")

#: The code of an order whose type the source does not say in words that are known.
UNKNOWN_TYPE = "UNK"

_Text = Annotated[str, Field(min_length=1)]
_Count = Annotated[int, Field(ge=1)]


class LegalSource(Strict):
    """Where a figure comes from.

    Attributes:
        document: The Act, instrument or guidance.
        item: The section or paragraph.
        says: What it says, in our words.
        verified: False where the text itself was not read.
    """

    document: _Text
    item: _Text
    says: _Text
    verified: bool = True


class OrderType(Strict):
    """One type of order or notice.

    Attributes:
        order_type: Its code.
        name: What it is called.
        law: Where it stands in law.
        applicant: Who applies for it or makes it.
        notice: A notice that the police give, before any court.
        interim: An interim order.
        full_type: The order that follows an interim order or a notice.
        notice_type: The notice that comes before the order.
        min_rank: Lowest rank that may authorise it.
        min_age_subject: Lowest age of the subject, in whole years.
        min_age_protected: Lowest age of a protected person, in whole years.
        min_days: Shortest length in days, first and last day counted.
        max_days: Longest length in days, first and last day counted.
        min_years: Shortest length in years.
        max_years: Longest length in years.
        breach_kind_in_law: Whether breaking it is a crime, a civil matter or neither.
        offence: The offence, or how a breach is dealt with.
        max_penalty_months: The most that breaking it carries.
        commenced: First day such an order could be made, where a rule tests it.
        dormant: The law that makes it is not in force.
        window: Whether the force can apply depends on the date.
        force_can_apply_from: First day the force can apply; empty means closed.
        force_can_apply_to: Last day the force can apply; empty means no end.
        notification_start: Day from which the subject's time to notify runs.
        notification_days: How many days, counting that day.
        national_record: Whether it belongs on the national system.
        match_group: Types that a court feed may name for one another.
        protected_expected: The order protects a named person.
        hearing_h: Statutory-clock hours within which a notice's application is heard.
        civil_court_h: Statutory-clock hours within which an arrested person is before the court.
        source: Where the figures come from.
        note: Anything else to know.
        verified: False while a figure comes from general knowledge.
    """

    order_type: Annotated[str, Field(pattern=r"^[A-Z][A-Z_]*$")]
    name: _Text
    law: _Text
    applicant: _Text
    notice: bool = False
    interim: bool = False
    full_type: str | None = None
    notice_type: str | None = None
    min_rank: str | None = None
    min_age_subject: _Count | None = None
    min_age_protected: _Count | None = None
    min_days: _Count | None = None
    max_days: _Count | None = None
    min_years: _Count | None = None
    max_years: _Count | None = None
    breach_kind_in_law: Literal["crime", "civil", "none"]
    offence: _Text
    max_penalty_months: _Count | None = None
    commenced: date | None = None
    dormant: bool = False
    window: bool = False
    force_can_apply_from: date | None = None
    force_can_apply_to: date | None = None
    notification_start: Literal["made", "served", "in_force", "none"] = "none"
    notification_days: _Count | None = None
    national_record: Literal["always", "with_power_of_arrest", "never"]
    match_group: _Text
    protected_expected: bool = False
    hearing_h: _Count | None = None
    civil_court_h: _Count | None = None
    source: Annotated[tuple[LegalSource, ...], Field(min_length=1, strict=False)]
    note: str = ""
    verified: bool

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        for low, high in (("min_days", "max_days"), ("min_years", "max_years")):
            least, most = getattr(self, low), getattr(self, high)
            if least and most and most < least:
                raise ValueError(f"`{high}` ({most}) is less than `{low}` ({least})")
        if (self.notification_start == "none") != (self.notification_days is None):
            raise ValueError("`notification_start` and `notification_days` go together")
        if not self.window and (self.force_can_apply_from or self.force_can_apply_to):
            raise ValueError("dates of application need `window = true`")
        if self.force_can_apply_to and (
            self.force_can_apply_from is None or self.force_can_apply_to < self.force_can_apply_from
        ):
            raise ValueError("`force_can_apply_to` must come after `force_can_apply_from`")
        if self.verified and not all(source.verified for source in self.source):
            raise ValueError("`verified = true` although one of its sources is not verified")
        return self


#: Columns of `OrderTypes.frame`, in order: every field but the sources and the note.
_FRAME_TYPES: Mapping[str, pl.DataType] = {
    "order_type": pl.String(),
    "name": pl.String(),
    "law": pl.String(),
    "applicant": pl.String(),
    "notice": pl.Boolean(),
    "interim": pl.Boolean(),
    "full_type": pl.String(),
    "notice_type": pl.String(),
    "min_rank": pl.String(),
    "min_age_subject": pl.Int64(),
    "min_age_protected": pl.Int64(),
    "min_days": pl.Int64(),
    "max_days": pl.Int64(),
    "min_years": pl.Int64(),
    "max_years": pl.Int64(),
    "breach_kind_in_law": pl.String(),
    "offence": pl.String(),
    "max_penalty_months": pl.Int64(),
    "commenced": pl.Date(),
    "dormant": pl.Boolean(),
    "window": pl.Boolean(),
    "force_can_apply_from": pl.Date(),
    "force_can_apply_to": pl.Date(),
    "notification_start": pl.String(),
    "notification_days": pl.Int64(),
    "national_record": pl.String(),
    "match_group": pl.String(),
    "protected_expected": pl.Boolean(),
    "hearing_h": pl.Int64(),
    "civil_court_h": pl.Int64(),
    "verified": pl.Boolean(),
}


@dataclass(frozen=True)
class OrderTypes:
    """The whole catalogue.

    Attributes:
        types: The types by code, in the file's order.
    """

    types: Mapping[str, OrderType]

    def __getitem__(self, code: str) -> OrderType:
        return self.types[code]

    def __contains__(self, code: object) -> bool:
        return code in self.types

    @cached_property
    def notices(self) -> tuple[str, ...]:
        """Codes of the notices."""
        return tuple(code for code, kind in self.types.items() if kind.notice)

    @cached_property
    def crimes(self) -> tuple[str, ...]:
        """Codes of the types whose breach is a crime."""
        return tuple(
            code for code, kind in self.types.items() if kind.breach_kind_in_law == "crime"
        )

    def frame(self) -> pl.DataFrame:
        """The catalogue as a frame, for lookups.

        Returns:
            One row a type, keyed by `order_type`, with every field but `source` and `note`.
        """
        rows = [kind.model_dump(include=set(_FRAME_TYPES)) for kind in self.types.values()]
        return pl.DataFrame(rows, schema=dict(_FRAME_TYPES))


def load_order_types(path: Path = ORDER_TYPES_FILE) -> OrderTypes:
    """Read the statutory catalogue.

    Raises:
        ConfigFaults: With every fault of the file.
    """
    file = read_toml(path, name=path.name)
    faults: list[Fault] = []
    types = read_models(file, OrderType, faults, name_field="order_type")
    _check_references(file, types, faults)
    if faults:
        raise ConfigFaults(faults)
    return OrderTypes(types)


def _check_references(file: TomlFile, types: Mapping[str, OrderType], faults: list[Fault]) -> None:
    if UNKNOWN_TYPE in types:
        faults.append(
            file.fault(f"`{UNKNOWN_TYPE}` stands for an unknown type; it cannot be one", "UNK")
        )
    for code, kind in types.items():
        for key in ("full_type", "notice_type"):
            other = getattr(kind, key)
            if other is not None and other not in file.data:
                faults.append(
                    file.fault(f"`{code}`: `{key}` is {other!r}, which is no type", code, key)
                )
        if kind.interim and kind.full_type is None:
            faults.append(file.fault(f"`{code}` is interim and has no `full_type`", code))
