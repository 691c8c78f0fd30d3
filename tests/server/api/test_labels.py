import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core import models
from core.db import transaction
from core.plans import Plan
from tests import factories
from tests.factories import sql
from tests.server.people import Person, Team, problem

PNG = {"Content-Type": "image/png"}
RAW = {"Content-Type": "application/octet-stream"}
SIDE = factories.CELL_PX


@pytest.fixture
def lease(team: Team) -> dict[str, Any]:
    """A lease of the annotator's on a region of 10x10 pixels."""
    team.labelling(number=2)
    return team.annotator.lease(team.project)


def stripes() -> NDArray[np.uint8]:
    """Columns of sky, road, car, void and not asked, two pixels each."""
    return np.repeat([[0, 1, 2, 255, 254]], 2, axis=1).repeat(SIDE, axis=0).astype(np.uint8)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png(mask: NDArray[Any]) -> bytes:
    return encoded(Image.fromarray(mask))


def shown(team: Team, lease: dict[str, Any]) -> NDArray[np.uint8]:
    sent = team.annotator.get(f"/regions/{lease['region_id']}/label")
    assert sent.status_code == 200, sent.text
    return np.asarray(Image.open(io.BytesIO(sent.content)))


def refused(team: Team, lease: dict[str, Any], status: int, code: str, **parts: Any) -> Any:
    return problem(team.annotator.put_label(lease, **parts), status, code)


def test_a_mask_is_accepted_and_kept_exactly(team: Team, lease: dict[str, Any]):
    answer = team.annotator.put_label(lease, content=png(stripes()), headers=PNG)
    body = answer.json()
    assert (answer.status_code, body["status"], body["revision"]) == (201, "accepted", 1)
    assert body["pixels"] == {"labelled": 60, "void": 20, "not_asked": 20}
    assert body["cycle_state"] == "labelling"
    assert np.array_equal(shown(team, lease), stripes())


def test_bytes_are_a_mask_row_by_row(team: Team, lease: dict[str, Any]):
    answer = team.annotator.put_label(lease, content=stripes().tobytes(), headers=RAW)
    assert answer.status_code == 201
    assert np.array_equal(shown(team, lease), stripes())


def test_one_value_fills_the_region(team: Team, lease: dict[str, Any]):
    assert team.annotator.put_label(lease, 255).json()["pixels"]["void"] == SIDE * SIDE


def test_a_palette_is_read_as_values_not_as_colours(team: Team, lease: dict[str, Any]):
    painted = Image.frombytes("P", (SIDE, SIDE), stripes().tobytes())
    painted.putpalette([channel for i in range(256) for channel in (255 - i, i, 7)])
    team.annotator.put_label(lease, content=encoded(painted), headers=PNG)
    assert np.array_equal(shown(team, lease), stripes())


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_fewer_bits_are_read_as_values(team: Team, lease: dict[str, Any], bits: int):
    values = (np.indices((SIDE, SIDE)).sum(axis=0) % min(2**bits, 3)).astype(np.uint8)
    sent = team.annotator.put_label(lease, content=grey_png(values, bits), headers=PNG)
    assert sent.status_code == 201, sent.text
    assert np.array_equal(shown(team, lease), values)


