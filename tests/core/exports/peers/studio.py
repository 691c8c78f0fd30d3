"""By label-studio-sdk alone: what its converter reads from an archive, and the same by its encoder.

    PYTHONPATH=.venv/peers python studio.py OURS THEIRS

leaves THEIRS/read.npz, a shape to `IMAGE/LABEL`, and THEIRS/back with tasks and images.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
from label_studio_sdk.converter import Converter
from label_studio_sdk.converter.brush import image2annotation
from PIL import Image


def main(ours: Path, theirs: Path) -> None:
    converter = Converter(str(ours / "label_config.xml"), str(ours), download_resources=False)
    layers, back = theirs / "layers", theirs / "back"
    layers.mkdir()
    converter.convert(str(ours / "tasks.json"), str(layers), "BRUSH_TO_NUMPY", is_dir=False)
    shutil.copytree(ours / "images", back / "images")
    read: dict[str, Any] = {}
    tasks = json.loads((ours / "tasks.json").read_text())
    for task in tasks:
        name, results = Path(task["data"]["image"]).stem, []
        for file in sorted(layers.glob(f"task-{task['id']}-*.npy")):
            label = file.stem.split("-")[-2]
            read[f"{name}/{label}"] = shape = np.load(file)
            Image.fromarray(shape).save(layers / "shape.png")
            drawn = image2annotation(str(layers / "shape.png"), label, "label", "image")
            results += drawn["result"]
        task["annotations"] = [drawn | {"result": results}] if results else []
    np.savez(theirs / "read.npz", **read)
    (back / "tasks.json").write_text(json.dumps(tasks))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
