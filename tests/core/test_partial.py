"""A mask that leaves pixels unasked: their cells can be asked for, and they count as unlabelled."""

import numpy as np
import pytest
from sqlalchemy import select

from core import exploring, manifests, masks, partial, plans, projects
from core.db import transaction
from core.grids import Grids
from core.masks import NOT_ASKED, VOID, Mask
from core.models import Image, Project, User
from core.store import Store
from ml import costs
from tests import factories
from tests.factories import act


def columns(number: int, value: int = 1) -> Mask:
    """A mask of the first columns of an image of 40x30, a row of it void."""
    mask = np.full((30, 40), NOT_ASKED, np.uint8)
    mask[:, :number] = value
    mask[0, :number] = VOID
    return mask


def counted(project: Project, store: Store) -> plans.Pool:
    act(partial.count, store, project)
    found: plans.Pool = act(plans.open_cells, project)
    return found


@pytest.mark.parametrize(("number", "left"), [(10, 9), (15, 9), (16, 6), (39, 0)])
def test_cells_of_which_half_is_left_stay_open(
    project: Project, store: Store, number: int, left: int
):
    """Cells are 10x10 pixels: 4 columns of 3."""
    factories.image(project, mask=columns(number))
    factories.image(project, mask=factories.whole_mask())
    assert counted(project, store).cells == left
    grids = act(Grids.of, project)
    assert [int(each.sum()) for each in grids.opened] == [left]
    assert grids.opened[0][:, 3].all() == (left > 0)


def test_cells_are_counted_anew_for_another_size(project: Project, ada: User, store: Store):
    factories.image(project, mask=columns(10))
    assert counted(project, store).cells == 9
    with transaction() as db:
        row = db.get_one(Project, project.id)
        projects.update(db, row, title=None, recipe=None, cell_px=20, by=ada)
        partial.count(db, store, row)
        assert plans.open_cells(db, row).cells == 4
        [left] = db.scalars(select(Image.cells_left).where(Image.project_id == row.id))
        assert left == [200, 400, 100, 200]


def test_labelled_is_what_the_mask_labels_and_each_pixel_once(
    project: Project, ada: User, store: Store
):
    """The cycle's image has 40x10 pixels, so four cells; two are labelled after the mask came."""
    factories.labelling(project, ada, number=2)
    mask = columns(14)[:10]
    with transaction() as db:
        image = db.scalars(select(Image).where(Image.project_id == project.id)).one()
        image.mask_key, image.mask_px = store.put(masks.to_png(mask)), masks.asked_px(mask)
    assert act(manifests.summary, project.id)["labelled_px"] == 14 * 10
    assert counted(project, store).cells == 3
    for held in factories.lease(project, ada, number=2):
        factories.submit(held)
    assert counted(project, store).cells == 2
    summary = act(manifests.summary, project.id)
    # All of the first cell and 40 pixels of the second are the mask's.
    assert summary["labelled_px"] == summary["cost"]["pixels"] == 14 * 10 + 60
    for asked, shares in (("whole", []), ("some", [200 / 400]), ("none", [])):
        wanted = exploring.Wanted(labelled=asked)
        found = act(exploring.page, store, project.id, wanted, limit=5, cursor=None)
        assert [each.labelled_share for each in found.items] == shares


def test_what_was_not_asked_is_named_by_no_click():
    whole, part = columns(20), columns(20)
    whole[:, 20:] = 2
    assert costs.clicks(part) == costs.clicks(whole) - 1
