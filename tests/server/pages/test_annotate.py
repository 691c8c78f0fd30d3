import json
import re
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.projects import ClassSpec, set_classes
from tests.factories import act_on
from tests.server.pages.test_session import browser, sign_in
from tests.server.people import Team

__all__ = ["browser"]

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def path(team: Team) -> str:
    return f"/projects/{team.project.id}/annotate"


def facts(page: str) -> dict[str, Any]:
    found = re.search(r'data-facts="([^"]*)"', page)
    assert found
    told: dict[str, Any] = json.loads(unescape(found[1]))
    return told


def test_a_stranger_signs_in_first(browser: TestClient, path: str):
    answer = browser.get(path, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")


def test_for_an_outsider_there_is_no_such_project(browser: TestClient, team: Team, path: str):
    sign_in(browser, team.outsider)
    answer = browser.get(path)
    assert answer.status_code == 404
    assert team.project.name not in answer.text


def test_the_page_knows_the_classes_and_who_labels(browser: TestClient, team: Team, path: str):
    sign_in(browser, team.annotator)
    told = facts(browser.get(path).text)
    assert told["user"]["id"] == team.annotator.user.id
    assert [each["name"] for each in told["classes"]] == ["sky", "road", "car"]


def test_a_class_is_named_as_text(browser: TestClient, team: Team, path: str):
    classes = [ClassSpec(0, EVIL, "#000000"), ClassSpec(1, '"><script>', "#ffffff")]
    act_on(set_classes, team.project, classes, by=team.admin.user)
    sign_in(browser, team.annotator)
    page = browser.get(path).text
    assert EVIL not in page
    assert "<script>" not in page
    assert [each["name"] for each in facts(page)["classes"]] == [EVIL, '"><script>']


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(
    browser: TestClient, team: Team, path: str
):
    sign_in(browser, team.annotator)
    answer = browser.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'self'; object-src")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert re.findall(r"<style|style=|\son\w+=|javascript:", answer.text) == []
    assert re.findall(r"<script(?! type=\"module\" src=\"/static/)", answer.text) == []
    assert re.findall(r'(?:src|href)="(?!/)', answer.text) == []


def test_all_that_the_page_names_is_there(browser: TestClient, team: Team, path: str):
    sign_in(browser, team.annotator)
    named = re.findall(r'(?:src|href)="(/static/[^"]+)"', browser.get(path).text)
    assert len(named) > 10
    assert {browser.get(each).status_code for each in named} == {200}
