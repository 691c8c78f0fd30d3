"""Manifests: the frozen list of labels, and what they cover and took."""

import hashlib
from typing import Any

import numpy as np
import pytest

from core import manifests
from core.masks import NOT_ASKED, VOID
from core.models import Project, User
from core.settling import Effort
from core.store import Store
from tests import factories
from tests.factories import act, lease, sql, submit, submit_mask


def freeze(of: Project, store: Store) -> manifests.Manifest:
    return act(manifests.freeze, store, of.id)


def summary(of: Project, store: Store) -> dict[str, Any]:
    return freeze(of, store).summary


def test_nothing_labelled_covers_nothing(project: Project, store: Store):
    factories.image(project)
    found = freeze(project, store)
    assert manifests.read(store, found.digest) == {"images": [], "labels": []}
    assert (found.summary["labelled_px"], found.summary["labelled_share"]) == (0, 0.0)


def test_a_project_without_images_has_a_share_of_nothing(project: Project, store: Store):
    assert summary(project, store)["labelled_share"] == 0.0


def test_the_digest_is_that_of_the_file(project: Project, store: Store):
    digest = freeze(project, store).digest
    data = store.read(f"sha256/{digest[:2]}/{digest[2:]}")
    assert hashlib.sha256(data).hexdigest() == digest


def test_equal_labels_have_equal_digests(project: Project, ada: User, store: Store):
    factories.labelling(project, ada)
    submit(lease(project, ada)[0], 1)
    assert freeze(project, store) == freeze(project, store)


def test_each_label_changes_the_digest(project: Project, ada: User, store: Store):
    factories.labelling(project, ada)
    before = freeze(project, store).digest
    submit(lease(project, ada)[0], 1)
    assert freeze(project, store).digest != before


def test_a_manifest_says_where_each_label_lies(project: Project, ada: User, store: Store):
    factories.labelling(project, ada)
    held = lease(project, ada, number=2)[1]
    label = submit(held, 1)
    [entry] = manifests.read(store, freeze(project, store).digest)["labels"]
    assert entry == {
        "region": held.region.id,
        "image": held.image.id,
        "left": 10,
        "top": 0,
        "width": 10,
        "height": 10,
        "label": label.id,
        "mask": label.mask_key,
    }


def test_only_pool_images_are_trained_on(project: Project, store: Store):
    mine = factories.image(project, mask=factories.whole_mask())
    factories.image(project, split="val", mask=factories.whole_mask())
    manifest = manifests.read(store, freeze(project, store).digest)
    assert manifest["images"] == [{"image": mine.id, "mask": mine.mask_key}]


def test_void_counts_as_labelled_and_not_asked_does_not(project: Project, ada: User, store: Store):
    factories.labelling(project, ada)
    mask = np.zeros((10, 10), np.uint8)
    mask[:3], mask[5:] = VOID, NOT_ASKED
    submit_mask(lease(project, ada)[0], mask)
    found = summary(project, store)
    assert (found["labelled_px"], found["pool_px"]) == (50, 400)
    assert found["labelled_share"] == 0.125


def test_whole_images_and_regions_add_up(project: Project, ada: User, store: Store):
    factories.image(project, mask=factories.whole_mask(value=1))
    factories.labelling(project, ada)
    submit(lease(project, ada)[0])
    found = summary(project, store)
    assert (found["images"], found["regions"], found["labelled_px"]) == (1, 1, 1300)


def test_a_mask_that_came_later_does_not_count_pixels_twice(
    project: Project, ada: User, store: Store
):
    factories.labelling(project, ada)
    held = lease(project, ada)[0]
    submit(held)
    sql("UPDATE images SET mask_key = 'sha256/aa/m' WHERE id = :id", id=held.image.id)
    found = summary(project, store)
    assert (found["labelled_px"], found["labelled_share"]) == (400, 1.0)
    assert found["cost"]["regions"] == 1


def test_costs_are_summed_over_the_newest_labels(project: Project, ada: User, store: Store):
    factories.labelling(project, ada)
    for held in lease(project, ada, number=2):
        submit(held, effort=Effort(active_ms=1250, clicks=1, strokes=2, keys=3))
    assert summary(project, store)["cost"] == {
        "regions": 2,
        "active_s": 2.5,
        "actions": 12,
        "clicks": 2,
        "pixels": 200,
    }


def test_clicks_of_whole_masks_are_counted(project: Project, store: Store):
    factories.image(project, mask=factories.whole_mask(value=1))
    assert summary(project, store)["cost"]["clicks"] == 7


def test_an_absurd_effort_does_not_stop_the_next_cycle(project: Project, ada: User, store: Store):
    factories.labelling(project, ada)
    submit(lease(project, ada)[0], effort=Effort(clicks=3_000_000_000))
    assert summary(project, store)["cost"]["actions"] == 3_000_000_000


def test_drafts_and_old_revisions_are_left_out(project: Project, ada: User, store: Store):
    factories.labelling(project, ada)
    held = lease(project, ada)[0]
    submit(held, 0)
    from core import regions

    again = act(regions.reopen, held.region.id, user=ada, session="s")
    newest = submit(again, 1)
    [entry] = manifests.read(store, freeze(project, store).digest)["labels"]
    assert entry["label"] == newest.id


def test_projects_do_not_mix(project: Project, ada: User, store: Store):
    other = factories.project(ada)
    factories.image(other, mask=factories.whole_mask())
    assert summary(project, store)["images"] == 0


@pytest.mark.parametrize("values", [(0, 1), (2, VOID)])
def test_the_file_is_written_before_the_rows(
    project: Project, ada: User, store: Store, values: tuple[int, int]
):
    factories.labelling(project, ada)
    for held, value in zip(lease(project, ada, number=2), values, strict=True):
        submit(held, value)
    manifest = manifests.read(store, freeze(project, store).digest)
    assert all(store.exists(entry["mask"]) for entry in manifest["labels"])
