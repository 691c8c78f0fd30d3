import io
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import select

from core import masks, models
from core.db import transaction
from core.pixels import read_image
from core.plans import Plan
from core.store import Store
from tests import factories
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


def pixels(answer: Any) -> NDArray[np.uint8]:
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(io.BytesIO(answer.content)))


def whole(store: Store, image_id: int) -> NDArray[np.uint8]:
    with transaction() as db:
        return read_image(store.read(db.get_one(models.Image, image_id).key), 10_000)


@pytest.fixture
def lease(team: Team) -> dict[str, Any]:
    """A lease on the region in the second row and column of a 40x20 image."""
    team.labelling(number=8)
    leases = team.annotator.post(f"{team.path}/leases", {"count": 8}).json()["items"]
    found: dict[str, Any] = leases[5]
    return found


def test_a_region_tells_its_place(team: Team, lease: dict[str, Any]):
    found = team.annotator.get(f"/regions/{lease['region_id']}").json()
    assert (found["row"], found["col"], found["rank"], found["state"]) == (1, 1, 5, "open")
    assert found["box"] == {"left": 10, "top": 10, "width": 10, "height": 10}


def test_a_regions_picture_is_its_part_of_the_image(
    team: Team, lease: dict[str, Any], store: Store
):
    shown = pixels(team.annotator.get(f"/regions/{lease['region_id']}/image"))
    assert np.array_equal(shown, whole(store, lease["image"]["id"])[10:20, 10:20])


def test_context_shows_what_lies_around(team: Team, lease: dict[str, Any], store: Store):
    answer = team.annotator.get(f"/regions/{lease['region_id']}/context?margin_px=3")
    assert np.array_equal(pixels(answer), whole(store, lease["image"]["id"])[7:20, 7:23])
    assert (answer.headers["x-region-left"], answer.headers["x-region-top"]) == ("3", "3")


def test_context_ends_at_the_edge_of_the_image(team: Team, lease: dict[str, Any]):
    answer = team.annotator.get(f"/regions/{lease['region_id']}/context")
    assert pixels(answer).shape == (20, 40, 3)
    assert (answer.headers["x-region-left"], answer.headers["x-region-top"]) == ("10", "10")


@pytest.mark.parametrize("margin", [-1, 513, "wide"])
def test_a_margin_has_bounds(team: Team, lease: dict[str, Any], margin: object):
    answer = team.annotator.get(f"/regions/{lease['region_id']}/context?margin_px={margin}")
    problem(answer, 422, "validation_failed")


@pytest.mark.parametrize("view", ["image", "context"])
def test_what_one_has_already_is_not_sent_again(team: Team, lease: dict[str, Any], view: str):
    path = f"/regions/{lease['region_id']}/{view}"
    tag = team.annotator.get(path).headers["etag"]
    assert team.annotator.get(path, headers={"If-None-Match": tag}).status_code == 304


def test_two_margins_are_two_pictures(team: Team, lease: dict[str, Any]):
    path = f"/regions/{lease['region_id']}/context?margin_px="
    tags = {team.annotator.get(f"{path}{margin}").headers["etag"] for margin in (1, 2)}
    assert len(tags) == 2


def test_a_cold_start_suggests_nothing(team: Team, lease: dict[str, Any]):
    problem(team.annotator.get(f"/regions/{lease['region_id']}/suggestion"), 404, "not_found")


def suggesting(team: Team, *, without: float = 0.0) -> dict[str, Any]:
    """A lease on a region whose model suggests class 2, or would."""
    on = factories.image(team.project)
    plan = Plan(regions=1, without_suggestion=without)
    cycle = factories.cycle(team.project, team.admin.user, plan)
    factories.select(cycle, factories.suggested(cycle, on, 1))
    return team.annotator.lease(team.project)


def get(team: Team, url: str, **parts: Any) -> Any:
    return team.annotator.get(url.removeprefix("/api/v1"), **parts)


