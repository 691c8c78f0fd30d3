"""A cycle that cannot succeed says which stage failed, and why."""

import pytest
from typer.testing import CliRunner

from tessera.cli import app
from tessera.client import Client, CycleUnsuccessful
from tessera.dataset import read_classes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

NO_WEIGHTS = {"network": {"weights": "/nowhere/at/all"}}


def test_the_failed_stage_and_its_reason_are_named(stack, data):
    with Client(stack.url, stack.token) as client:
        classes = read_classes(data)
        made = client.create_project(
            "failing", cell_px=16, classes=classes, recipe="s4al-cpu", overrides=NO_WEIGHTS
        )
        client.wait_for_job(client.import_folder(made.id, data).id)
        cycle = client.start_cycle(made.id, regions=0)
        with pytest.raises(CycleUnsuccessful, match=r"cycle 0 is failed in its train stage: "):
            client.wait_for_cycle(cycle.id)
    runner = CliRunner(env={"TESSERA_URL": stack.url, "TESSERA_TOKEN": stack.token})
    watched = runner.invoke(app, ["cycles", "watch", str(cycle.id)])
    assert watched.exit_code == 1
    assert "/nowhere/at/all" in watched.stderr
    assert len(watched.stderr.splitlines()) == 1
