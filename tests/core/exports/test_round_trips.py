"""What is exported and imported again is the same, bit for bit, in every format."""

import csv
import io
import json
import zipfile
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from core import archives, exports, imports, masks, projects
from core.db import transaction
from core.errors import ExportRefused, NotFound
from core.exports import Exporter, Order, Wanted
from core.imports import Request
from core.masks import NOT_ASKED, VOID, Mask
from core.models import Image, Project, User
from core.places import Folder
from core.plans import Plan
from core.projects import ClassSpec
from core.settings import Settings
from core.store import open_store
from tests import factories
from tests.core import folders
from tests.factories import act, act_on, claim

LIMITS = archives.Limits(1000, 10**7, 10**8)
CLASSES = [ClassSpec(each.value, each.name, each.color) for each in folders.KNOWN]
LAYOUT = {"index": "plain"}
numbers = count(1)


def new_project(by: User) -> Project:
    about = {"title": "", "cell_px": factories.CELL_PX, "recipe": factories.RECIPE, "by": by}
    return act(projects.create, name=f"round-{next(numbers)}", classes=CLASSES, **about)


def drawing(seed: int) -> Mask:
    """Blocks of all classes and void, (30, 40)."""
    values = np.array([0, 1, 2, VOID], np.uint8)
    return np.kron(np.random.default_rng(seed).choice(values, (6, 8)), np.ones((5, 5), np.uint8))


@pytest.fixture(scope="module")
def made(service: Settings, ada: User) -> Project:  # noqa: ARG001
    """Labels of every kind: whole, partly asked, void alone, none; and regions of a cycle."""
    of = new_project(ada)
    # First, so that it has nothing to train on.
    factories.labelling(of, ada, number=2)
    partly = drawing(2)
    partly[:, 25:] = NOT_ASKED
    factories.image(of, mask=drawing(1))
    factories.image(of, mask=partly)
    factories.image(of, mask=factories.whole_mask())
    factories.image(of)
    for split in ("val", "test"):
        factories.image(of, split=split, mask=drawing(len(split)))
    factories.submit_mask(factories.lease(of, ada)[0], drawing(5)[:10, :10])
    factories.submit(factories.lease(of, ada)[0], VOID)
    return of


def written(of: Project, by: User, tmp: Path, **wanted: Any) -> bytes:
    """The archive that a worker would write."""
    job = act_on(lambda db, p: exports.request(db, open_store(), p, Wanted(**wanted), by=by), of)
    scratch = tmp / f"scratch-{job.id}"
    scratch.mkdir()
    exporter = Exporter(
        transaction, open_store(), of.id, order=Order(**job.request), scratch=scratch
    )
    file = io.BytesIO()
    exporter.write(file, lambda _: None)
    return file.getvalue()


def imported(by: User, archive: bytes, root: Path, layout: str | None = None) -> Project:
    """A project of what the archive holds, by the layout that is found in it."""
    root.mkdir()
    archives.unpack(io.BytesIO(archive), root, LIMITS, lambda _: None)
    of = new_project(by)
    wanted = Request(str(root), layout=layout)
    classes = act(imports.known_classes, of.id)
    report = imports.examine(
        wanted, classes, open_store(), lambda *_: None, place=Folder(root.resolve())
    )
    job = act(factories.jobs.add, kind="import", project_id=of.id)
    result = act(imports.commit, open_store(), claim(job), report)
    assert result["problems"] == 0, list(report.outcomes)
    return of


def rows(of: Project) -> list[tuple[object, ...]]:
    """Every image with the digests of its pixels and of its mask."""
    columns = (Image.split, Image.name, Image.sha256, Image.key, Image.mask_key)
    with transaction() as db:
        found = db.execute(select(*columns).where(Image.project_id == of.id))
        return sorted(map(tuple, found), key=str)


