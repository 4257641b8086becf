"""A slow ledger in plain Python, to hold the real one against, and nights to give to both."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
from hypothesis import strategies as st

from jobs.ledger.frames import FAILING, KEY, OPEN, OUTCOMES, RULES, STATUSES, WAIVERS

FIRST = date(2026, 11, 2)
RULES_USED = ("R1", "R2", "R3")
RECORDS_USED = ("A", "B", "C")
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Seen:
    """What a night's evaluation says of one rule on one record."""

    status: str
    hidden_by: str | None = None
    evidence: int = 0
    unit_code: str | None = None


@dataclass(frozen=True)
class World:
    """All that a night brings."""

    outcomes: dict[str, str]
    rules: dict[str, str]
    seen: dict[Key, Seen]


@dataclass(frozen=True)
class Allowed:
    """A waiver."""

    rule_id: str
    record_key: str
    granted_on: date
    expires_on: date


@dataclass
class Episode:
    number: int
    opened_on: date
    details: dict[str, object]
    state: str = "open"
    closed_on: date | None = None
    closed_as: str | None = None


@dataclass
class Oracle:
    """The ledger's rules, said once more and as plainly as can be."""

    waivers: list[Allowed] = field(default_factory=list)
    episodes: dict[Key, list[Episode]] = field(default_factory=dict)

    def open(self) -> dict[Key, Episode]:
        return {
            key: found[-1] for key, found in self.episodes.items() if found[-1].closed_on is None
        }

    def night(self, day: date, world: World) -> None:
        unlooked: list[Key] = []
        for key, episode in self.open().items():
            rule = key[0]
            seen = world.seen.get(key)
            if world.rules.get(rule) in ("retired", "trial"):
                close(episode, day, "rule_retired")
            elif world.outcomes.get(rule) != "ran" or seen is None or seen.status == "unknown":
                unlooked.append(key)
            elif seen.status == "failing":
                episode.details = details_of(key, seen)
            elif seen.status == "passing":
                close(episode, day, "fixed")
            elif seen.status == "not_covered":
                close(episode, day, "no_longer_applies")
            else:
                close(episode, day, "withdrawn_from_source")
        for key, seen in world.seen.items():
            held_to_account = (
                world.rules.get(key[0]) not in ("retired", "trial")
                and world.outcomes.get(key[0]) == "ran"
            )
            listed = seen.status == "failing" and seen.hidden_by is None
            if listed and held_to_account and key not in self.open():
                past = self.episodes.setdefault(key, [])
                past.append(Episode(len(past) + 1, day, details_of(key, seen)))
        now_open = self.open()
        for key in unlooked:
            hider = now_open[key].details["hidden_by"]
            if hider is not None and (hider, *key[1:]) not in now_open:
                now_open[key].details = {**now_open[key].details, "hidden_by": None}
        for key, episode in now_open.items():
            waived = any(
                w.rule_id == key[0]
                and w.record_key == key[2]
                and w.granted_on <= day <= w.expires_on
                for w in self.waivers
            )
            episode.state = "waived" if waived else "open"

    def listing(self, day: date) -> set[tuple[object, ...]]:
        """What the last night listed: key, episode, state, first seen, details."""
        return {
            (*key, e.number, e.closed_as or e.state, e.opened_on, *e.details.values())
            for key, found in self.episodes.items()
            for e in found
            if e.closed_on is None or e.closed_on == day
        }

    def open_frame(self) -> pl.DataFrame:
        rows = [
            {
                "exception_id": number,
                "number": episode.number,
                **dict(zip(KEY, key, strict=True)),
                "state": episode.state,
                **episode.details,
            }
            for number, (key, episode) in enumerate(self.open().items())
        ]
        return pl.DataFrame(rows, schema=OPEN)


def close(episode: Episode, day: date, closed_as: str) -> None:
    episode.closed_on, episode.closed_as = day, closed_as


def details_of(key: Key, seen: Seen) -> dict[str, object]:
    return {
        "hidden_by": seen.hidden_by,
        "rule_version": 1,
        "theme": "recording",
        "dimension": "timeliness",
        "severity": "high",
        "unit_code": seen.unit_code,
        "lpt": None,
        "order_type": "DVPO",
        "due_ts": datetime(2026, 11, 1, 10, tzinfo=UTC) + timedelta(hours=seen.evidence),
        "evidence": f'{{"hours": {seen.evidence}}}',
    }


def failing_frame(world: World) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {**dict(zip(KEY, key, strict=True)), **details_of(key, seen)}
            for key, seen in world.seen.items()
            if seen.status == "failing"
        ],
        schema=FAILING,
    )


def statuses_frame(world: World, keys: pl.DataFrame) -> pl.DataFrame:
    """The statuses of those keys; one that the world says nothing of has no row."""
    rows = [
        {**dict(zip(KEY, key, strict=True)), "status": world.seen[key].status}
        for key in keys.select(KEY).iter_rows()
        if key in world.seen
    ]
    return pl.DataFrame(rows, schema=STATUSES)


def outcomes_frame(world: World) -> pl.DataFrame:
    rows = [
        {"rule_id": rule, "records": "orders", "outcome": outcome, "unsupplied_exempt": []}
        for rule, outcome in world.outcomes.items()
    ]
    return pl.DataFrame(rows, schema=OUTCOMES)


def rules_frame(world: World) -> pl.DataFrame:
    rows = [
        {"rule_id": rule, "version": 1, "theme": "recording", "status": status}
        for rule, status in world.rules.items()
    ]
    return pl.DataFrame(rows, schema=RULES)


def waivers_frame(waivers: list[Allowed]) -> pl.DataFrame:
    return pl.DataFrame([vars(waiver) for waiver in waivers], schema=WAIVERS)


def one(rule: str = "R1", record: str = "A") -> Key:
    return (rule, "orders", record)


def plain(**seen: Seen) -> World:
    """A night on which R1 and R2 ran; `R1_A=Seen("failing")` says what they saw."""
    keys = {one(*name.split("_")): value for name, value in seen.items()}
    both = ("R1", "R2")
    return World(dict.fromkeys(both, "ran"), dict.fromkeys(both, "active"), keys)


_SEEN = st.one_of(
    st.builds(
        Seen,
        st.just("failing"),
        st.sampled_from([None, None, *RULES_USED]),
        st.integers(0, 1),
        st.sampled_from([None, "U1"]),
    ),
    st.sampled_from(["passing", "not_covered", "void", "absent", "unknown"]).map(Seen),
)

_KEYS = [one(rule, record) for rule in RULES_USED for record in RECORDS_USED]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    mostly_ran = st.sampled_from(["ran"] * 4 + ["held", "not_supplied", "could_not_run"])
    mostly_active = st.sampled_from(["active"] * 6 + ["trial", "retired", None])
    statuses = {rule: draw(mostly_active) for rule in RULES_USED}
    seen = draw(st.dictionaries(st.sampled_from(_KEYS), _SEEN, min_size=3))
    return World(
        outcomes={rule: draw(mostly_ran) for rule in RULES_USED},
        rules={rule: status for rule, status in statuses.items() if status is not None},
        seen={
            key: replace(s, hidden_by=None) if s.hidden_by == key[0] else s
            for key, s in seen.items()
        },
    )


@st.composite
def allowances(draw: st.DrawFn) -> list[Allowed]:
    found = []
    for rule, _, record in draw(st.lists(st.sampled_from(_KEYS), max_size=3)):
        granted = FIRST + timedelta(days=draw(st.integers(0, 3)))
        found.append(Allowed(rule, record, granted, granted + timedelta(draw(st.integers(1, 3)))))
    return found
