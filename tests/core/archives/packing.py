"""Archives as people and attackers make them."""

import io
import stat
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Iterable
from typing import Any

Files = dict[str, bytes]


def zipped(files: Files, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def entries(*named: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    """A zip of these entries in this order, doubles and all."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, data in named:
            archive.writestr(name, data)
    return made.getvalue()


def zip_link(name: str, target: str) -> bytes:
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entries((entry, target.encode()))


def encrypted(name: str) -> bytes:
    """A zip whose one entry says that it needs a password."""
    data = bytearray(entries((name, b"secret")))
    data[6] |= 1
    directory = data.find(b"PK\x01\x02")
    data[directory + 8] |= 1
    return bytes(data)


def overlapping(copies: int) -> bytes:
    """Many entries in the directory that share one file's bytes."""
    data = zipped({"a.png": b"\0" * 1000})
    at, end = data.find(b"PK\x01\x02"), data.find(b"PK\x05\x06")
    one = data[at:end]
    # Names of one length, so that a directory is the same entry again and again.
    directory = b"".join(one.replace(b"a.png", b"%05d" % n) for n in range(copies))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), at, 0)
    return data[:at] + directory + tail


def lying(name: str, said: int, data: bytes) -> bytes:
    """A stored zip entry whose directory gives another size than its bytes have."""
    made = bytearray(entries((name, data)))
    directory = made.find(b"PK\x01\x02")
    struct.pack_into("<L", made, directory + 24, said)
    return bytes(made)


def flipped(data: bytes, within: bytes) -> bytes:
    """One bit of these bytes is another one."""
    at = data.index(within)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def tarred(files: Files, mode: Any = "w") -> bytes:
    return tar_of([(plain(name, data), data) for name, data in files.items()], mode)


def plain(name: str, data: bytes) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    return entry


def tar_of(members: Iterable[tuple[tarfile.TarInfo, bytes]], mode: Any = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=tarfile.GNU_FORMAT) as archive:
        for entry, data in members:
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def special(kind: bytes, name: str, target: str = "") -> bytes:
    """A tar with one entry that is no plain file."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return tar_of([(entry, b"")])


def long_header(size: int) -> bytes:
    """A compressed tar whose extended header is this long, and compresses to little."""
    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, size
    return tar_of([(entry, b"\0" * size)], "w:gz")
