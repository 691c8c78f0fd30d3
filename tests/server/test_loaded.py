"""What a server has loaded, it keeps."""

import gc

from starlette.testclient import TestClient


def test_it_is_not_searched_for_garbage_while_people_wait(client: TestClient):
    assert client.get("/health/live").status_code == 200
    assert gc.get_freeze_count() > 10_000
