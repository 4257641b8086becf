"""What each measure says, in words that the scrutiny pack prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple


class Definition(NamedTuple):
    """What a measure is.

    Attributes:
        title: Its name in the pack.
        counted: What the numerator counts.
        out_of: What the denominator counts.
        left_out: Which records are excluded because something is not known.
        basis: Where the measure comes from.
    """

    title: str
    counted: str
    out_of: str
    left_out: str
    basis: str


DEFINITIONS: Final[Mapping[str, Definition]] = {
    "M01": Definition(
        "Notices heard by a court in time",
        "Notices whose first hearing came within 48 counted hours of service",
        "Notices served on the force's own authority whose 48 hours have passed",
        "Service or first hearing without a known time",
        "Crime and Security Act 2010 s.27; Domestic Abuse Act 2021 s.29. Sundays, Christmas Day, "
        "Good Friday and bank holidays are not counted. The first hearing counts, adjourned or not",
    ),
    "M02": Definition(
        "Notices that led to an order",
        "Served notices that ended as the line says: order granted unless it says otherwise",
        "Notices served on the force's own authority",
        "None: a notice with no outcome recorded has a line of its own",
        "Crime and Security Act 2010 s.27(1)",
    ),
    "M03": Definition(
        "Notices authorised at the rank the law requires",
        "Issued notices whose authorising officer held at least the lowest rank allowed",
        "Notices issued on the force's own authority",
        "Rank not recorded",
        "Crime and Security Act 2010 s.24(1); Domestic Abuse Act 2021 s.22(8)",
    ),
    "M05": Definition(
        "Variety of orders",
        "Types of order used at least once; the value is the chance, from 0 to 1, that two orders"
        " taken at random are of different types",
        "Orders granted on the force's own application",
        "Type of order not known",
        "Simpson's index of diversity",
    ),
    "M09": Definition(
        "Live orders on the national system in time",
        "Live orders entered on the Police National Computer or LEDS by the time due",
        "Live orders that belong there and whose time to enter has passed",
        "Entered, with no known time of entry",
        "Local standard: no statutory limit was found",
    ),
    "M14": Definition(
        "Live orders with a current review",
        "Live orders whose next review is not overdue",
        "Live orders that the force manages",
        "Date of the next review not known",
        "Local standard for supervision",
    ),
    "M15": Definition(
        "Live orders with a separate supervisor",
        "Live orders with a supervisor who is not the officer in the case",
        "Live orders that the force manages",
        "Officer in the case not recorded",
        "Local standard for supervision",
    ),
    "M16": Definition(
        "Breaches for each 100 months that orders were live",
        "Breaches reported",
        "Months that orders were live, a month being 30.4 days",
        "Breaches not linked to an order that is held; orders without a start",
        "Counts time at risk, so that long orders do not look worse than short ones",
    ),
    "M17": Definition(
        "Recording of breaches that are crimes",
        "Breaches recorded within 24 hours of the report; for the median and the 90th percentile, "
        "all recorded breaches",
        "Breaches of orders whose breach is a crime, once recorded or 24 hours old",
        "Report or record without a known time",
        "Home Office Crime Recording Rules",
    ),
    "M18": Definition(
        "Breaches with an arrest within 24 hours",
        "Breaches with an arrest within 24 hours of the report",
        "Breaches with a known suspect, failures to notify apart",
        "Report or arrest without a known time; suspect neither known nor marked as unknown",
        "Local standard",
    ),
    "M19": Definition(
        "People arrested under a civil power and before the court in time",
        "People before the court within 24 counted hours of arrest",
        "People arrested under a civil power whose 24 hours have passed",
        "Arrest or appearance without a known time",
        "Crime and Security Act 2010 ss.26 and 29; Domestic Abuse Act 2021 s.26",
    ),
    "M20": Definition(
        "Repeated breaches",
        "Orders broken at least twice; people with at least three breaches",
        "Orders broken at least once; people with at least one breach",
        "Breaches not linked to an order that is held; breaches with no known suspect",
        "Force total only",
    ),
    "M23": Definition(
        "Exceptions opened, closed and open",
        "Exceptions",
        "Exceptions of the whole force",
        "None",
        "The ledger of exceptions",
    ),
    "M24": Definition(
        "Age of open exceptions",
        "Open exceptions of that age; median and oldest in days",
        "Open exceptions",
        "Age not known",
        "The ledger of exceptions",
    ),
    "M26": Definition(
        "Data quality score",
        "Checks passed, weighted: critical 4, high 3, medium 2, low 1",
        "Checks run, weighted the same way",
        "Rules that did not run (a number of rules, not of records)",
        "Government Data Quality Framework, six dimensions",
    ),
}
