"""Mutants of functions: mutmut writes them, each beside the function that it changes.

A module that is to be mutated is loaded with all its mutants. Which of them is called in the place
of its function is settled per process, so one that has loaded everything can be forked for each.
"""

import ast
import sys
from collections.abc import Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

NAMES: dict[str, list[str]] = {}
"""All mutants of each module that was loaded, as module.function__mutmut_number."""
CODE: dict[str, str] = {}
"""The module with them."""


class Loader(SourceFileLoader):
    """Loads a module with its mutants."""

    def get_code(self, fullname: str) -> CodeType:
        mutated = mutate_file_contents(self.path, Path(self.path).read_text())
        NAMES[fullname] = [f"{fullname}.{each}" for each in mutated.mutant_names]
        CODE[fullname] = mutated.code
        return compile(mutated.code, self.path, "exec")


class Finder(MetaPathFinder):
    """Finds the modules that are to be mutated; all others are left to those who come later."""

    def __init__(self, paths: Iterable[str]) -> None:
        self.paths = {module_name(path): path for path in paths}

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        if fullname not in self.paths:
            return None
        place = str(Path(self.paths[fullname]).absolute())
        return spec_from_file_location(fullname, place, loader=Loader(fullname, place))


def install(paths: Iterable[str]) -> None:
    """Load these modules with their mutants, from now on. Raises RuntimeError for one that is
    loaded already."""
    finder = Finder(paths)
    if loaded := finder.paths.keys() & sys.modules.keys():
        raise RuntimeError(f"Expected none of the modules to be loaded, and {loaded} are.")
    sys.meta_path.insert(0, finder)


def module_name(path: str) -> str:
    return ".".join(Path(path).with_suffix("").parts)


def switch_on(mutant: str) -> None:
    """Let this process call the mutant instead of its function."""
    set_mutant_under_test(mutant)


def watch() -> None:
    """Note down from now on which functions are called."""
    set_mutant_under_test("stats")


def called() -> list[str]:
    """Which have been since the last time, as module.function."""
    found = sorted(state()._stats)
    state()._stats.clear()
    return found


def of_mutant(mutant: str) -> str:
    """The function that the mutant stands for, as `called` names it."""
    return mutant.partition("__mutmut_")[0]


def shown(mutant: str) -> str:
    """The line that the mutant changes, before and after."""
    module, _, name = mutant.rpartition(".")
    before = _lines(module, f"{name.partition('__mutmut_')[0]}__mutmut_orig")
    after = _lines(module, name)
    changed = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]]
    return " >>> ".join(line.strip() for line in changed[0]) if changed else ""


def _lines(module: str, function: str) -> list[str]:
    nodes = ast.walk(ast.parse(CODE[module]))
    named = (each for each in nodes if getattr(each, "name", "") == function)
    return ast.unparse(next(named)).splitlines()[1:]


def users_of(statement: str, modules: Iterable[Any]) -> list[str]:
    """The functions that mention a name of their module, as `called` names them."""
    return [
        f"{module.__name__}.{name.removesuffix('__mutmut_orig')}"
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("__mutmut_orig") and statement in value.__code__.co_names
    ]
