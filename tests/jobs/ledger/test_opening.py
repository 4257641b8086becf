"""Opening a ledger: its schema, and what is said when there is none or it cannot be used."""

from __future__ import annotations

import logging
import os
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from config.errors import LedgerError
from jobs.ledger import Ledger, migrate
from jobs.ledger.engine import shown
from jobs.ledger.models import metadata


def test_the_migrations_make_the_tables_of_the_models(tmp_path: Path) -> None:
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with ledger.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": migrate.VERSION_TABLE, "compare_type": True}
        )
        assert compare_metadata(context, metadata) == []
        checks = {
            (table, check["name"], check["sqltext"])
            for table in metadata.tables
            for check in sa.inspect(connection).get_check_constraints(table)
        }
    assert len(checks) == sum(
        isinstance(constraint, sa.CheckConstraint)
        for table in metadata.tables.values()
        for constraint in table.constraints
    )


def test_the_schema_that_is_named_is_the_newest() -> None:
    assert ScriptDirectory(migrate._SCRIPTS).get_heads() == [migrate.SCHEMA]


def test_opening_is_quiet_and_needs_nothing_of_the_working_folder(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    elsewhere = tmp_path / "else where 100%"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with caplog.at_level(logging.INFO):
        Ledger.open("sqlite:///deep/er/ledger.sqlite")
    assert (elsewhere / "deep/er/ledger.sqlite").is_file()
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_readers_see_the_former_night_while_one_is_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    ledger = Ledger.open(url)
    writer = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    try:
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        writer.execute("BEGIN IMMEDIATE")
        assert ledger.latest_night() is None
        assert Ledger.open(url).runs() == ()
    finally:
        writer.close()


def test_a_ledger_of_a_newer_orderwatch_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    Ledger.open(url)
    _execute(tmp_path / "ledger.sqlite", f"UPDATE {migrate.VERSION_TABLE} SET version_num='9001'")
    with pytest.raises(LedgerError, match=r"newer Orderwatch \(schema 9001; .* up to 0002\)"):
        Ledger.open(url)


def _execute(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(statement)
    connection.close()


def test_nothing_is_made_for_one_who_only_asks(tmp_path: Path) -> None:
    file = tmp_path / "var" / "ledger.sqlite"
    with pytest.raises(LedgerError, match=r"There is no ledger at .* orderwatch run"):
        Ledger.open(f"sqlite:///{file}", create=False)
    assert not file.parent.exists()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_text("order_id,status\n" * 1000)
    with pytest.raises(LedgerError, match=r"ledger\.sqlite could not be used: file is not a data"):
        Ledger.open(f"sqlite:///{file}")
    assert file.read_text().startswith("order_id")


def test_a_damaged_ledger_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    Ledger.open(f"sqlite:///{file}")
    whole = bytearray(file.read_bytes())
    whole[4096:] = b"\x55" * (len(whole) - 4096)
    file.write_bytes(whole)
    with pytest.raises(LedgerError, match=r"restore .*ledger\.sqlite from its last copy"):
        Ledger.open(f"sqlite:///{file}").runs()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match=r"folder of the ledger .* cannot be made"):
        Ledger.open(f"sqlite:///{tmp_path / 'file' / 'ledger.sqlite'}")
    (tmp_path / "folder").mkdir()
    with pytest.raises(LedgerError, match=r"unable to open database file.* writable"):
        Ledger.open(f"sqlite:///{tmp_path / 'folder'}")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_file_that_may_only_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    file.touch(mode=0o400)
    tmp_path.chmod(0o500)
    with pytest.raises(LedgerError, match="writable for this user"):
        Ledger.open(f"sqlite:///{file}")


def test_no_server_is_said_without_the_password() -> None:
    with pytest.raises(LedgerError) as caught:
        Ledger.open("postgresql://force:s3cr3t@127.0.0.1:1/ledger?application_name=s3cr3t")
    said = str(caught.value)
    assert "force:***@127.0.0.1:1/ledger" in said
    assert "See that the server runs" in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://force:s3cr3t@host/ledger", "cannot be kept in mysql"),
        ("sqlite://", "would forget every night"),
        ("sqlite:///:memory:", "would forget every night"),
        ("ledger.sqlite?s3cr3t", "is not a database address"),
    ],
)
def test_an_address_that_will_not_do_is_refused(url: str, said: str) -> None:
    with pytest.raises(LedgerError, match=said) as caught:
        Ledger.open(url)
    assert "s3cr3t" not in str(caught.value)


def test_an_address_is_shown_without_secrets() -> None:
    assert shown("postgresql://u:p4ss@h/d?password=p4ss") == "postgresql://u:***@h/d"
    assert shown("p4ss") == "the address given"
