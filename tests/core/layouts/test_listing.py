"""Which files a folder holds: their names, and what holding those takes."""

import tracemalloc
from pathlib import Path

from core.layouts.listing import Stems, by_stem, by_stem_below
from tests.core.folders import write

ROOT = Path("/data/images")


def test_files_are_known_by_stem_and_by_name_where_that_is_taken():
    found = Stems(ROOT, ["a.png", "a.jpg", "notes.txt", "b_L.PNG"], "_L")
    assert list(found) == ["a", "a.jpg", "b"]
    assert [str(each) for each in found.values()] == [
        "/data/images/a.png",
        "/data/images/a.jpg",
        "/data/images/b_L.PNG",
    ]


def test_folders_within_are_looked_through_in_order(tmp_path: Path):
    for name in ("ulm/2.png", "ulm/10.png", "a.png", "bonn/x/1.png", "z.txt"):
        write(tmp_path / name, b"")
    found = by_stem_below(tmp_path)
    assert list(found) == ["a", "1", "10", "2"]
    assert found["1"] == tmp_path / "bonn/x/1.png"
    assert (list(by_stem(tmp_path)), list(by_stem(tmp_path / "nowhere"))) == (["a"], [])


def test_of_two_listings_the_second_goes_first():
    both = Stems(ROOT, ["a.png", "b.png"]) | Stems(ROOT, ["b.jpg"])
    assert [path.name for path in both.values()] == ["a.png", "b.jpg"]


def test_a_name_that_is_held_takes_little():
    names = (f"city{number % 50:02}/city_{number:06}_leftImg8bit.png" for number in range(10_000))
    tracemalloc.start()
    found = Stems(ROOT, names, "_leftImg8bit")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(found) == 10_000
    assert held < 200 * 10_000
