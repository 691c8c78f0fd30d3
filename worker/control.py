"""The control job: the cycle's recipe on what was drawn at random alone, measured as the cycle's
own model was. The weights are not kept: nobody is to be suggested anything by them.
"""

import json
from pathlib import Path
from typing import Any

from core import control_runs, manifests
from core.db import transaction
from core.jobs import Claim
from core.store import open_store
from ml.spec import EvaluateSpec, ModelFiles
from worker import fetching, resuming, specs
from worker.child import supervise
from worker.folders import attempt_folder
from worker.pulse import Pulse
from worker.stages import split_result


def run(claim: Claim, pulse: Pulse) -> None:
    """Train, evaluate, and write the figures. Raises what the pulse and the child raise."""
    manifest = _manifest(claim)
    with attempt_folder(claim) as folder:
        training, judging = folder / "train", folder / "evaluate"
        for each in (training, judging):
            each.mkdir()
        keeper = resuming.run(
            training, pulse, lambda db: specs.control(db, open_store(), claim, manifest)
        )
        splits = _judge(claim, pulse, training / "out", judging)
        with transaction() as db:
            control_runs.finish(db, claim, splits, manifest)
        keeper.drop()


def _manifest(claim: Claim) -> dict[str, Any]:
    with transaction() as db:
        cycle = control_runs.cycle_of(db, claim)
        frozen = manifests.read(open_store(), cycle.manifest_digest)
        return control_runs.learnable(db, cycle, frozen)


def _judge(claim: Claim, pulse: Pulse, trained: Path, folder: Path) -> dict[str, Any]:
    """By split: images, IoU by class and mIoU."""
    store = open_store()
    model = ModelFiles(weights=trained / "model.safetensors", card=trained / "model.json")
    with transaction() as db:
        splits = specs.judged(db, store, control_runs.cycle_of(db, claim))
    spec = EvaluateSpec(model=model, splits=splits)
    fetching.fetch(store, spec, pulse)
    (folder / "out").mkdir()
    (folder / "spec.json").write_text(spec.model_dump_json())
    supervise(folder, pulse, lambda _: None)
    found = json.loads((folder / "out" / "evaluation.json").read_bytes())
    results = [split_result(split, counts) for split, counts in found.items()]
    return {
        each.split: {"images": each.images, "iou": each.iou, "miou": each.miou} for each in results
    }
