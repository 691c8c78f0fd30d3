"""A large image is scored in tiles, in a process whose memory is watched."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CLASSES = 16
SCORE = f"""
import json, resource, sys
from pathlib import Path
import torch
from ml.nets.segmenter import start
from ml.predict import Predictor
from ml.presets import recipe
from ml.score import judged_of
from ml.scorers import Look
from ml.spec import ImageItem, ScoreSpec

def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

network = {{"width": 0.1, "decoder_channels": 8, "low_level_channels": 4}}
asked = recipe("supervised-cpu", {{"network": network, "scale": 0.5}})
torch.set_num_threads(1)
made = start(asked.network, {CLASSES}, 0).eval()
predictor = Predictor(made, asked, {CLASSES}, torch.device("cpu"))
item = ImageItem(id="large", path=sys.argv[1], width=5000, height=4000)
spec = ScoreSpec(model="none", images=[item], cell_px=64)
before = peak()
[judged] = judged_of(Look(predictor), [item], spec)
print(json.dumps({{"grown": peak() - before, "shape": judged.scores.shape,
                  "finite": bool((judged.scores >= 0).all())}}))
"""


def test_twenty_megapixels_are_scored_in_less_than_their_probabilities_take(tmp_path: Path):
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (40, 50, 3), np.uint8)
    Image.fromarray(small).resize((5000, 4000)).save(tmp_path / "large.jpg")
    command = [sys.executable, "-c", SCORE, str(tmp_path / "large.jpg")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=550, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["shape"], found["finite"]) == ([63, 79], True)
    # Untiled, several maps of this size are held at once.
    assert found["grown"] < 5000 * 4000 * CLASSES * 4
