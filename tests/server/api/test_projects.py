from typing import Any

import pytest

from core.plans import Plan
from tests import factories
from tests.server.people import Team, problem

CLASSES = [
    {"value": 0, "name": "road", "color": "#804080", "key": "r", "background": False},
    {"value": 1, "name": "sky", "color": "#4682b4", "key": None, "background": True},
]


def wanted(**changes: Any) -> dict[str, Any]:
    asked = {"name": "streets", "cell_px": 30, "classes": CLASSES, "recipe": {"name": "s4al-cpu"}}
    return asked | changes


def test_a_site_admin_makes_a_project(team: Team):
    made = team.site_admin.post("/projects", wanted(title="Streets by day"))
    assert made.status_code == 201
    body = made.json()
    assert made.headers["location"] == f"/api/v1/projects/{body['id']}"
    assert (body["title"], body["cell_px"], body["classes"]) == ("Streets by day", 30, CLASSES)
    assert body["images"] == {"pool": 0, "val": 0, "test": 0}
    assert team.site_admin.get(f"/projects/{body['id']}").json() == body


def test_a_name_is_taken_once(team: Team):
    team.site_admin.post("/projects", wanted(name="once"))
    problem(team.site_admin.post("/projects", wanted(name="once")), 409, "name_taken")


def test_everybody_sees_the_projects_in_which_they_have_a_role(team: Team):
    assert [each["id"] for each in team.annotator.get("/projects").json()["items"]] == [
        team.project.id
    ]
    assert team.outsider.get("/projects").json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    "recipe",
    [
        {"name": "magic"},
        {"name": "s4al-cpu", "overrides": {"schedule": {"stepps": 3}}},
        {"name": "s4al-cpu", "overrides": {"schedule": {"steps": 0}}},
    ],
)
def test_a_recipe_that_cannot_work_is_refused(team: Team, recipe: dict[str, Any]):
    answer = team.site_admin.post("/projects", wanted(name="refused", recipe=recipe))
    problem(answer, 422, "recipe_refused")


def test_an_unknown_recipe_field_is_named(team: Team):
    recipe = {"name": "s4al-cpu", "overrides": {"schedule": {"stepps": 3}}}
    body = problem(team.admin.patch(team.path, {"recipe": recipe}), 422, "recipe_refused")
    assert "schedule.stepps" in body["detail"]


def test_a_deep_recipe_is_refused(team: Team):
    deep: dict[str, Any] = {}
    for _ in range(50):
        deep = {"deeper": deep}
    answer = team.admin.patch(team.path, {"recipe": {"name": "s4al-cpu", "overrides": deep}})
    problem(answer, 422, "validation_failed")


@pytest.mark.parametrize(
    "changes",
    [
        {"cell_px": 2},
        {"cell_size": 30},
        {"name": ""},
        {"name": "a\nb"},
        {"classes": CLASSES[:1]},
        {"classes": [CLASSES[0], CLASSES[1] | {"color": "red"}]},
        {"classes": [CLASSES[0], CLASSES[1] | {"value": 255}]},
    ],
)
def test_a_project_of_another_shape_is_refused(team: Team, changes: dict[str, Any]):
    answer = team.site_admin.post("/projects", wanted(name="shape") | changes)
    assert problem(answer, 422, "validation_failed")["errors"]


def test_classes_are_numbered_without_gaps(team: Team):
    gap = [CLASSES[0], CLASSES[1] | {"value": 2}]
    problem(team.site_admin.post("/projects", wanted(name="gap", classes=gap)), 422, "invalid")


def test_an_admin_changes_title_and_recipe(team: Team):
    recipe = {"name": "s4al-cpu", "overrides": {"schedule": {"steps": 7}}}
    changed = team.admin.patch(team.path, {"title": "New", "recipe": recipe}).json()
    assert (changed["title"], changed["recipe"]) == ("New", recipe)
    assert team.annotator.get(team.path).json() == changed


def test_a_change_of_the_title_leaves_the_recipe(team: Team):
    before = team.admin.get(team.path).json()
    assert team.admin.patch(team.path, {"title": "New"}).json()["recipe"] == before["recipe"]


def test_classes_may_be_replaced_before_anything_is_labelled(team: Team):
    assert team.admin.put(f"{team.path}/classes", {"items": CLASSES}).json() == {"items": CLASSES}
    assert team.annotator.get(f"{team.path}/classes").json() == {"items": CLASSES}


def test_a_class_that_labels_may_hold_stays(team: Team):
    team.labelling()
    team.annotator.put_label(team.annotator.lease(team.project), 2)
    body = problem(
        team.admin.put(f"{team.path}/classes", {"items": CLASSES}), 409, "classes_in_use"
    )
    assert "[2]" in body["detail"]


def test_a_class_added_after_a_measurement_leaves_it_readable(team: Team):
    measured = factories.image(team.project, split="val", mask=factories.whole_mask(value=0))
    factories.image(team.project, mask=factories.whole_mask(value=1))
    cycle = factories.cycle(team.project, team.admin.user, Plan(regions=0))
    factories.train(cycle)
    factories.evaluate(cycle)
    more = [{**each, "value": value} for value, each in enumerate(classes_of(team))]
    more.append({"value": 3, "name": "bus", "color": "#000000"})
    assert team.admin.put(f"{team.path}/classes", {"items": more}).status_code == 200
    iou = team.admin.get(f"/cycles/{cycle.id}/metrics").json()["splits"]["val"]["iou"]
    assert (list(iou), measured.split) == (["sky", "road", "car"], "val")


def classes_of(team: Team) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = team.admin.get(f"{team.path}/classes").json()["items"]
    return found
