"""The shapes of what stands in the files of rules and facts: which keys, and what each may hold."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from config.models import Strict

Text = Annotated[str, Field(min_length=1)]
#: What a formula can name.
Name = Annotated[str, Field(pattern="^[A-Za-z_][A-Za-z0-9_]*$")]
#: A formula; YAML reads one that is a lone number or truth value as that.
Written = str | int | float | bool
Names = Annotated[list[Text], Field(default_factory=list)]
Mapped = Annotated[dict[str, Any], Field(default_factory=dict)]


class WrittenBasis(Strict):
    """Where a rule comes from."""

    document: Text
    item: Text
    says: Text
    verified: bool


class WrittenRule(Strict):
    """A rule; see `Rule` for what its keys mean."""

    id: Text
    version: Annotated[int, Field(ge=1)]
    title: Text
    theme: str
    dimension: str
    severity: str
    records: str
    basis: Annotated[list[WrittenBasis], Field(min_length=1)]
    fix: Text
    says: str = ""
    status: str = "active"
    order_types: Names
    when: Mapped
    exempt: Annotated[list[dict[str, Any]], Field(default_factory=list)]
    expect: Mapped
    gate: Text | None = None
    due: Text | None = None
    pending: str = "not_covered"
    undated: str = "not_covered"
    shows: Names
    needs: Names
    unless: Names
    unit: Text | None = None
    severity_by: Text | None = None


class WrittenCluster(Strict):
    """Rows that come many at a time; see `Cluster`."""

    where: Written
    by: Annotated[list[str], Field(min_length=1)]
    at: str
    within: Written
    distinct: Annotated[list[str], Field(min_length=1)]
    at_least: Written
    key: str


class WrittenFact(Strict):
    """A fact; see `Fact`."""

    fact: Name
    of: str
    means: Text
    personal: bool | None = None
    formula: Written | None = None
    cluster: WrittenCluster | None = None
    from_: Annotated[str | None, Field(alias="from")] = None
    match: Annotated[dict[str, str], Field(default_factory=dict)]
    where: Written | None = None
    take: str | None = None
    lenient: Names


class WrittenSet(Strict):
    """A named list of codes."""

    set: Name
    values: Annotated[list[str | int], Field(min_length=1)]
    means: str = ""


class WrittenClosure(Strict):
    """A table of descent; see `Closure`."""

    closure: Name
    of: str
    means: str
    key: str
    parent: str
    depth: Annotated[int, Field(ge=1)]
