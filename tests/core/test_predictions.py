"""Pictures that were looked at are not kept for ever."""

import pytest

from core import jobs, predictions
from core.errors import NotFound
from core.models import Project
from core.store import open_store
from tests import factories
from tests.factories import act, claim, sql


def test_old_pictures_and_masks_are_let_go(project: Project):
    asked = {"model_id": 1, predictions.IMAGE: open_store().put(b"picture")}
    job = act(jobs.add, kind="predict", project_id=project.id, request=asked)
    act(jobs.finish, claim(job), {predictions.MASK: open_store().put(b"mask"), "seconds": 1})
    act(predictions.forget_old)
    assert predictions.mask_of(factories.fresh(job))
    sql("UPDATE jobs SET finished_at = now() - interval '8 days' WHERE id = :id", id=job.id)
    act(predictions.forget_old)
    row = factories.fresh(job)
    assert (row.request, row.result) == ({"model_id": 1}, {"seconds": 1})
    with pytest.raises(NotFound, match="old"):
        predictions.mask_of(row)