def grey_png(values: NDArray[np.uint8], bits: int) -> bytes:
    """A greyscale PNG of 1, 2 or 4 bits, which Pillow does not write by itself."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    height, width = values.shape
    planes = np.unpackbits(values[..., None], axis=2)[..., 8 - bits :].reshape(height, -1)
    rows = b"".join(b"\0" + row.tobytes() for row in np.packbits(planes, axis=1))
    head = struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def test_another_size_is_refused(team: Team, lease: dict[str, Any]):
    parts = {"content": png(np.zeros((9, SIDE), np.uint8)), "headers": PNG}
    body = refused(team, lease, 422, "mask_size_mismatch", **parts)
    assert body["expected"] == {"width": 10, "height": 10}
    assert body["given"] == {"width": 10, "height": 9}


def test_too_few_bytes_are_refused(team: Team, lease: dict[str, Any]):
    body = refused(team, lease, 422, "mask_size_mismatch", content=b"\0" * 99, headers=RAW)
    assert body["given"] == {"bytes": 99}


def test_an_unknown_class_is_named_with_its_place(team: Team, lease: dict[str, Any]):
    mask = stripes()
    mask[3, 7] = 9
    body = refused(team, lease, 422, "unknown_class", content=png(mask), headers=PNG)
    assert (body["value"], body["x"], body["y"]) == (9, 7, 3)


def test_an_unknown_class_does_not_fill(team: Team, lease: dict[str, Any]):
    problem(team.annotator.put_label(lease, 3), 422, "unknown_class")


def test_colours_are_no_classes(team: Team, lease: dict[str, Any]):
    mask = png(np.zeros((SIDE, SIDE, 3), np.uint8))
    refused(team, lease, 422, "mask_not_indexed", content=mask, headers=PNG)


@pytest.mark.parametrize("kind", ["image/png", "image/jpeg"])
def test_a_jpeg_is_no_mask(team: Team, lease: dict[str, Any], kind: str):
    mask = encoded(Image.fromarray(stripes()), "JPEG")
    headers = {"Content-Type": kind}
    refused(team, lease, 415, "unsupported_media_type", content=mask, headers=headers)


def test_a_body_without_a_type_is_refused(team: Team, lease: dict[str, Any]):
    refused(team, lease, 415, "unsupported_media_type", content=b"\0" * 100)


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.8])
def test_a_broken_off_mask_is_refused(team: Team, lease: dict[str, Any], kept: float):
    noise = np.random.default_rng(0).integers(0, 3, (SIDE, SIDE), np.uint8)
    whole = png(noise)
    cut = whole[: int(len(whole) * kept)]
    refused(team, lease, 422, "image_undecodable", content=cut, headers=PNG)


def test_a_mask_that_labels_nothing_is_refused(team: Team, lease: dict[str, Any]):
    refused(team, lease, 422, "invalid", content=b"\xfe" * 100, headers=RAW)


@pytest.mark.parametrize("body", [b"", b"{", b'{"fill": "road"}', b'{"fill": 256}', b'{"f": 1}'])
def test_a_fill_is_one_number(team: Team, lease: dict[str, Any], body: bytes):
    headers = {"Content-Type": "application/json"}
    found = refused(team, lease, 422, "validation_failed", content=body, headers=headers)
    assert found["errors"][0]["where"].startswith("body")


def test_a_mask_has_a_ceiling_in_bytes(team: Team, lease: dict[str, Any]):
    body = refused(team, lease, 413, "too_large", content=b"\0" * 50_001, headers=RAW)
    assert body["ceiling"] == 50_000


ACCEPTED, EDITED, DRAWN = 1, 2, 3


def suggesting(team: Team) -> dict[str, Any]:
    """A lease on a region whose model suggests road everywhere."""
    on = factories.image(team.project)
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=1))
    factories.select(cycle, factories.suggested(cycle, on, 1, value=1))
    return team.annotator.lease(team.project)


def with_origins(mask: NDArray[np.uint8], origins: NDArray[np.uint8]) -> dict[str, Any]:
    return {"content": mask.tobytes() + origins.tobytes(), "headers": RAW}


def of(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Origins as a page would tell them where road is suggested."""
    edited = np.where(mask == 1, ACCEPTED, EDITED)
    return np.where(mask == 254, 0, edited).astype(np.uint8)


def test_origins_are_kept_beside_the_mask(team: Team):
    lease = suggesting(team)
    made = team.annotator.put_label(lease, **with_origins(stripes(), of(stripes()))).json()
    assert made["origins"] == {"none": 20, "accepted": 20, "edited": 60, "drawn": 0}
    sent = team.annotator.get(f"/regions/{lease['region_id']}/label?band=origins&format=raw")
    assert sent.content == of(stripes()).tobytes()
    assert np.array_equal(shown(team, lease), stripes())


def test_without_origins_nothing_is_told(team: Team, lease: dict[str, Any]):
    assert team.annotator.put_label(lease, 1).json()["origins"] is None
    answer = team.annotator.get(f"/regions/{lease['region_id']}/label?band=origins")
    problem(answer, 404, "not_found")


