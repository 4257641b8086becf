"""Which night it is, and which nights may be run."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from config.errors import WrongUsage
from config.settings import Settings
from expectations.language import LONDON


def today(settings: Settings, now: datetime | None = None) -> date:
    """The latest business date whose instant has come, in Europe/London."""
    local = (now or datetime.now(LONDON)).astimezone(LONDON)
    begun = local.time() >= settings.as_of_time
    return local.date() if begun else local.date() - timedelta(days=1)


def refuse_future(business_date: date, now: datetime | None = None) -> None:
    """Refuse a night after tomorrow: once in the ledger, it would keep every true night out.

    Raises:
        WrongUsage: It is one.
    """
    local = (now or datetime.now(LONDON)).astimezone(LONDON)
    latest = local.date() + timedelta(days=1)
    if business_date > latest:
        raise WrongUsage(
            f"the night of {business_date} is in the future: today is {local.date()}, and "
            f"{latest} is the latest that can be run, since every night before the latest one is "
            "refused afterwards. To rehearse: --allow-future with another folder by --data-dir"
        )


def refuse_rehearsal(settings: Settings, own: Settings) -> None:
    """Refuse to rehearse a night of the future where the true nights are.

    Args:
        settings: The settings with the folder of the rehearsal.
        own: The settings as they are without it.

    Raises:
        WrongUsage: It is the force's own folder, or its own ledger.
    """
    if settings.data_dir.resolve() == own.data_dir.resolve():
        raise WrongUsage(
            "--allow-future is for rehearsals, and never for the folder of the true nights: name "
            f"another than {own.data_dir} with --data-dir"
        )
    if settings.ledger_url == own.ledger_url:
        raise WrongUsage(
            "--allow-future is for rehearsals, and `ledger_url` names a ledger that --data-dir "
            "does not move: rehearse with settings that name another"
        )
