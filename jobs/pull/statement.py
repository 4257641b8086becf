"""Whether a query is one statement that reads, before any database sees it.

It is the first of several walls: the database is asked to refuse writing too (`postgres`,
`sqlite_file`). Elsewhere, where a statement can end without a semicolon (SQL Server), words that
write are refused wherever they stand outside of quotes.
"""

from __future__ import annotations

import re

from config.errors import SourceError
from config.sentences import say

_READS = ("SELECT", "WITH", "VALUES", "TABLE")

#: Words that no reading needs, for databases that cannot be made to refuse writing.
_WRITES = frozenset(
    """ALTER BEGIN CALL COMMIT CREATE DECLARE DELETE DROP EXEC EXECUTE GRANT INSERT INTO LOCK MERGE
    REVOKE ROLLBACK SET TRUNCATE UPDATE USE WAITFOR""".split()
)

#: What ends each kind of quote; two of the end stand for one.
_QUOTES = {"'": "'", '"': '"', "`": "`", "[": "]"}
_WORD = re.compile(r"[^\W\d][\w$#@]*")
_DOLLAR = re.compile(r"\$(?:[^\W\d]\w*)?\$")


def one_statement(query: str, backend: str) -> str:
    """The query without what ends it.

    Args:
        query: As the settings have it.
        backend: `postgresql`, `sqlite` or another name of SQLAlchemy's.

    Raises:
        SourceError: It is several statements, none that reads, or a quote or comment is not closed.
    """
    words, end = _walk(query, backend)
    if not words or words[0] not in _READS:
        raise SourceError(say("pull.statement_does_not_read"))
    if backend not in ("postgresql", "sqlite") and not _WRITES.isdisjoint(words):
        raise SourceError(say("pull.statement_may_write"))
    return query[:end]


def _walk(query: str, backend: str) -> tuple[list[str], int]:
    """The bare words of a statement, in capitals, and where it ends."""
    postgres = backend == "postgresql"
    words: list[str] = []
    at, end = 0, None
    while at < len(query):
        after = _blank(query, at, nested=postgres)
        if after > at:
            at = after
            continue
        if query[at] == ";" or query[at] == "\0":
            end = at if end is None else end
            if query[at] == "\0":
                raise SourceError(say("pull.statement_not_one"))
            at += 1
            continue
        if end is not None:
            raise SourceError(say("pull.statement_not_one"))
        at = _token(query, at, words, postgres=postgres)
    return words, len(query) if end is None else end


def _blank(query: str, at: int, *, nested: bool) -> int:
    """Where blanks or a comment that begin here end."""
    if query[at].isspace():
        return at + 1
    if query.startswith("--", at):
        ends = [place for mark in "\n\r" if (place := query.find(mark, at)) >= 0]
        return min(ends, default=len(query))
    if not query.startswith("/*", at):
        return at
    if query.startswith("/*!", at):  # which MySQL runs
        raise SourceError(say("pull.statement_may_write"))
    depth, here = 1, at + 2
    while depth:
        close, again = query.find("*/", here), query.find("/*", here)
        if close < 0:
            raise SourceError(say("pull.statement_not_closed"))
        if nested and 0 <= again < close:
            depth, here = depth + 1, again + 2
        else:
            depth, here = depth - 1, close + 2
    return here


def _token(query: str, at: int, words: list[str], *, postgres: bool) -> int:
    """Where the word, quote or sign that begins here ends."""
    word = _WORD.match(query, at)
    if word:
        escapes = postgres and word[0] in "eE" and query.startswith("'", word.end())
        if escapes:
            return _quoted(query, word.end(), escapes=True)
        words.append(word[0].upper())
        return word.end()
    dollar = _DOLLAR.match(query, at) if postgres else None
    if dollar:
        close = query.find(dollar[0], dollar.end())
        if close < 0:
            raise SourceError(say("pull.statement_not_closed"))
        return close + len(dollar[0])
    sign = query[at]
    if sign in _QUOTES and not (postgres and sign in "[`"):
        return _quoted(query, at, escapes=False)
    if sign.isdigit():
        # 1e5 or $1 is no word, and neither is what follows a digit without a blank.
        number = re.compile(r"[\w.$]+").match(query, at)
        return number.end() if number else at + 1
    if sign != "(" and not words:
        raise SourceError(say("pull.statement_does_not_read"))
    return at + 1


def _quoted(query: str, at: int, *, escapes: bool) -> int:
    end = _QUOTES[query[at]]
    here = at + 1
    while here < len(query):
        if escapes and query[here] == "\\":
            here += 2
        elif query[here] != end:
            here += 1
        elif query.startswith(end, here + 1) and end != "]":
            here += 2
        else:
            return here + 1
    raise SourceError(say("pull.statement_not_closed"))
