"""A campaign in which every kind of row and file occurs."""

import pytest

from core.models import User
from tests import factories
from tests.core.integrity.campaign import Campaign
from tests.core.integrity.places import elsewhere

__all__ = ["campaign", "elsewhere"]


@pytest.fixture(scope="module")
def campaign(service: object, ada: User) -> Campaign:  # noqa: ARG001
    return Campaign(factories.project(ada), ada)
