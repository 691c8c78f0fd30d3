"""What an annotator's client can do with a region, against a whole local stack."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tessera.client import Client, Conflict, LeaseSuperseded, NotFound
from tessera.dataset import read_classes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def client(stack):
    with Client(stack.url, stack.token) as client:
        yield client


@pytest.fixture
def project(client, data, request):
    """A project with an open cold-start cycle of four regions."""
    name = request.node.name[-60:]
    made = client.create_project(name, cell_px=16, classes=read_classes(data), recipe="s4al-cpu")
    client.wait_for_job(client.import_folder(made.id, data, pool_masks=False).id)
    cycle = client.start_cycle(made.id, regions=4)
    client.wait_for_cycle(cycle.id)
    return made


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
    client.put_label(lease, 0)
    assert client.put_label(client.reopen(lease.region_id), 1).revision == 2


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
