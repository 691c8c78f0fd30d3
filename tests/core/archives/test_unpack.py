"""Archives: what people send arrives whole, and what nobody should send leaves nothing behind."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from core.archives import Limits, unpack
from core.errors import ArchiveRejected
from tests.core.archives import packing

LIMITS = Limits(files=50, file_bytes=2**20, bytes=2**22)
FILES = {"images/a.png": b"first", "images/b.png": b"", "classes.json": b"{}"}
Packed = bytes


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def unpacked(data: bytes, into: Path, limits: Limits = LIMITS) -> dict[str, bytes]:
    found = unpack(io.BytesIO(data), into, limits, lambda _: None)
    return {path.relative_to(into).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    "packed",
    [
        packing.zipped(FILES),
        packing.zipped(FILES, zipfile.ZIP_STORED),
        packing.tarred(FILES),
        packing.tarred(FILES, "w:gz"),
        packing.tarred(FILES, "w:bz2"),
        packing.tarred(FILES, "w:xz"),
    ],
    ids=["zip", "stored", "tar", "gz", "bz2", "xz"],
)
def test_what_was_packed_is_unpacked(packed: Packed, into: Path):
    assert unpacked(packed, into) == FILES


def test_a_tar_of_the_folder_itself_is_taken(into: Path):
    assert (
        unpacked(packing.tarred({f"./{name}": data for name, data in FILES.items()}), into) == FILES
    )


def test_folders_and_what_macos_adds_are_no_files(into: Path):
    litter = {"images/": b"", "__MACOSX/images/._a.png": b"x", "images/.DS_Store": b"x"}
    assert unpacked(packing.zipped({**litter, **FILES}), into) == FILES


def test_names_of_all_languages_are_kept(into: Path):
    files = {"images/straße 東京 🚲.png": b"1"}
    assert unpacked(packing.zipped(files), into) == files
    (into / "images" / "straße 東京 🚲.png").unlink()
    (into / "images").rmdir()
    assert unpacked(packing.tarred(files), into) == files


NAMES = {
    "upwards": "../a.png",
    "upwards within": "images/../../a.png",
    "absolute": "/etc/a.png",
    "of Windows": "..\\a.png",
    "a drive": "C:/a.png",
    "doubled slash": "images//a.png",
    "a dot": "images/./a.png",
    "a line feed": "images/a\n.png",
    "right to left": "images/gnp.\u202ea",
    "long": "images/" + "a" * 300 + ".png",
    "deep": "/".join(["deep"] * 600) + ".png",
}
HOSTILE: dict[str, Packed] = {
    **{f"zip: {kind}": packing.zipped({name: b"1"}) for kind, name in NAMES.items()},
    **{f"tar: {kind}": packing.tarred({name: b"1"}) for kind, name in NAMES.items()},
    "zip: a NUL": packing.zipped({"images/a#.png": b"1"}).replace(b"a#.png", b"a\0.png"),
    "zip: twice": packing.entries(("a.png", b"1"), ("a.png", b"2")),
    "zip: in other letters": packing.zipped({"a.png": b"1", "A.PNG": b"2"}),
    "zip: other accents": packing.zipped({"\u00e9.png": b"1", "e\u0301.png": b"2"}),
    "zip: file and folder": packing.zipped({"a": b"1", "a/b.png": b"2"}),
    "zip: a link": packing.zip_link("a.png", "/etc/passwd"),
    "zip: a link, then through it": packing.zip_link("images", ".."),
    "zip: encrypted": packing.encrypted("a.png"),
    "zip: bzip2": packing.zipped(FILES, zipfile.ZIP_BZIP2),
    "zip: a bomb": packing.zipped({f"{n}.png": b"\0" * 2**20 for n in range(8)}),
    "zip: overlapping": packing.overlapping(40),
    "zip: many entries": packing.zipped({f"{n}.png": b"" for n in range(60)}),
    "zip: too large a file": packing.zipped({"a.png": b"\0" * (2**20 + 1)}),
    "zip: says less": packing.lying("a.png", 2, b"12345"),
    "zip: says more": packing.lying("a.png", 500, b"12345"),
    "zip: a wrong bit": packing.flipped(
        packing.zipped({"a.png": b"mostly harmless"}, zipfile.ZIP_STORED), b"harmless"
    ),
    "zip: cut": packing.zipped(FILES)[:-30],
    "zip: cut to its start": packing.zipped(FILES)[:40],
    "tar: twice": packing.tar_of([(packing.plain("a", b"1"), b"1")] * 2),
    "tar: symbolic link": packing.special(tarfile.SYMTYPE, "a.png", "/etc/passwd"),
    "tar: hard link": packing.special(tarfile.LNKTYPE, "a.png", "../../etc/passwd"),
    "tar: device": packing.special(tarfile.CHRTYPE, "a.png"),
    "tar: pipe": packing.special(tarfile.FIFOTYPE, "a.png"),
    "tar: sparse": packing.special(tarfile.GNUTYPE_SPARSE, "a.png"),
    "tar: a long header": packing.long_header(64 * 2**20),
    "tar: a bomb": packing.tarred({f"{n}.png": b"\0" * 2**20 for n in range(8)}, "w:gz"),
    "tar: many entries": packing.tarred({f"{n}.png": b"" for n in range(60)}),
    "tar: cut": packing.tarred({"a.png": b"1" * 5000})[:2000],
    "tar: cut gz": packing.tarred({"a.png": bytes(range(256)) * 99}, "w:gz")[:-40],
    "nothing": b"",
    "an image": b"\x89PNG\r\n\x1a\n" + b"\0" * 2000,
    "text": b"images and masks, honestly",
    "PK and nothing more": b"PK\x03\x04",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_nothing_stays(name: str, into: Path):
    with pytest.raises(ArchiveRejected) as caught:
        unpacked(HOSTILE[name], into)
    assert caught.value.detail
    assert list(into.iterdir()) == []
    assert sorted(each.name for each in into.parent.iterdir()) == ["into"]


def test_whoever_stops_it_finds_nothing_there(into: Path):
    def stop(count: int) -> None:
        if count == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpack(io.BytesIO(packing.zipped(FILES)), into, LIMITS, stop)
    assert list(into.iterdir()) == []


def test_what_shrinks_more_than_pictures_do_is_a_bomb(into: Path):
    zeros = packing.zipped({"a.png": b"\0" * 2**19})
    assert unpacked(zeros, into)
    (into / "a.png").unlink()
    with pytest.raises(ArchiveRejected, match="unpacks to more"):
        unpacked(zeros, into, LIMITS._replace(ratio=20, harmless_bytes=1000))
