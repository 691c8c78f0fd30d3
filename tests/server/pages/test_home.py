import re

import pytest
from starlette.testclient import TestClient


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_need_nothing_from_elsewhere(client: TestClient, path: str):
    page = client.get(path)
    assert page.headers["content-type"].startswith("text/html")
    assert re.findall(r'(?:src|href)="(?!/|#)', page.text) == []
    assert "<script" not in page.text


def test_the_front_page_leads_on(client: TestClient):
    page = client.get("/").text
    assert "Tessera" in page
    for link in re.findall(r'href="([^"]+)"', page):
        assert client.get(link).status_code == 200


def test_the_style_is_allowed_by_its_hash_alone(client: TestClient):
    policy = client.get("/").headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
