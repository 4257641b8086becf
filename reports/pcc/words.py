"""The words of the scrutiny pack: notes, terms, and what the signs mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reports.night import ReportSettings

#: The sources' states and the rules' outcomes, as a reader knows them.
STATES: Final[Mapping[str, str]] = {
    "accepted": "Accepted",
    "held": "Held",
    "failed": "Could not be read",
    "ran": "Ran",
    "could_not_run": "Could not run",
    "not_supplied": "Not supplied",
}

#: Notes by number; titles and lines above tables refer to them.
NOTES: Final = (
    "An exception is a record that does not meet a rule of the catalogue. It is a finding about a"
    " record and the handling it shows. It is not an offence, and it is not a breach of an order.",
    "More orders can mean better practice, not more harm.",
    "More recorded breaches can mean better detection and recording, not more offending.",
    "Non-molestation orders and restraining orders are made by the courts on other people's"
    " applications. Their number says little about the work of the force.",
    "Small numbers swing from one period to the next by chance. Look for a change that lasts.",
    "Rules differ in how many records they cover. Compare percentages before counts, and the same"
    " rule over time before one rule with another.",
    "A source that is held is one whose delivery looked wrong or did not come. Nothing of it was"
    " opened or closed tonight; its figures are those of the night that is named beside it.",
    "An exception is closed as fixed only when the rule looked at the record again and it passed."
    " A record that vanished, or that the rule no longer covers, is closed under another name.",
    "Figures describe the force's own records. They are not findings of an inspectorate.",
    "A pack protects its small counts, and keeps hidden what the pack of an earlier night hid."
    " Packs of different nights read side by side can show how large totals moved.",
    "A rule that did not run found nothing and closed nothing. Where none of the rules behind a"
    " figure ran, the figure was not measured and is [x]: it is not 0. Where some ran, the figure"
    " counts what they found and what is still open from the last night that the others ran.",
    "Two nights on which different rules ran are not alike: a change between them may come from"
    " what was looked at and not from the records. Such a change is [b]; what differed is said.",
)

#: Words that the pack uses, and what they mean.
TERMS: Final = (
    ("Open", "The record failed the rule when it was last looked at, and nobody has waived it."),
    ("Opened", "Found tonight and not open the night before; reopened ones are among them."),
    ("Reopened", "Found again tonight after it had been closed."),
    ("Fixed", "The rule looked at the record tonight and it passed."),
    ("Withdrawn from source", "The record is no longer in the source. This is not a fix."),
    ("No longer applies", "The record is there but the rule no longer covers it. Not a fix."),
    ("Rule retired", "The rule was taken out of use."),
    ("Waived", "Left as it is for a time, for a reason that a named role approved; counted apart."),
    ("Overdue", "Open, and the time by which the action was due has passed."),
    (
        "Due soon",
        "Not an exception yet: it becomes one within 72 hours unless the action is taken.",
    ),
    ("Critical", "A duty in law or the safety of a person may be at stake."),
    ("High", "A control that protects people is missing or late."),
    ("Medium", "The record is wrong or late in a way that hinders work or scrutiny."),
    ("Low", "The record is untidy."),
    ("Police-led order", "An order that the force itself applied for."),
    ("Rolling 12 months", "The 12 months that end on the date of the pack."),
    ("Latest quarter", "The latest whole quarter of the calendar year."),
    ("Trial rule", "A rule that is being tried out: run and reported, not counted in any total."),
    ("Not supplied", "No source carries a field that the rule needs, so it cannot be tested."),
    (
        "Counted hours",
        "Hours of the statutory clock, which stops on Sundays, Christmas Day, Good Friday and bank"
        " holidays of England and Wales.",
    ),
)


def shorthand(settings: ReportSettings) -> str:
    """What the signs in the cells mean."""
    most = settings.suppress_below - 1
    return (
        f"[c] confidential: a count of 1 to {most}, or a figure that would give one away. "
        "[x] not available or not measured. [z] does not apply. [b] break: not to be compared."
        " [low] not zero, but less than the smallest figure shown."
    )


def rates(settings: ReportSettings) -> str:
    """When a percentage is not shown."""
    return (
        f"A percentage of fewer than {settings.minimum_denominator} records, or one that would give"
        " a small count away, is [c] too."
    )
