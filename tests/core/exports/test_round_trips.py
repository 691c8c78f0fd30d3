"""What is exported and imported again is the same, bit for bit, in every format."""

import csv
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from core import exports, masks
from core.errors import ExportRefused, NotFound
from core.exports import Wanted
from core.masks import VOID
from core.models import Project, User
from core.plans import Plan
from core.store import open_store
from tests import factories
from tests.core.exports.there_and_back import drawing, imported, new_project, rows, written
from tests.factories import act, act_on, claim

pytestmark = pytest.mark.slow


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
