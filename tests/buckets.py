"""An S3 of its own (moto's server), on loopback unless said otherwise, as the environment
describes one to any program."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import s3fs

SECRET = "not-for-anybodys-eyes"
# Ends with whoever started it: then there is nobody at the other end of its stdin.
SERVER = """
import logging, sys
from moto.server import ThreadedMotoServer
logging.disable()
server = ThreadedMotoServer(sys.argv[1], 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@contextmanager
def s3_server(at: str = "127.0.0.1") -> Iterator[str]:
    """Its address, while inside."""
    given = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-c", SERVER, at], **given, text=True) as server:
        assert server.stdout is not None
        address = f"http://{at}:{int(server.stdout.readline())}"
        s3fs.S3FileSystem.clear_instance_cache()
        yield address
        s3fs.S3FileSystem.clear_instance_cache()
        server.kill()


@contextmanager
def led_to(address: str) -> Iterator[None]:
    """This program, and those that it starts, find the server, while inside."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_ACCESS_KEY_ID", "tester")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield


def files() -> Any:
    """As a person with their own tool sees the server."""
    return s3fs.S3FileSystem(use_listings_cache=False)


def unreachable() -> Any:
    """A server at an address where nobody listens."""
    nobody = {"endpoint_url": "http://127.0.0.1:9", "key": "tester", "secret": SECRET}
    quick = {"connect_timeout": 1, "retries": {"max_attempts": 0}}
    return s3fs.S3FileSystem(**nobody, config_kwargs=quick, skip_instance_cache=True)


def fill(url: str, folder: Path) -> None:
    """Make the bucket of the URL, with the folder's files below it."""
    bucket = url.removeprefix("s3://").partition("/")[0]
    found = files()
    if not found.exists(bucket):
        found.mkdir(bucket)
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        found.pipe_file(f"{url}/{path.relative_to(folder).as_posix()}", path.read_bytes())