def test_without_a_suggestion_everything_is_drawn(team: Team, lease: dict[str, Any]):
    drawn = np.where(stripes() == 254, 0, DRAWN).astype(np.uint8)
    made = team.annotator.put_label(lease, **with_origins(stripes(), drawn)).json()
    assert made["origins"] == {"none": 20, "accepted": 0, "edited": 0, "drawn": 80}


@pytest.mark.parametrize(
    ("x", "origin", "why"),
    [
        (0, 4, "expected 0 to 3"),
        (9, DRAWN, "not asked has the origin 0"),
        (0, ACCEPTED, "class of the suggestion"),
    ],
)
def test_origins_that_cannot_be_are_refused(team: Team, x: int, origin: int, why: str):
    lease, told = suggesting(team), of(stripes())
    told[4, x] = origin
    body = refused(team, lease, 422, "origins_refused", **with_origins(stripes(), told))
    assert (body["value"], body["x"], body["y"]) == (origin, x, 4)
    assert why in body["detail"]
    assert team.annotator.put_label(lease, 1).status_code == 201


@pytest.mark.parametrize("origin", [ACCEPTED, EDITED])
def test_what_was_not_suggested_was_not_accepted(team: Team, lease: dict[str, Any], origin: int):
    told = np.full((SIDE, SIDE), origin, np.uint8)
    ones = np.ones((SIDE, SIDE), np.uint8)
    refused(team, lease, 422, "origins_refused", **with_origins(ones, told))


def test_origins_of_another_size_are_refused(team: Team, lease: dict[str, Any]):
    refused(team, lease, 422, "mask_size_mismatch", content=b"\0" * 199, headers=RAW)


def test_the_same_mask_with_other_origins_is_the_same_label(team: Team):
    lease = suggesting(team)
    ones = np.ones((SIDE, SIDE), np.uint8)
    first = team.annotator.put_label(lease, **with_origins(ones, ones)).json()
    assert team.annotator.put_label(lease, **with_origins(ones, ones * DRAWN)).json() == first


