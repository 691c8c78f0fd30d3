"""What an annotator's client can do with a region, against a whole local stack."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tessera.client import Client, Conflict, LeaseSuperseded, NotFound
from tessera.dataset import read_classes
from tessera.oracle import Oracle, Truth
from tessera.oracle.truth import NoTruth

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def client(stack):
    with Client(stack.url, stack.token) as client:
        yield client


def opened(client, data, name, regions):
    """A project with an open cold-start cycle."""
    made = client.create_project(name, cell_px=16, classes=read_classes(data), recipe="s4al-cpu")
    client.wait_for_job(client.import_folder(made.id, data, pool_masks=False).id)
    client.wait_for_cycle(client.start_cycle(made.id, regions=regions).id)
    return made


@pytest.fixture(scope="module")
def project(stack, data):
    """Regions enough for all tests: each works on those that it is given."""
    with Client(stack.url, stack.token) as client:
        return opened(client, data, "annotated", regions=80)


def size_of(png: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(png)).size


def test_a_region_is_seen_with_what_lies_around_it(client, project):
    lease = client.lease(project.id).items[0]
    assert size_of(client.region_image(lease.region_id)) == (lease.box.width, lease.box.height)
    assert max(size_of(client.region_context(lease.region_id, margin_px=4))) > 16
    with pytest.raises(NotFound):  # a cold start has no model
        client.region_suggestion(lease.region_id)


def test_an_array_is_stored_pixel_by_pixel(client, project):
    lease = client.lease(project.id).items[0]
    mask = np.arange(lease.box.height * lease.box.width, dtype=np.uint8) % 3
    mask = mask.reshape(lease.box.height, lease.box.width)
    label = client.put_label(lease, mask, active_ms=1500, clicks=3)
    assert (label.active_ms, label.pixels.labelled) == (1500, mask.size)
    stored = np.asarray(Image.open(BytesIO(client.region_label(lease.region_id))))
    assert (stored == mask).all()


def test_void_is_one_value_too(client, project):
    lease = client.lease(project.id).items[0]
    assert client.put_label(lease, 255).pixels.void == lease.box.height * lease.box.width


def test_a_released_region_comes_back(client, project):
    lease = client.lease(project.id, session="a").items[0]
    client.release(lease)
    assert client.lease(project.id, session="b").items[0].region_id == lease.region_id


def test_a_renewed_lease_ends_later(client, project):
    lease = client.lease(project.id).items[0]
    assert client.renew(lease).expires_at > lease.expires_at


def test_a_superseded_label_is_kept_as_a_draft(client, project):
    late = client.lease(project.id, session="a").items[0]
    client.release(late)
    client.put_label(client.lease(project.id, session="b").items[0], 0)
    with pytest.raises(LeaseSuperseded) as caught:
        client.put_label(late, 1)
    assert caught.value.draft_id is not None


def test_a_skipped_region_goes_to_the_end(client, project):
    first = client.lease(project.id).items[0]
    client.skip(first, "too dark")
    assert client.lease(project.id).items[0].region_id != first.region_id
    assert client.region(first.region_id).state == "open"


def test_the_last_label_can_be_mended(client, project):
    lease = client.lease(project.id).items[0]
    first = client.put_label(lease, 0)
    again = client.put_label(client.reopen(lease.region_id), 1)
    assert again.revision == first.revision + 1


def test_what_lies_around_and_within_a_region_is_had_as_bytes(client, project):
    lease = client.lease(project.id).items[0]
    pixels = lease.box.width * lease.box.height
    ids = np.frombuffer(client.region_superpixels(lease.region_id, size_px=4), "<u2")
    assert (ids.size, len(set(ids))) == (pixels, ids.max() + 1)
    around = client.region_neighbours(lease.region_id, margin_px=0, form="raw")
    assert around == bytes([254]) * pixels


def test_origins_and_a_note_come_back(client, project):
    lease = client.lease(project.id).items[0]
    mask = np.zeros((lease.box.height, lease.box.width), np.uint8)
    noted = client.put_note(lease, "road or kerb?", flagged=True)
    assert (noted.note, noted.flagged) == ("road or kerb?", True)
    label = client.put_label(lease, mask, origins=np.full_like(mask, 3))
    assert (label.origins.drawn, label.origins.none) == (mask.size, 0)
    assert client.region_label(lease.region_id, band="origins", form="raw") == b"\3" * mask.size


def test_progress_and_ones_own_labels_tell_of_the_work(client, data):
    project = opened(client, data, "told", regions=2)
    assert client.progress(project.id).mine.seconds_per_region is None
    lease = client.lease(project.id).items[0]
    label = client.put_label(lease, 0, active_ms=4000)
    found = client.progress(project.id)
    assert (found.cycle.regions.labelled, found.mine.seconds_per_region) == (1, 4.0)
    [row] = client.labels(project.id, mine=True)
    assert (row.id, row.region_id, row.changeable) == (label.id, lease.region_id, True)


def test_several_leases_are_renewed_at_once(client, project):
    held = client.lease(project.id, count=2, session="tab").items
    client.release(held[0])
    states = [each.state for each in client.renew_all(project.id, held, session="tab")]
    assert states == ["superseded", "renewed"]


def test_one_session_holds_what_it_asked_for(client, project):
    first = client.lease(project.id, count=2, session="a").items
    again = client.lease(project.id, count=3, session="a").items
    assert [lease.id for lease in again[:2]] == [lease.id for lease in first]
    assert len(again) == 3


def test_a_second_cycle_waits_for_the_first(client, project):
    with pytest.raises(Conflict) as caught:
        client.start_cycle(project.id, regions=1)
    assert caught.value.code == "cycle_open"
    assert "cycle" in caught.value.extras


def test_an_oracle_skips_what_it_has_no_mask_of(client, data, tmp_path):
    some = opened(client, data, "half-known", 16)
    masks = sorted((data / "pool" / "masks").glob("*.png"))
    for mask in masks[::2]:
        (tmp_path / mask.name).symlink_to(mask)
    done = Oracle(client, some.id, Truth(tmp_path)).run()
    assert done.labelled > 0
    assert done.skipped > 0
    assert client.lease(some.id).items == []


def test_an_oracle_with_masks_of_other_images_skips_nothing(client, project, data, tmp_path):
    (tmp_path / "other.png").symlink_to(next((data / "pool" / "masks").glob("*.png")))
    with pytest.raises(NoTruth, match=r"expected .*png in"):
        Oracle(client, project.id, Truth(tmp_path), session="stranger").run()
