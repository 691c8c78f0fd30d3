"""A campaign simulated on files asks for the very regions that the service asks for."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml import simulate
from tessera.client import Client, Cycle, Project
from tessera.dataset import read_classes
from tests.ml.scenes import TINY, tiny_arguments

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SEED, CELL_PX, SHARE = 5, 16, 0.2
Asked = list[tuple[str, int, int]]


def asked_by_service(client: Client, project: Project, data: Path) -> list[Asked]:
    """The regions of a cold start, all labelled, and of the cycle after it, in their order."""
    client.wait_for_job(client.import_folder(project.id, data, pool_masks=False).id)
    found = []
    for turn in range(2):
        cycle = client.start_cycle(project.id, share=SHARE, seed=SEED + turn)
        client.wait_for_cycle(cycle.id)
        found.append(asked(client, project, cycle))
        label_all(client, project, data)
    return found


def asked(client: Client, project: Project, cycle: Cycle) -> Asked:
    names = {image.id: image.name for image in client.images(project.id)}
    regions = sorted(client.regions(cycle.id), key=lambda region: region.rank)
    return [(names[region.image_id], region.row, region.col) for region in regions]


def label_all(client: Client, project: Project, data: Path) -> None:
    while leases := client.lease(project.id, count=10).items:
        for lease in leases:
            mask = np.asarray(Image.open(data / f"pool/masks/{lease.image.name}.png"))
            top, left = lease.box.top, lease.box.left
            truth = mask[top : top + lease.box.height, left : left + lease.box.width]
            client.put_label(lease, np.ascontiguousarray(truth))


def asked_by_simulation(data: Path, out: Path) -> list[Asked]:
    start = [str(data), str(out), "--name", "same", "--cell", str(CELL_PX), *tiny_arguments()]
    budgets = ["--regions", str(SHARE), "--budgets", str(SHARE), "--seeds", str(SEED)]
    assert simulate.main([*start, *budgets]) == 0
    found = []
    for stage in ("start", "cycle-0"):
        report = json.loads((out / f"same-{SEED}/{stage}/select/out/selection.json").read_text())
        found.append([(each["image_id"], each["row"], each["col"]) for each in report["regions"]])
    return found


def test_service_and_simulation_ask_for_the_same_regions(stack, data, tmp_path):
    with Client(stack.url, stack.token) as client:
        project = client.create_project(
            "simulated", cell_px=CELL_PX, classes=read_classes(data), recipe="s4al-cpu",
            overrides=TINY,
        )  # fmt: skip
        cold, scored = asked_by_service(client, project, data)
    assert asked_by_simulation(data, tmp_path / "out") == [cold, scored]
    assert len(cold) == len(scored) > 4
    assert cold != scored
