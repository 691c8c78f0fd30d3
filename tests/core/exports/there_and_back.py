"""Labels as the archive that a worker would write, and projects of what an archive holds."""

import io
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select

from core import archives, exports, imports, projects
from core.db import transaction
from core.exports import Exporter, Order, Wanted
from core.imports import Request
from core.masks import VOID, Mask
from core.models import Image, Project, User
from core.places import Folder
from core.projects import ClassSpec
from core.store import open_store
from tests import factories
from tests.core import folders
from tests.factories import act, act_on, claim

LIMITS = archives.Limits(1000, 10**7, 10**8)
CLASSES = [ClassSpec(each.value, each.name, each.color) for each in folders.KNOWN]
numbers = count(1)


def new_project(by: User) -> Project:
    about = {"title": "", "cell_px": factories.CELL_PX, "recipe": factories.RECIPE, "by": by}
    return act(projects.create, name=f"round-{next(numbers)}", classes=CLASSES, **about)


def drawing(seed: int) -> Mask:
    """Blocks of all classes and void, (30, 40)."""
    values = np.array([0, 1, 2, VOID], np.uint8)
    return np.kron(np.random.default_rng(seed).choice(values, (6, 8)), np.ones((5, 5), np.uint8))


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


def imported(by: User, archive: bytes, root: Path) -> Project:
    """A project of what the archive holds."""
    return taken(by, unpacked(archive, root))


def unpacked(archive: bytes, root: Path) -> Path:
    root.mkdir()
    archives.unpack(io.BytesIO(archive), root, LIMITS, lambda _: None)
    return root


def taken(by: User, root: Path) -> Project:
    """A project of what lies in a folder, by the layout that is found in it."""
    of = new_project(by)
    wanted = Request(str(root))
    classes = act(imports.known_classes, of.id)
    ready = {"place": Folder(root.resolve()), "decode": folders.decode}
    report = imports.examine(wanted, classes, open_store(), lambda *_: None, **ready)
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
