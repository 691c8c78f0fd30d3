"""A whole service whose every part can be ended and started again: PostgreSQL, Redis, servers,
workers. Each round of a campaign has a database and a store of its own."""

import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from core import users
from core.models import User
from tessera import postgres, redis
from tessera.family import Family
from tests import services
from tests.environment import settings_of
from tests.factories import act
from tests.faults.processes import Killable, Nursery, listens, serve, work
from tests.faults.proxy import Proxy, proxying
from tests.serving import free_port
from tests.waiting import until
from tests.worker.conftest import SHORT

SETTINGS = SHORT | {
    "lease_ttl_s": "5", "disk_floor_mb": "0", "torch_threads": "1", "score_shard_images": "16",
}  # fmt: skip


class Database:
    """A PostgreSQL that can be crashed: its processes get SIGKILL, and it recovers."""

    def __init__(self, folder: Path, hands: Executor) -> None:
        self._folder = folder
        self._hands = hands
        self._stack = ExitStack()
        self.url = hands.submit(self._start).result()

    def _start(self) -> str:
        folder = self._folder
        family = self._stack.enter_context(Family())
        options = postgres.Options(folder / "postgres.log")  # durable, as in production
        return postgres.start(family, folder / "pgdata", folder, options)

    def crash(self) -> None:
        """Kill the server with all its processes and start it again."""
        self._hands.submit(self._crash).result()

    def _crash(self) -> None:
        pid = int((self._folder / "pgdata/postmaster.pid").read_text().split()[0])
        family = psutil.Process(pid).children(recursive=True)
        psutil.Process(pid).send_signal(signal.SIGQUIT)  # no shutdown: the next start recovers
        psutil.wait_procs(family, timeout=60)
        self._stack.close()
        self._start()

    def stop(self) -> None:
        self._stack.close()


class Broker:
    """A Redis that can be killed; what it held is gone."""

    def __init__(self, folder: Path, hands: Executor) -> None:
        self._folder = folder
        self._hands = hands
        self._stack = ExitStack()
        self.url = hands.submit(self._start).result()

    def _start(self) -> str:
        log = self._folder / "redis.log"
        return redis.start(self._stack.enter_context(Family()), self._folder, log)

    def crash(self) -> None:
        self._hands.submit(self._crash).result()

    def _crash(self) -> None:
        self.stop()
        self._start()

    def stop(self) -> None:
        self._stack.close()


class Server(Killable):
    """A server at a port of its own."""

    def __init__(self, nursery: Nursery) -> None:
        super().__init__(nursery, serve, free_port())
        self.url = f"http://127.0.0.1:{self.number}"

    def wait_until_up(self) -> None:
        """Until it answers, or has ended at a point that lies on the way there."""
        until(lambda: listens(self.number) or not self.alive)


@dataclass
class Arena:
    """One round's service: half of it reaches PostgreSQL through the proxy."""

    proxy: Proxy
    servers: tuple[Server, ...]
    workers: tuple[Killable, ...]
    owner: User
    token: str

    def end(self) -> None:
        """Kill whatever still runs."""
        for each in (*self.servers, *self.workers):
            each.end()


@contextmanager
def arena(database_url: str, redis_url: str, folder: Path, imports: Path) -> Iterator[Arena]:
    """A service in an empty, migrated database; nothing is started yet."""
    folder.mkdir(parents=True, exist_ok=True)
    urls = {"redis_url": redis_url, "import_roots": imports}
    with (
        proxying(database_url) as proxy,
        settings_of(folder / "data", database_url=database_url, **urls, **SETTINGS) as env,
        nursery(env, folder / "direct.log") as near,
        nursery(env | {"TESSERA_DATABASE_URL": proxy.url}, folder / "proxied.log") as far,
    ):
        owner = act(users.create, name="owner", is_admin=True)
        token = act(users.create_token, owner)[1]
        workers = (Killable(near, work, 1), Killable(far, work, 2))
        made = Arena(proxy, (Server(near), Server(far)), workers, owner, token)
        try:
            yield made
        finally:
            made.end()


@contextmanager
def nursery(environment: Mapping[str, str], log: Path) -> Iterator[Nursery]:
    """A nursery, as long as the block lasts."""
    found = Nursery(environment, log)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def machines() -> Iterator[tuple[Database, Broker]]:
    """A PostgreSQL and a Redis that belong to whoever asks, to be crashed.

    They end with the thread that has started them, so that is one which stays.
    """
    with (
        services.private_folder() as one,
        services.private_folder() as two,
        ThreadPoolExecutor(1) as hands,
        ExitStack() as stack,
    ):
        database = Database(one, hands)
        stack.callback(database.stop)
        broker = Broker(two, hands)
        stack.callback(broker.stop)
        yield database, broker
