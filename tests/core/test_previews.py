"""What a cycle would ask for: as the select stage chooses, from what the last cycle left."""

from typing import Any

import numpy as np
import pytest

from core import cycles, previews
from core.errors import BudgetExceedsPool, NothingLabelled, StrategyRefused, Unavailable
from core.models import Cycle, Image, Project, User
from core.plans import Plan
from core.store import open_store
from ml.strategy import PLAIN, Strategy
from tests import factories, scored
from tests.factories import act, act_on

pytestmark = pytest.mark.slow


def preview(of: Project, regions: int = 4, **plan: Any) -> previews.Preview:
    return act(previews.preview, open_store(), of, Plan(regions=regions, **plan))


@pytest.fixture
def images(project: Project) -> list[Image]:
    """Two of 3 x 4 cells and one of 2 x 2 whose edge cells are 5 pixels wide."""
    return [factories.image(project, size=size) for size in ((40, 30), (40, 30), (15, 20))]


@pytest.fixture
def warm(project: Project, ada: User, images: list[Image]) -> Cycle:
    """A closed cycle that was scored; one image came with a mask, and two cells are labelled."""
    factories.image(project, mask=factories.whole_mask(value=1))
    cycle = factories.cycle(project, ada, Plan(regions=2))
    factories.train(cycle)
    scored.score(cycle, scored.grids(images))
    factories.select(cycle, factories.cells(cycle, images[0], 2))
    for held in factories.lease(project, ada, number=2):
        factories.submit(held, effort=factories.Effort(active_ms=4000))
    return cycle


def test_a_cold_start_is_spread_at_random(project: Project, images: list[Image]):
    found = preview(project, 4)
    assert (found.cold_start, found.basis, found.classes, found.clicks) == (True, None, None, None)
    assert (found.regions, found.random_regions, found.images) == (4, 4, len(images))
    assert found.spread == {1: 2, 2: 1}
    assert found == preview(project, 4)


@pytest.mark.usefixtures("images")
def test_nothing_is_written(project: Project):
    before = act(cycles.next_number, project)
    preview(project)
    assert act(cycles.next_number, project) == before == 0


@pytest.mark.usefixtures("warm")
def test_the_best_cells_of_the_last_scores_come_with_their_classes(
    project: Project, images: list[Image]
):
    found = preview(
        project, 5, strategy=PLAIN.model_copy(update={"suppress_radius": 0, "per_image_cap": 9})
    )
    scores = scored.grids(images)
    scores[images[0]][0, :2] = -1
    best = sorted(
        ((-score, image.id, row, col) for image, each in scores.items()
         for (row, col), score in np.ndenumerate(each)),
    )[:5]  # fmt: skip
    widths = {image.id: image.width for image in images}
    areas = [(min(10, widths[image] - 10 * col) * 10, row % 3) for _, image, row, col in best]
    assert found.pixels == sum(area for area, _ in areas)
    assert found.classes == {
        value: pytest.approx(sum(a for a, c in areas if c == value) / found.pixels, abs=1e-4)
        for value in {c for _, c in areas}
    }
    assert found.images == len({image for _, image, *_ in best})
    assert (found.clicks, found.clicks_from) == (5 * scored.CLICKS, "predictions")
    assert found.share == pytest.approx(found.pixels / (4 * 1200 - 900))


@pytest.mark.usefixtures("warm")
def test_seconds_go_by_the_pace_of_past_labels(project: Project):
    # Two labels of one click each took eight seconds.
    assert preview(project, 5).seconds == pytest.approx(5 * scored.CLICKS * 4)


def test_the_basis_says_how_old_it_is(project: Project, warm: Cycle):
    factories.image(project)
    found = preview(project)
    assert found.basis is not None
    assert (found.basis.cycle_id, found.basis.cycle_number) == (warm.id, 0)
    assert (found.basis.acquisition, found.basis.network) == ("entropy", "teacher")
    assert (found.basis.labels_since, found.basis.images_without_scores) == (2, 1)


@pytest.mark.usefixtures("warm")
def test_every_knob_is_heeded_and_the_seed_decides(project: Project):
    strategy = Strategy(class_share=0.5, click_weight=1.0, noise=1.0, random_share=0.25)
    one, other = (preview(project, 8, strategy=strategy, seed=seed) for seed in (1, 2))
    assert one == preview(project, 8, strategy=strategy, seed=1)
    assert one != other
    assert (one.regions, one.random_regions, one.seed) == (8, 2, 1)
    assert sum(n * count for n, count in one.spread.items()) == 8


@pytest.mark.usefixtures("warm")
def test_at_random_classes_are_told_all_the_same(project: Project):
    found = preview(project, 6, strategy=Strategy(acquisition="random"))
    assert found.random_regions == 6
    assert found.classes
    assert found.clicks_from == "predictions"


@pytest.mark.usefixtures("warm")
def test_what_an_open_cycle_asks_for_is_not_asked_again(
    project: Project, ada: User, images: list[Image]
):
    cycle = factories.cycle(project, ada, Plan(regions=20))
    factories.train(cycle)
    scored.score(cycle, scored.grids(images, seed=1))
    factories.select(cycle, factories.cells(cycle, images[1], 12))
    free = 12 + 12 + 4 - 2 - 12
    assert preview(project, free).regions == free
    with pytest.raises(BudgetExceedsPool, match=f"only {free} cells are open"):
        preview(project, free + 1)


def test_labels_without_scores_give_the_mean_of_past_clicks(project: Project, ada: User):
    factories.labelling(project, ada, number=4)
    for held in factories.lease(project, ada, number=4):
        factories.submit(held)
    factories.image(project)
    found = preview(project, 3)
    assert (found.cold_start, found.basis) == (False, None)
    assert (found.clicks, found.clicks_from, found.seconds) == (3.0, "labels", None)


@pytest.mark.usefixtures("images")
def test_what_a_start_refuses_a_preview_refuses(project: Project):
    with pytest.raises(BudgetExceedsPool):
        preview(project, 29)
    with pytest.raises(NothingLabelled):
        preview(project, 0)
    with pytest.raises(StrategyRefused):
        preview(project, strategy=Strategy(acquisition="disagreement"))


@pytest.mark.usefixtures("warm")
def test_a_measurement_asks_for_nothing(project: Project):
    found = preview(project, 0)
    assert (found.regions, found.pixels, found.images, found.spread) == (0, 0, 0, {})


@pytest.mark.usefixtures("warm")
def test_scores_that_were_lost_are_said_to_be(project: Project):
    [left] = act(previews.newest_scored, project.id).files
    open_store().path(left.cells).unlink()
    with pytest.raises(Unavailable, match="cannot read the cells"):
        preview(project)


def test_a_cycle_scored_by_an_older_version_is_passed_over(
    project: Project, ada: User, warm: Cycle
):
    cycle = factories.cycle(project, ada, Plan(regions=2))
    factories.train(cycle)
    factories.score(cycle)
    factories.sql("UPDATE jobs SET result = result - 'cells' WHERE cycle_id = :id", id=cycle.id)
    act_on(cycles.cancel, cycle, by=ada)
    found = preview(project).basis
    assert found is not None
    assert found.cycle_id == warm.id
