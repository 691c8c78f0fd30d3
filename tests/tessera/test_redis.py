"""The embedded Redis."""

import stat
from pathlib import Path

import psutil
import redis as client

from tessera import redis
from tessera.family import Family
from tests.services import private_folder


def test_it_answers_on_its_socket(redis_url: str):
    with client.Redis.from_url(redis_url) as connection:
        assert connection.ping()


def test_it_is_new_enough_for_streams_and_acls(redis_url: str):
    with client.Redis.from_url(redis_url) as connection:
        major, minor = connection.info("server")["redis_version"].split(".")[:2]
    assert (int(major), int(minor)) >= (6, 2)


def test_it_listens_on_no_network(redis_url: str):
    with client.Redis.from_url(redis_url) as connection:
        assert connection.config_get("port") == {"port": "0"}


def test_only_its_owner_may_use_the_socket(tmp_path: Path):
    with private_folder() as folder, redis.running(folder, tmp_path / "log"):
        assert stat.S_IMODE((folder / "redis.sock").stat().st_mode) == 0o700


def test_it_ends_with_its_context(tmp_path: Path):
    with private_folder() as folder, Family() as family:
        redis.start(family, folder, tmp_path / "log")
        (child,) = family.children
        assert child.running
        family.close()
        assert not psutil.pid_exists(child.pid)
