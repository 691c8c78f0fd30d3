"""What a zip or a tar holds, as members; whatever is not a plain file is refused by name."""

import lzma
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from typing import IO, cast

from core.archives.member import Member
from core.errors import ArchiveRejected

ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# Older methods and rarer ones are parsers that nobody needs.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
LOCAL_HEADER = 30  # bytes, without name and extra field
# Extended headers are read into memory as a whole.
LONGEST_HEADER_BYTES = 2**20
# What the readers raise on what is damaged, or was made to damage them.
BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error),
    *(NotImplementedError, RuntimeError, EOFError, ValueError, OverflowError, KeyError),
)


def is_zip(file: IO[bytes]) -> bool:
    """Whether the file starts as a zip does; it is rewound."""
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    return start in ZIP_MAGIC


def zipped(archive: zipfile.ZipFile, most: int) -> Iterator[Member]:
    """The files of a zip, of at most so many entries. Raises ArchiveRejected."""
    entries = archive.infolist()
    _refuse_many(len(entries), most)
    _refuse_overlaps(archive, entries)
    for entry in entries:
        if entry.is_dir():
            continue
        mode = entry.external_attr >> 16
        if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise ArchiveRejected(f"{entry.filename!r} is a link or a device, and no file.")
        if entry.flag_bits & ENCRYPTED:
            raise ArchiveRejected(f"{entry.filename!r} is encrypted; pack it without a password.")
        if entry.compress_type not in METHODS:
            raise ArchiveRejected(f"{entry.filename!r} is packed by a method other than deflate.")
        opened = partial(archive.open, entry)
        yield Member(entry.orig_filename, entry.file_size, opened)


def _refuse_many(found: int, most: int) -> None:
    if found > most:
        raise ArchiveRejected(f"The archive has more than {most} entries; send it in parts.")


def _refuse_overlaps(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    """Entries that share their bytes make a small file a huge one."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    ends = [*(entry.header_offset for entry in ordered[1:]), archive.start_dir]
    for entry, end in zip(ordered, ends, strict=True):
        if entry.header_offset + LOCAL_HEADER + entry.compress_size > end:
            raise ArchiveRejected(f"{entry.filename!r} shares its bytes with another entry.")


class Entry(tarfile.TarInfo):
    """A tar's entry that refuses to be described at length."""

    HEADERS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
    NAMES = (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        # The hook that the standard library means to be overridden, before it reads the header.
        if self.type in (*self.HEADERS, *self.NAMES) and self.size > LONGEST_HEADER_BYTES:
            raise tarfile.ReadError(f"an extended header of {self.size} bytes")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]


def tarred(archive: tarfile.TarFile, most: int) -> Iterator[Member]:
    """The files of a tar, in its order: each is to be read before the next is asked for."""
    for count, entry in enumerate(archive, start=1):
        _refuse_many(count, most)
        if entry.isdir():
            continue
        if not entry.isreg() or entry.issparse():
            raise ArchiveRejected(f"{entry.name!r} is a link or a device, and no file.")
        # As `tar -C folder .` writes them.
        yield Member(entry.name.removeprefix("./"), entry.size, partial(_extracted, archive, entry))


def _extracted(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> IO[bytes]:
    return cast(IO[bytes], archive.extractfile(entry))
