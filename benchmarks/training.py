"""A training step of S4AL against one of plain supervision: same network, same batches.

S4AL sees three times the images (labelled, mixed, replayed) and asks the teacher twice, so a
ratio below four says that mixing and weighting cost next to nothing.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import Figure
from ml.recipe import recipe
from ml.spec import ImageItem, TrainSpec
from tessera import scenes

WIDTH, HEIGHT, STEPS = 240, 160, 20


def figures() -> list[Figure]:
    """Seconds per step of `s4al-cpu`, with the recipe `supervised-cpu` as the floor."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        scenes.generate(
            folder / "scenes", pool=16, val=0, test=0, width=WIDTH, height=HEIGHT, seed=0
        )
        supervised, s4al = (_ms_per_step(folder, each) for each in ("supervised-cpu", "s4al-cpu"))
    return [Figure("S4AL step", s4al, "ms", "supervised step", supervised)]


def _ms_per_step(folder: Path, name: str) -> float:
    changes = {"schedule": {"steps": STEPS, "validations": 0}}
    # The pseudo-label terms from the first step on, so that every step is a full one.
    full = {"s4al": {"cold_start": 0.0, "replay_start": 0.0}} if name == "s4al-cpu" else {}
    spec = TrainSpec(
        recipe=recipe(name, {**changes, **full}),
        classes=_classes(folder),
        pool=_items(folder / "scenes/pool"),
        checkpoint_every_s=3600,
    )
    run = folder / name
    (run / "out").mkdir(parents=True)
    (run / "spec.json").write_text(spec.model_dump_json())
    subprocess.run([sys.executable, "-m", "ml.run", str(run)], check=True, capture_output=True)
    card = json.loads((run / "out/model.json").read_text())
    return float(card["seconds"]) / STEPS * 1e3


def _classes(folder: Path) -> list[str]:
    listed = json.loads((folder / "scenes/classes.json").read_text())["classes"]
    return [each["name"] for each in listed]


def _items(pool: Path) -> list[ImageItem]:
    return [
        ImageItem(
            id=path.stem,
            path=str(path),
            width=WIDTH,
            height=HEIGHT,
            mask_path=str(pool / "masks" / path.name),
        )
        for path in sorted((pool / "images").iterdir())
    ]
