"""The process that reads sources: whatever happens in it costs one source."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import polars as pl
import pytest

from config.errors import SourceError
from config.sentences import Said, is_said
from config.settings import Limits, Source
from jobs.pull import Reader, pull
from jobs.pull.worker import Reader as _Reader
from tests.jobs.pull.damage_database import sqlite_file
from tests.places import ROOT

HOSTILE = "tests.jobs.pull.hostile"
GOOD = "jobs.pull.pull:pull"


def source(path: Path, **more: object) -> Source:
    given = {"name": "rms", "records": "orders", "kind": "csv", "path": str(path), **more}
    return Source.model_validate(given)


@pytest.fixture
def good(tmp_path: Path) -> Source:
    (tmp_path / "o_20261123.csv").write_text("Ref,Made\n1,2026-11-23\n2,é\n3\n", "utf-8")
    return source(tmp_path / "o_20261123.csv", stamp=r"filename:\d{8}")


def refused(reader: Reader, given: Source) -> str:
    """The code of the sentence."""
    with pytest.raises(SourceError) as raised:
        reader.pull(given)
    assert isinstance(raised.value.said, Said)
    assert is_said(str(raised.value))
    return raised.value.said.code


def pid(reader: Reader) -> int:
    process = reader._process
    assert process is not None
    return process.pid


def alive(number: int) -> bool:
    try:
        status = Path(f"/proc/{number}/status").read_text("ascii")
    except OSError:
        return False
    return "State:\tZ" not in status


def gone_within(number: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while alive(number) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(number)


def test_a_delivery_is_what_it_is_in_this_process(good: Source, tmp_path: Path) -> None:
    typed = pl.DataFrame({"ref": ["007"], "n": [1.5], "day": [None]})
    typed.write_parquet(tmp_path / "o.parquet")
    parquet = source(tmp_path / "o.parquet", kind="parquet")
    database = Source.model_validate(
        {"name": "d", "records": "orders", "kind": "database", "table": "t",
         "url": f"sqlite:///{sqlite_file(tmp_path / 'rms.db')}"}
    )  # fmt: skip
    with Reader() as reader:
        first = pid(reader)
        for given in (good, parquet, database):
            there, here = reader.pull(given), pull(given)
            for name in ("frame", "bad_rows", "bad_cells"):
                assert getattr(there, name).equals(getattr(here, name))
                assert getattr(there, name).schema == getattr(here, name).schema
            assert there.types == here.types
            assert there.notes == here.notes
            assert (there.stamp, there.rows, there.sha256) == (here.stamp, here.rows, here.sha256)
            if given.path:
                assert there.files == here.files
        assert pid(reader) == first, "one process reads them all"
    assert gone_within(first, 5)


def test_a_refusal_keeps_its_sentence(tmp_path: Path) -> None:
    with Reader() as reader, pytest.raises(SourceError) as there:
        reader.pull(source(tmp_path / "nowhere.csv"))
    with pytest.raises(SourceError) as here:
        pull(source(tmp_path / "nowhere.csv"))
    assert there.value.said == here.value.said
    assert str(there.value) == str(here.value)


@pytest.mark.parametrize(
    ("does", "code"),
    [
        ("leave", "pull.reader_died"),
        ("abort", "pull.reader_died"),
        ("crash", "pull.reader_died"),
        ("system_exit", "pull.failed"),
        ("interrupt", "pull.failed"),
        ("fail", "pull.failed"),
        ("recurse", "pull.failed"),
        ("no_memory", "pull.too_much_memory"),
        ("hang", "pull.took_too_long"),
        ("spin", "pull.took_too_long"),
        ("hold", "pull.took_too_long"),
        ("nothing", "pull.failed"),
        ("speak", "pull.failed"),
    ],
)
def test_harm_in_the_process_costs_one_source(
    good: Source, does: str, code: str, capfd: pytest.CaptureFixture[str]
) -> None:
    seconds = 1 if code == "pull.took_too_long" else 60
    with Reader(Limits(seconds=seconds), reads=f"{HOSTILE}:{does}") as reader:
        first = pid(reader)
        assert refused(reader, good) == code
        reader._reads, reader._limits = GOOD, Limits()
        assert reader.pull(good).rows == 3
        last = pid(reader)
    assert gone_within(first, 5)
    assert gone_within(last, 5)
    printed = capfd.readouterr()
    assert "ZZMARK" not in printed.out + printed.err


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded there")
def test_a_memory_bomb_is_held_to_its_limit(good: Source) -> None:
    bounds = Limits(memory=1_000_000_000)
    with Reader(bounds, reads=f"{HOSTILE}:bomb") as reader:
        assert refused(reader, good) in ("pull.too_much_memory", "pull.reader_died")
        reader._reads = f"{HOSTILE}:polars_bomb"
        assert refused(reader, good) in ("pull.too_much_memory", "pull.reader_died", "pull.failed")
        reader._reads = GOOD
        assert reader.pull(good).rows == 3


def test_an_endless_query_is_stopped_even_if_the_database_is_deaf() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, Reader(Limits(seconds=1)) as reader:
        given = Source.model_validate(
            {"name": "d", "records": "orders", "kind": "database", "table": "t",
             "url": f"postgresql://reader@127.0.0.1:{listening.getsockname()[1]}/rms"}
        )  # fmt: skip
        assert refused(reader, given) == "pull.took_too_long"


def test_the_process_gets_no_secrets_and_keeps_its_files_to_itself(
    good: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERWATCH_SOURCE_OTHER_URL", "postgresql://u:secret@h/d")
    monkeypatch.setenv("ORDERWATCH_SALT", "salt")
    with Reader(reads=f"{HOSTILE}:environment") as reader:
        frame = reader.pull(good).frame
    assert frame["secrets"].to_list() == ["0"]
    assert frame["umask"].to_list() == [str(0o077)]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
def test_nothing_is_left_when_the_night_is_killed(tmp_path: Path) -> None:
    code = f"""
        import sys
        from config.settings import Source
        from jobs.pull import Reader
        reader = Reader(reads="{HOSTILE}:" + sys.argv[1])
        reader.__enter__()
        print(reader._process.pid, flush=True)
        reader.pull(Source(name="x", records="orders", kind="csv", path="x"))
    """
    for does in ("hang", "spin"):
        night = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), does],
            cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert night.stdout is not None
        child = int(night.stdout.readline())
        time.sleep(1)
        assert alive(child)
        night.send_signal(signal.SIGKILL)
        night.wait()
        night.stdout.close()
        assert gone_within(child, 5), does


def test_ctrl_c_is_the_nights_own(good: Source) -> None:
    with Reader() as reader:
        reader.pull(good)
        first = pid(reader)
        os.kill(first, signal.SIGINT)
        assert reader.pull(good).rows == 3
        assert pid(reader) == first


def test_a_process_that_has_died_between_two_sources_is_replaced(good: Source) -> None:
    with Reader() as reader:
        reader.pull(good)
        os.kill(pid(reader), signal.SIGTERM)
        time.sleep(0.3)
        assert reader.pull(good).rows == 3
    assert reader.pull(good).rows == 3, "a closed reader can be used again"
    reader.close()


def test_it_starts_without_what_it_does_not_need() -> None:
    code = (
        "import sys, jobs.pull.child; "
        "sys.exit(any(m in sys.modules for m in ('great_expectations', 'pandas', 'openpyxl', "
        "'psycopg', 'jobs.ledger', 'jobs.conform')))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert found.returncode == 0


def test_one_class_is_exported() -> None:
    assert Reader is _Reader
