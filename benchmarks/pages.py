"""The admin's pages on a large project (`benchmarks.large`), against those of an empty one.

What a page takes more than an empty one is what its queries take. Figures that pages ask for once
they stand are measured as routes.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from starlette.testclient import TestClient

import migrations
from benchmarks import Figure, main
from benchmarks.large import fill
from core import projects, users
from core.db import transaction
from core.models import Project, User
from core.projects import ClassSpec
from server import cookies
from server.app import create_app
from tessera import postgres
from tests.environment import settings_of

PAGES = (
    *("", "/cycles/new", "/models", "/people", "/audit?kind=member"),
    *("/setup", "/images", "/images?labelled=some", "/images?order=score"),
    *("/images?cycle={cycle}&truth=3&given=1", "/images/{image}", "/review", "/quality"),
)
# What these pages ask for once they stand.
ROUTES = ("/overview", "/metrics", "/comparisons", "/control-runs", "/forecast", "/quality")


def figures(*, quick: bool) -> list[Figure]:
    """A figure per page: large against empty, the median of several."""
    rounds = 5 if quick else 15
    with _site() as (client, owner):
        empty, large = _project(owner, "empty"), _project(owner, "large")
        fill(large, owner)
        wanted = [f"/projects/ID{page}" for page in PAGES]
        wanted += [f"/api/v1/projects/ID{route}" for route in ROUTES]
        named = _named(large)
        return [
            Figure(
                f"GET {path}",
                _median_ms(client, path.replace("ID", str(large.id)).format(**named), rounds),
                "ms",
                *_empty(client, path.replace("ID", str(empty.id)), rounds),
            )
            for path in wanted
        ]


def _empty(client: TestClient, path: str, rounds: int) -> tuple[str, float]:
    """What the same takes where there is nothing; the overview for what cannot be there."""
    there = path if "{" not in path else path.partition("/images")[0]
    return "an empty project", _median_ms(client, there, rounds)


def _named(large: Project) -> dict[str, int]:
    """An image and the newest closed cycle of the project."""
    cycle = "SELECT id FROM cycles WHERE project_id = :p ORDER BY number DESC OFFSET 1 LIMIT 1"
    image = "SELECT min(id) FROM images WHERE project_id = :p"
    with transaction() as db:
        asked = {"cycle": cycle, "image": image}
        return {name: db.scalar(text(sql), {"p": large.id}) for name, sql in asked.items()}


@contextmanager
def _site() -> Iterator[tuple[TestClient, User]]:
    """The application, and a site admin who is signed in."""
    with tempfile.TemporaryDirectory(prefix="tessera-") as name:
        folder = Path(name)
        with postgres.running(folder / "pgdata", folder, folder / "postgres.log") as url:
            migrations.upgrade(url)
            with settings_of(folder / "data", database_url=url):
                with transaction() as db:
                    owner = users.create(db, name="owner", is_admin=True)
                    _, secret = users.create_token(db, owner)
                client = TestClient(create_app())
                client.cookies.set(cookies.NAME, secret)
                yield client, owner


def _project(owner: User, name: str) -> Project:
    with transaction() as db:
        return projects.create(
            db,
            name=name,
            title="",
            cell_px=30,
            classes=[ClassSpec(value, f"class {value}", "#336699") for value in range(11)],
            recipe={"name": "s4al", "overrides": {}},
            by=owner,
        )


def _median_ms(client: TestClient, path: str, rounds: int) -> float:
    took = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        answer = client.get(path)
        took.append((time.perf_counter() - started) * 1e3)
        assert answer.status_code == 200, answer.text
    # The first one fills caches.
    return sorted(took[1:])[rounds // 2]


if __name__ == "__main__":
    main([figures], __doc__)
