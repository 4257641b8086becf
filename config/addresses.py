"""Addresses of databases, and the secrets that may stand in any part of them."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from sqlalchemy.engine import make_url

#: Options of an address that are secrets, or lead to one (`passfile`).
_SECRET_NAME = re.compile(r"pass|pwd|secret|token|credential|api_?key|private_?key|auth", re.I)
#: A secret within an option: `PWD=...` of ODBC, an address within an address.
_SECRET_WITHIN = re.compile(
    r"\b(?:pwd|password|pass|secret|token|access_?token)\s*=\s*[^\s;]|://[^/@\s]*:[^/@\s]+@", re.I
)


def holds_secret(address: str) -> bool:
    """Whether any part of a database address is a secret: its password, an option, a whole string.

    Raises:
        ArgumentError: It is no address.
        ValueError: Its port is no number.
    """
    url = make_url(address)
    options = [
        (name, value)
        for name, given in url.query.items()
        for value in ((given,) if isinstance(given, str) else given)
    ]
    inside = [text for _, text in options] + [url.username or "", url.host or ""]
    return (
        bool(url.password)
        or any(_SECRET_NAME.search(name) for name, _ in options)
        or any(_SECRET_WITHIN.search(unquote_plus(text)) for text in inside)
    )


def may_be_address(text: str) -> bool:
    """Whether a value may be an address under a wrong name, which nobody is to read."""
    return "://" in text or _SECRET_WITHIN.search(text) is not None
