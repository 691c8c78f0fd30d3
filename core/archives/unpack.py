"""Unpacking under limits: names first, then bytes, and the folder is empty again on any doubt."""

import os
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, NamedTuple

from core.archives.member import Member, check_name, folded, is_litter
from core.archives.readers import BROKEN, Entry, is_zip, tarred, zipped
from core.errors import ArchiveRejected

PIECE = 1 << 20


class Limits(NamedTuple):
    """At most so many files, so many bytes of one, and so many of all.

    Photographs hardly shrink and flat masks a hundredfold; what shrinks more than `ratio` to one
    is a bomb, unless it is no larger than `harmless_bytes` even so.
    """

    files: int
    file_bytes: int
    bytes: int
    ratio: int = 1000
    harmless_bytes: int = 64 * 2**20

    def unpacked(self, packed: int) -> int:
        """The most bytes that so many packed ones may become."""
        return min(self.bytes, self.harmless_bytes + self.ratio * packed)


def unpack(
    archive: IO[bytes], into: Path, limits: Limits, on_member: Callable[[int], None]
) -> list[Path]:
    """The files of the archive, written below `into`, which has to be empty.

    `on_member(count)` is called after each, and may raise to stop. Whatever is raised, nothing
    stays. Raises ArchiveRejected.
    """
    packed = archive.seek(0, os.SEEK_END)
    target = _Target(into, limits, limits.unpacked(packed), on_member)
    try:
        if is_zip(archive):
            with zipfile.ZipFile(archive) as opened:
                return target.write_all(zipped(opened, limits.files))
        with tarfile.open(fileobj=archive, mode="r|*", tarinfo=Entry) as stream:
            return target.write_all(tarred(stream, limits.files))
    except BROKEN as error:
        target.clear()
        raise ArchiveRejected(f"Expected a whole zip or tar archive: {error}.") from None
    except BaseException:
        target.clear()
        raise


class _Target:
    """An empty folder that files are written into, and what was written so far."""

    def __init__(
        self, folder: Path, limits: Limits, most_bytes: int, on_member: Callable[[int], None]
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._left = most_bytes
        self._on_member = on_member
        self._names: dict[str, str] = {}
        self._written: list[Path] = []

    def write_all(self, members: Iterable[Member]) -> list[Path]:
        for member in members:
            if not is_litter(member.name):
                check_name(member.name)
                self._refuse_double(member.name)
                self._write(member)
                self._on_member(len(self._written))
        return self._written

    def clear(self) -> None:
        for each in self._folder.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()

    def _refuse_double(self, name: str) -> None:
        if other := self._names.get(folded(name)):
            raise ArchiveRejected(f"{name!r} is there twice, perhaps in other letters: {other!r}.")
        self._names[folded(name)] = name

    def _write(self, member: Member) -> None:
        if member.size > self._limits.file_bytes:
            raise ArchiveRejected(
                f"{member.name!r} has {member.size} bytes; at most {self._limits.file_bytes} "
                "are taken of one file."
            )
        path = self._folder / member.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with path.open("xb") as file, member.open() as source:
                self._copy(source, file, member)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            raise ArchiveRejected(f"{member.name!r} is a file and a folder at once.") from None
        self._written.append(path)

    def _copy(self, source: IO[bytes], file: IO[bytes], member: Member) -> None:
        """The bytes as they come; a size that lies is found out here."""
        left = member.size
        while piece := source.read(PIECE):
            left -= len(piece)
            self._left -= len(piece)
            if left < 0:
                raise ArchiveRejected(f"{member.name!r} is larger than the archive says.")
            if self._left < 0:
                raise ArchiveRejected(
                    "The archive unpacks to more than is taken; send it in parts."
                )
            file.write(piece)
        if left:
            raise ArchiveRejected(f"{member.name!r} breaks off.")
