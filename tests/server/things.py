"""A thing of each kind that paths of the interface name."""

from typing import Any

from sqlalchemy import select

from core import cycles
from core.db import transaction
from core.models import Model
from core.store import open_store
from tests import factories
from tests.factories import sql
from tests.server.people import Team


def things_of(team: Team) -> dict[str, Any]:
    """What the paths' parameters stand for: things of the team's project and its site admin."""
    cycle = team.labelling()
    lease = team.site_admin.lease(team.project)
    about = {"name": "a.zip", "size_bytes": 1, "sha256": "0" * 64}
    upload = team.admin.post(f"{team.path}/uploads", about).json()
    told = team.admin.post(f"{team.path}/webhooks", {"url": "https://1.1.1.1/"}).json()
    sent = team.admin.post(f"/webhooks/{told['id']}/pings").json()
    tokens = team.site_admin.get(f"/users/{team.site_admin.user.id}/tokens").json()["items"]
    return {
        "project_id": team.project.id,
        "cycle_id": cycle.id,
        "lease_id": lease["id"],
        "region_id": lease["region_id"],
        "image_id": lease["image"]["id"],
        "model_id": model_of(team),
        "job_id": factories.act(lambda db: cycle_job(db, cycle.id)),
        "user_id": team.site_admin.user.id,
        "token_id": tokens[0]["id"],
        "upload_id": upload["id"],
        "review_id": review_of(team),
        "start": 0,
        "webhook_id": told["id"],
        "delivery_id": sent["id"],
    }


def model_of(team: Team) -> int:
    """A model of the cycle before the last, as rows have it."""
    sql(
        "INSERT INTO models (project_id, cycle_id, weights_key, card_key, card, manifest_digest, "
        "seed) SELECT project_id, id, :key, :key, '{}', manifest_digest, seed "
        "FROM cycles WHERE project_id = :project",
        project=team.project.id,
        key=open_store().put(b"weights"),
    )
    with transaction() as db:
        return db.scalars(select(Model.id).where(Model.project_id == team.project.id)).one()


def review_of(team: Team) -> int:
    """A review of a label of the site admin's."""
    lease = team.site_admin.post(f"{team.path}/leases", {"count": 2}).json()["items"][-1]
    team.site_admin.put_label(lease, 0)
    made = team.reviewer.post(f"/regions/{lease['region_id']}/reviews").json()
    number: int = made["id"]
    return number


def cycle_job(db: Any, cycle_id: int) -> int:
    return next(iter(cycles.stage_jobs(db, cycle_id))).id
