"""Hostile images end within limits, and whoever decodes goes on with the next one."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from core import imports, pixels
from core.decoding import Decoder, Limits, limits
from core.errors import ImageTooLarge, ImageUndecodable, Unavailable, UnsupportedMediaType
from core.imports import Request
from core.places import Folder
from core.settings import settings
from core.store import Store
from tests import factories, hostile
from tests.core import folders

pytestmark = pytest.mark.slow

GOOD = pixels.to_png(factories.picture(seed=1))


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    """One for all of them: it has to survive each."""
    made = Decoder(Limits(pixels=40_000_000, room_bytes=100 * 2**20, seconds=1))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def goes_on(decoder: Decoder) -> Iterator[None]:
    yield
    assert np.array_equal(decoder.read_image(GOOD), factories.picture(seed=1))


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def bomb() -> bytes:
    """Some kilobytes that become 144 MB on the way to RGB."""
    return file_of(Image.new("1", (6000, 6000)), optimize=True)


def test_limits_follow_from_the_settings(store: Store, monkeypatch: pytest.MonkeyPatch):  # noqa: ARG001
    given = {"image_ceiling_px": 1000, "file_ceiling_bytes": 500, "decode_ceiling_s": 7}
    small = settings().model_copy(update=given)
    monkeypatch.setattr("core.decoding.settings", lambda: small)
    assert limits() == Limits(pixels=1000, room_bytes=21_000, seconds=7)
    assert limits(file_bytes=400, seconds=9) == Limits(1000, 20_800, 7)
    assert limits(file_bytes=600, seconds=6) == Limits(1000, 21_000, 6)


def test_pixels_are_those_of_any_other_process(decoder: Decoder):
    exif = Image.Exif()
    exif[folders.ORIENTATION] = 6
    data = file_of(Image.fromarray(factories.picture()), exif=exif)
    assert np.array_equal(decoder.read_image(data), pixels.read_image(data, 10**6))
    kept = decoder.read_png(data)
    assert (kept.width, kept.height) == (30, 40)
    assert np.array_equal(pixels.read_image(kept.png, 10**6), pixels.read_image(data, 10**6))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (GOOD[:-40], ImageUndecodable),
        (b"", ImageUndecodable),
        (file_of(Image.new("I;16", (4, 4))), UnsupportedMediaType),
        (file_of(Image.new("1", (7000, 7000))), ImageTooLarge),
        (hostile.PICTURES["a TIFF whose second page has no size"][0], ImageUndecodable),
    ],
    ids=["broken off", "empty", "16 bits", "too many pixels", "a page without a size"],
)
def test_a_refusal_says_what_it_would_say_anywhere(
    decoder: Decoder, data: bytes, error: type[Exception]
):
    with pytest.raises(error) as here:
        pixels.read_image(data, 40_000_000)
    with pytest.raises(error) as there:
        decoder.read_image(data)
    assert str(there.value) == str(here.value)


def test_memory_has_an_end(decoder: Decoder):
    data = bomb()
    assert len(data) < 100_000
    with pytest.raises(ImageTooLarge, match="more memory"):
        decoder.read_image(data)


def test_time_has_an_end(decoder: Decoder):
    with pytest.raises(ImageUndecodable, match="1 s of processor time"):
        decoder.read_image(hostile.scans(20_000))


def test_no_file_writes_to_the_log(capfd: pytest.CaptureFixture[str]):
    """Decoders in C print what they think of a file, line by line."""
    noise = Image.fromarray(factories.picture(seed=1))
    broken = bytearray(file_of(noise, "TIFF", compression="tiff_lzw"))
    broken[30:60] = b"\xff" * 30
    with pytest.raises(ImageUndecodable):
        pixels.read_image(bytes(broken), 10**6)
    assert "tempfile.tif" in capfd.readouterr().err
    made = Decoder(Limits(10**6, 50 * 2**20, 5))
    with pytest.raises(ImageUndecodable):
        made.read_image(bytes(broken))
    made.close()
    assert capfd.readouterr().err == ""


def test_what_somebody_else_ended_is_no_problem_of_the_file(decoder: Decoder):
    decoder.read_image(GOOD)
    [helper] = [each for each in psutil.Process().children() if "core.decoder" in each.cmdline()]
    assert not [name for name in helper.environ() if name.startswith("TESSERA_")]
    helper.kill()
    with pytest.raises(Unavailable, match="ended"):
        decoder.read_image(GOOD)


def test_an_import_tells_of_a_hostile_file_and_checks_the_others(
    decoder: Decoder, store: Store, tmp_path: Path
):
    for name, data in (("a", hostile.scans(20_000)), ("b", bomb()), ("c", GOOD)):
        folders.write(tmp_path / f"images/{name}.png", data)
    wanted, place = Request(layout="plain", dry_run=True), Folder(tmp_path.resolve())
    ready = {"place": place, "decode": decoder.read_image}
    report = imports.examine(wanted, folders.KNOWN, store, lambda *_: None, **ready)
    found = {each.file: each.problem for each in report.outcomes}
    assert found == {"images/a.png": "image_undecodable", "images/b.png": "image_too_large"}
    assert [each.name for each in report.candidates] == ["c"]