def test_a_model_suggests_classes_with_its_confidence(team: Team):
    lease = suggesting(team)
    assert set(pixels(get(team, lease["suggestion_url"])).flat) == {2}
    assert set(pixels(get(team, lease["confidence_url"])).flat) == {200}
    assert lease["top_classes"] == [{"value": 2, "share": 0.8}, {"value": 0, "share": 0.15}]


def test_raw_is_one_byte_per_pixel(team: Team):
    lease = suggesting(team)
    for url, value in ((lease["suggestion_url"], 2), (lease["confidence_url"], 200)):
        answer = get(team, url, params={**query(url), "format": "raw"})
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.content == bytes([value]) * 100


def query(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_a_picture_and_its_bytes_have_tags_of_their_own(team: Team):
    url = suggesting(team)["suggestion_url"]
    tags = {form: get(team, f"{url}?format={form}").headers["etag"] for form in ("png", "raw")}
    assert tags["png"] != tags["raw"]
    for form, tag in tags.items():
        again = get(team, f"{url}?format={form}", headers={"If-None-Match": tag})
        assert again.status_code == 304


def test_another_format_is_refused(team: Team):
    url = suggesting(team)["suggestion_url"]
    problem(get(team, f"{url}?format=gif"), 422, "validation_failed")


def test_a_withheld_suggestion_is_shown_nowhere(team: Team):
    lease = suggesting(team, without=1.0)
    assert (lease["suggestion_url"], lease["confidence_url"]) == (None, None)
    assert lease["top_classes"] == []
    answer = team.annotator.get(f"/regions/{lease['region_id']}/suggestion")
    assert "without a suggestion" in problem(answer, 404, "not_found")["detail"]
    with transaction() as db:
        assert db.get_one(models.Region, lease["region_id"]).suggestion_key is not None


def test_a_region_without_a_label_says_so(team: Team, lease: dict[str, Any]):
    problem(team.annotator.get(f"/regions/{lease['region_id']}/label"), 404, "not_found")


def test_a_label_is_asked_for_anew_each_time(team: Team, lease: dict[str, Any]):
    team.annotator.put_label(lease, 1)
    answer = team.annotator.get(f"/regions/{lease['region_id']}/label")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert set(pixels(answer).flat) == {1}


def test_a_label_is_had_as_bytes(team: Team, lease: dict[str, Any]):
    team.annotator.put_label(lease, 1)
    answer = team.annotator.get(f"/regions/{lease['region_id']}/label?format=raw")
    assert (answer.content, answer.headers["cache-control"]) == (b"\1" * 100, "private, no-cache")


def segments(answer: Any) -> NDArray[np.uint16]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/octet-stream"
    return np.frombuffer(answer.content, "<u2").reshape(10, 10)


def test_superpixels_number_the_regions_pixels(team: Team, lease: dict[str, Any]):
    answer = get(team, f"{lease['superpixels_url']}?size_px=4")
    found = segments(answer)
    assert sorted(set(found.flat)) == list(range(int(answer.headers["x-segments"])))
    assert "immutable" in answer.headers["cache-control"]
    assert np.array_equal(segments(get(team, f"{lease['superpixels_url']}?size_px=4")), found)


def test_superpixels_that_one_has_are_not_sent_again(team: Team, lease: dict[str, Any]):
    url = lease["superpixels_url"]
    tag = get(team, url).headers["etag"]
    assert get(team, url, headers={"If-None-Match": tag}).status_code == 304
    assert get(team, f"{url}?size_px=5").headers["etag"] != tag


def test_superpixels_need_no_suggestion(team: Team, lease: dict[str, Any]):
    url = lease["superpixels_url"]
    assert get(team, f"{url}?with_suggestion=true").content == get(team, url).content


def test_no_superpixel_crosses_the_suggestion(team: Team, store: Store):
    lease = suggesting(team)
    halves = np.repeat([[0, 1]], 5, axis=1).repeat(10, axis=0).astype(np.uint8)
    key = store.put(masks.to_png(halves))
    factories.sql(
        "UPDATE regions SET suggestion_key = :k WHERE id = :r", k=key, r=lease["region_id"]
    )
    found = segments(get(team, f"{lease['superpixels_url']}?with_suggestion=true&size_px=200"))
    assert np.array_equal(found, halves)


@pytest.mark.parametrize("size", [3, 257, "small"])
def test_the_size_of_superpixels_has_bounds(team: Team, lease: dict[str, Any], size: object):
    answer = get(team, f"{lease['superpixels_url']}?size_px={size}")
    problem(answer, 422, "validation_failed")


def test_neighbours_are_what_is_labelled_around(team: Team, lease: dict[str, Any]):
    """The region at (1, 1) of eight; the one above it is labelled as road, the one left as void."""
    leases = {
        each["rank"]: each
        for each in team.annotator.post(f"{team.path}/leases", {"count": 8}).json()["items"]
    }
    team.annotator.put_label(leases[1], 1)
    team.annotator.put_label(leases[4], 255)
    team.annotator.put_label(lease, 2)
    answer = team.annotator.get(f"/regions/{lease['region_id']}/neighbours?margin_px=3")
    expected = np.full((13, 16), 254, np.uint8)
    expected[:3, 3:13], expected[3:, :3] = 1, 255
    assert np.array_equal(pixels(answer), expected)
    assert (answer.headers["x-region-left"], answer.headers["x-region-top"]) == ("3", "3")


def test_neighbours_are_had_as_bytes_and_asked_for_anew(team: Team, lease: dict[str, Any]):
    url = f"{lease['neighbours_url']}&format=raw"
    before = get(team, url)
    assert before.content == b"\xfe" * 20 * 40
    assert before.headers["cache-control"] == "private, no-cache"
    again = {"If-None-Match": before.headers["etag"]}
    assert get(team, url, headers=again).status_code == 304
    other = team.annotator.post(f"{team.path}/leases", {"count": 8}).json()["items"][0]
    team.annotator.put_label(other, 0)
    assert get(team, url, headers=again).content.count(b"\0") == 100


def put_note(team: Team, lease: dict[str, Any], wanted: Any, person: Any = None) -> Any:
    query = f"lease_id={lease['id']}&epoch={lease['epoch']}"
    return (person or team.annotator).put(f"/regions/{lease['region_id']}/note?{query}", wanted)


def test_a_note_is_kept_as_it_is_written(team: Team, lease: dict[str, Any]):
    wanted = {"text": "<b>kerb</b>\n\tor road?  ", "flagged": True}
    made = put_note(team, lease, wanted).json()
    assert (made["note"], made["flagged"]) == (wanted["text"], True)
    assert team.reviewer.get(f"/regions/{lease['region_id']}").json() == made


def test_a_note_is_replaced_and_audited(team: Team, lease: dict[str, Any]):
    put_note(team, lease, {"text": "one", "flagged": True})
    assert put_note(team, lease, {"text": "two"}).json()["flagged"] is False
    with transaction() as db:
        noted = select(models.Event.data).where(models.Event.kind == "region.noted")
        mine = noted.where(models.Event.project_id == team.project.id).order_by(models.Event.id)
        assert [data["text"] for data in db.scalars(mine)] == ["one", "two"]


def test_a_note_is_its_leaseholders(team: Team, lease: dict[str, Any]):
    problem(put_note(team, lease, {}, team.reviewer), 404, "not_found")
    problem(put_note(team, lease | {"epoch": 9}, {}), 422, "invalid")
    team.annotator.delete(f"/leases/{lease['id']}")
    problem(put_note(team, lease, {}), 409, "lease_superseded")


@pytest.mark.parametrize("wanted", [{"text": "x" * 2001}, {"text": "a\0b"}, {"flag": True}])
def test_a_note_has_bounds(team: Team, lease: dict[str, Any], wanted: Any):
    problem(put_note(team, lease, wanted), 422, "validation_failed")
