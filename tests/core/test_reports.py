"""What the labels bought, cycle by cycle."""

import pytest

from core import reports, stages
from core.models import Cycle, Project, User
from core.plans import Plan
from core.settling import Effort
from core.stages import SplitResult
from tests import factories
from tests.factories import act, lease, sql, submit


@pytest.fixture
def campaign(project: Project, ada: User) -> tuple[Cycle, Cycle]:
    """A cold cycle whose four regions are labelled, and one that measured what that bought."""
    factories.image(project, split="val", mask=factories.whole_mask())
    first = factories.labelling(project, ada)
    for held in lease(project, ada, number=4):
        submit(held, effort=Effort(active_ms=500, clicks=1))
    second = factories.cycle(project, ada, Plan(regions=0))
    factories.train(second)
    factories.evaluate(second)
    return first, second


def test_a_cycle_costs_what_its_own_regions_took(campaign: tuple[Cycle, Cycle]):
    first, second = (act(reports.cycle_cost, cycle) for cycle in campaign)
    assert first == {"regions": 4, "active_s": 2.0, "actions": 4, "clicks": 4, "pixels": 400}
    assert second["regions"] == 0


def test_a_row_says_what_its_model_learnt_from(project: Project, campaign: tuple[Cycle, Cycle]):
    first, second = act(reports.cycle_rows, project.id)
    assert (first["labelled_regions"], second["labelled_regions"]) == (0, 4)
    assert (first["val_miou"], second["val_miou"]) == (None, factories.MIOU)
    assert second["labelled_share"] == 1.0
    assert second["cycle_id"] == campaign[1].id


def test_best_and_worst_leave_out_classes_that_do_not_occur(
    project: Project, campaign: tuple[Cycle, Cycle]
):
    row = act(reports.cycle_rows, project.id)[campaign[1].number]
    assert (row["best"], row["worst"]["name"]) == ({"name": "road", "iou": 0.75}, "sky")


def test_what_a_test_split_says_goes_before_what_val_says(project: Project, ada: User):
    for split in ("val", "test"):
        factories.image(project, split=split, mask=factories.whole_mask())
    factories.image(project, mask=factories.whole_mask(value=1))
    cycle = factories.cycle(project, ada, Plan(regions=0, evaluate_test=True))
    factories.train(cycle)
    val = SplitResult("val", 1, [[1, 0], [0, 1]], [0.5, 0.25, None], 0.375)
    test = SplitResult("test", 1, [[1, 0], [0, 1]], [0.125, 0.25, None], 0.1875)
    act(stages.evaluated, factories.claim(factories.pending(cycle)), [val, test])
    [row] = act(reports.cycle_rows, project.id)
    assert (row["val_miou"], row["test_miou"]) == (0.375, 0.1875)
    assert (row["best"]["name"], row["worst"]) == ("road", {"name": "sky", "iou": 0.125})
    assert row["iou"]["val"] == {"sky": 0.5, "road": 0.25, "car": None}


def test_a_cycle_without_metrics_has_no_best(project: Project, ada: User):
    factories.labelling(project, ada)
    [row] = act(reports.cycle_rows, project.id)
    assert (row["best"], row["worst"], row["test_miou"]) == (None, None, None)


def test_stages_tell_how_long_they_took(campaign: tuple[Cycle, Cycle]):
    seconds = act(reports.stage_seconds, campaign[1].id)
    assert set(seconds) == {"train", "evaluate"}
    assert all(0 <= each < 60 for each in seconds.values())


def test_a_stage_takes_from_its_first_start_to_its_last_end(campaign: tuple[Cycle, Cycle]):
    sql(
        "UPDATE jobs SET claimed_at = now(), finished_at = now() + interval '1.23456 s'"
        " WHERE cycle_id = :id AND kind = 'train'",
        id=campaign[1].id,
    )
    assert act(reports.stage_seconds, campaign[1].id)["train"] == 1.235


def test_the_model_of_a_cold_cycle_is_none(campaign: tuple[Cycle, Cycle]):
    first, second = campaign
    assert act(reports.model_of_cycle, first.id) is None
    assert act(reports.model_of_cycle, second.id).cycle_id == second.id


def test_labels_are_counted_with_their_revisions(project: Project, campaign: tuple[Cycle, Cycle]):
    assert act(reports.label_count, project.id) == 4
    assert campaign[0].id


def test_a_class_added_later_does_not_break_old_rows(
    project: Project, ada: User, campaign: tuple[Cycle, Cycle]
):
    from core import projects
    from core.projects import ClassSpec

    names = ("sky", "road", "car", "tree")
    wanted = [ClassSpec(value, name, "#000000") for value, name in enumerate(names)]
    act(projects.set_classes, project, wanted, by=ada)
    rows = act(reports.cycle_rows, project.id)
    assert rows[campaign[1].number]["best"] == {"name": "road", "iou": 0.75}
