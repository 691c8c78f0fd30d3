import io

import numpy as np
import pytest
from PIL import Image

from core.pixels import read_image
from core.store import Store
from tests import factories
from tests.server.people import Team, problem

pytestmark = pytest.mark.slow


def test_images_are_listed_by_split(team: Team):
    pool, val = factories.image(team.project), factories.image(team.project, split="val")
    listed = team.annotator.get(f"{team.path}/images").json()["items"]
    assert [each["id"] for each in listed] == [pool.id, val.id]
    of_val = team.annotator.get(f"{team.path}/images?split=val").json()["items"]
    assert [each["id"] for each in of_val] == [val.id]


def test_an_image_tells_its_facts(team: Team):
    row = factories.image(team.project, size=(40, 30), mask=factories.whole_mask())
    found = team.annotator.get(f"/images/{row.id}").json()
    assert (found["width"], found["height"], found["has_mask"]) == (40, 30, True)
    assert found["sha256"] == row.sha256


def test_pixels_are_those_that_were_stored(team: Team, store: Store):
    row = factories.image(team.project)
    sent = team.annotator.get(f"/images/{row.id}/pixels")
    assert sent.headers["content-type"] == "image/png"
    stored = read_image(store.read(row.key), 10_000)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(sent.content))), stored)


def test_a_mask_holds_class_values(team: Team):
    row = factories.image(team.project, mask=factories.whole_mask(value=2))
    sent = team.reviewer.get(f"/images/{row.id}/mask")
    assert set(np.asarray(Image.open(io.BytesIO(sent.content))).flat) == {2}


def test_an_image_may_have_no_mask(team: Team):
    row = factories.image(team.project)
    problem(team.reviewer.get(f"/images/{row.id}/mask"), 404, "not_found")


def test_pictures_run_nothing_and_are_kept(team: Team):
    row = factories.image(team.project)
    headers = team.annotator.get(f"/images/{row.id}/pixels").headers
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == f'inline; filename="image-{row.id}.png"'
    assert "immutable" in headers["cache-control"]


def test_what_one_has_already_is_not_sent_again(team: Team):
    path = f"/images/{factories.image(team.project).id}/pixels"
    tag = team.annotator.get(path).headers["etag"]
    again = team.annotator.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_an_admin_tags_an_image(team: Team):
    row = factories.image(team.project)
    assert team.annotator.get(f"/images/{row.id}").json()["tags"] is None
    said = team.admin.put(f"/images/{row.id}/tags", json={"tags": [2, 0, 2]})
    assert said.json()["tags"] == [0, 2]
    assert team.annotator.get(f"/images/{row.id}").json()["tags"] == [0, 2]
    assert team.admin.put(f"/images/{row.id}/tags", json={"tags": None}).json()["tags"] is None


def test_only_admins_tag_and_only_with_classes(team: Team):
    row = factories.image(team.project)
    refused = team.reviewer.put(f"/images/{row.id}/tags", json={"tags": [0]})
    problem(refused, 403, "forbidden")
    strange = team.admin.put(f"/images/{row.id}/tags", json={"tags": [99]})
    problem(strange, 422, "invalid")


def test_every_method_is_told_with_its_recipes(team: Team):
    told = team.annotator.get("/methods").json()["items"]
    assert len({each["name"] for each in told}) == 8
    assert all(f"{each['name']}-cpu" in each["recipes"] for each in told)


def test_a_thumbnail_is_small_and_made_once(team: Team, store: Store):
    row = factories.image(team.project, size=(800, 500))
    path = f"/images/{row.id}/thumbnail"
    sent = team.annotator.get(path)
    shown = Image.open(io.BytesIO(sent.content))
    assert (sent.headers["content-type"], shown.format, shown.size) == (
        "image/jpeg", "JPEG", (320, 200),
    )  # fmt: skip
    assert len(sent.content) < len(store.read(row.key)) / 4
    kept = [entry for entry in store.entries() if entry.key.startswith("thumbnails/")]
    assert [entry.size for entry in kept] == [len(sent.content)]
    again = team.annotator.get(path, headers={"If-None-Match": sent.headers["etag"]})
    assert again.status_code == 304
    store.delete(kept[0].key)
    assert team.annotator.get(path).content == sent.content


def test_a_small_image_is_not_made_larger(team: Team):
    row = factories.image(team.project, size=(40, 30))
    sent = team.annotator.get(f"/images/{row.id}/thumbnail").content
    assert Image.open(io.BytesIO(sent)).size == (40, 30)
