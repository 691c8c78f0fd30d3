"""The form of a backup: one plain tar whose members have a fixed order, names and sums.

    tessera-backup.json     format, schema revision, tables with their columns in loading order
    tables/NAME.copy        PostgreSQL's COPY text
    files/sha256/ab/...     what the rows refer to, by name
    SHA256SUMS              of all the others, for `sha256sum -c` as well

Two backups of the same data are equal to the byte. What is read is taken for hostile: only plain
files of exactly these names, in order, none twice, and nothing behind the sums.
"""

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

from core.errors import Invalid

FORMAT = 1
HEADER, SUMS = "tessera-backup.json", "SHA256SUMS"
FILES = "files/"
TABLE = re.compile(r"tables/([a-z_]{1,63})\.copy")
FILE = re.compile(r"files/(sha256/[0-9a-f]{2}/[0-9a-f]{62})")
TABLES = (2, "")
LARGEST_HEADER = 1 << 20
PIECE = 1 << 20


class Header(NamedTuple):
    """The schema's revision, and each table's columns in the order in which tables are loaded."""

    revision: str
    tables: dict[str, list[str]]


class Bytes(Protocol):
    """A file that is read. Raises Invalid where the archive is cut."""

    def read(self, size: int = -1) -> bytes: ...
    def seek(self, place: int) -> int: ...


class Member(NamedTuple):
    """A member's name, and its bytes: to be read before the next one."""

    name: str
    size: int
    data: Bytes


class Writer:
    """Adds members to a tar, and their sums at the end; `sums` keeps those until then."""

    def __init__(self, file: IO[bytes], sums: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w:", format=tarfile.GNU_FORMAT)  # noqa: SIM115
        self._sums = sums

    def add_header(self, header: Header) -> None:
        data = json.dumps({"format": FORMAT, **header._asdict()}, indent=1).encode()
        self.add(HEADER, BytesIO(data), len(data))

    def add(self, name: str, data: IO[bytes], size: int) -> str:
        """Add `size` bytes under this name; their hexadecimal SHA-256. OSError where fewer come."""
        hashed = _Hashing(data)
        self._tar.addfile(_info(name, size), hashed)
        # tarfile remembers every member, which nobody here asks for.
        self._tar.members.clear()  # type: ignore[attr-defined]
        self._sums.write(_line(hashed.digest(), name))
        return hashed.digest()

    def close(self) -> None:
        """Write the sums and the end of the archive."""
        size = self._sums.tell()
        self._sums.seek(0)
        self._tar.addfile(_info(SUMS, size), self._sums)
        self._tar.close()


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._digest.update(data)
        return data

    def digest(self) -> str:
        return self._digest.hexdigest()


def _info(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    return info


def _line(digest: str, name: str) -> bytes:
    return f"{digest}  {name}\n".encode()


def members(path: Path) -> Iterator[Member]:
    """The members in order, the sums last. Raises Invalid for what is no archive of ours."""
    before = ""
    try:
        with tarfile.open(path, "r:") as tar:
            while (info := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]
                _check_info(info, before)
                before = info.name
                data = tar.extractfile(info)
                assert data is not None
                yield Member(info.name, info.size, _Reading(data, path.name))
    except tarfile.TarError as error:
        raise _damaged(path.name, error) from None
    if before != SUMS:
        raise Invalid(f"{path.name} ends before its sums ({SUMS}): it is cut, or no backup.")


def _damaged(name: str, error: Exception) -> Invalid:
    return Invalid(f"{name} is damaged or no backup: {error}.")


class _Reading:
    """A member's bytes, read when they are asked for: a cut within them is told as any other."""

    def __init__(self, file: IO[bytes], archive: str) -> None:
        self._file = file
        self._archive = archive

    def read(self, size: int = -1) -> bytes:
        try:
            return self._file.read(size)
        except tarfile.TarError as error:
            raise _damaged(self._archive, error) from None

    def seek(self, place: int) -> int:
        return self._file.seek(place)


def _check_info(info: tarfile.TarInfo, before: str) -> None:
    if info.type != tarfile.REGTYPE or info.sparse is not None:
        raise Invalid(f"Expected plain files alone; {info.name[:100]!r} is something else.")
    here, last = _rank(info.name), _rank(before)
    # Tables stand in the header's order, with which `check` compares them.
    if here < last or (here == last and here != TABLES):
        raise Invalid(f"The member {info.name[:100]!r} is out of order, or there twice.")


def _rank(name: str) -> tuple[int, str]:
    """The place of a member in the order; tables tie."""
    if name in ("", HEADER):
        return (bool(name), "")
    if TABLE.fullmatch(name):
        return TABLES
    if FILE.fullmatch(name):
        return (3, name)
    if name == SUMS:
        return (4, "")
    raise Invalid(f"The member {name[:100]!r} has no business in a backup.")


def _header(member: Member) -> Header:
    if member.name != HEADER or member.size > LARGEST_HEADER:
        raise Invalid(f"Expected {HEADER} first; {member.name[:100]!r} is there.")
    try:
        told: dict[str, Any] = json.loads(member.data.read())
        if told["format"] != FORMAT:
            raise Invalid(f"Expected format {FORMAT}; this backup has {told['format']!r}.")
        tables = {
            str(name): [str(each) for each in told["tables"][name]] for name in told["tables"]
        }
        return Header(str(told["revision"]), tables)
    except (ValueError, LookupError, TypeError):
        raise Invalid(f"{HEADER} is not what a backup has there.") from None


def check(path: Path) -> Header:
    """Read all of it: names, order, every byte against the sums. Raises Invalid."""
    header: Header | None = None
    sums, tables = hashlib.sha256(), []
    for member in members(path):
        if header is None:
            header = _header(member)
            member.data.seek(0)
        digest = _digest(member.data)
        if member.name == SUMS:
            if digest != sums.hexdigest():
                raise Invalid(f"{path.name} is damaged: its members do not match {SUMS}.")
            continue
        if (file := FILE.fullmatch(member.name)) and file[1].replace("/", "") != f"sha256{digest}":
            raise Invalid(f"{path.name} is damaged: {member.name} holds other bytes.")
        if table := TABLE.fullmatch(member.name):
            tables.append(table[1])
        sums.update(_line(digest, member.name))
    assert header is not None
    if tables != list(header.tables):
        raise Invalid(f"{path.name} has other tables than {HEADER} says.")
    return header


def _digest(data: Bytes) -> str:
    digest = hashlib.sha256()
    while piece := data.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()
