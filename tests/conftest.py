"""Services that every test may ask for: all real, one of each per test run.

- `postgres_url`: a PostgreSQL server; `redis_url`: a Redis, shared by the run.
- `database_url`: a migrated database for one test module; `fresh_database_url`: for one test.
"""

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from tests import services

# Read when torch is loaded, and by stages: several processes of tests share the cores, and threads
# that spin for one another there take minutes for what takes seconds.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TESSERA_TORCH_THREADS", "1")

# The same examples every time, however slow the machine is: no run fails by chance.
settings.register_profile(
    "suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


FOLDER = Path(__file__).parent
# Their tests share one stack, or one browser, which takes seconds to start.
TOGETHER = ("tests/e2e/", "tests/browser/")
# What takes longest as it was measured: files, and folders that stay together.
LONGEST = [
    FOLDER / each
    for each in (
        "browser", "e2e", "worker/test_faults.py", "faults/test_points.py", "ml/test_run.py",
        "ml/test_group.py", "server/test_schema.py", "tessera/test_stack.py",
        "ml/methods/test_methods.py", "worker/test_hosts.py", "ml/nets/test_hub.py",
    )
]  # fmt: skip


def pytest_sessionstart() -> None:
    """What is loaded stays: looking through it for garbage takes a fifth of loading it."""
    gc.disable()


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files go first, then those with slow tests: so the processes of a run end together."""
    for each in items:
        # An S3 of one's own takes seconds to load.
        if "s3_address" in getattr(each, "fixturenames", ()):
            each.add_marker(pytest.mark.slow)
    slow = {each.path for each in items if each.get_closest_marker("slow")}
    order = {path: place for place, path in enumerate(LONGEST)}

    def place(path: Path) -> int:
        return min(order.get(path, len(order)), order.get(path.parent, len(order)))

    items.sort(key=lambda each: (place(each.path), each.path not in slow))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


class Scheduling(LoadFileScheduling):
    """A file of tests stays in one process, and so does a folder whose tests share something."""

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, TOGETHER), super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> None:
    """Ctrl-C as in a terminal: a shell that starts the tests in the background ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def decoded_images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing is left in, or found in, the cache of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TESSERA_CACHE_DIR", str(tmp_path_factory.mktemp("decoded")))
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with services.postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with services.redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def s3_address() -> Iterator[str]:
    """An S3 of this run's own."""
    from tests import buckets  # half a second that only some need

    with buckets.s3_server() as address:
        yield address


@pytest.fixture
def s3(s3_address: str) -> Iterator[str]:
    """The same; for this test the environment leads to it."""
    from tests import buckets

    with buckets.led_to(s3_address):
        yield s3_address


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> Iterator[str]:
    with services.template_database(postgres_url) as name:
        yield name


@pytest.fixture(scope="module")
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    with services.empty_database(postgres_url, template_database) as url:
        yield url


@pytest.fixture
def fresh_database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    with services.empty_database(postgres_url, template_database) as url:
        yield url
