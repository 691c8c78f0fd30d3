"""What there is to export."""

import pytest

from core.masks import NOT_ASKED, VOID
from core.models import Project, User
from core.settings import Settings
from tests import factories
from tests.core.exports.there_and_back import drawing, new_project


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
