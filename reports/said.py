"""Let only sentences into the reports: a reason that is none of them is replaced.

Reasons and warnings come from sources, rules and gates. What stood in a file or in a driver's words
must never be among them; `config.sentences` tells whether a text is one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache
from typing import Final

from config.sentences import codes_of, has_figures, say, sentences

#: What stands in the place of a text that is no sentence.
NOT_SHOWN: Final = str(say("reports.reason_not_shown"))

#: What may stand before a sentence: the source, table or gate that it is about, by its name.
_LEAD: Final = re.compile(r"(?:source )?(?P<name>[A-Za-z0-9_.-]+)(?: is held)?: ")


def shown_reason(text: str, names: Collection[str] = ()) -> str:
    """A reason or warning as it is, if it is made of sentences, else that it is not shown.

    Args:
        text: What is said; sentences are parted by `; `, and a name may stand before each.
        names: The names that may stand before a sentence: of sources and tables.
    """
    parts = [_parted(part, names) for part in text.split("; ")]
    return text if all(codes_of(said) for _, said in parts) else NOT_SHOWN


def short_reason(text: str, names: Collection[str] = ()) -> str:
    """A reason without figures: those of the scrutiny pack could give a hidden count away."""
    said = []
    for part in text.split("; "):
        lead, words = _parted(part, names)
        codes = codes_of(words)
        if not codes:
            return NOT_SHOWN
        said.append(lead + (_short(codes[0]) if has_figures(codes[0]) else words))
    return "; ".join(dict.fromkeys(said))


def _parted(text: str, names: Collection[str]) -> tuple[str, str]:
    """The names before a sentence, and the sentence."""
    place = 0
    while (lead := _LEAD.match(text, place)) and lead["name"] in names:
        place = lead.end()
    return text[:place], text[place:]


@cache
def _short(code: str) -> str:
    room = "short."
    fitting = [name for name in sentences() if name.startswith(room)]
    fitting = [name for name in fitting if code.startswith(name.removeprefix(room))]
    return sentences()[max(fitting, key=len)] if fitting else NOT_SHOWN
