"""A campaign in order has no findings; each kind of damage has its own, and no other."""

import os
from collections.abc import Callable

import pytest

from core.db import transaction
from core.integrity.finding import Finding
from core.integrity.verify import findings
from core.models import Project, User
from core.store import FolderStore, Store
from tests import factories
from tests.core.integrity.campaign import Campaign
from tests.core.integrity.kept import kept_rows
from tests.factories import fresh, sql

pytestmark = pytest.mark.slow

Damage = Callable[["Campaign", FolderStore], None]


def found(store: Store) -> list[Finding]:
    return list(findings(store))


def test_a_campaign_in_order_has_no_findings(campaign: Campaign, store: Store):
    assert fresh(campaign.cold).state == "closed"
    assert fresh(campaign.warm).state == "labelling"
    assert found(store) == []


def test_looking_twice_leaves_nothing_behind(campaign: Campaign, store: Store):  # noqa: ARG001
    assert found(store) == found(store)


def keys_of(campaign: Campaign) -> dict[str, str]:
    region, model = fresh(campaign.region), campaign.model()
    digest = fresh(campaign.warm).manifest_digest
    with transaction() as db:
        image = db.get_one(factories.Image, region.image_id)
        jobs = {job.kind: job.result or {} for job in factories.cycles.stage_jobs(
            db, campaign.warm.id)}  # fmt: skip
    return {
        "images.key": image.key,
        "labels.mask_key": campaign.label.mask_key,
        "regions.suggestion_key": region.suggestion_key or "",
        "regions.confidence_key": region.confidence_key or "",
        "models.weights_key": model.weights_key,
        "models.card_key": model.card_key,
        "cycles.manifest_digest": f"sha256/{digest[:2]}/{digest[2:]}",
        "jobs.result": jobs["score"]["scores"],
    }


