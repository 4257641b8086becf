"""The zip package of a workbook: only the parts that are needed, each read within its bounds."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable

from config.errors import SourceError
from config.sentences import say
from config.settings import Limits
from jobs.pull.bounds import check_size

_MEMBERS = 20_000
_BEGINS = b"PK\x03\x04"
_END, _END_SIZE = b"PK\x05\x06", 22
#: The end of a package stands in this many of its last bytes.
_TAIL = 66_000


class Package:
    """A zip package that is read part by part.

    What is read is what was measured: a library gets a new package of the parts that were read,
    never the delivered one, whose directory may say what it likes.
    """

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Open the package.

        Raises:
            SourceError: It is cut off, or is no package.
        """
        self._limits = limits
        self._parts: dict[str, bytes] = {}
        end = data.rfind(_END, max(0, len(data) - _TAIL))
        if data.startswith(_BEGINS) and (end < 0 or len(data) - end < _END_SIZE):
            raise SourceError(say("pull.truncated"))
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
            raise SourceError(say("pull.broken_package")) from None
        members = self._zip.infolist()
        if len(members) > _MEMBERS:
            raise SourceError(say("pull.too_many_parts", parts=len(members)))
        self._members = {member.filename.lower().lstrip("/"): member for member in members}

    def __contains__(self, name: str) -> bool:
        return name.lower().lstrip("/") in self._members

    def read(self, name: str) -> bytes:
        """One part, unpacked.

        Raises:
            SourceError: It is not there, is damaged, or is more than the bounds allow with all
                that was read before.
        """
        known = self._parts.get(name)
        if known is not None:
            return known
        member = self._members.get(name.lower().lstrip("/"))
        if member is None:
            raise SourceError(say("pull.broken_package"))
        before = sum(map(len, self._parts.values()))
        check_size(before + member.file_size, before + member.compress_size, self._limits)
        if member.flag_bits & 1:
            raise SourceError(say("pull.encrypted"))
        try:
            part = self._zip.read(member)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, ValueError, OSError, EOFError):
            raise SourceError(say("pull.broken_package")) from None
        self._parts[name] = part
        return part

    def repacked(self, names: Iterable[str]) -> bytes:
        """A package of these parts, as far as they are there."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as package:
            for name in names:
                if name in self:
                    package.writestr(name, self.read(name))
        return made.getvalue()
