"""Archives are taken for hostile: whatever is not exactly a backup is refused before anything."""

import hashlib
import json
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from core.errors import Invalid
from core.integrity import archive
from core.integrity.archive import Header, Writer

DATA = b"a file"
KEY = f"sha256/{hashlib.sha256(DATA).hexdigest()[:2]}/{hashlib.sha256(DATA).hexdigest()[2:]}"
TABLES = {"users": ["id", "name"]}


def good(path: Path) -> Path:
    with path.open("wb") as file:
        writer = Writer(file, BytesIO())
        writer.add_header(Header("r1", TABLES))
        writer.add("tables/users.copy", BytesIO(b"1\tada\n"), 6)
        writer.add(f"files/{KEY}", BytesIO(DATA), len(DATA))
        writer.close()
    return path


def changed(path: Path, change: Callable[[list[tarfile.TarInfo], dict[str, bytes]], None]) -> Path:
    """The good archive, its members changed and its sums made to fit again."""
    with tarfile.open(good(path)) as tar:
        infos = tar.getmembers()
        data = {info.name: tar.extractfile(info).read() for info in infos}  # type: ignore[union-attr]
    sums = infos.pop()
    change(infos, data)
    lines = [f"{hashlib.sha256(data[i.name]).hexdigest()}  {i.name}\n" for i in infos if i.isreg()]
    data[sums.name] = "".join(lines).encode()
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as tar:
        for info in [*infos, sums]:
            info.size = len(data[info.name]) if info.isreg() else 0
            tar.addfile(info, BytesIO(data[info.name]))
    return path


def test_a_good_one_passes(tmp_path: Path):
    assert archive.check(good(tmp_path / "a.tar")) == Header("r1", TABLES)
    assert archive.check(changed(tmp_path / "b.tar", lambda *_: None)) == Header("r1", TABLES)


@pytest.mark.parametrize("place", range(100, 4000, 300))
def test_a_cut_one_is_refused_wherever_it_is_cut(tmp_path: Path, place: int):
    path = good(tmp_path / "a.tar")
    path.write_bytes(path.read_bytes()[:place])
    with pytest.raises(Invalid):
        archive.check(path)


NAMES = [
    "../evil", "/etc/passwd", "files/../../evil", "files/sha256/aa/../../../evil", "files/x",
    "tables/../users.copy", "tables/Users.copy", "tables/users.copy/", "C:\\evil", "files",
    f"files/{KEY.upper()}", f"files/{KEY}x", "SHA256SUMS2", "tables/users\n.copy", ".",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_has_no_business_there_is_refused(tmp_path: Path, name: str):
    def rename(infos: list[tarfile.TarInfo], data: dict[str, bytes]) -> None:
        data[name] = data[infos[-1].name]
        infos[-1].name = name

    with pytest.raises(Invalid):
        archive.check(changed(tmp_path / "a.tar", rename))


KINDS = [
    tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE,
    tarfile.FIFOTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_links_devices_and_folders_are_refused(tmp_path: Path, kind: bytes):
    def turn(infos: list[tarfile.TarInfo], _: dict[str, bytes]) -> None:
        infos[-1].type, infos[-1].linkname = kind, "/etc/passwd"

    with pytest.raises(Invalid):
        archive.check(changed(tmp_path / "a.tar", turn))


def test_a_member_twice_or_out_of_order_is_refused(tmp_path: Path):
    with pytest.raises(Invalid, match="twice"):
        archive.check(changed(tmp_path / "a.tar", lambda infos, _: infos.append(infos[-1])))
    with pytest.raises(Invalid, match="out of order"):
        archive.check(changed(tmp_path / "b.tar", lambda infos, _: infos.insert(1, infos.pop())))


def test_bytes_that_are_not_those_of_the_name_are_refused(tmp_path: Path):
    def swap(infos: list[tarfile.TarInfo], data: dict[str, bytes]) -> None:
        data[infos[-1].name] = b"other!"

    with pytest.raises(Invalid, match="holds other bytes"):
        archive.check(changed(tmp_path / "a.tar", swap))


@pytest.mark.parametrize(
    "header",
    [
        b"", b"[]", b"{", json.dumps({"format": 1}).encode(),
        json.dumps({"format": 2, "revision": "r", "tables": TABLES}).encode(),
        json.dumps({"format": 1, "revision": "r", "tables": {"others": []}}).encode(),
        json.dumps({"format": 1, "revision": "r", "tables": [1]}).encode(),
        b" " * (2 << 20),
    ],
)  # fmt: skip
def test_a_header_that_is_none_is_refused(tmp_path: Path, header: bytes):
    def replace(_: list[tarfile.TarInfo], data: dict[str, bytes]) -> None:
        data[archive.HEADER] = header

    with pytest.raises(Invalid):
        archive.check(changed(tmp_path / "a.tar", replace))


def test_a_flipped_bit_anywhere_is_found_or_changes_nothing(tmp_path: Path):
    path = good(tmp_path / "a.tar")
    whole = path.read_bytes()
    used = whole.rstrip(b"\0")
    passed = []
    for place in range(0, len(used), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            archive.check(path)
            passed.append(place % 512)
        except Invalid:
            pass
    # What pads a block belongs to nobody.
    assert [place for place in passed if place < 6] == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9])
def test_a_cut_archive_is_found(tmp_path: Path, share: float):
    path = good(tmp_path / "a.tar")
    used = len(path.read_bytes().rstrip(b"\0"))
    path.write_bytes(path.read_bytes()[: int(used * share)])
    with pytest.raises(Invalid):
        archive.check(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", bytes(10_240), b"\x1f\x8b" * 600])
def test_what_is_no_tar_is_refused(tmp_path: Path, data: bytes):
    (tmp_path / "a.tar").write_bytes(data)
    with pytest.raises(Invalid):
        archive.check(tmp_path / "a.tar")
