"""What the dataset gates found, in the same shape as what the rules found."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import polars as pl

from config.sentences import joined, say
from expectations.catalogue import SOURCES, Catalogue, Rule
from expectations.evaluation import (
    EXCEPTION_SCHEMA,
    OUTCOME_SCHEMA,
    Evaluation,
    Finding,
    finding_frame,
)
from jobs.gates.model import GateResult

#: The unit that answers for sources; they never reach a unit's worklist.
OPERATOR = "data_team"


def with_gates(
    evaluation: Evaluation,
    results: Sequence[GateResult],
    catalogue: Catalogue,
    *,
    sources: Collection[str],
    known: pl.DataFrame,
) -> Evaluation:
    """The evaluation with the gates' exceptions, outcomes and coverage added.

    Args:
        evaluation: What the rules found.
        results: One result a gate, source and, where a gate tests parts of one, part.
        catalogue: The rules; a gate that none names is not reported.
        sources: The sources that there are. What a gate found of one before is not forgotten on a
            night on which it did not run.
        known: Exceptions that are open: `records`, `record_key`.
    """
    rules = catalogue.gates
    named = [result for result in results if result.gate in rules]
    ran = [result for result in named if result.outcome == "ran"]
    failing = finding_frame(
        [
            Finding(
                rule=_as_severe(rules[result.gate], result),
                record_key=result.key,
                unit_code=OPERATOR,
                evidence=json.dumps(result.evidence, default=str),
            )
            for result in ran
            if result.failed
        ]
    )
    causes = [
        _cause(rules, result.hidden_by) if result.hidden_by else None
        for result in ran
        if result.failed
    ]
    failing = failing.with_columns(pl.Series("hidden_by", causes, dtype=pl.String))
    before = known.filter(pl.col("records") == SOURCES).get_column("record_key").to_list()
    kept = {key for key in before if key.partition(":")[0] in sources}
    keys = sorted({result.key for result in ran} | kept)
    tested = {(result.gate, result.key) for result in ran}
    covered = pl.DataFrame(
        {
            "record_key": keys,
            "set_aside": [False] * len(keys),
            **{
                rule.id: [True if (gate, key) in tested else None for key in keys]
                for gate, rule in rules.items()
            },
        },
        schema={
            "record_key": pl.String,
            "set_aside": pl.Boolean,
            **{rule.id: pl.Boolean for rule in rules.values()},
        },
    )
    return replace(
        evaluation,
        failing=pl.concat([evaluation.failing, failing.select(EXCEPTION_SCHEMA.names())]),
        outcomes=pl.concat([evaluation.outcomes, _outcomes(named, catalogue)]),
        covered={**evaluation.covered, SOURCES: covered},
    )


def warnings(results: Sequence[GateResult], catalogue: Catalogue) -> list[str]:
    """What the gates that are on would have the operator know, a line a source and finding."""
    return [
        f"{result.source}: {result.message}"
        for result in results
        if result.action == "warn" and result.gate in catalogue.gates and not result.hidden_by
    ]


def _as_severe(rule: Rule, result: GateResult) -> Rule:
    """The rule with the severity of what was found."""
    return replace(rule, severity="critical") if result.critical else rule


def _cause(rules: Mapping[str, Rule], gate: str) -> str | None:
    """The rule that reports the cause of a failure, where it is active: no other stands for one."""
    rule = rules.get(gate)
    return rule.id if rule is not None and rule.status == "active" else None


def _outcomes(results: Sequence[GateResult], catalogue: Catalogue) -> pl.DataFrame:
    rows: list[Mapping[str, object]] = []
    for gate, rule in catalogue.gates.items():
        mine = [result for result in results if result.gate == gate]
        ran = [result for result in mine if result.outcome == "ran"]
        outcome, reason = _outcome(mine)
        failed = [result for result in ran if result.failed]
        behind = [_cause(catalogue.gates, one.hidden_by) for one in failed if one.hidden_by]
        rows.append(
            {
                "rule_id": rule.id,
                "records": SOURCES,
                "outcome": outcome,
                "reason": reason,
                "evaluated": len(ran) if outcome == "ran" else None,
                "failed": len(failed) if outcome == "ran" else None,
                "hidden": sum(cause is not None for cause in behind) if outcome == "ran" else None,
                "unsupplied_exempt": [],
            }
        )
    return pl.DataFrame(rows, schema=OUTCOME_SCHEMA)


def _outcome(results: Sequence[GateResult]) -> tuple[str, str | None]:
    """What became of a gate, from what became of it on each source or link."""
    found = {result.outcome for result in results}
    if "ran" not in found and "could_not_run" in found:
        fell = [one for r in results if r.outcome == "could_not_run" for one in r.said]
        return "could_not_run", joined(dict.fromkeys(fell)) or str(say("gates.all_held"))
    if found <= {"not_supplied"}:
        return "not_supplied", str(say("gates.none_supplies"))
    return "ran", None