def listed(person: Person, team: Team, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.get(f"{team.path}/labels", params=asked).json()["items"]
    return found


def test_ones_own_labels_are_listed_newest_first(team: Team):
    cycle = team.labelling(number=4)
    mine = [label_next(team, team.annotator) for _ in range(2)]
    label_next(team, team.reviewer)
    found = listed(team.annotator, team, mine=True)
    assert [each["region_id"] for each in found] == mine[::-1]
    assert {each["cycle_number"] for each in found} == {cycle.number}
    assert {each["changeable"] for each in found} == {True}
    assert len(listed(team.annotator, team)) == 3
    assert [each["changeable"] for each in listed(team.annotator, team)] == [False, True, True]


def label_next(team: Team, person: Person) -> int:
    lease = person.lease(team.project)
    assert person.put_label(lease, 1).status_code == 201
    region: int = lease["region_id"]
    return region


def test_labels_come_in_pages(team: Team):
    team.labelling(number=4)
    mine = [label_next(team, team.annotator) for _ in range(3)]
    first = team.annotator.get(f"{team.path}/labels?mine=true&limit=2").json()
    rest = listed(team.annotator, team, mine=True, cursor=first["next_cursor"])
    assert [each["region_id"] for each in first["items"] + rest] == mine[::-1]


def test_a_changed_label_is_listed_once(team: Team):
    team.labelling(number=2)
    region = label_next(team, team.annotator)
    again = team.annotator.post(f"/regions/{region}/leases").json()
    team.annotator.put_label(again, 2)
    [row] = listed(team.annotator, team, mine=True)
    assert (row["region_id"], row["revision"]) == (region, 2)


def test_labels_of_a_closed_cycle_are_not_changed(team: Team):
    team.labelling(number=1)
    label_next(team, team.annotator)
    assert [row["changeable"] for row in listed(team.annotator, team, mine=True)] == [False]


def test_effort_is_kept_as_it_was_told(team: Team, lease: dict[str, Any]):
    query = f"lease_id={lease['id']}&epoch=1&active_ms=4200&clicks=3&strokes=2&keys=1"
    made = team.annotator.put(f"/regions/{lease['region_id']}/label?{query}", {"fill": 0}).json()
    cycle = team.annotator.get(f"/cycles/{lease['cycle_id']}").json()
    assert made["active_ms"] == 4200
    assert (cycle["cost"]["active_s"], cycle["cost"]["actions"]) == (4.2, 6)


def test_effort_has_bounds(team: Team, lease: dict[str, Any]):
    query = f"lease_id={lease['id']}&epoch=1&active_ms=-1"
    answer = team.annotator.put(f"/regions/{lease['region_id']}/label?{query}", {"fill": 0})
    problem(answer, 422, "validation_failed")


def test_a_late_label_that_nobody_preceded_counts(team: Team, lease: dict[str, Any]):
    sql("UPDATE regions SET lease_until = now() - interval '1 hour'")
    assert team.annotator.put_label(lease, 1).json()["status"] == "accepted"


def superseded(team: Team, lease: dict[str, Any]) -> None:
    sql("UPDATE regions SET lease_until = now() - interval '1 s'")
    assert team.reviewer.lease(team.project)["region_id"] == lease["region_id"]


def test_a_superseded_label_is_kept_as_a_draft(team: Team, lease: dict[str, Any]):
    superseded(team, lease)
    body = problem(team.annotator.put_label(lease, 1), 409, "lease_superseded")
    with transaction() as db:
        draft = db.get_one(models.Label, body["draft_id"])
        assert (draft.status, draft.user_id) == ("draft", team.annotator.user.id)
    problem(team.annotator.get(f"/regions/{lease['region_id']}/label"), 404, "not_found")


def test_a_repeated_superseded_label_is_one_draft(team: Team, lease: dict[str, Any]):
    superseded(team, lease)
    key = {"Idempotency-Key": f"draft {lease['id']}"}
    first = problem(team.annotator.put_label(lease, 1, headers=key), 409, "lease_superseded")
    answer = team.annotator.put_label(lease, 1, headers=key)
    again = problem(answer, 409, "lease_superseded")
    assert again["draft_id"] == first["draft_id"]
    assert answer.headers["idempotency-replayed"] == "true"


def test_the_same_mask_again_is_the_same_label(team: Team, lease: dict[str, Any]):
    first = team.annotator.put_label(lease, 1).json()
    assert team.annotator.put_label(lease, 1).json() == first


def test_another_mask_on_a_used_lease_is_refused(team: Team, lease: dict[str, Any]):
    first = team.annotator.put_label(lease, 1).json()
    body = problem(team.annotator.put_label(lease, 2), 409, "already_labelled")
    assert body["label"] == first["id"]


def test_a_repeat_with_its_key_is_answered_alike(team: Team, lease: dict[str, Any]):
    key = {"Idempotency-Key": f"label {lease['id']}"}
    first = team.annotator.put_label(lease, 1, headers=key)
    again = team.annotator.put_label(lease, 1, headers=key)
    assert (again.status_code, again.content) == (201, first.content)


def test_a_key_belongs_to_one_mask(team: Team, lease: dict[str, Any]):
    key = {"Idempotency-Key": f"reused {lease['id']}"}
    team.annotator.put_label(lease, 1, headers=key)
    answer = team.annotator.put_label(lease, 2, headers=key)
    problem(answer, 422, "idempotency_key_reused")


def test_the_lease_of_somebody_else_does_not_exist(team: Team, lease: dict[str, Any]):
    problem(team.reviewer.put_label(lease, 1), 404, "not_found")


def test_a_lease_is_on_one_region(team: Team, lease: dict[str, Any]):
    other = lease | {"region_id": team.reviewer.lease(team.project)["region_id"]}
    problem(team.annotator.put_label(other, 1), 404, "not_found")


def test_an_epoch_belongs_to_its_lease(team: Team, lease: dict[str, Any]):
    body = problem(team.annotator.put_label(lease | {"epoch": 7}, 1), 422, "invalid")
    assert "epoch 1" in body["detail"]


def test_the_last_label_closes_the_cycle(team: Team):
    team.labelling(number=1)
    made = team.annotator.put_label(team.annotator.lease(team.project), 1)
    assert made.json()["cycle_state"] == "closed"


def test_a_refused_mask_leaves_the_lease_as_it_was(team: Team, lease: dict[str, Any]):
    refused(team, lease, 422, "mask_size_mismatch", content=b"", headers=RAW)
    assert team.annotator.put_label(lease, 1).status_code == 201
