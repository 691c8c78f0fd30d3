"""The container files say what they must; `tests/images` runs the Dockerfile's steps."""

import itertools
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from core.settings import Settings, settings

ROOT = Path(__file__).resolve().parents[1]
SECRETS = ("TESSERA_POSTGRES_PASSWORD", "TESSERA_REDIS_PASSWORD", "TESSERA_BOOTSTRAP_TOKEN")
WATCHED = {"postgres", "redis", "server", "worker-cpu", "worker-light", "worker-gpu"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]


def ours(services: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in services.items() if "build" in service}


def test_the_file_is_what_the_compose_specification_allows():
    check = "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"
    done = subprocess.run(
        [sys.executable, "-m", *check], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_long_running_service_is_watched(services: dict[str, Any]):
    assert {name for name, service in services.items() if "healthcheck" in service} == WATCHED
    assert set(services) - WATCHED == {"migrate"}


def test_what_a_service_speaks_of_is_there(compose: dict[str, Any], services: dict[str, Any]):
    for name, service in services.items():
        named = {each.partition(":")[0] for each in service["volumes"] if each[0].isalpha()}
        assert named <= set(compose["volumes"]), name
        assert set(service.get("secrets", ())) <= set(compose["secrets"]), name
        for other, condition in service.get("depends_on", {}).items():
            well = "healthcheck" in services[other]
            expected = "service_healthy" if well else "service_completed_successfully"
            assert condition == {"condition": expected}, (name, other)


def test_secrets_have_no_default_and_are_files(compose: dict[str, Any]):
    assert {each["environment"] for each in compose["secrets"].values()} == set(SECRETS)
    example = (ROOT / ".env.example").read_text()
    assert all(f"\n{name}=\n" in example for name in SECRETS)
    assert not any(name in str(compose["services"]) for name in SECRETS)


def test_the_example_lists_every_variable_that_compose_reads():
    read = set(re.findall(r"\$\{(TESSERA_\w+)", (ROOT / "docker-compose.yml").read_text()))
    listed = set(re.findall(r"^(TESSERA_\w+)=", (ROOT / ".env.example").read_text(), re.M))
    assert listed == read | set(SECRETS)


def test_redis_keeps_a_log_and_evicts_nothing(services: dict[str, Any]):
    command = services["redis"]["command"][-1]
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command
    assert "redis:/data" in services["redis"]["volumes"]


def test_the_gpu_worker_starts_only_when_asked_for(services: dict[str, Any]):
    assert services["worker-gpu"]["profiles"] == ["gpu"]
    assert {name for name, service in services.items() if "profiles" in service} == {"worker-gpu"}


def test_every_command_runs_a_module_that_exists(services: dict[str, Any]):
    for service in ours(services).values():
        python, option, module = service["command"][:3]
        assert (python, option) == ("python", "-m")
        assert find_spec(module) is not None


def test_both_queues_are_worked_on_without_a_gpu(services: dict[str, Any]):
    plain = [service for service in ours(services).values() if "profiles" not in service]
    commands = [service["command"] for service in plain if "--queues" in service["command"]]
    assert {command[command.index("--queues") + 1] for command in commands} == {"train", "light"}


def test_nobody_is_killed_while_ending(services: dict[str, Any]):
    """Compose and Kubernetes wait for longer than our processes take."""

    def needed(command: list[str]) -> float:
        words = dict(itertools.pairwise(command))
        return float(words.get("--grace-s", settings().stop_grace_s))

    waits = [
        (service["command"], int(service["stop_grace_period"].removesuffix("s")))
        for service in ours(services).values()
        if service["restart"] != "no"
    ]
    for pod in pods():
        if "terminationGracePeriodSeconds" in pod:
            command = pod["containers"][0]["command"]
            waits.append((command, pod["terminationGracePeriodSeconds"]))
    assert len(waits) == 7
    assert all(seconds >= needed(command) + 10 for command, seconds in waits)


def test_the_server_is_published_to_this_machine_alone(services: dict[str, Any]):
    published = {name for name, service in services.items() if "ports" in service}
    assert published == {"server"}
    assert services["server"]["ports"] == ["${TESSERA_LISTEN:-127.0.0.1:8642}:8642"]


def dockerfile() -> list[str]:
    return (ROOT / "Dockerfile").read_text().splitlines()


def test_the_images_copy_what_is_there_and_run_without_root(services: dict[str, Any]):
    copied = [
        word for line in dockerfile() if line.startswith("COPY ") for word in line.split()[1:-1]
    ]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    known = (ROOT / ".dockerignore").read_text()
    assert all(f"!{name}\n" in known for name in copied)
    stages = re.findall(r" AS (\w+)$", (ROOT / "Dockerfile").read_text(), re.M)
    assert {each["build"]["target"] for each in ours(services).values()} == set(stages)
    users = [line for line in dockerfile() if line.startswith("USER ")]
    assert users == ["USER tessera", "USER root", "USER tessera"]


def kubernetes() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text()))


def pods() -> list[dict[str, Any]]:
    templates = (each.get("spec", {}).get("template") for each in kubernetes())
    return [each["spec"] for each in templates if each]


def test_the_example_for_kubernetes_runs_what_compose_runs(services: dict[str, Any]):
    images = {service["image"] for service in ours(services).values()}
    modules = {service["command"][2] for service in ours(services).values()}
    found = pods()
    for container in (each for pod in found for each in pod["containers"]):
        assert container["image"] in images
        assert container["command"][2] in modules
        mounted = {each["name"] for each in container["volumeMounts"]}
        assert mounted <= {each["name"] for pod in found for each in pod["volumes"]}
    for pod in (each for each in found if "terminationGracePeriodSeconds" in each):
        [waits], [container] = pod["initContainers"], pod["containers"]
        assert waits["image"] == container["image"]
        assert waits["command"] == ["python", "-m", "migrations", "wait"]
    [config] = [each["data"] for each in kubernetes() if each["kind"] == "ConfigMap"]
    known = {f"TESSERA_{name.upper()}" for name in Settings.model_fields}
    assert set(config) - known == {"TESSERA_SECRETS_DIR"}


def test_the_table_of_settings_is_the_class():
    text = (
        (ROOT / "docs" / "operation.md")
        .read_text()
        .partition("## Settings")[2]
        .partition("Read elsewhere")[0]
    )
    listed = dict(re.findall(r"^\| `TESSERA_(\w+)` \| `?([^|`]*?)`? \|", text, re.M))
    fields = Settings.model_fields.items()
    assert listed == {name.upper(): written(each.default) for name, each in fields}


def written(default: Any) -> str:
    """As the table has it."""
    if default is None or default == ():
        return "none"
    if isinstance(default, bool):
        return str(default).lower()
    return ",".join(default) if isinstance(default, tuple) else str(default)


def test_secrets_come_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "tessera_database_password").write_text("p@ss/word\n")
    (tmp_path / "tessera_bootstrap_token").write_text("tes_from-a-file")
    monkeypatch.setenv("TESSERA_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("TESSERA_DATABASE_URL", "postgresql://tessera@postgres:5432/tessera")
    monkeypatch.setenv("TESSERA_REDIS_URL", "redis://:kept@redis:6379/0")
    monkeypatch.setenv("TESSERA_REDIS_PASSWORD", "another")
    settings.cache_clear()
    found = settings()
    settings.cache_clear()
    assert found.database_url == "postgresql://tessera:p%40ss%2Fword@postgres:5432/tessera"
    assert found.redis_url == "redis://:kept@redis:6379/0"
    assert found.bootstrap_token == SecretStr("tes_from-a-file")
