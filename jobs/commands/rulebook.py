"""The rules as people read them: on the command line and in `docs/rulebook.md`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from config.errors import WrongUsage
from config.settings import Settings
from expectations.catalogue import SOURCES, Catalogue, Expectations, Rule
from jobs.night import expectations_of, read_reference, today, writable

_THEMES = {
    "application_governance": "Governance of applications",
    "recording": "Recording",
    "information_sharing": "Information sharing",
    "supervision": "Supervision",
    "breach_response": "Response to breaches",
}

#: Units of thresholds that are not said after the value.
_UNCOUNTED = ("list", "text", "pattern", "map", "date", "count")
#: An aside in brackets, one pair within it allowed: the law stands in the rule's sources.
_ASIDE = re.compile(r"\s*\((?:[^()]|\([^()]*\))*\)")

_STATUS = {
    "trial": " On trial: counted apart.",
    "retired": " Off unless a force switches it on.",
}


def rule_list(settings: Settings, theme: str | None = None) -> str:
    """One line a rule.

    Raises:
        WrongUsage: There is no such theme.
    """
    catalogue = expectations_of(settings, read_reference(settings), today(settings)).catalogue
    rules = _of_theme(catalogue, theme)
    width = max(len(rule.id) for rule in rules)
    return "\n".join(
        f"{rule.id:<{width}}  {rule.severity:<8}  {rule.status:<7}  {rule.title}" for rule in rules
    )


def one_rule(settings: Settings, rule_id: str) -> str:
    """A rule whole, with its theme and its status.

    Raises:
        WrongUsage: There is no such rule.
    """
    expectations = expectations_of(settings, read_reference(settings), today(settings))
    rule = _named(expectations.catalogue, rule_id)
    title, *rest = _page(rule, expectations)
    theme = _THEMES.get(rule.theme, rule.theme)
    return "\n".join([title, f"Theme: {theme} (`{rule.theme}`). Status: {rule.status}.", *rest])


def _named(catalogue: Catalogue, rule_id: str) -> Rule:
    """The rule of an id, whatever its case."""
    ids = {name.casefold(): name for name in catalogue.rules}
    if (found := ids.get(rule_id.casefold())) is not None:
        return catalogue.rules[found]
    near = get_close_matches(rule_id.casefold(), ids, n=3, cutoff=0.8)
    meant = f"; did you mean {' or '.join(ids[name] for name in near)}?" if near else ""
    raise WrongUsage(f"there is no rule {rule_id}{meant}. All of them: orderwatch rules")


def _of_theme(catalogue: Catalogue, theme: str | None) -> list[Rule]:
    """The rules of a theme; all of them where none is named."""
    themes = sorted({rule.theme for rule in catalogue})
    if theme is not None and theme not in themes:
        near = get_close_matches(theme, themes, n=1, cutoff=0.5)
        meant = f"; did you mean `{near[0]}`?" if near else ""
        raise WrongUsage(f"no rule has the theme `{theme}`{meant}. Themes: {', '.join(themes)}")
    return [rule for rule in catalogue if theme in (None, rule.theme)]


def export_rules(
    settings: Settings, path: Path, rule_id: str | None = None, theme: str | None = None
) -> str:
    """Write rules, with the force's own figures, as a page or as a table.

    Args:
        settings: The settings.
        path: The file, `.md` or `.csv`.
        rule_id: Only this rule.
        theme: Only the rules of this theme.

    Returns:
        What was written.

    Raises:
        WrongUsage: There is no such rule or theme, or the file is of another kind.
        NightError: The file cannot be written.
    """
    expectations = expectations_of(settings, read_reference(settings), today(settings))
    if path.suffix not in (".md", ".csv"):
        raise WrongUsage(f"{path} is neither .md (a page) nor .csv (a table)")
    rules = [rule.id for rule in _of_theme(expectations.catalogue, theme)]
    if rule_id is not None:
        rules = [_named(expectations.catalogue, rule_id).id]
    if path.suffix == ".csv":
        lists = pl.col("order_types", "shows", "unless").list.join(", ")
        frame = expectations.catalogue.frame().filter(pl.col("rule_id").is_in(rules))
        text = frame.with_columns(lists).write_csv()
    elif rule_id is not None:
        text = "\n".join(_page(expectations.catalogue[rules[0]], expectations, heading="# ")) + "\n"
    else:
        text = rulebook(expectations, only=frozenset(rules))
    with writable(path):
        path.write_text(text, encoding="utf-8")
    return f"{'1 rule is' if len(rules) == 1 else f'{len(rules)} rules are'} in {path}"


def rulebook(expectations: Expectations, only: Collection[str] | None = None) -> str:
    """Every rule, or only some, theme by theme, for a reader in the oversight body's office."""
    used = Counter(f for rule in expectations.catalogue for f in _figures(rule, expectations))
    common = {
        name for name, rules in used.items() if rules >= len(expectations.catalogue.rules) / 6
    }
    lines = [
        "# Rulebook",
        "",
        "Every test that Orderwatch makes of a record, with the law or policy behind it. This page "
        "is generated from `expectations/rules/`; figures are those of `config/thresholds.toml` "
        "unless a force has set its own.",
        "",
        "A source marked *to be checked* was not read in its own text, or is a local figure: legal "
        "services or the policy owner confirm it before the rule is relied on.",
        "",
        "*Left to* names the rules that report instead where they fail on the same record. Counted "
        "hours are those of the statutory clock, which leaves out Sundays, Christmas Day, Good "
        "Friday and bank holidays.",
        "",
        "These figures are those of many rules, and are not told again below:",
        "",
        *(f"- {_figure(name, expectations)}" for name in sorted(common)),
    ]
    for theme, name in _THEMES.items():
        rules = [
            rule
            for rule in expectations.catalogue
            if rule.theme == theme and (only is None or rule.id in only)
        ]
        if not rules:
            continue
        lines += ["", f"## {name}"]
        for rule in rules:
            lines += ["", *_page(rule, expectations, heading="### ", told=common)]
    return "\n".join(lines) + "\n"


