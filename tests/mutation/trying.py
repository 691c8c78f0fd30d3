"""Tries mutants: for each a copy of this process runs the tests that call what it changes.

pytest collects once, and what it would run is left to a plugin that forks: a mutant costs its tests
and nothing else. What has run a test itself may not be forked, since there are connections and
threads.
"""

import importlib
import json
import os
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from redis import Redis

from tests.mutation import copies, functions, statements
from tests.mutation.copies import Copy, Say
from tests.mutation.groups import Group

# Without checks of shapes, whose loader would take the place of the mutants'.
OPTIONS = ["-q", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers"]
# A test may take so much longer with a mutant than without, and so many seconds more, before it
# is said to hang.
LONGER, MORE_S = 5, 15

Wanted = Callable[[Sequence[str]], Iterable[str]]


class Outcome(NamedTuple):
    """killed, timeout, survived, or no tests that call it; the last test, and the seconds it took
    to find out."""

    what: str
    test: str = ""
    seconds: float = 0.0


Told = Callable[[str, Outcome], None]


class Known(NamedTuple):
    """The tests that call each function, and the seconds that each of them takes."""

    calls: dict[str, list[str]]
    seconds: dict[str, float]


def outcomes(group: Group, wanted: Wanted, told: Told) -> None:
    """Try the mutants that `wanted` picks of the group's modules, now loaded; `told(mutant,
    outcome)` hears what became of each. Raises RuntimeError where tests fail without a mutant."""
    trial = Trial(group, wanted, told)
    code = pytest.main([*OPTIONS, *group.tests], plugins=[trial])
    if code not in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(f"Expected the tests to run; pytest ended with {code!r}.")


class Trial:
    """A plugin of pytest that does what is to be done in the place of running the tests."""

    def __init__(self, group: Group, wanted: Wanted, told: Told) -> None:
        self.modules = [functions.module_name(path) for path in group.modules]
        self.wanted = wanted
        self.told = told
        self.noticed: Counter[tuple[str, str]] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        known = watched(session)
        items = {item.nodeid: item for item in session.items}
        for mutant in self.wanted(self.modules):
            tests = self._in_order(mutant, known)
            self.told(mutant, self._outcome(mutant, [items[each] for each in tests], known))
        return True

    def _outcome(self, mutant: str, tests: Sequence[pytest.Item], known: Known) -> Outcome:
        if not tests:
            return Outcome("no tests")
        kind = statements if ":" in mutant else functions

        def work(say: Say) -> int:
            kind.switch_on(mutant)
            return _run(tests, say)

        began = time.monotonic()
        copy = _copy(work, lambda test: MORE_S + LONGER * known.seconds.get(test, 1.0))
        if copy.code != 0:
            self.noticed[_place(mutant), copy.said] += 1
        what = {0: "survived", None: "timeout"}.get(copy.code, "killed")
        return Outcome(what, copy.said, round(time.monotonic() - began, 2))

    def _in_order(self, mutant: str, known: Known) -> list[str]:
        """What calls it: what noticed others at the same place, then what is quickest. Tests of one
        file share a database, so they stay together."""
        tests, place = self._calling(mutant, known), _place(mutant)
        files: Counter[str] = Counter()
        for each in tests:
            files[_file(each)] += known.seconds[each]
        return sorted(
            tests,
            key=lambda each: (
                -self.noticed[place, each], files[_file(each)], _file(each), known.seconds[each]
            ),
        )  # fmt: skip

    def _calling(self, mutant: str, known: Known) -> list[str]:
        if ":" not in mutant:
            return known.calls.get(functions.of_mutant(mutant), [])
        loaded = [importlib.import_module(each) for each in self.modules]
        users = functions.users_of(mutant.split(":")[1], loaded)
        return list(dict.fromkeys(test for each in users for test in known.calls.get(each, [])))


def _place(mutant: str) -> str:
    """The function, or the statement, that it changes."""
    return mutant.rpartition(":")[0] if ":" in mutant else functions.of_mutant(mutant)


def _file(test: str) -> str:
    return test.partition("::")[0]


def watched(session: pytest.Session) -> Known:
    """What the tests call, and how long they take. Raises RuntimeError if one fails."""
    with tempfile.TemporaryDirectory() as name:
        found = Path(name) / "known.json"
        copy = _copy(lambda say: _watch(session.items, say, found), lambda _: 300)
        if copy.code != 0:
            raise RuntimeError(f"Expected {copy.said} to pass without any mutant.")
        return Known(**json.loads(found.read_text()))


class Watcher:
    """A plugin of pytest that notes down which test calls what, and how long it takes."""

    def __init__(self) -> None:
        self.calls: dict[str, list[str]] = defaultdict(list)
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        for each in functions.called():
            self.calls[each].append(item.nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] += report.duration


def _watch(tests: Sequence[pytest.Item], say: Say, into: Path) -> int:
    functions.watch()
    watcher = Watcher()
    tests[0].config.pluginmanager.register(watcher)
    code = _run(tests, say)
    into.write_text(json.dumps(Known(watcher.calls, watcher.seconds)._asdict()))
    return code


def _run(tests: Sequence[pytest.Item], say: Say) -> int:
    """Run tests until one fails; how many did. Each is named before, and nothing else is said."""
    session = tests[0].session
    session.config.pluginmanager.unregister(name="terminalreporter")
    for item, following in zip(tests, [*tests[1:], None], strict=True):
        say(item.nodeid)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            break
    return session.testsfailed


def _copy(work: Callable[[Say], int], allowed_s: Callable[[str], float]) -> Copy:
    """A copy that has done the work, without its databases and messages: the next one starts as it
    did. A copy that stops at the first failure or is ended drops nothing itself."""
    copy = copies.run(work, allowed_s)
    if url := os.environ.get("TESSERA_TEST_DATABASE_URL"):
        from tests import services  # loads much of core, which has to come with its mutants

        services.drop_databases_of(url, copy.pid)
        with Redis.from_url(os.environ["TESSERA_TEST_REDIS_URL"]) as redis:
            redis.flushall()
    return copy
