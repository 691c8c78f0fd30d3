import json
import logging

import pytest

from server import log
from tests.server.people import Team


def told(record: logging.LogRecord) -> dict[str, object]:
    line: dict[str, object] = json.loads(log.Lines().format(record))
    return line


def test_a_line_is_json_and_names_the_request():
    token = log.request_id.set("abc.1")
    record = logging.LogRecord("core.x", logging.WARNING, "x.py", 1, "gone: %s", ("\n",), None)
    line = told(record)
    log.request_id.reset(token)
    assert (line["level"], line["logger"], line["request_id"]) == ("WARNING", "core.x", "abc.1")
    assert line["message"] == "gone: \n"


def test_each_request_is_a_line(team: Team, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.INFO, "tessera.requests"):
        team.annotator.get(team.path, headers={"X-Request-Id": "mine"})
    (record,) = (each for each in caplog.records if each.name == "tessera.requests")
    assert record.told | {"ms": 0} == {
        "method": "GET", "path": f"/api/v1{team.path}", "status": 200, "ms": 0,
    }  # fmt: skip
