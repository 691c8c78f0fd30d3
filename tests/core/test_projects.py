"""Projects: classes that labels can rely on, roles that decide who may what."""

from itertools import count

import pytest

from core import projects
from core.db import transaction
from core.errors import ClassesInUse, Forbidden, Invalid, NameTaken, NotFound, RecipeRefused
from core.models import Event, Project, User
from core.projects import ClassSpec
from tests import factories
from tests.factories import act, fresh

NUMBERS = count()


def specs(*names: str) -> list[ClassSpec]:
    return [ClassSpec(value, name, "#000000") for value, name in enumerate(names)]


def make(by: User, **changes: object) -> Project:
    values = {
        "name": f"made-{next(NUMBERS)}",
        "title": "",
        "cell_px": 30,
        "classes": specs("a", "b"),
        "recipe": {"name": "s4al-cpu"},
    }
    return act(projects.create, **(values | changes), by=by)


def test_a_maker_is_an_admin_of_the_project(ada: User):
    made = make(ada)
    assert act(projects.role_of, ada, made.id) == "admin"


def test_a_name_is_taken_once(ada: User, project: Project):
    with pytest.raises(NameTaken, match=project.name):
        make(ada, name=project.name)


@pytest.mark.parametrize("cell_px", [-1, 0, 3, 4097])
def test_a_cell_of_an_absurd_size_is_named_as_the_reason(ada: User, cell_px: int):
    with pytest.raises(Invalid, match=f"4 to 4096.*{cell_px}"):
        make(ada, cell_px=cell_px)


@pytest.mark.parametrize(
    "recipe",
    [
        {},
        {"name": "unknown"},
        {"name": ["s4al"]},
        {"name": "s4al", "overrides": {"schedule": {"steps": 0}}},
        {"name": "s4al", "overrides": {"nonsense": 1}},
        {"name": "s4al", "overrides": [1]},
    ],
)
def test_a_recipe_that_cannot_work_is_refused(ada: User, recipe: dict[str, object]):
    with pytest.raises(RecipeRefused):
        make(ada, recipe=recipe)


def test_what_a_recipe_overrides_is_merged():
    full = projects.checked_recipe({"name": "s4al", "overrides": {"schedule": {"steps": 7}}})
    assert (full.schedule.steps, full.schedule.power) == (7, 0.9)


@pytest.mark.parametrize(
    "classes",
    [
        [],
        specs("one"),
        specs("same", "same"),
        [ClassSpec(1, "a", "#000"), ClassSpec(2, "b", "#000")],
        [ClassSpec(0, "a", "#000"), ClassSpec(0, "b", "#000")],
        [ClassSpec(0, "a", "#000", "k"), ClassSpec(1, "b", "#000", "k")],
        specs(*(f"class {i}" for i in range(255))),
    ],
)
def test_classes_that_cannot_be_told_apart_are_refused(ada: User, classes: list[ClassSpec]):
    with pytest.raises(Invalid):
        make(ada, classes=classes)


def test_as_many_classes_as_values_are_allowed(ada: User):
    made = make(ada, classes=specs(*(f"class {i}" for i in range(254))))
    assert act(projects.classes, made.id)[-1].value == 253


def test_title_and_recipe_may_change(project: Project, ada: User):
    with transaction() as db:
        mine = db.get_one(Project, project.id)
        projects.update(db, mine, title="new", recipe={"name": "s4al"}, by=ada)
    assert (fresh(project).title, fresh(project).recipe) == ("new", {"name": "s4al"})


def test_a_refused_recipe_changes_nothing(project: Project, ada: User):
    with pytest.raises(RecipeRefused):
        act(projects.update, project, title="new", recipe={"name": "?"}, by=ada)
    assert fresh(project).title == ""


def test_classes_may_be_renamed_and_swapped(project: Project, ada: User):
    factories.image(project, mask=factories.whole_mask())
    act(projects.set_classes, project, specs("road", "sky", "bus"), by=ada)
    assert [each.name for each in act(projects.classes, project.id)] == ["road", "sky", "bus"]


def test_a_class_may_go_while_nothing_is_labelled(project: Project, ada: User):
    factories.image(project)
    act(projects.set_classes, project, specs("a", "b"), by=ada)
    assert len(act(projects.classes, project.id)) == 2


def test_a_class_that_a_mask_may_hold_may_not_go(project: Project, ada: User):
    factories.image(project, split="val", mask=factories.whole_mask())
    with pytest.raises(ClassesInUse, match=r"\[2\]"):
        act(projects.set_classes, project, specs("a", "b"), by=ada)


def test_a_class_that_a_label_may_hold_may_not_go(project: Project, ada: User):
    factories.labelling(project, ada)
    factories.submit(factories.lease(project, ada)[0])
    with pytest.raises(ClassesInUse):
        act(projects.set_classes, project, specs("a", "b"), by=ada)


@pytest.mark.parametrize(
    ("role", "least", "allowed"),
    [
        ("annotator", "annotator", True),
        ("annotator", "reviewer", False),
        ("reviewer", "annotator", True),
        ("reviewer", "admin", False),
        ("admin", "admin", True),
    ],
)
def test_a_role_may_do_what_the_ones_below_it_may(
    project: Project, ada: User, bob: User, role: str, least: str, allowed: bool
):
    act(projects.set_member, project, user_id=bob.id, role=role, by=ada)
    if allowed:
        assert act(projects.authorised, bob, project.id, least=least).id == project.id
    else:
        with pytest.raises(Forbidden, match=f"{least}; yours is {role}"):
            act(projects.authorised, bob, project.id, least=least)


def test_a_stranger_cannot_tell_a_project_from_none(project: Project, bob: User):
    details = []
    for number in (project.id, 10**6):
        with pytest.raises(NotFound) as caught:
            act(projects.authorised, bob, number, least="annotator")
        details.append(caught.value.detail.replace(str(number), "N"))
    assert details[0] == details[1]


def test_a_site_admin_is_an_admin_everywhere(project: Project):
    admin = factories.user(is_admin=True)
    assert act(projects.authorised, admin, project.id, least="admin").id == project.id
    with pytest.raises(NotFound):
        act(projects.authorised, admin, 10**6, least="annotator")


def test_a_role_is_set_anew_and_taken_away(project: Project, ada: User, bob: User):
    for role in ("annotator", "reviewer"):
        assert act(projects.set_member, project, user_id=bob.id, role=role, by=ada).role == role
    act(projects.remove_member, project, user_id=bob.id, by=ada)
    assert act(projects.role_of, bob, project.id) is None


def test_nobody_is_removed_twice(project: Project, ada: User, bob: User):
    with pytest.raises(NotFound, match=str(bob.id)):
        act(projects.remove_member, project, user_id=bob.id, by=ada)


def test_an_unknown_user_gets_no_role(project: Project, ada: User):
    with pytest.raises(NotFound):
        act(projects.set_member, project, user_id=10**6, role="annotator", by=ada)


def test_images_are_counted_by_split(project: Project):
    for split in ("pool", "pool", "test"):
        factories.image(project, split=split)
    assert act(projects.image_counts, project.id) == {"pool": 2, "val": 0, "test": 1}


def test_what_was_done_is_recorded(project: Project, ada: User):
    with transaction() as db:
        events = db.query(Event).filter_by(project_id=project.id).order_by(Event.id)
        assert [(each.kind, each.user_id) for each in events] == [
            ("member.set", ada.id),
            ("project.created", ada.id),
        ]
