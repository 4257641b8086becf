"""The ways that real extracts write their values: spellings, clocks, blanks, placeholders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from jobs.demo.when import LONDON

#: Ways that clerks spell a value; the canonical word is always one of them.
SPELLINGS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "order_type": {
        "NMO": ["Non Molestation", "NMO", "non-molestation order", "Non-Mol"],
        "RO_CONV": ["Restraining Order", "RO", "Restraining order (conviction)"],
        "RO_ACQ": ["RO on acquittal"],
        "DVPN": ["DVPN", "Domestic Violence Protection Notice"],
        "DVPO": ["DVPO", "DV Protection Order "],
        "SHPO": ["SHPO", "Sexual Harm Prevention Order"],
        "SPO_INT": ["Interim SPO"],
        "UNK": ["Prot order ?"],
    },
    "status": {
        "in_force": ["In Force ", "active - served", "Live", "in_force"],
        "expired": ["Exp'd", "Expired", "time expired"],
        "granted": ["Order granted", "Granted"],
        "discharged": ["Revoked", "Discharged"],
        "superseded": ["Superceded"],
        "withdrawn": ["W/drawn", "Withdrawn"],
        "received": ["Received from court"],
        "void": ["Entered in error", "Void"],
    },
    "authoriser_rank": {
        "SUPT": ["Supt", "Det Supt", "T/Supt", "A/Supt 4471", "SUPERINTENDENT"],
        "CSUPT": ["Ch Supt", "C/Supt", "D/Ch Supt"],
        "INSP": ["A/Insp", "Insp", "T/DI", "Insp (T)"],
        "ACPO": ["ACC"],
    },
    "court_code": {
        "B21NS00": ["N Staffs JC", "North Staffordshire Justice Centre", "NSJC", "B21NS00"],
        "B21CK00": ["Cannock", "Cannock Mags", "Cannock Magistrates' Court"],
        "C21ST00": ["Stafford CC", "Crown Court at Stafford"],
        "C21SO00": ["Stoke Crown", "Crown Court at Stoke-on-Trent"],
        "F21SO00": ["Stoke Family Court", "Family Court sitting at Stoke-on-Trent"],
        "F21ST00": ["Stafford Family Court"],
        "J21SO00": ["Stoke County Court"],
        "J21ST00": ["County Court at Stafford"],
    },
    "service_method": {"personal": ["In person", "personally", "By hand"], "post": ["By post"]},
    "risk_grade": {"standard": ["Std", "standard"], "medium": ["Med", "M"], "high": ["High", "H"]},
    "breach_status": {
        "closed": ["Finalised", "Filed", "closed"],
        "rui": ["Released under investigation"],
        "nfa": ["No further action"],
        "recorded": ["Crimed"],
        "arrested": ["In custody"],
    },
    "breach_kind": {
        "contact": ["Direct contact", "indirect contact", "contact"],
        "location": ["Entered exclusion zone", "attended address"],
        "notification_failure": ["Failed to register"],
        "online": ["Social media"],
    },
    "disposal_type": {"rui": ["Released under investigation"], "nfa": ["N.F.A", "NFA"]},
    "arrest_power": {
        "pace_s24": ["PACE s.24", "s24 PACE"],
        "csa_s28_9": ["s28(9) CSA", "Breach of DVPO"],
        "csa_s26": ["Breach of DVPN"],
    },
    "boolean": {"true": ["Y", "Yes", "true", "1"], "false": ["N", "No", "false", "0"]},
}
#: Words for nothing.
BLANKS = ("", "", "", "", "N/K", "NULL", "-", "n/a", " ")
_SENTINEL = "01/01/1900"


def spelled(column: str, vocabulary: str) -> pl.Expr:
    """A code as clerks write it: every value of it now one way, now another."""
    words = SPELLINGS[vocabulary]
    value = pl.col(column).cast(pl.String)
    turn = pl.int_range(pl.len())
    out = value
    for code, spellings in words.items():
        chosen = pl.lit(list(spellings)).list.get(turn % len(spellings))
        out = pl.when(value == code).then(chosen).otherwise(out)
    return out.alias(column)


def local_time(column: str, form: str) -> pl.Expr:
    """An instant in local time; in the hour that comes twice, with the name of its clock."""
    local = pl.col(column).dt.convert_time_zone(LONDON)
    wall = local.dt.replace_time_zone(None)
    twice = wall.dt.replace_time_zone(LONDON, ambiguous="null", non_existent="null").is_null()
    summer = local.dt.dst_offset() > pl.duration(hours=0)
    clock = pl.when(summer).then(pl.lit(" BST")).otherwise(pl.lit(" GMT"))
    return (local.dt.strftime(form) + pl.when(twice).then(clock).otherwise(pl.lit(""))).alias(
        column
    )


def utc_time(column: str) -> pl.Expr:
    """An instant as machines write it."""
    return pl.col(column).dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias(column)


def day(column: str, form: str) -> pl.Expr:
    """A date; with `%H` in the form, sealed at midnight as a date that was kept as a time."""
    return pl.col(column).cast(pl.Datetime("us")).dt.strftime(form).alias(column)


def blanks(column: str) -> pl.Expr:
    """Nothing, in the words that sources have for it."""
    word = pl.lit(list(BLANKS)).list.get(pl.int_range(pl.len()) % len(BLANKS))
    return pl.col(column).fill_null(word).alias(column)


def placeholder(column: str) -> pl.Expr:
    """A placeholder where the record says that the field held one."""
    was = pl.col("sentinel_fields").list.contains(column).fill_null(False)
    return pl.when(was).then(pl.lit(_SENTINEL)).otherwise(pl.col(column)).alias(column)


def padded(column: str) -> pl.Expr:
    """With the spaces that are left before and after."""
    turn = pl.int_range(pl.len()) % 7
    return (
        pl.when(turn == 0)
        .then(pl.format("{}  ", column))
        .when(turn == 3)
        .then(pl.format(" {}", column))
        .otherwise(pl.col(column))
        .alias(column)
    )
