"""Limits of a source, patterns of its stamp, and secrets that do not belong in the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.addresses import holds_secret
from config.errors import ConfigFaults
from config.settings import Limits, Source, load_settings

SECRET = "s3cret-word"  # noqa: S105 - no real one
DATABASE = '[[source]]\nname = "rms"\nrecords = "orders"\nkind = "database"\ntable = "t"\n'


def settings(folder: Path, text: str) -> Path:
    path = folder / "orderwatch.toml"
    path.write_text(text, encoding="utf-8")
    return path


SECRETS = [
    f"postgresql://reader:{SECRET}@host/rms",
    f"postgresql://host/rms?user=reader&password={SECRET}",
    f"postgresql://reader@host/rms?sslpassword={SECRET}",
    f"postgresql://reader@host/rms?passfile=/home/{SECRET}",
    f"postgresql://reader@host/rms?PASSWORD={SECRET}",
    f"snowflake://reader@account/rms?token={SECRET}",
    f"snowflake://reader@account/rms?private_key_passphrase={SECRET}",
    f"oracle+oracledb://reader@host/rms?wallet_password={SECRET}",
    f"mssql+pyodbc:///?odbc_connect=DRIVER%3DODBC%3BUID%3Dreader%3BPWD%3D{SECRET}",
    f"mssql+pyodbc:///?odbc_connect=DRIVER=x;Password = {SECRET}",
    f"mssql+pyodbc:///?odbc_connect=DRIVER%253Dx%253BPWD%253D{SECRET}",
    f"mssql+pyodbc://reader@host/db?authentication={SECRET}",
    f"sqlite:///rms.db?api_key={SECRET}",
    f"postgresql://reader@host/rms?proxy=http://u:{SECRET}@proxy",
]
OPEN = [
    "postgresql://reader@host:5432/rms?sslmode=verify-full&application_name=orderwatch",
    "postgresql:///rms?host=/var/run/postgresql&service=rms",
    "sqlite:///in/rms.sqlite",
    "mssql+pyodbc://host/rms?driver=ODBC+Driver+18+for+SQL+Server&Trusted_Connection=yes",
]


@pytest.mark.parametrize("url", SECRETS)
@pytest.mark.parametrize("place", ["source", "ledger"])
def test_a_secret_in_any_part_of_an_address_is_a_fault(
    tmp_path: Path, url: str, place: str
) -> None:
    text = (
        f'{DATABASE}url = "{url}"\n' if place == "source" else f'[orderwatch]\nledger_url="{url}"\n'
    )
    with pytest.raises(ConfigFaults, match="a password does not belong in this file") as raised:
        load_settings(settings(tmp_path, text))
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("url", OPEN)
def test_an_address_without_a_secret_may_stand_there(tmp_path: Path, url: str) -> None:
    assert not holds_secret(url)
    load_settings(settings(tmp_path, f'{DATABASE}url = "{url}"\n'))


@pytest.mark.parametrize(
    "text",
    [
        f'{DATABASE}ulr = "postgresql://reader:{SECRET}@host/rms"\n',
        f'{DATABASE}url = "postgresql://reader:{SECRET}@host:port/rms"\n',
        f'{DATABASE}url = "{SECRET}"\n',
        f'{DATABASE}url = "sqlite:///x"\nstatement_timeout = "PWD={SECRET}"\n',
        f'[orderwatch]\nledger = "postgresql://reader:{SECRET}@host/rms"\n',
    ],
)
def test_no_fault_shows_an_address(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigFaults) as raised:
        load_settings(settings(tmp_path, text))
    assert SECRET not in str(raised.value)


def test_settings_shown_to_a_developer_hide_addresses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERWATCH_SOURCE_RMS_URL", f"postgresql://reader:{SECRET}@host/rms")
    monkeypatch.setenv("ORDERWATCH_LEDGER_URL", f"postgresql://reader:{SECRET}@host/ledger")
    found = load_settings(settings(tmp_path, DATABASE))
    assert found.sources[0].url == f"postgresql://reader:{SECRET}@host/rms"
    assert SECRET not in repr(found)


def test_limits_are_settings(tmp_path: Path) -> None:
    found = load_settings(settings(tmp_path, "[limits]\nrows = 10\nseconds = 60\n"))
    assert found.limits == Limits(rows=10, seconds=60)
    for wrong in ("rows = 0", "memory = 1000", "bites = 7"):
        with pytest.raises(ConfigFaults, match=r"limits\.|unknown key `bites`"):
            load_settings(settings(tmp_path, f"[limits]\n{wrong}\n"))


def test_a_query_may_not_outlast_its_reading(tmp_path: Path) -> None:
    text = f'[limits]\nseconds = 60\n{DATABASE}url = "sqlite:///x"\nstatement_timeout = '
    with pytest.raises(ConfigFaults, match="`statement_timeout` of the source `rms` is longer"):
        load_settings(settings(tmp_path, f"{text}61\n"))
    assert load_settings(settings(tmp_path, f"{text}60\n")).sources[0].statement_timeout == 60


@pytest.mark.parametrize("pattern", ["(a", "(?=x)", r"(.)\1", "[", "x{100000}{100000}"])
def test_a_pattern_of_a_stamp_that_cannot_be_run_is_a_fault(pattern: str) -> None:
    with pytest.raises(ValidationError, match="no regular expression that can be run"):
        Source(name="x", records="orders", kind="csv", path="x", stamp=f"filename:{pattern}")