def _page(
    rule: Rule, expectations: Expectations, heading: str = "", told: Collection[str] = ()
) -> Iterator[str]:
    """A rule whole, less the figures that were told already."""
    yield f"{heading}{rule.id}: {rule.title}"
    yield ""
    yield (
        f"{rule.severity.capitalize()} severity, {rule.dimension}, version {rule.version}."
        f"{_STATUS.get(rule.status, '')}"
    )
    if rule.says:
        yield ""
        yield rule.says.strip()
    yield ""
    yield f"- Looks at: {_looked_at(rule, expectations)}"
    for name in sorted(_figures(rule, expectations) - set(told)):
        yield f"- Figure: {_figure(name, expectations)}"
    if rule.unless:
        yield f"- Left to: {_titles(rule.unless, expectations.catalogue)}"
    if rule.shows:
        yield f"- Shows: {'; '.join(_meaning(rule, name, expectations) for name in rule.shows)}"
    for basis in rule.basis:
        doubt = "" if basis.verified else " (to be checked)"
        yield f"- Source: {basis.document}, {basis.item}: {basis.says}{doubt}"
    yield f"- To put it right: {rule.fix.strip()}"


def _looked_at(rule: Rule, expectations: Expectations) -> str:
    if rule.records == SOURCES:
        return "each source, before its records are used"
    kind = rule.records.replace("_", " ")
    if not rule.order_types:
        return kind
    names = dict(expectations.lookups["order_types"].select("order_type", "name").iter_rows())
    types = (f"{_lower(names[code])} ({code})" for code in rule.order_types)
    return f"{kind} of type {', '.join(types)}"


def _titles(rules: Iterable[str], catalogue: Catalogue) -> str:
    return "; ".join(f"{name} ({_lower(catalogue[name].title)})" for name in rules)


def _meaning(rule: Rule, name: str, expectations: Expectations) -> str:
    field = expectations.records.field(rule.records, name)
    fact = expectations.book.facts.get((rule.records, name))
    means = field.means if field else fact.means if fact else ""
    short = re.split("[;:]", _ASIDE.sub("", means), maxsplit=1)[0].strip().rstrip(".")
    return _lower(short) or f"`{name}`"


def _lower(words: str) -> str:
    """Words within a sentence: a name or an abbreviation keeps its capital."""
    first = words.split(" ", 1)[0]
    proper = words.startswith("Home Office") or any(c.isupper() or c.isdigit() for c in first[1:])
    return words if proper else words[:1].lower() + words[1:]


def _figures(rule: Rule, expectations: Expectations) -> set[str]:
    """The thresholds that the verdict depends on and that have a value."""
    book = expectations.book
    names = {
        name
        for fact in book.closure((rule.records, column) for column in rule.columns)
        for formula in (
            *([fact.formula] if fact.formula else []),
            *(fact.join.formulas if fact.join else []),
        )
        for name in formula.names & book.thresholds
    }
    thresholds = expectations.night.thresholds
    return {
        n for n in names if thresholds[n].value is not None and thresholds[n].value not in ("", ())
    }


def _figure(name: str, expectations: Expectations) -> str:
    """A threshold in words: what it does, its value and unit, and what settings call it."""
    value, unit, means = expectations.night.thresholds[name]
    shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    counted = "" if unit in _UNCOUNTED else f" {unit.replace('_', ' ')}"
    if value == 1:
        counted = counted.removesuffix("s")
    return f"{_lower(means)}: {shown}{counted} (`{name}`)"
