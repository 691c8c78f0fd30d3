"""Spec folders for tests: in this process, or as the child process that the worker starts."""

import json
import os
import subprocess
import sys
from pathlib import Path

from pydantic import BaseModel

# Stages import each other late; in tests they are loaded here, where the stack is shallow: Python
# 3.11 now and then fails to compile what jaxtyping rewrites deep inside a test.
import ml.evaluate
import ml.score
import ml.select
import ml.train  # noqa: F401
from ml.child import Child
from ml.presets import recipe
from ml.run import run
from ml.spec import ImageItem, TrainSpec
from tests.ml.scenes import CLASSES, TINY


def train_spec(pool: list[ImageItem], name: str = "s4al-cpu", **changes) -> TrainSpec:
    asked = recipe(name, {**TINY, **changes})
    return TrainSpec(recipe=asked, classes=CLASSES, pool=pool, seed=3, checkpoint_every_s=0)


def write(folder: Path, spec: BaseModel) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spec.json").write_text(spec.model_dump_json())
    return folder


def here(folder: Path, spec: BaseModel) -> list[dict]:
    """Runs in this process and gives back its working directory; the events."""
    before, (reading, writing) = Path.cwd(), os.pipe()
    try:
        run(write(folder, spec), Child(writing))
    finally:
        os.chdir(before)
        os.close(writing)
    with open(reading) as lines:
        return [json.loads(line) for line in lines]


def child(folder: Path, *options: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "ml.run", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> list[dict]:
    out, _ = process.communicate(timeout=240)
    return [json.loads(line) for line in out.splitlines()]


def until(process: subprocess.Popen, event: str, step: int = 0) -> dict:
    """Reads the child's lines up to an event at or after a step."""
    assert process.stdout is not None
    for line in process.stdout:
        said = json.loads(line)
        if said["event"] == event and said.get("step", 0) >= step:
            return said
    raise AssertionError(f"the child ended without {event}: {process.communicate()[1]}")
