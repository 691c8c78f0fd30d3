"""The command line against the real server: what it prints, and how it ends."""

import json

import pytest
from PIL import Image
from typer.testing import CliRunner

from tessera.cli import app
from tessera.commands.cycles import parse_budget
from tessera.commands.projects import nested

pytestmark = pytest.mark.slow


@pytest.fixture
def tessera(service):
    """Runs a command as the site admin."""
    runner = CliRunner(env={"TESSERA_URL": service.url, "TESSERA_TOKEN": service.token})
    return lambda *words: runner.invoke(app, [*map(str, words)])


@pytest.fixture
def classes(tmp_path):
    entries = [{"id": n, "name": name, "color": "#101010"} for n, name in enumerate(("a", "b"))]
    (tmp_path / "classes.json").write_text(json.dumps({"classes": entries}))
    return tmp_path


def test_a_new_user_gets_a_token(tessera):
    done = tessera("users", "add", "noor", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["token"].startswith("tes_")


def test_a_user_gets_another_token(tessera):
    first = tessera("users", "add", "olga", "--json")
    second = tessera("users", "token", "olga", "--json")
    assert json.loads(first.stdout)["token"] != json.loads(second.stdout)["token"]


def test_a_user_is_invited_to_choose_a_password(tessera):
    tessera("users", "add", "rosa")
    made = json.loads(tessera("users", "password", "rosa", "--json").stdout)
    assert made["invitation"].startswith("tes_")
    assert made["url"].endswith("/welcome")
    assert "once and within two days" in tessera("users", "password", "rosa").stdout


def test_a_tokens_scope_is_chosen(tessera):
    tessera("users", "add", "sami")
    token = json.loads(tessera("users", "token", "sami", "--scope", "read", "--json").stdout)
    refused = tessera("users", "add", "tove", "--token", token["token"])
    assert (refused.exit_code, "scope is 'read'" in refused.stderr) == (1, True)


def test_users_are_listed(tessera):
    tessera("users", "add", "pia")
    assert "pia" in tessera("users", "list").stdout
    assert "pia" in [user["name"] for user in json.loads(tessera("users", "list", "--json").stdout)]


def test_a_project_is_created_and_shown(tessera, classes):
    options = ["--classes", classes, "--cell", "10", "--recipe", "s4al-cpu"]
    made = tessera("projects", "create", "lane", *options, "--set", "schedule.steps=9", "--json")
    recipe = json.loads(made.stdout)["recipe"]
    assert recipe == {"name": "s4al-cpu", "overrides": {"schedule": {"steps": 9}}}
    assert "0 a, 1 b" in tessera("projects", "show", "lane").stdout
    assert "lane" in tessera("projects", "list").stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("projects", "show", "nowhere"), "there is no project 'nowhere'"),
        (("users", "token", "nobody"), "there is no user 'nobody'"),
        (("cycles", "watch", "1000000"), "not_found"),
        (("users", "add", "admin"), "name_taken"),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_1(tessera, words, reason):
    done = tessera(*words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert reason in done.stderr


def test_a_project_without_images_starts_no_cycle(tessera, project):
    done = tessera("cycles", "start", "--project", project.name, "--budget", "2%")
    assert done.exit_code == 1
    assert "project_empty" in done.stderr


def test_an_oracle_without_regions_has_nothing_to_do(tessera, project, tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    done = tessera("oracle", "-p", project.name, "--truth", tmp_path, "--json")
    assert json.loads(done.stdout)["labelled"] == 0


def test_a_webhook_shows_its_secret_once(tessera, project):
    added = tessera("webhooks", "add", "https://1.1.1.1/", "-p", project.name, "--json")
    made = json.loads(added.stdout)
    assert made["secret"].startswith("whsec_")
    for words in (
        ("list", "-p", project.name), ("show", made["id"]), ("change", made["id"], "--pause"),
        ("ping", made["id"]), ("deliveries", made["id"]), ("remove", made["id"]),
    ):  # fmt: skip
        done = tessera("webhooks", *words)
        assert (done.exit_code, made["secret"] in done.stdout) == (0, False), done.output


def test_without_a_stack_the_options_are_named(monkeypatch, tmp_path):
    for name in ("TESSERA_URL", "TESSERA_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["users", "list"])
    assert done.exit_code == 1
    assert "--url or TESSERA_URL" in done.stderr


@pytest.mark.parametrize(
    ("text", "budget"), [("200", {"regions": 200}), ("0", {"regions": 0}), ("2%", {"share": 0.02})]
)
def test_a_budget_is_regions_or_a_share(text, budget):
    assert parse_budget(text) == budget


@pytest.mark.parametrize("text", ["many", "two%", "1.5"])
def test_another_budget_is_refused(text):
    with pytest.raises(ValueError, match="expected a budget"):
        parse_budget(text)


def test_changes_of_a_recipe_are_nested():
    changes = ["schedule.steps=200", "schedule.optimizer=sgd", "scale=0.5"]
    assert nested(changes) == {"schedule": {"steps": 200, "optimizer": "sgd"}, "scale": 0.5}


def test_a_change_without_a_value_is_refused():
    with pytest.raises(ValueError, match="field=value"):
        nested(["schedule.steps"])
