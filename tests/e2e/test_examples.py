"""The examples of the documentation, run one after the other on one project; then the words of the
command line that tell of it."""

import csv
import io
import json
import re
import runpy
from contextlib import suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tessera.cli import app
from tessera.client import Client, NotFound, Project
from tessera.dataset import read_classes
from tessera.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture
def run(stack: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs an example as `python NAME ARGUMENTS` would; what it printed."""

    def example(name: str, *arguments: object) -> str:
        monkeypatch.setenv("TESSERA_URL", stack.url)
        monkeypatch.setenv("TESSERA_TOKEN", stack.token)
        monkeypatch.setattr("sys.argv", [name, *map(str, arguments)])
        capsys.readouterr()
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
        return capsys.readouterr().out

    return example


@pytest.fixture
def client(stack: Stack):
    with Client(stack.url, stack.token) as client:
        yield client


def named(client: Client, name: str) -> Project:
    return next(each for each in client.projects() if each.name == name)


def test_the_examples_lead_from_a_folder_to_a_curve(run, client, data):
    said = run("start_a_project.py", "examples", data)
    assert "'pool': 4" in said
    assert "is labelling: 4 regions wait" in said
    project = named(client, "examples")
    assert "shown" not in run("invite_a_team.py", project.id, "ina", "jan")
    assert "already" in run("invite_a_team.py", project.id, "ina")
    [first, *_] = client.audit(project.id, kind="cycle.started")
    assert run("annotate.py", project.id).count(": label ") == 4
    assert "cycle.closed" in run("watch.py", project.id, first.id)
    [row] = csv.DictReader(io.StringIO(run("what_labels_bought.py", project.id)))
    assert (row["cycle"], row["regions"]) == ("0", "0")  # what the cycle began with


def test_the_snippets_of_the_guide_run_one_after_the_other(stack, data, monkeypatch, capsys):
    monkeypatch.setenv("TESSERA_URL", stack.url)
    monkeypatch.setenv("TESSERA_TOKEN", stack.token)
    guide = (EXAMPLES.parent / "api.md").read_text()
    names = {"DATA": str(data)}
    for snippet in re.findall(r"^```python\n(.*?)^```", guide, re.M | re.S):
        exec(compile(snippet, "api.md", "exec"), names)
    said = capsys.readouterr().out
    assert "region region.labelled" in said
    assert "cycle_open 409" in said


def test_a_block_that_fails_gives_its_region_back(client, data):
    made = client.create_project(
        "blocks", cell_px=16, classes=read_classes(data), recipe="s4al-cpu"
    )
    with client.leased(made.id) as nothing:
        assert nothing is None
    client.wait_for_job(client.import_folder(made.id, data, pool_masks=False).id)
    client.wait_for_cycle(client.start_cycle(made.id, regions=2).id)
    first = []
    with suppress(NotFound), client.leased(made.id, session="a") as held:
        first += [held.lease.region_id] * client.overview(made.id).queue.leased
        client.region(10**6)
    assert client.overview(made.id).queue.leased == 0
    with client.leased(made.id, session="b") as again:
        assert [again.lease.region_id] == first
        again.skip("too dark")
    assert client.overview(made.id).queue.leased == 0


def test_the_words_of_the_command_line_tell_of_it(stack, client):
    runner = CliRunner(env={"TESSERA_URL": stack.url, "TESSERA_TOKEN": stack.token})
    name = "examples"
    cycle = next(client.cycles(named(client, name).id)).id
    *_, job = [each.id for each in client.jobs(named(client, name).id)]  # the dry run
    for words in (
        *(("projects", word, name) for word in ("overview", "forecast", "comparisons", "labels")),
        ("projects", "audit", name, "--kind", "cycle"),
        ("projects", "events", name, "--after", "0", "--count", "2"),
        *(("cycles", word, cycle) for word in ("show", "metrics", "regions")),
        *((noun, "list", "-p", name) for noun in ("jobs", "uploads", "models", "members")),
        *(("jobs", word, job) for word in ("show", "report")),
        ("users", "tokens", "ina"),
        ("users", "me"),
        ("status",),
    ):
        plain = runner.invoke(app, [*map(str, words)])
        told = runner.invoke(app, [*map(str, words), "--json"])
        assert (plain.exit_code, told.exit_code) == (0, 0), (words, plain.output, told.output)
        assert [json.loads(each) for each in parts(told.stdout)], words


def parts(text: str) -> list[str]:
    """One document, or one a line."""
    return text.splitlines() if text.startswith('{"') else [text]
