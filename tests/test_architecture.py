"""What holds for the whole project: directions of imports, sizes, values said in two places."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import doorbell, masks
from core.models.jobs import KINDS
from ml import types

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "server", "worker", "ml", "tessera", "migrations")

FUNCTION_LINES = 40
# The training loop is one screen that is read from top to bottom.
LOOP_LINES = 60
FILE_LINES = 300
TEST_FILE_LINES = 400
POSITIONAL = 4
FRAMEWORKS = (
    "server/api/",
    "server/deps.py",
    "server/once.py",
    "tessera/commands/",
    "tessera/scenes/__main__.py",
)


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "versions" not in path.parts]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.slow  # `make lint` looks, too
def test_imports_go_one_way():
    ended = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_functions_are_short(package: str):
    limit = LOOP_LINES if package == "ml" else FUNCTION_LINES
    long = [
        f"{name(path)}:{node.lineno} {node.name} does {length(node)} lines"
        for path in sources(package)
        for node in functions(path)
        if length(node) > limit
    ]
    assert long == []


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body: a command's options are a table and no work."""
    assert node.end_lineno is not None
    return node.end_lineno - node.body[0].lineno + 1


@pytest.mark.parametrize("package", [*PACKAGES, "tests"])
def test_files_are_short(package: str):
    limit = TEST_FILE_LINES if package == "tests" else FILE_LINES
    long = [
        f"{name(path)} has {lines} lines that are not empty"
        for path in sources(package)
        if (lines := sum(bool(line.strip()) for line in path.read_text().splitlines())) > limit
    ]
    assert long == []


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_have_few_positional_parameters(package: str):
    many = [
        f"{name(path)}:{node.lineno} {node.name} takes {len(positional(node))}"
        for path in sources(package)
        for node in functions(path)
        if len(positional(node)) > POSITIONAL and not called_by_name(path, node)
    ]
    assert many == []


def positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    named = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
    return [each for each in named if each not in ("self", "cls")]


def called_by_name(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Routes, dependencies and commands: the framework fills in their parameters by name."""
    return bool(node.decorator_list) or name(path).startswith(FRAMEWORKS)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_says_what_it_is_for(package: str):
    silent = [
        name(path)
        for path in sources(package)
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_nobody_commits_but_the_one_place():
    assert [
        f"{name(path)}:{node.lineno}"
        for path in sources("core", "server", "worker")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "commit" and path.stem != "db"
        if isinstance(node.value, ast.Name) and node.value.id in ("db", "session")
    ] == []


def test_masks_mean_the_same_to_the_service_and_to_the_learner():
    assert (masks.VOID, masks.NOT_ASKED) == (types.VOID, types.NOT_ASKED)


def test_the_worker_knows_every_kind_of_job():
    from worker.engine import OTHERS
    from worker.stages import STAGES

    assert {*STAGES, *OTHERS} == set(KINDS)


def test_the_worker_answers_the_bell_that_is_rung():
    from worker.tasks import run_job

    assert run_job.name == doorbell.TASK