@pytest.mark.parametrize("form", exports.FORMATS)
def test_exported_and_imported_again_it_is_the_same(
    made: Project, ada: User, tmp_path: Path, form: str
):
    first = written(made, ada, tmp_path, format=form)
    assert first == written(made, ada, tmp_path, format=form)
    back = imported(ada, first, tmp_path / "unpacked")
    once = rows(back)
    # What came in as whole masks is as it was; what people drew of regions is a mask now.
    labelled = {row[1]: row[4] for row in once}
    assert all(labelled[name] == key for _, name, _, _, key in rows(made) if key)
    assert [row[:4] for row in once] == [row[:4] for row in rows(made)]
    again = imported(ada, written(back, ada, tmp_path, format=form), tmp_path / "again")
    assert rows(again) == once


def test_regions_are_drawn_into_their_image_and_listed(made: Project, ada: User, tmp_path: Path):
    archive = written(made, ada, tmp_path, format="index")
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        table = list(csv.DictReader(io.StringIO(opened.read("regions.csv").decode())))
        first, second = table
        name = first["image"]
        mask = masks.stored(opened.read(f"pool/masks/{name}.png"))
        asked = masks.stored(opened.read(f"coverage/pool/{name}.png"))
    assert np.array_equal(mask[:10, :10], drawing(5)[:10, :10])
    assert (mask[:, 10:] == VOID).all()
    assert (asked[:, :20] == 255).all()
    assert (asked[:, 20:] == 0).all()
    assert (first["left"], first["width"], first["cycle"], first["rank"]) == ("0", "10", "0", "0")
    assert (first["annotator"], second["void_px"]) == (ada.name, "100")


def test_what_a_past_cycle_was_trained_on_can_be_had_again(ada: User, tmp_path: Path):
    of = new_project(ada)
    factories.labelling(of, ada, number=1)
    before = written(of, ada, tmp_path, format="index", cycle=0)
    factories.submit(factories.lease(of, ada)[0], 1)
    factories.cycle(of, ada, Plan(regions=0))
    assert written(of, ada, tmp_path, format="index", cycle=0) == before
    now = written(of, ada, tmp_path, format="index", cycle=1)
    names = [zipfile.ZipFile(io.BytesIO(each)).namelist() for each in (before, now)]
    assert [any("/masks/" in name for name in each) for each in names] == [False, True]
    with pytest.raises(NotFound):
        written(of, ada, tmp_path, format="index", cycle=9)


def test_pictures_may_be_left_out(made: Project, ada: User, tmp_path: Path):
    archive = written(made, ada, tmp_path, format="cityscapes", pictures=False)
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert not any("leftImg8bit/" in name for name in names)
    about = json.loads(zipfile.ZipFile(io.BytesIO(archive)).read("export.json"))
    assert (about["images"], about["masks"], about["completed_by"]) == (7, 6, None)


def test_colours_that_two_classes_share_are_refused(ada: User, tmp_path: Path):
    grey = factories.project(ada)
    with pytest.raises(ExportRefused, match="sky, road, car"):
        written(grey, ada, tmp_path, format="camvid-color")
    with pytest.raises(ExportRefused, match="no model"):
        written(grey, ada, tmp_path, format="index", completed=True)


def test_one_name_in_two_splits_needs_a_folder_for_each(ada: User, tmp_path: Path):
    of = new_project(ada)
    for split in ("pool", "val"):
        row = factories.image(of, split=split)
        factories.sql("UPDATE images SET name = 'a/b' WHERE id = :id", id=row.id)
    archive = written(of, ada, tmp_path, format="index")
    names = zipfile.ZipFile(io.BytesIO(archive)).namelist()
    assert {"pool/images/a%2Fb.png", "val/images/a%2Fb.png"} <= {*names}
    with pytest.raises(ExportRefused, match="two splits"):
        written(of, ada, tmp_path, format="voc")


def test_old_archives_are_let_go(made: Project, ada: User):
    job = act_on(lambda db, p: exports.request(db, open_store(), p, Wanted("index"), by=ada), made)
    act(factories.jobs.finish, claim(job), {exports.ARCHIVE: open_store().put(b"zip"), "images": 7})
    assert act(exports.forget_old) == 0
    factories.sql("UPDATE jobs SET finished_at = now() - interval '8 days' WHERE id = :i", i=job.id)
    assert act(exports.forget_old) == 1
    row = factories.fresh(job)
    assert row.result == {"images": 7}
    with pytest.raises(NotFound, match="old"):
        exports.archive_of(row)
