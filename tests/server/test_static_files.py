import pytest
from starlette.testclient import TestClient

from tests.server.people import problem


def test_a_file_comes_with_its_type_and_is_asked_for_again_by_its_tag(client: TestClient):
    first = client.get("/static/base.css")
    assert first.headers["content-type"].startswith("text/css")
    assert "max-age=60" in first.headers["cache-control"]
    again = client.get("/static/base.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["nothing.js", "", "..%2fapp.py", "annotate"])
def test_nothing_but_files_of_the_folder_is_served(client: TestClient, path: str):
    problem(client.get(f"/static/{path}"), 404, "not_found")


def test_scripts_are_sent_small(client: TestClient):
    answer = client.get("/static/annotate/editor.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content) / 2
