"""Turn the tables of a file that people write into typed values, with every fault at its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from config.errors import Fault
from config.toml_lines import TomlFile


class Located(Protocol):
    """Something written that knows its name and the line that each of its keys stands on."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def fault(self, message: str, *path: str | int) -> Fault:
        """A fault at the line of `path`."""


class Strict(BaseModel):
    """A frozen value that refuses keys it does not know and types that do not fit."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


#: What pydantic says of common slips, in plain words.
_PLAINLY = {
    "string_type": "it must be a text",
    "string_too_short": "it must not be empty",
    "string_pattern_mismatch": "it must be a word of letters, digits and `_`",
    "int_type": "it must be a whole number",
    "bool_type": "it must be true or false",
    "list_type": "it must be a list",
    "dict_type": "it must be keys with values",
    "too_short": "it must not be empty",
}

Model = TypeVar("Model", bound=BaseModel)


def read_model(
    file: Located,
    model: type[Model],
    body: Any,
    faults: list[Fault],
    *path: str | int,
    **also: Any,
) -> Model | None:
    """One typed value.

    Args:
        file: What it stands in, for the lines of faults.
        model: What it must be.
        body: The table of the file.
        faults: Where faults are added.
        path: Where the table stands in the file.
        also: Values that do not stand in the table, such as its own name.

    Returns:
        The value, or None when it has a fault.
    """
    label = ".".join(str(part) for part in path) or file.name
    if not isinstance(body, Mapping):
        faults.append(file.fault(f"`{label}` must be a table, not {body!r}", *path))
        return None
    taken = sorted(set(body) & set(also))
    for key in taken:
        faults.append(file.fault(_unknown(label, key, model, also), *path, key))
    try:
        return model.model_validate({**body, **also})
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        for problem in problems:
            where = problem["loc"]
            if where and any(_inside(other["loc"], where) for other in problems):
                continue  # what is wrong inside it says it better
            faults.append(file.fault(_message(label, problem, model, also), *path, *where))
        return None


def read_models(
    file: TomlFile, model: type[Model], faults: list[Fault], *, name_field: str
) -> dict[str, Model]:
    """Every table of a file as a typed value.

    Args:
        file: The file.
        model: What each table must be.
        faults: Where faults are added.
        name_field: The field that takes the table's own name.

    Returns:
        The values that have no fault, by the name of their table.
    """
    found = {
        name: read_model(file, model, body, faults, name, **{name_field: name})
        for name, body in file.data.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _inside(inner: tuple[str | int, ...], outer: tuple[str | int, ...]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _message(
    label: str, problem: Mapping[str, Any], model: type[BaseModel], also: Mapping[str, Any]
) -> str:
    where: Sequence[str | int] = problem["loc"]
    key = ".".join(str(part) for part in where)
    if problem["type"] == "extra_forbidden" and len(where) == 1:
        return _unknown(label, key, model, also)
    if problem["type"] == "extra_forbidden":
        return f"`{label}` has an unknown key `{key}`"
    if problem["type"] == "missing":
        return f"`{label}` has no `{key}`"
    said = _PLAINLY.get(problem["type"]) or problem["msg"].removeprefix("Value error, ")
    if not where:
        return f"`{label}`: {said}"
    return f"`{label}`: `{key}` is {problem['input']!r}: {said}"


def _unknown(label: str, key: str, model: type[BaseModel], also: Mapping[str, Any]) -> str:
    allowed = ", ".join(sorted(set(model.model_fields) - set(also)))
    return f"`{label}` has an unknown key `{key}`; allowed: {allowed}"
