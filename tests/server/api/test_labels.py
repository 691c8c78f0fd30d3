import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from core import models
from core.db import transaction
from tests.factories import sql
from tests.server.masks import PNG, RAW, SIDE, encoded, png, refused, shown, stripes
from tests.server.people import Team, problem


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
