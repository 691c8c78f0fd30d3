"""The commands against a whole local stack: import, a cold-start cycle, oracles that err."""

import json
import shutil
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from tessera.cli import app
from tessera.client import Client
from tessera.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def tessera(stack: Stack):
    runner = CliRunner(env={"TESSERA_URL": stack.url, "TESSERA_TOKEN": stack.token})
    return lambda *words: runner.invoke(app, [*map(str, words)])


@pytest.fixture
def street(tessera, data, request):
    """A project of its own for each test, by name, with the data imported."""
    name = request.node.name[-40:]
    tessera("projects", "create", name, "--classes", data, "--cell", "16", "--recipe", "s4al-cpu")
    done = tessera("import", data, "-p", name, "--no-pool-masks")
    assert "added 6 images" in done.stdout, done.output
    return name


def test_a_dry_run_imports_nothing(tessera, data):
    tessera("projects", "create", "dry", "--classes", data, "--cell", "16")
    done = tessera("import", data, "-p", "dry", "--dry-run")
    assert "would add 6 images" in done.stdout
    project = json.loads(tessera("projects", "show", "dry", "--json").stdout)["project"]
    assert project["images"] == {"pool": 0, "val": 0, "test": 0}


def test_a_broken_folder_is_reported_file_by_file(tessera, data):
    images = data / "odd" / "images"
    images.mkdir(parents=True)
    (images / "broken.png").write_bytes(b"not an image")
    tessera("projects", "create", "odd", "--classes", data, "--cell", "16")
    for options in ((), ("--dry-run",)):
        done = tessera("import", images.parent, "-p", "odd", *options)
        assert done.exit_code == 1
        assert "broken.png" in done.stdout
        assert "image_undecodable" in done.stdout


def test_an_archive_of_ones_own_is_sent_and_imported(tessera, stack, data, tmp_path):
    path = shutil.make_archive(str(tmp_path / "streets"), "gztar", data)
    tessera("projects", "create", "sent", "--classes", data, "--cell", "16")
    with Client(stack.url, stack.token) as client:
        project = next(each for each in client.projects() if each.name == "sent")
        begun = client.upload(project.id, path)
        [again] = client.uploads(project.id)
    assert (again.id, again.received_bytes) == (begun.id, Path(path).stat().st_size)
    done = tessera("import", path, "-p", "sent", "--no-pool-masks")
    assert "added 6 images" in done.stdout, done.output
    with Client(stack.url, stack.token) as client:
        assert list(client.uploads(project.id)) == []


def test_an_archive_that_cannot_be_opened_is_told_with_its_reason(tessera, data, tmp_path):
    tessera("projects", "create", "torn", "--classes", data, "--cell", "16")
    whole = Path(shutil.make_archive(str(tmp_path / "streets"), "zip", data)).read_bytes()
    (tmp_path / "torn.zip").write_bytes(whole[: len(whole) // 2])
    done = tessera("import", tmp_path / "torn.zip", "-p", "torn")
    assert (done.exit_code, "import failed: " in done.stdout) == (1, True), done.output


def test_a_cycle_is_labelled_by_oracles_as_the_truth_says(tessera, stack, data, street, tmp_path):
    started = tessera("cycles", "start", "-p", street, "--budget", "6", "--watch", "--json")
    cycle = json.loads(started.stdout)
    assert cycle["state"] == "labelling"
    done = tessera("oracle", "-p", street, "--truth", data, "--annotators", "2", "--json")
    assert json.loads(done.stdout)["labelled"] == 6
    with Client(stack.url, stack.token) as client:
        assert client.cycle(cycle["id"]).state == "closed"
        for region in client.regions(cycle["id"]):
            assert (label_of(client, region) == truth_of(client, region, data)).all()
    exported(tessera, street, tmp_path / "streets.zip")


def test_a_dry_run_shows_what_a_cycle_would_ask_for_and_starts_none(tessera, street):
    asked = ("cycles", "start", "-p", street, "--budget", "6", "--set", "class_share=0.5")
    shown = tessera(*asked, "--dry-run")
    assert shown.exit_code == 0, shown.output
    assert "would ask 6 regions of 4 images" in shown.stdout
    assert "nothing is labelled yet: regions are spread at random" in shown.stdout
    preview = json.loads(tessera(*asked, "--dry-run", "--json").stdout)
    assert (preview["regions"]["total"], preview["cold_start"]) == (6, True)
    assert json.loads(tessera("cycles", "list", "-p", street, "--json").stdout) == []


def test_a_careless_oracle_is_wrong_in_every_region(tessera, data, street):
    tessera("cycles", "start", "-p", street, "--budget", "5", "--watch")
    done = tessera("oracle", "-p", street, "--truth", data, "--error-rate", "1", "--json")
    assert json.loads(done.stdout)["careless"] == 5


def test_a_cycle_that_is_closed_early_withdraws_the_rest(tessera, street):
    started = tessera("cycles", "start", "-p", street, "--budget", "3", "--watch", "--json")
    cycle = json.loads(started.stdout)["id"]
    assert json.loads(tessera("cycles", "close", cycle, "--json").stdout)["state"] == "closed"
    assert tessera("cycles", "cancel", cycle).exit_code == 1
    assert "closed" in tessera("cycles", "list", "-p", street).stdout


def exported(tessera, street, path):
    """The labels as an archive, which another project imports."""
    done = json.loads(tessera("export", "-p", street, "-f", "coco", "-o", path, "--json").stdout)
    assert (done["images"], done["bytes"]) == (6, path.stat().st_size)
    # Regions are drawn into masks, and images that have a mask are all that this project gets.
    shown = tessera("import", path, "-p", street, "--dry-run", "--json").stdout
    report = json.loads(shown)["result"]
    assert (report["layout"], report["problems"], report["added"]) == ("coco", 0, 0)
    assert report["masks"] == done["masks"]


def label_of(client, region):
    return np.asarray(Image.open(BytesIO(client.region_label(region.id))))


def truth_of(client, region, data):
    name = client.image(region.image_id).name
    mask = np.asarray(Image.open(data / "pool" / "masks" / f"{name}.png"))
    box = region.box
    return mask[box.top : box.top + box.height, box.left : box.left + box.width]
