"""Straight routes answer as any other, in one thread."""

import threading
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Response
from pydantic import BaseModel
from starlette.testclient import TestClient

from server.straight import Shortcut, Straight


class Wanted(BaseModel):
    count: int = 1


def thread() -> int:
    return threading.get_ident()


async def doubled(number: int, here: Annotated[int, Depends(thread)]) -> tuple[int, int]:
    return 2 * number, here


def told(
    number: int,
    twice: Annotated[tuple[int, int], Depends(doubled)],
    wanted: Wanted,
    least: Annotated[int, Query(ge=0)] = 7,
    x_word: Annotated[str, Header()] = "none",
) -> Response:
    one_thread = twice[1] == threading.get_ident()
    one_thread &= threading.current_thread().name.startswith("straight")
    return Response(f"{number} {twice[0]} {wanted.count} {least} {x_word} {one_thread}")


def client(kind: Any) -> TestClient:
    router = APIRouter(route_class=kind) if kind else APIRouter()
    router.post("/{number}")(told)
    app = FastAPI()
    app.router.routes.extend(router.routes)
    if kind:
        app.add_middleware(Shortcut, routes=router.routes, threads=1)
    return TestClient(app)


def test_everything_is_read_and_done_in_one_thread():
    headers = {"X-Word": "so"}
    said = client(Straight).post("/4?least=1", json={"count": 3}, headers=headers)
    assert said.text == "4 8 3 1 so True"
    assert client(Straight).post("/4", json={}).text == "4 8 1 7 none True"


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("/x", b"{}", "application/json"),
        ("/4?least=-1", b"{}", "application/json"),
        ("/4", b'{"count": "many"}', "application/json"),
        ("/4", b"{", "application/json"),
        ("/4", b"{}", "text/plain"),
        ("/4", b"", "application/json"),
    ],
)
def test_what_does_not_fit_is_answered_as_by_any_route(path: str, content: bytes, kind: str):
    asked: dict[str, Any] = {"content": content, "headers": {"Content-Type": kind}}
    straight, usual = (client(each).post(path, **asked) for each in (Straight, None))
    assert (straight.status_code, straight.json()) == (usual.status_code, usual.json())
    assert straight.status_code == 422


def test_a_function_that_has_something_to_end_is_refused():
    def opened() -> Any:
        yield 1

    def route(_: Annotated[int, Depends(opened)]) -> Response:
        return Response()

    with pytest.raises(TypeError, match="without `yield`"):
        APIRouter(route_class=Straight).get("/")(route)
