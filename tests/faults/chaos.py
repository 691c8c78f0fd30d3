"""What goes wrong in a round: who is killed when, drawn from the round's seed."""

import random
import signal
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy.exc import InterfaceError, OperationalError

from core.db import engine
from core.doorbell import broker
from core.integrity import loop, rows
from tests.faults import points
from tests.faults.annotators import Log
from tests.faults.arena import Arena, Broker, Database, Server
from tests.faults.processes import Killable

SERVER_POINTS = tuple(points.LABEL_POINTS | points.LEASE_POINTS)
WORKER_POINTS = tuple(points.JOB_POINTS | points.TRAINING_POINTS)
# A server's life, in submits that were acknowledged meanwhile.
SHORTEST, LONGEST = 2, 32


class Chaos:
    """Threads that break an arena until told to stop; `faults` counts what they did."""

    def __init__(
        self, arena: Arena, machines: tuple[Database, Broker], log: Log, *, seed: int
    ) -> None:
        self._arena = arena
        self._database, self._broker = machines
        self._log = log
        self._seed = seed
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        self._count_lock = threading.Lock()
        self.faults: Counter[str] = Counter()
        self.points: Counter[str] = Counter()
        self.broken: list[str] = []

    def start(self) -> None:
        """Start all parts of the service, and what ends them again."""
        keepers: list[Callable[[random.Random], None]] = [
            *(
                lambda draw, each=each: self._keep_server(each, draw)
                for each in self._arena.servers
            ),
            *(
                lambda draw, each=each: self._keep_worker(each, draw)
                for each in self._arena.workers
            ),
            self._break_machines,
            self._make_noise,
            self._verify,
        ]
        for number, keeper in enumerate(keepers):
            draw = random.Random(self._seed * 100 + number)
            thread = threading.Thread(target=self._guarded, args=(keeper, draw), daemon=True)
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """No more faults: every part is alive when this returns."""
        self._ended.set()
        for thread in self._threads:
            thread.join(120)
        self._arena.proxy.break_commits("before", 0)
        for server in self._arena.servers:
            server.wait_until_up()

    def _guarded(self, keeper: Callable[[random.Random], None], draw: random.Random) -> None:
        try:
            keeper(draw)
        except Exception as error:  # a keeper that dies unseen would make the round too easy
            self.broken.append("".join(traceback.format_exception(error)))

    def _count(self, fault: str, point: str | None = None) -> None:
        with self._count_lock:
            self.faults[fault] += 1
            if point is not None:
                self.points[point] += 1

    def _verify(self, _: random.Random) -> None:
        """The rules between rows, again and again beside whatever runs."""
        while not self._ended.wait(1):
            # The database may be away itself just now.
            with suppress(OperationalError, InterfaceError), engine().connect() as plain:
                connection = plain.execution_options(isolation_level="REPEATABLE READ")
                self.broken += map(str, rows.broken(connection, (*rows.ROWS, *loop.CHECKS)))

    def _keep_server(self, server: Server, draw: random.Random) -> None:
        while not self._ended.is_set():
            point = draw.choice((None, None, *SERVER_POINTS))
            server.start(point=point, passes=draw.randint(1, LONGEST // 2))
            server.wait_until_up()
            self._let_live(server, draw.randint(SHORTEST, LONGEST))
            if self._ended.is_set():
                break
            died_there = self._died(server)
            server.kill()
            self._count("server killed", point if died_there else None)
        if not server.alive:
            server.start()

    def _died(self, process: Killable) -> bool:
        """Whether it has ended by itself, which is right at a named point alone."""
        if process.alive:
            return False
        if (code := process.wait()) != -signal.SIGKILL:
            self.broken.append(f"a process ended with exit code {code}")
        return True

    def _let_live(self, process: Killable, submits: int) -> None:
        enough, until = self._log.acknowledged + submits, time.monotonic() + 5
        while process.alive and not self._ended.is_set() and time.monotonic() < until:
            if self._log.acknowledged >= enough:
                return
            time.sleep(0.02)

    def _keep_worker(self, worker: Killable, draw: random.Random) -> None:
        while not self._ended.is_set():
            point = draw.choice((None, *WORKER_POINTS))
            worker.start(point=point)
            self._wait(worker, draw.choice((draw.uniform(1, 8), draw.uniform(15, 60))))
            if self._ended.is_set():
                break
            if worker.alive and draw.random() < 0.2:
                self._put_to_sleep(worker)
            self._end_worker(worker, point, with_children=draw.random() < 0.3)
        if not worker.alive:
            worker.start()

    def _wait(self, process: Killable, seconds: float) -> None:
        until = time.monotonic() + seconds
        while process.alive and not self._ended.is_set() and time.monotonic() < until:
            time.sleep(0.05)

    def _put_to_sleep(self, process: Killable) -> None:
        """Past its lease; then it wakes up beside whoever has followed."""
        process.send(signal.SIGSTOP)
        self._ended.wait(6)
        process.send(signal.SIGCONT)
        self._count("worker asleep past its lease")
        self._wait(process, 1)

    def _end_worker(self, worker: Killable, point: str | None, *, with_children: bool) -> None:
        died_there = self._died(worker)
        if with_children:
            worker.end()
        else:
            worker.kill()
        self._count("worker killed", point if died_there else None)

    def _break_machines(self, draw: random.Random) -> None:
        proxy = self._arena.proxy
        while not self._ended.wait(draw.uniform(0.5, 1.5)):
            what = draw.random()
            if what < 0.45:
                proxy.break_commits(draw.choice(("before", "after")))
                self._count("commit cut")
            elif what < 0.7:
                proxy.reset_all()
                self._count("connections reset")
            elif what < 0.98:
                self._broker.crash()
                self._count("Redis killed and wiped")
            else:
                self._database.crash()
                self._count("PostgreSQL crashed")

    def _make_noise(self, draw: random.Random) -> None:
        """Bells for jobs that there are, often; for some that there aren't; and for no job."""
        while not self._ended.wait(0.5):
            for _ in range(draw.randint(1, 5)):
                garbage = draw.choice((draw.randint(1, 6), draw.randint(1, 6), "seven", None, -1))
                with suppress(Exception):  # whatever kombu lets through while Redis is away
                    queue = draw.choice(("train", "light"))
                    broker().send_task("worker.tasks.run_job", args=[garbage], queue=queue)
            self.faults["doorbells doubled, lost or garbled"] += 1
