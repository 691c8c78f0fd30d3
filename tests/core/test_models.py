"""What the tables themselves refuse, whatever the code does."""

import pytest
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from core.db import engine
from core.models import Base, Cycle, Image, Member, Project, User
from core.models.jobs import ENDED, KINDS, STAGES, STATES
from core.plans import Plan
from tests import factories
from tests.factories import sql


@pytest.fixture
def cycle(project: Project, ada: User) -> Cycle:
    factories.image(project)
    return factories.cycle(project, ada, Plan(regions=1))


def test_stages_are_kinds_and_ends_are_states():
    assert set(STAGES) < set(KINDS)
    assert set(ENDED) < set(STATES)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE cycles SET state = 'x'", "ck_cycles_state"),
        ("UPDATE jobs SET kind = 'x'", "ck_jobs_kind"),
        ("UPDATE images SET split = 'x'", "ck_images_split"),
        ("UPDATE members SET role = 'x'", "ck_members_role"),
        ("UPDATE jobs SET attempt = epoch + 1", "ck_jobs_attempt"),
        ("UPDATE projects SET cell_px = 3", "ck_projects_cell_px"),
        ("UPDATE classes SET value = 254 WHERE value = 0", "ck_classes_value"),
    ],
)
def test_a_value_outside_the_list_is_refused(cycle: Cycle, statement: str, constraint: str):
    assert cycle.id
    with pytest.raises(DBAPIError, match=constraint):
        sql(statement)


@pytest.mark.parametrize("table", ["projects", "users", "cycles", "images", "regions", "leases"])
def test_what_others_refer_to_cannot_be_deleted(project: Project, ada: User, table: str):
    factories.labelling(project, ada)
    factories.submit(factories.lease(project, ada)[0])
    with pytest.raises(DBAPIError, match="foreign key"):
        sql(f"DELETE FROM {table}")


def test_a_project_has_one_open_cycle(cycle: Cycle, project: Project, ada: User):
    sql("UPDATE cycles SET state = 'closed' WHERE id = :id", id=cycle.id)
    factories.cycle(project, ada, Plan(regions=1))
    with pytest.raises(DBAPIError, match="uq_cycles_open"):
        sql("UPDATE cycles SET state = 'labelling' WHERE id = :id", id=cycle.id)


def test_pixels_are_in_a_project_once(project: Project):
    first, second = factories.image(project), factories.image(project)
    with pytest.raises(DBAPIError, match="uq_images_project_id_sha256"):
        sql("UPDATE images SET sha256 = :s WHERE id = :id", s=first.sha256, id=second.id)


@pytest.mark.usefixtures("service")
def test_every_time_is_kept_with_its_zone():
    found = inspect(engine())
    naive = [
        f"{table}.{column['name']}"
        for table in Base.metadata.tables
        for column in found.get_columns(table)
        if getattr(column["type"], "timezone", True) is False
    ]
    assert naive == []


def test_rows_know_no_hidden_queries():
    mapped = [mapper.class_ for mapper in Base.registry.mappers]
    assert {Image, Member} <= set(mapped)
    assert all(not inspect(each).relationships for each in mapped)
