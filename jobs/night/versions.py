"""What a run was made with: versions of the programs, fingerprints of what people may change."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import config
from config.settings import Settings
from expectations.catalogue import RULES_FOLDER
from expectations.facts import FACTS_FOLDER

_PROGRAMS = ("orderwatch", "great-expectations", "polars")


def versions() -> dict[str, str]:
    """Versions of Orderwatch, of what it stands on, and of Python."""
    found = {name: version(name) for name in _PROGRAMS}
    return {**found, "python": platform.python_version()}


def hashes(settings: Settings) -> dict[str, str]:
    """Fingerprints of the settings, the rules with their facts, and the reference data."""
    reference = Path(config.__file__).parent
    own = sorted(settings.rules.rglob("*.yaml")) if settings.rules else []
    return {
        "settings": _sha256([settings.file]),
        "rules": _sha256(
            [*sorted(RULES_FOLDER.glob("*.yaml")), *sorted(FACTS_FOLDER.glob("*.yaml")), *own]
        ),
        "reference": _sha256(sorted(reference.glob("*.toml"))),
    }


def _sha256(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()