KINDS = (
    *("images.key", "labels.mask_key", "regions.suggestion_key", "regions.confidence_key"),
    *("models.weights_key", "models.card_key", "cycles.manifest_digest", "jobs.result"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_lost_is_found(campaign: Campaign, store: FolderStore, kind: str):
    path = store.path(keys_of(campaign)[kind])
    data = path.read_bytes()
    path.unlink()
    lost = found(store)
    path.write_bytes(data)
    assert kind in {each.kind for each in lost}
    assert {each.found for each in lost} == {"missing"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_flipped_bit_is_found(campaign: Campaign, store: FolderStore, kind: str):
    path = store.path(keys_of(campaign)[kind])
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    flipped = [each for each in found(store) if each.kind == kind]
    path.write_bytes(data)
    assert flipped
    assert all(each.found.startswith("the bytes of sha256/") for each in flipped)
    assert found(store) == []


# What is broken behind the back of the rules, the finding that tells, and how to mend it again.
WRONG: dict[str, str] = {
    "region.label": "UPDATE regions SET label_id = 999999 WHERE id = {region}",
    "region.state": "UPDATE regions SET state = 'open' WHERE id = {region}",
    "region.box": "UPDATE regions SET top = 999 WHERE id = {region}",
    "label.pixels": "UPDATE labels SET void_px = 7 WHERE id = {label}",
    "label.revisions": "UPDATE labels SET revision = 3 WHERE id = {label}",
    "region.epoch": "UPDATE regions SET epoch = epoch - 1 WHERE id = {region}",
    "lease.epochs": "UPDATE leases SET epoch = 5 WHERE id = '{lease}'",
    "lease.submitted": "UPDATE leases SET outcome = 'released' WHERE id = '{lease}'",
    "region.lease": "UPDATE regions SET lease_id = '{lease}' WHERE id = {region}",
    "regions.project": "UPDATE regions SET project_id = {other} WHERE id = {region}",
    "labels.project": "UPDATE labels SET project_id = {other} WHERE id = {label}",
    "leases.project": "UPDATE leases SET project_id = {other} WHERE id = '{lease}'",
    "metric.figures": "UPDATE metrics SET miou = miou + 1e-12 WHERE cycle_id = {cycle}",
    "cycle.stage": "UPDATE cycles SET state = 'scoring' WHERE id = {cycle}",
    "cycle.regions": "UPDATE cycles SET state = 'closed' WHERE id = {cycle}",
    "cycle.failed": "UPDATE cycles SET state = 'failed' WHERE id = {cycle}",
    "cycle.numbers": "UPDATE cycles SET number = 9 WHERE id = {cycle}",
    "cycle.order": "UPDATE jobs SET state = 'failed' WHERE kind = 'train' AND cycle_id = {cycle}",
    "cycle.over": "UPDATE jobs SET state = 'pending', finished_at = NULL"
    " WHERE kind = 'select' AND cycle_id = {cycle}",
    "cycle.manifest": "UPDATE cycles SET manifest_summary = manifest_summary ||"
    " '{{\"regions\": 99}}' WHERE id = {cycle}",
    "stage.selected": "UPDATE jobs SET result = '{{\"regions\": 99}}'"
    " WHERE kind = 'select' AND cycle_id = {cycle}",
    "stage.trained": "DELETE FROM jobs WHERE kind = 'train' AND cycle_id = {cycle}",
    "stage.evaluated": "DELETE FROM metrics WHERE cycle_id = {cycle}",
    "model.manifest": "UPDATE models SET manifest_digest = {digest} WHERE cycle_id = {cycle}",
    "job.overrun": "UPDATE jobs SET state = 'running', finished_at = NULL,"
    " lease_until = now() - interval '11 s' WHERE kind = 'select' AND cycle_id = {cycle}",
}


@pytest.mark.parametrize("kind", WRONG)
def test_rows_that_contradict_one_another_are_found(
    campaign: Campaign, store: Store, ada: User, kind: str
):
    names = {
        "region": campaign.region.id,
        "label": fresh(campaign.region).label_id,
        "lease": campaign.held.lease.id,
        "cycle": campaign.warm.id,
        "other": factories.project(ada).id,
        "digest": f"'{fresh(campaign.cold).manifest_digest}'",
    }
    with kept_rows():
        sql(WRONG[kind].format(**names))
        assert kind in {each.kind for each in found(store)}
    assert found(store) == []


def test_two_open_leases_and_overlapping_ones_are_found(store: Store, project: Project, ada: User):
    factories.labelling(project, ada, number=1)
    [first] = factories.lease(project, ada)
    factories.run_out(first.lease)
    [second] = factories.lease(project, ada, session="b")
    assert found(store) == []
    with kept_rows():
        sql("UPDATE leases SET outcome = NULL, ended_at = NULL WHERE id = :id", id=first.lease.id)
        both = {each.kind: each for each in found(store)}
    assert both["lease.open"].id == str(second.region.id)
    assert both["lease.overlap"].id == str(second.lease.id)


def test_a_mask_of_another_size_or_class_is_found(campaign: Campaign, store: FolderStore):
    for mask, kind in (
        (factories.whole_mask(5, 20, value=0), "label.size"),
        (factories.whole_mask(10, 10, value=77), "label.classes"),
        (factories.whole_mask(10, 10, value=255), "label.pixels"),
    ):
        key = store.put(factories.masks.to_png(mask))
        with kept_rows():
            sql("UPDATE labels SET mask_key = :key WHERE id = :id", key=key, id=campaign.label.id)
            assert kind in {each.kind for each in found(store)}


def test_a_checkpoint_that_is_gone_is_found_unless_it_was_replaced_meanwhile(
    campaign: Campaign, store: Store
):
    with kept_rows():
        sql(
            "UPDATE jobs SET checkpoint = :kept WHERE kind = 'select' AND cycle_id = :id",
            kept='{"step": 1, "key": "checkpoints/1/1/1", "files": ["state"]}',
            id=campaign.warm.id,
        )
        [gone] = found(store)
        assert (gone.kind, gone.found) == ("jobs.checkpoint", "missing")


def test_an_unreadable_file_is_no_reason_to_stop(campaign: Campaign, store: FolderStore):
    path = store.path(campaign.label.mask_key)
    data = path.read_bytes()
    path.unlink()
    path.mkdir()
    problems = found(store)
    path.rmdir()
    path.write_bytes(data)
    assert {"could not read" in each.found for each in problems} == {True}
    assert os.path.getsize(path) == len(data)
