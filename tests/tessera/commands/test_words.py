"""Every command answers programs too, and whatever an operator does has a command."""

import ast
from pathlib import Path
from typing import Any

import pytest
import typer

import tessera
from tessera.cli import app
from tests.tessera.client.test_routes import calls

SOURCES = Path(tessera.__file__).parent
# What annotators do has a page; here it is done by oracles and by programs.
LABELLING = ("/regions/", "/leases/", "/projects/{}/leases", "/projects/{}/progress")
# Figures for Prometheus, and what programs read of the interface.
FOR_PROGRAMS = {"metrics_text", "openapi", "image_crop", "image_thumbnail"}


def words(command: Any, name: str = "tessera") -> dict[str, Any]:
    """Every command that does something, by the words that start it."""
    if not hasattr(command, "commands"):
        return {name: command}
    inner = (words(each, f"{name} {word}") for word, each in command.commands.items())
    return {name: each for found in inner for name, each in found.items()}


@pytest.fixture(scope="module")
def known() -> dict[str, Any]:
    return words(typer.main.get_command(app))


def test_every_command_gives_json(known: dict[str, Any]):
    # what hands its words on to the learner is answered by the learner
    own = {
        n: each
        for n, each in known.items()
        if "ignore_unknown_options" not in each.context_settings
    }
    options = {name: {o for p in each.params for o in p.opts} for name, each in own.items()}
    assert {name for name, given in options.items() if "--json" not in given} == set()


def test_every_command_says_what_it_does(known: dict[str, Any]):
    assert {name for name, each in known.items() if not each.help} == set()


def test_what_an_operator_does_has_a_command():
    files = [*(SOURCES / "commands").glob("*.py"), *(SOURCES / "oracle").glob("*.py")]
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text())))
    asked = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    theirs = {
        call.method
        for call in calls()
        if not call.route.partition("/api/v1")[2].startswith(LABELLING)
        and not call.method.startswith("_")
    }
    reached = asked | {"project", "classes"} | FOR_PROGRAMS
    # follow() is events() without an end, and predict() is the other two
    assert theirs - reached == {"events", "start_prediction", "prediction"}
