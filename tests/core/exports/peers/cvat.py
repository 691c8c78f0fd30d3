"""By datumaro and cvat-sdk alone: what they read from an archive, and the same as they write it.

    PYTHONPATH=.venv/peers python cvat.py OURS THEIRS

leaves THEIRS/read.npz, a shape to `IMAGE/LABEL` as datumaro reads it, THEIRS/back as it writes it,
and THEIRS/sdk.json, for each mask the run lengths of the archive and those that cvat-sdk makes of
what it reads from them.
"""

import json
import sys
from pathlib import Path

import numpy as np
from cvat_sdk.masks import decode_mask, encode_mask
from datumaro import AnnotationType, Dataset
from defusedxml import ElementTree


def main(ours: Path, theirs: Path) -> None:
    dataset = Dataset.import_from(str(ours), "cvat")
    labels = dataset.categories()[AnnotationType.label]
    read = {
        f"{item.id}/{labels[drawn.label].name}": drawn.image
        for item in dataset
        for drawn in item.annotations
    }
    np.savez(theirs / "read.npz", **read)
    dataset.export(str(theirs / "back"), "cvat", save_media=True)
    (theirs / "sdk.json").write_text(json.dumps(list(through_the_sdk(ours))))


def through_the_sdk(ours: Path):
    for image in ElementTree.parse(ours / "annotations.xml").iter("image"):
        about = {f"image_{side}": int(image.get(side)) for side in ("width", "height")}
        for mask in image.iter("mask"):
            left, top, width, height = (
                int(mask.get(each)) for each in ("left", "top", "width", "height")
            )
            runs = [int(run) for run in mask.get("rle").split(", ")]
            given = [*runs, left, top, left + width - 1, top + height - 1]
            yield given, encode_mask(decode_mask(given, **about))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
