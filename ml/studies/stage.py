"""A stage as a child process: what studies start, and find done when they come again."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from ml.errors import ErrorClass, Failure
from ml.files import write_bytes, write_json
from ml.starting import start

Listener = Callable[[dict[str, Any]], None]
DONE = "done.json"


def run_stage(folder: Path, spec: BaseModel, listener: Listener) -> dict[str, Any]:
    """Runs the spec in the folder, from its checkpoint if there is one; the closing event.

    A folder that is done is not run again. Raises Failure with what the stage failed of, or
    `bad_spec` when the folder holds another spec.
    """
    content = spec.model_dump_json().encode()
    _same_or_new(folder / "spec.json", content)
    if not (folder / DONE).is_file():
        write_json(folder / DONE, _followed(folder, listener))
    found: dict[str, Any] = json.loads((folder / DONE).read_bytes())
    return found


def _same_or_new(path: Path, content: bytes) -> None:
    if not path.is_file():
        write_bytes(path, content)
    elif path.read_bytes() != content:
        raise Failure(
            "bad_spec", f"{path} holds another run; give another folder, or remove this one"
        )


def _followed(folder: Path, listener: Listener) -> dict[str, Any]:
    last: dict[str, Any] = {}
    with (folder / "log.txt").open("ab") as log:
        child = start(folder, log, os.environ)
    assert child.stdout
    try:
        with child.stdout as lines:
            for line in lines:
                last = json.loads(line)
                listener(last)
    except BaseException:
        child.terminate()
        raise
    finally:
        child.wait()
    if last.get("event") != "done":
        raise _failure(last, folder)
    return last


def _failure(last: dict[str, Any], folder: Path) -> Failure:
    kind = last.get("error_class")
    said = last.get("message", f"the stage ended without a word; see {folder / 'log.txt'}")
    return Failure(kind if kind in get_args(ErrorClass) else "internal", f"{folder}: {said}")
