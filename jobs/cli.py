"""The command line: `orderwatch`."""

from __future__ import annotations

import os
import sys
import traceback
from datetime import datetime
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer

from config.errors import AnotherRunHoldsTheLock, ConfigFaults, OrderwatchError, WrongUsage

app = typer.Typer(
    name="orderwatch",
    help="Nightly checks of a police force's protective orders and their breaches.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
ledger_app = typer.Typer(
    help="Make a ledger where there is none, or take the latest night out of it again.",
    no_args_is_help=True,
)
app.add_typer(ledger_app, name="ledger")


class Exit(IntEnum):
    """Exit codes.

    Attributes:
        DONE: All was done.
        FAILED: It failed; what was there before is unchanged.
        WRONG: Wrong usage or settings.
        LOCKED: Another run holds the lock.
        HELD: Done, with a source held or not read, or a rule held or unable to run.
    """

    DONE = 0
    FAILED = 1
    WRONG = 2
    LOCKED = 3
    HELD = 4


def _date(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2026-11-24") from None


ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="The settings file; by default config/orderwatch.toml, else the one that comes along.",
        envvar="ORDERWATCH_CONFIG",
        show_default=False,
    ),
]
DataOption = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Where nights and reports are kept, over the settings."),
]
DateOption = Annotated[
    datetime | None,
    typer.Option(
        "--business-date",
        metavar="YYYY-MM-DD",
        parser=_date,
        help="The date that names the night; by default today.",
        show_default=False,
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"orderwatch {version('orderwatch')}")
        raise typer.Exit


@app.callback()
def _every_command(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Say which version it is."
        ),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line; every error that is meant for people becomes a message and a code.

    Whatever a command writes can be read by its own account only.
    """
    os.umask(0o077)
    try:
        app()
    except (ConfigFaults, WrongUsage) as error:
        _fail(error, Exit.WRONG)
    except AnotherRunHoldsTheLock as error:
        _fail(error, Exit.LOCKED)
    except OrderwatchError as error:
        _fail(error, Exit.FAILED)
    except KeyboardInterrupt:
        _fail("stopped; the night can be run again", Exit.FAILED)
    except Exception as error:
        _fail(_unexpected(error), Exit.FAILED)


def _unexpected(error: Exception) -> str:
    """Where an error that nobody foresaw came from; its own words may hold values of records."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).parts[-2:-1] != ("typer",)][-6:]
    way = "\n".join(f"    {Path(f.filename).name}:{f.lineno} in {f.name}" for f in ours)
    return (
        f"an error that was not foreseen ({type(error).__name__}):\n{way}\n"
        "Nothing was changed that the next run does not put right. Report these lines, then run "
        "the night again"
    )


def _fail(message: object, code: Exit) -> None:
    typer.echo(f"orderwatch: {message}", err=True)
    sys.exit(code)


def _settings_path(given: Path | None) -> Path:
    from config.settings import SETTINGS_FILE

    own = Path("config") / "orderwatch.toml"
    return given or (own if own.exists() else SETTINGS_FILE)


@app.command()
def run(
    config: ConfigOption = None,
    data_dir: DataOption = None,
    business_date: DateOption = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print nothing but faults.")] = False,
    allow_future: Annotated[
        bool,
        typer.Option(
            "--allow-future",
            help="Rehearse a night after tomorrow, into another folder named by --data-dir.",
        ),
    ] = False,
) -> None:
    """Run one night: pull, conform, gate, evaluate, reconcile, report."""
    from config.settings import load_settings
    from jobs.night import refuse_rehearsal, run_night, today
    from jobs.trace import Progress

    path = _settings_path(config)
    settings = load_settings(path, data_dir=data_dir)
    if allow_future:
        refuse_rehearsal(settings, load_settings(path))
    night = business_date.date() if business_date else today(settings)
    result = run_night(settings, night, Progress(quiet=quiet), rehearsal=allow_future)
    if not quiet:
        typer.echo(result.summary())
    raise typer.Exit(result.exit_code)


@app.command()
def schedule(config: ConfigOption = None, data_dir: DataOption = None) -> None:
    """Stay running and run every night at its time; a night that was missed is made good first."""
    from config.settings import load_settings
    from jobs.service.serve import serve

    settings = load_settings(_settings_path(config), data_dir=data_dir)
    serve(settings)


@app.command()
def status(config: ConfigOption = None, data_dir: DataOption = None) -> None:
    """Say when the last good night was; fail when that is too long ago."""
    from config.settings import load_settings
    from jobs.service.status import read_status

    found = read_status(load_settings(_settings_path(config), data_dir=data_dir))
    typer.echo(found.text)
    raise typer.Exit(Exit.DONE if found.good else Exit.FAILED)


@app.command()
def demo(
    data_dir: Annotated[
        Path, typer.Option("--data-dir", help="Where the demonstration is made.")
    ] = Path("var/demo"),
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only what to open.")] = False,
) -> None:
    """Make a synthetic force and run three nights of it."""
    from jobs.commands.demo import run_demo
    from jobs.trace import Progress

    typer.echo(run_demo(data_dir, Progress(quiet=quiet)))


@app.command()
def rules(
    rule_id: Annotated[str | None, typer.Argument(help="Show this rule whole.")] = None,
    theme: Annotated[str | None, typer.Option(help="Only the rules of a theme.")] = None,
    export: Annotated[
        Path | None,
        typer.Option(help="Write them, as this force has them, to a file (.md or .csv)."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    """List the rules, show one with its law, its fields and its fix, or export them."""
    from config.settings import load_settings
    from jobs.commands.rulebook import export_rules, one_rule, rule_list

    settings = load_settings(_settings_path(config))
    if export is not None:
        typer.echo(export_rules(settings, export, rule_id, theme))
        return
    typer.echo(one_rule(settings, rule_id) if rule_id else rule_list(settings, theme))


@app.command()
def check(
    config: ConfigOption = None,
    data_dir: DataOption = None,
    connect: Annotated[
        bool,
        typer.Option(
            "--connect",
            help="Also read every source and do what a night does up to its gates; write nothing.",
        ),
    ] = False,
) -> None:
    """Find every fault in settings, mappings, dictionary and rules, with file and line."""
    from jobs.commands.check import check_everything

    found = check_everything(_settings_path(config), connect=connect, data_dir=data_dir)
    typer.echo(found.text)
    raise typer.Exit(Exit.HELD if found.held else Exit.DONE)


@app.command()
def profile(
    source: Annotated[str, typer.Argument(help="The file to look at.")],
    records: Annotated[str, typer.Option(help="The kind of record that its rows are.")] = "orders",
    mapping: Annotated[
        Path | None, typer.Option(help="Write the mapping to start from here.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook.")] = None,
    header_row: Annotated[
        int | None, typer.Option(min=1, help="The line that the headings stand on.")
    ] = None,
    skip_rows: Annotated[
        int | None, typer.Option(min=0, help="Lines above the headings to leave out.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="The encoding of a text file.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="What parts the cells of a line.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="Only rows with COLUMN=VALUE, COLUMN!=VALUE, or COLUMN filled."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over a mapping that is there.")
    ] = False,
) -> None:
    """Say what a new source looks like, and write a mapping to start from."""
    from jobs.commands.profile import Reading, write_mapping
    from jobs.commands.profile import profile as look

    found = look(
        source,
        records,
        Reading(
            sheet=sheet,
            header_row=header_row,
            skip_rows=skip_rows,
            encoding=encoding,
            delimiter=delimiter,
            where=where or [],
        ),
    )
    typer.echo(found.text)
    if mapping is not None:
        write_mapping(found.mapping, mapping, force=force)
        typer.echo(f"\nA mapping to start from is in {mapping}. Next: orderwatch check")


@ledger_app.command("create")
def ledger_create(config: ConfigOption = None, data_dir: DataOption = None) -> None:
    """Make an empty ledger knowingly, where there is none although nights were run."""
    from config.settings import load_settings
    from jobs.night import create_ledger

    typer.echo(create_ledger(load_settings(_settings_path(config), data_dir=data_dir)))


@ledger_app.command("withdraw-night")
def ledger_withdraw_night(
    business_date: Annotated[datetime, typer.Argument(metavar="DATE", parser=_date)],
    by: Annotated[str, typer.Option(help="Who takes it out: a name or a role.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    config: ConfigOption = None,
    data_dir: DataOption = None,
) -> None:
    """Take the latest night out again: ledger and history are what they were before it."""
    from config.settings import load_settings
    from jobs.night import withdraw_night

    settings = load_settings(_settings_path(config), data_dir=data_dir)
    typer.echo(withdraw_night(settings, business_date.date(), by=by, reason=reason))


# Great Expectations reports to nobody, whatever its own settings say.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
