"""The container files say what they must; running them needs a container engine."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
SECRETS = ("TESSERA_POSTGRES_PASSWORD", "TESSERA_REDIS_PASSWORD", "TESSERA_BOOTSTRAP_TOKEN")


@pytest.fixture(scope="module")
def text() -> str:
    return (ROOT / "docker-compose.yml").read_text()


@pytest.fixture(scope="module")
def services(text: str) -> dict[str, Any]:
    return yaml.safe_load(text)["services"]


def ours(services: dict[str, Any]) -> dict[str, Any]:
    return {name: service for name, service in services.items() if "build" in service}


def test_every_long_running_service_is_watched(services: dict[str, Any]):
    unwatched = {name for name, service in services.items() if "healthcheck" not in service}
    assert unwatched == {"migrate"}


def test_secrets_have_no_default(text: str):
    for secret in SECRETS:
        assert text.count("${" + secret) == text.count("${" + secret + ":?") > 0


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


def test_the_server_is_published_to_this_machine_alone(services: dict[str, Any]):
    published = {name for name, service in services.items() if "ports" in service}
    assert published == {"server"}
    assert services["server"]["ports"] == ["${TESSERA_LISTEN:-127.0.0.1:8642}:8642"]


def test_the_image_copies_what_is_there_and_runs_without_root():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert copied
    assert all((ROOT / name).exists() for name in copied)
    assert [line for line in lines if line.startswith("USER ")] == ["USER tessera"]
