"""The export job: the model's part first, where labels are to be completed, then the archive."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core import exports, jobs, masks
from core.db import transaction
from core.exports import Exporter, Item, Order
from core.jobs import Claim
from core.store import open_store
from ml.spec import PredictSpec
from worker import fetching, specs
from worker.child import supervise
from worker.folders import attempt_folder
from worker.pulse import Pulse


def run(claim: Claim, pulse: Pulse) -> None:
    """Export what the job's request orders. Raises what the pulse and the child raise."""
    order, store = Order(**claim.request), open_store()
    with attempt_folder(claim) as folder:
        if order.model_id is not None:
            with transaction() as db:
                spec = specs.complete(db, store, claim.project_id, order)
            fetching.fetch(store, spec, pulse)
            run_predict(spec, folder, pulse)
        scratch = folder / "scratch"
        scratch.mkdir()
        exporter = Exporter(transaction, store, claim.project_id, order=order, scratch=scratch)
        archive = folder / "archive.zip"
        with archive.open("wb") as file:
            exporter.write(file, _beats(pulse, exporter.total), _completing(order, folder))
        result = {
            exports.ARCHIVE: store.put_file(archive),
            "format": order.format,
            "bytes": archive.stat().st_size,
            "images": exporter.images,
            "masks": exporter.masks,
            "completed": order.model_id is not None,
        }
    with transaction() as db:
        jobs.finish(db, claim, result)


def _beats(pulse: Pulse, total: int) -> Callable[[int], None]:
    return lambda count: pulse.beat({"phase": "writing", "step": count, "steps": total})


def run_predict(spec: PredictSpec, folder: Path, pulse: Pulse) -> None:
    """Run the stage in `folder`; its masks are below out/masks."""
    (folder / "out").mkdir()
    (folder / "spec.json").write_text(spec.model_dump_json())
    supervise(folder, pulse, lambda _: None)


def _completing(order: Order, folder: Path) -> Callable[[Item], Item]:
    """Only the pool is completed: val and test are for measuring, with truth alone."""
    if order.model_id is None:
        return lambda item: item

    def complete(item: Item) -> Item:
        if item.split != "pool":
            return item
        png = (folder / "out" / "masks" / f"{item.id}.png").read_bytes()
        return replace(item, predicted=masks.stored(png))

    return complete
