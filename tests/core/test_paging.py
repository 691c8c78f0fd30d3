"""Cursor pages: every row once, in order, whatever comes in between."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Select, select

from core import paging, projects
from core.db import transaction
from core.errors import CursorInvalid
from core.models import Member, Project, User
from tests import factories
from tests.factories import act


@given(st.integers(0, 2**63 - 1))
def test_a_cursor_means_what_it_was_made_of(position: int):
    assert paging.decode(paging.encode(position)) == position


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%%%", "\ud800", cursor_of("before:3"), cursor_of("after:x"), cursor_of("after:")],
)
def test_a_cursor_of_someone_elses_is_refused(cursor: str):
    with pytest.raises(CursorInvalid, match="next_cursor"):
        paging.decode(cursor)


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, str(2**63), str(-(2**63) - 1)])
def test_a_number_that_no_column_holds_is_refused(number: str):
    with pytest.raises(CursorInvalid):
        paging.decode(cursor_of(f"after:{number}"))


@given(st.text())
def test_no_text_raises_anything_else(cursor: str):
    with pytest.raises(CursorInvalid):
        paging.decode("!" + cursor)


@pytest.fixture
def members(project: Project, ada: User) -> list[int]:
    """Users of the project, with Ada, by id."""
    others = [factories.user() for _ in range(6)]
    for each in others:
        act(projects.set_member, project, user_id=each.id, role="annotator", by=ada)
    return [ada.id, *(each.id for each in others)]


def of(project: Project) -> Select[tuple[User]]:
    joined = select(User).join(Member, Member.user_id == User.id)
    return joined.where(Member.project_id == project.id)


def walk(query: Select[tuple[User]], limit: int, *, newest_first: bool = False) -> list[int]:
    found, cursor = [], None
    for _ in range(20):
        with transaction() as db:
            page = paging.page(
                db, query, User.id, limit=limit, cursor=cursor, newest_first=newest_first
            )
        found += [each.id for each in page.items]
        if (cursor := page.next_cursor) is None:
            break
    return found


@pytest.mark.parametrize("limit", [1, 3, 6, 7, 50])
def test_pages_give_every_row_once(project: Project, members: list[int], limit: int):
    assert walk(of(project), limit) == members


def test_pages_go_backwards_too(project: Project, members: list[int]):
    assert walk(of(project), 2, newest_first=True) == members[::-1]


def test_an_empty_list_is_one_page(project: Project, members: list[int]):  # noqa: ARG001
    assert walk(of(project).where(User.id < 0), 3) == []


def test_a_row_that_comes_in_between_moves_nothing(project: Project, ada: User, members: list[int]):
    with transaction() as db:
        first = paging.page(db, of(project), User.id, limit=3, cursor=None)
    late = factories.user()
    act(projects.set_member, project, user_id=late.id, role="annotator", by=ada)
    with transaction() as db:
        rest = paging.page(db, of(project), User.id, limit=9, cursor=first.next_cursor)
    assert [each.id for each in (*first.items, *rest.items)] == [*members, late.id]
