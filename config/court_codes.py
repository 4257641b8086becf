"""What the codes of court results and applications say: `config/court_codes.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from config.errors import ConfigFaults, Fault
from config.models import Strict, read_model
from config.order_types import OrderTypes
from config.toml_lines import read_toml

#: The codes that come with Orderwatch.
COURT_CODES_FILE = Path(__file__).with_name("court_codes.toml")


class CourtCode(Strict):
    """What one code says.

    Attributes:
        code: The code.
        type: The kind of order, where it says.
        event: What happened to the order; empty where a result code only says what was made.
        interim: It is an interim order although its type has no code of its own for that.
        either: It does not say whether the order was varied or discharged.
        always: The trigger comes whatever the court decided.
        protective: False for an order that is known and is none of the catalogue.
    """

    code: Annotated[str, Field(pattern=r"^(\d{4}|[A-Z]{2}\d{5})$")]
    type: str | None = None
    event: Literal["made", "varied", "discharged", "unknown"] | None = None
    interim: bool = False
    either: bool = False
    always: bool = False
    protective: bool = True


_COLUMNS: Mapping[str, pl.DataType] = {
    "code": pl.String(),
    "type": pl.String(),
    "event": pl.String(),
    "interim": pl.Boolean(),
    "either": pl.Boolean(),
    "always": pl.Boolean(),
    "protective": pl.Boolean(),
}


@dataclass(frozen=True)
class CourtCodes:
    """Every code.

    Attributes:
        results: CJS result codes.
        offences: CJS offence codes of applications.
    """

    results: Mapping[str, CourtCode]
    offences: Mapping[str, CourtCode]

    def frames(self) -> Mapping[str, pl.DataFrame]:
        """`court_results` and `court_offences` for lookups, one row a code, keyed by `code`."""
        return {
            name: pl.DataFrame([one.model_dump() for one in codes.values()], schema=dict(_COLUMNS))
            for name, codes in (("court_results", self.results), ("court_offences", self.offences))
        }


def load_court_codes(order_types: OrderTypes | None, path: Path = COURT_CODES_FILE) -> CourtCodes:
    """Read the codes.

    Args:
        order_types: The types that a code may name; None where they could not be read.
        path: The file.

    Raises:
        ConfigFaults: With every fault of the file.
    """
    file = read_toml(path, name=path.name)
    faults: list[Fault] = []
    found = {
        part: {
            code: one
            for code, body in file.data.get(part, {}).items()
            if (one := read_model(file, CourtCode, body, faults, part, code, code=code))
        }
        for part in ("results", "offences")
    }
    for part, codes in found.items():
        faults += [
            file.fault(f"`{code}`: `{one.type}` is no type of order_types.toml", part, code)
            for code, one in codes.items()
            if order_types is not None and one.type is not None and one.type not in order_types
        ]
    if faults:
        raise ConfigFaults(faults)
    return CourtCodes(found["results"], found["offences"])
