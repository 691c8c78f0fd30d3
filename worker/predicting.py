"""The predict job: one picture through the project's model."""

from core import jobs, predictions
from core.db import transaction
from core.jobs import Claim
from core.store import open_store
from ml.spec import ImageItem, PredictSpec
from worker import specs
from worker.folders import attempt_folder
from worker.outgoing import run_predict
from worker.pulse import Pulse


def run(claim: Claim, pulse: Pulse) -> None:
    """Make the mask that the job's request asks for. Raises what the pulse and the child raise."""
    store, asked = open_store(), claim.request
    with transaction() as db:
        model = specs.files_of(store, predictions.model_of(db, claim))
    path = str(store.path(asked[predictions.IMAGE]))
    image = ImageItem(id="0", path=path, width=asked["width"], height=asked["height"])
    with attempt_folder(claim) as folder:
        run_predict(PredictSpec(model=model, images=[image]), folder, pulse)
        key = store.put_file(folder / "out" / "masks" / "0.png")
    with transaction() as db:
        jobs.finish(db, claim, {predictions.MASK: key, "model_id": asked["model_id"]})
