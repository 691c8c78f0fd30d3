"""Tags of images: from a folder's tags.csv, by hand, and in the manifest of a cycle."""

from pathlib import Path

import pytest

from core import continuing, manifests, projects, tags
from core.db import transaction
from core.errors import ClassesInUse, Invalid, RecipeRefused
from core.models import Image, Project, User
from core.projects import ClassSpec
from core.store import Store
from tests import factories
from tests.core import folders
from tests.core.test_imports import images, lines, request, root, work  # noqa: F401
from tests.factories import act, fresh

RED, GREEN, *_ = factories.CLASSES


def test_a_folder_may_tag_its_images(project: Project, ada: User, root: Path):  # noqa: F811
    folders.plain(root)
    folders.write(root / "pool/tags.csv", f"image,tags\na.png,{GREEN},{RED}\nb\n".encode())
    work(request(project, ada, root))
    found = {each.name: each.tags for each in images(project)}
    assert found == {"a": [0, 1], "b": [], "c": None, "d": None}


def test_tags_may_come_later_and_change(project: Project, ada: User, root: Path):  # noqa: F811
    folders.plain(root)
    work(request(project, ada, root))
    folders.write(root / "pool/tags.csv", f"a,{GREEN}\n".encode())
    result = work(request(project, ada, root))
    assert lines(result)["pool/images/a.png"] == ("tags_changed", None)
    assert lines(result)["pool/images/b.png"] == ("unchanged", None)
    assert {each.name: each.tags for each in images(project)}["a"] == [1]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"a.png,unicorn", "tags_unreadable"),
        (b"a.png,\xff", "tags_unreadable"),
        (b"a.png\na\n", "tags_unreadable"),
        (b"nobody.png", "tags_without_image"),
    ],
)
def test_tags_that_mean_nothing_reject_the_folder(
    project: Project,
    ada: User,
    root: Path,  # noqa: F811
    text: bytes,
    problem: str,
):
    folders.plain(root)
    folders.write(root / "pool/tags.csv", text)
    result = work(request(project, ada, root))
    assert problem in [each[1] for each in lines(result).values()]
    assert images(project) == []


@pytest.fixture
def image(project: Project) -> Image:
    return factories.image(project)


def test_tags_are_values_of_classes(image: Image, ada: User):
    act(tags.put, fresh(image), [1, 0, 1], by=ada)
    with pytest.raises(Invalid, match=r"given \[77\]"):
        act(tags.put, fresh(image), [77], by=ada)


def test_a_manifest_freezes_tags_and_stays_as_it_was_without_any(
    project: Project, image: Image, ada: User, store: Store
):
    before = act(manifests.freeze, store, project.id)
    assert "tags" not in manifests.read(store, before.digest)
    with transaction() as db:
        tags.put(db, db.get_one(Image, image.id), [1], by=ada)
    after = act(manifests.freeze, store, project.id)
    assert manifests.read(store, after.digest)["tags"] == [{"tagged": image.id, "tags": [1]}]


def test_classes_that_images_are_tagged_with_may_not_go(project: Project, image: Image, ada: User):
    with transaction() as db:
        tags.put(db, db.get_one(Image, image.id), [1], by=ada)
    two = [ClassSpec(0, "a", "#000000"), ClassSpec(1, "b", "#000000", background=True)]
    with pytest.raises(ClassesInUse):
        act(projects.set_classes, project, two, by=ada)


@pytest.mark.parametrize("word", ["../other", "/srv/model", "-1", "newest"])
def test_a_recipe_continues_a_cycle_and_no_path(word: str):
    with pytest.raises(RecipeRefused, match="expected the number of a cycle"):
        projects.checked_recipe({"name": "seggan-cpu", "overrides": {"continues": word}})


def test_a_cycle_without_a_model_cannot_be_continued(project: Project):
    with pytest.raises(RecipeRefused, match="model of cycle 9"):
        act(continuing.model_for, project.id, "9")
    assert act(continuing.model_for, project.id, projects.LATEST) is None
