import pytest
from starlette.requests import Request

from server import pictures


def asking(if_none_match: str) -> Request:
    headers = [(b"if-none-match", if_none_match.encode())]
    return Request({"type": "http", "headers": headers})


@pytest.mark.parametrize("given", ['"abc"', 'W/"abc"', '"x", "abc"', "*"])
def test_a_tag_that_one_has_is_recognised(given: str):
    assert pictures.has(asking(given), "abc")


@pytest.mark.parametrize("given", ["", '"abcd"', "abc", '"x", "y"'])
def test_another_tag_is_not(given: str):
    assert not pictures.has(asking(given), "abc")


def test_nothing_is_drawn_for_who_has_it():
    def draw() -> bytes:
        raise AssertionError("drawn in vain")

    assert pictures.drawn(asking('"abc"'), "abc", "name", draw).status_code == 304


def test_a_content_key_is_made_of_its_digest():
    assert pictures.sha256_of("sha256/ab/cdef") == "abcdef"
