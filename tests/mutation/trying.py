"""Tries mutants: for each a copy of this process runs the tests that call what it changes.

pytest collects once, and what it would run is left to a plugin that forks: a mutant costs its tests
and nothing else. What has run a test itself may not be forked, since there are connections and
threads.
"""

import importlib
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.mutation import functions, statements
from tests.mutation.groups import Group

# Without checks of shapes, whose loader would take the place of the mutants'.
OPTIONS = ["-q", "-p", "no:cacheprovider", "-o", "addopts=--strict-markers"]

Calls = dict[str, list[str]]
"""By function, the tests that call it, the quickest first."""
Told = Callable[[str, str], None]


def outcomes(group: Group, wanted: Callable[[Sequence[str]], Iterable[str]], told: Told) -> None:
    """Try the mutants that `wanted` picks of the group's modules, now loaded; `told(mutant,
    outcome)` hears what became of each. Raises RuntimeError where tests fail without a mutant."""
    trial = Trial(group, wanted, told)
    code = pytest.main([*OPTIONS, *group.tests], plugins=[trial])
    if code != 0:
        raise RuntimeError(f"Expected the tests to run; pytest ended with {code!r}.")


class Trial:
    """A plugin of pytest that does what is to be done in the place of running the tests."""

    def __init__(
        self, group: Group, wanted: Callable[[Sequence[str]], Iterable[str]], told: Told
    ) -> None:
        self.modules = [functions.module_name(path) for path in group.modules]
        self.wanted = wanted
        self.told = told

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        known = calls(session)
        tests = {item.nodeid: item for item in session.items}
        for mutant in self.wanted(self.modules):
            mine = [tests[each] for each in self._tests_of(mutant, known)]
            self.told(mutant, outcome(session, mutant, mine))
        return True

    def _tests_of(self, mutant: str, known: Calls) -> list[str]:
        if ":" not in mutant:
            return known.get(functions.of_mutant(mutant), [])
        loaded = [importlib.import_module(each) for each in self.modules]
        users = functions.users_of(mutant.split(":")[1], loaded)
        return list(dict.fromkeys(test for each in users for test in known.get(each, [])))


def outcome(session: pytest.Session, mutant: str, tests: Sequence[pytest.Item]) -> str:
    """killed, survived, or no tests that call it. What hangs is killed by a test's timeout."""
    if not tests:
        return "no tests"
    kind = statements if ":" in mutant else functions

    def work() -> int:
        kind.switch_on(mutant)
        return _run(session, tests)

    return "killed" if _in_a_copy(work) else "survived"


def calls(session: pytest.Session) -> Calls:
    """Which tests call what. Raises RuntimeError if one fails."""
    with tempfile.TemporaryDirectory() as name:
        found = Path(name) / "calls.json"
        code = _in_a_copy(lambda: _watched(session, found))
        if code != 0:
            raise RuntimeError("Expected all tests to pass without any mutant.")
        told: Calls = json.loads(found.read_text())
    return told


class Watcher:
    """A plugin of pytest that notes down which test calls what, and how long it takes."""

    def __init__(self) -> None:
        self.calls: dict[str, set[str]] = defaultdict(set)
        self.seconds: dict[str, float] = {}

    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        for each in functions.called():
            self.calls[each].add(item.nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call":
            self.seconds[report.nodeid] = report.duration


def _watched(session: pytest.Session, into: Path) -> int:
    functions.watch()
    watcher = Watcher()
    session.config.pluginmanager.register(watcher)
    code = _run(session, session.items)
    quickest = {
        each: sorted(tests, key=lambda test: watcher.seconds[test])
        for each, tests in watcher.calls.items()
    }
    into.write_text(json.dumps(quickest))
    return code


def _run(session: pytest.Session, tests: Sequence[pytest.Item]) -> int:
    """Run tests until one fails; how many did. Nothing is said of them."""
    session.config.pluginmanager.unregister(name="terminalreporter")
    for item, following in zip(tests, [*tests[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            break
    return session.testsfailed


def _in_a_copy(work: Callable[[], int]) -> int:
    """The code with which a copy of this process ends that does the work, and says nothing."""
    child = os.fork()
    if child == 0:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            code = 1
            try:
                code = work()
            finally:
                os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
