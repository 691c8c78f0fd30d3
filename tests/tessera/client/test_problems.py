import json

import httpx
import pytest

from tessera.client import Conflict, CycleOpen, Invalid, LeaseSuperseded, NotFound, ServerFault
from tessera.client.problems import problem

KIND = {"Content-Type": "application/problem+json"}


def answer(status: int, **document: object) -> httpx.Response:
    return httpx.Response(status, headers=KIND, content=json.dumps(document).encode())


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (409, "lease_superseded", LeaseSuperseded),
        (409, "cycle_open", CycleOpen),
        (409, "name_taken", Conflict),
        (404, "not_found", NotFound),
        (415, "unsupported_media_type", Invalid),
        (500, "tessera_error", ServerFault),
    ],
)
def test_the_class_follows_code_and_status(status, code, expected):
    assert type(problem(answer(status, type=f"/problems/{code}", detail="no"))) is expected


def test_what_is_not_standard_is_an_extra():
    error = problem(
        answer(409, type="/problems/lease_superseded", detail="late", draft_id=5, request_id="r")
    )
    assert (error.code, error.extras, error.request_id) == (
        "lease_superseded",
        {"draft_id": 5},
        "r",
    )
    assert error.draft_id == 5


def test_the_fields_that_were_refused_are_named():
    errors = [{"where": "body.cell_px", "message": "must be above 0"}]
    error = problem(answer(422, type="/problems/validation_failed", detail="no", errors=errors))
    assert "body.cell_px: must be above 0" in str(error)
    said = "body.cell_px: must be above 0."
    error = problem(answer(422, type="/problems/validation_failed", detail=said, errors=errors))
    assert str(error).count("must be above 0") == 1


def test_an_answer_that_is_no_problem_document_is_quoted():
    error = problem(httpx.Response(502, content=b"<html>bad gateway</html>"))
    assert error.code == "http_502"
    assert "bad gateway" in error.detail
