"""The admin's pages on a large project, against the same pages of an empty one.

A million cells of 5,208 images, ten cycles of which the newest is open, 100,000 labels by twenty
people, 100,000 events. What a page takes more than an empty one is what its queries take.
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
from core import projects, users
from core.db import engine, transaction
from core.models import Project, User
from core.projects import ClassSpec
from server import cookies
from server.app import create_app
from tessera import postgres
from tests.environment import settings_of

# 480 x 360 with cells of 30 pixels: 192 cells each.
IMAGES, CYCLES, LABELS, PEOPLE = 5_209, 10, 100_000, 20
PAGES = (
    *("", "/cycles/new", "/models", "/people", "/audit?kind=member"),
    *("/setup", "/images", "/images?labelled=some", "/review", "/quality"),
)
SUMMARY = (
    "jsonb_build_object('images', 0, 'regions', n * :each, 'pool_px', :pool_px, 'labelled_px', "
    "n * :each * 900, 'teaches', n > 0, 'labelled_share', n * :each * 900.0 / :pool_px, 'cost', "
    "jsonb_build_object('active_s', n * :each * 9, 'actions', n * :each * 5, 'clicks', "
    "n * :each * 7, 'regions', n * :each, 'pixels', n * :each * 900))"
)
STATEMENTS = (
    "INSERT INTO images (project_id, name, split, width, height, sha256, key, mask_clicks) "
    "SELECT :p, 'i' || n, 'pool', 480, 360, 's' || n, 'sha256/00', 0 "
    "FROM generate_series(1, :images) n",
    "INSERT INTO cycles (project_id, number, state, budget_regions, strategy, recipe, seed, auto, "
    "evaluate_test, manifest_digest, manifest_summary, started_by, created_at, opened_at) "
    "SELECT :p, n, "
    "CASE WHEN n < :cycles - 1 THEN 'closed' ELSE 'labelling' END, :each, "
    '\'{"acquisition": "entropy", "random_share": 0}\', \'{"name": "s4al"}\', n, false, true, '
    f"'00', {SUMMARY}, :owner, now() - (:cycles - n) * interval '1 day', "
    "now() - (:cycles - n) * interval '1 day' "
    "FROM generate_series(0, :cycles - 1) n",
    "INSERT INTO users (name, is_admin) SELECT 'u' || n, false FROM generate_series(1, :people) n",
    "INSERT INTO members (project_id, user_id, role) SELECT :p, id, 'annotator' FROM users "
    "WHERE name LIKE 'u%'",
    'INSERT INTO regions (project_id, cycle_id, image_id, cell_row, cell_col, "left", top, width, '
    "height, priority, rank, source, state, epoch, lease_id) "
    "SELECT :p, c.id, i.id, c.number, n / :images, n / :images * 30, c.number * 30, 30, 30, 0, n, "
    "'score', 'labelled', 1, gen_random_uuid() FROM cycles c, "
    "generate_series(0, :each + CASE WHEN c.number = :cycles - 1 THEN :each ELSE 0 END - 1) n "
    "JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM images WHERE project_id = :p) "
    "i ON i.k = n % :images WHERE c.project_id = :p",
    "INSERT INTO leases (id, project_id, region_id, user_id, session, epoch, granted_at, "
    "expires_at, ended_at, outcome) SELECT lease_id, :p, r.id, (SELECT min(id) FROM users WHERE "
    "name LIKE 'u%') + r.id % :people, 's', 1, now(), now(), now(), 'submitted' FROM regions r "
    "WHERE r.project_id = :p",
    "INSERT INTO labels (project_id, region_id, user_id, lease_id, revision, status, mask_key, "
    "labelled_px, void_px, not_asked_px, estimated_clicks, active_ms, actions, created_at) "
    "SELECT :p, r.id, l.user_id, l.id, 1, 'accepted', 'sha256/00', 900, 0, 0, 7, 9000, "
    "'{\"clicks\": 5}', c.opened_at + r.rank * interval '1 s' FROM regions r "
    "JOIN leases l ON l.id = r.lease_id JOIN cycles c ON c.id = r.cycle_id "
    "WHERE r.project_id = :p AND NOT (c.number = :cycles - 1 AND r.rank >= :each)",
    "UPDATE regions r SET label_id = l.id FROM labels l WHERE l.region_id = r.id",
    "UPDATE regions SET state = 'open', lease_id = NULL WHERE project_id = :p AND label_id IS NULL",
    "INSERT INTO events (kind, project_id, cycle_id, user_id, data) SELECT 'region.labelled', :p, "
    "r.cycle_id, l.user_id, jsonb_build_object('region', r.id) FROM regions r "
    "JOIN labels l ON l.id = r.label_id WHERE r.project_id = :p",
    "ANALYZE",
)


def figures(*, quick: bool) -> list[Figure]:
    """A figure per page: large against empty, the median of several."""
    rounds = 5 if quick else 15
    with _site() as (client, owner):
        empty, large = _project(owner, "empty"), _project(owner, "large")
        _fill(large, owner)
        return [
            Figure(
                f"GET /projects/ID{page}",
                _median_ms(client, f"/projects/{large.id}{page}", rounds),
                "ms",
                "an empty project",
                _median_ms(client, f"/projects/{empty.id}{page}", rounds),
            )
            for page in PAGES
        ]


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


def _fill(large: Project, owner: User) -> None:
    values = {
        "p": large.id,
        "owner": owner.id,
        "images": IMAGES,
        "cycles": CYCLES,
        "each": LABELS // CYCLES,
        "people": PEOPLE,
        "pool_px": IMAGES * 480 * 360,
    }
    with transaction() as db:
        for statement in STATEMENTS:
            found = text(statement)
            db.execute(found, {name: values[name] for name in found.compile().params})
    # What the database does by itself within minutes would otherwise fall into the first page.
    with engine(autocommit=True).connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))


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
