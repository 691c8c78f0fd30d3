"""Annotators do anything in any order at any time; the queue does what its model does."""

from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from core import cycles, labels, masks, regions
from core.db import engine, transaction
from core.errors import AlreadyLabelled, Conflict, LeaseSuperseded, NotFound
from core.integrity import loop, rows
from core.models import Cycle, Label, Lease, Project, Region, User
from core.settling import Effort
from core.store import content_key, open_store
from tests import factories
from tests.core.clock import Clock
from tests.core.lease_model import TTL_S, Queue, Session
from tests.core.machines import bounds
from tests.factories import act, act_on, on_lease

pytestmark = pytest.mark.slow

REGIONS = 4
WHO = st.tuples(st.sampled_from(("ada", "bob")), st.sampled_from(("one", "two")))
VALUES = st.integers(0, 2)
PICK = st.integers(0, 10**6)
KEYS = [
    content_key(
        masks.to_png(factories.whole_mask(factories.CELL_PX, factories.CELL_PX, value=each))
    )
    for each in range(3)
]


class Annotating(RuleBasedStateMachine):
    """One cycle of four regions; `leases` are the database's, in the order of the model's."""

    clock: Clock
    people: dict[str, User]

    def __init__(self) -> None:
        super().__init__()
        owner = self.people["ada"]
        self.project: Project = factories.project(owner)
        self.cycle: Cycle = factories.labelling(self.project, owner, number=REGIONS)
        with transaction() as db:
            mine = select(Region.id).where(Region.cycle_id == self.cycle.id).order_by(Region.rank)
            self.ids = list(db.scalars(mine))
            self.began = db.scalars(select(func.now())).one()
        self.model = Queue(REGIONS)
        self.leases: list[UUID] = []

    @rule(seconds=st.sampled_from((1, TTL_S - 1, TTL_S, TTL_S + 1)))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds)
        self.model.now += seconds

    @rule(who=WHO, count=st.integers(1, 3))
    def take(self, who: Session, count: int) -> None:
        asked = {"user": self.people[who[0]], "session": who[1], "count": count}
        held, _ = act(regions.lease, project_id=self.project.id, **asked)
        expected = self.model.take(who, count)
        self._learn()
        assert [each.lease.id for each in held] == [self.leases[each] for each in expected]

    @precondition(lambda self: self.leases)
    @rule(pick=PICK)
    def renew(self, pick: int) -> None:
        lease = pick % len(self.leases)
        if self.model.renew(lease):
            self._on(lease, regions.renew)
        else:
            with pytest.raises(LeaseSuperseded):
                self._on(lease, regions.renew)

    @precondition(lambda self: self.leases)
    @rule(who=WHO)
    def renew_all(self, who: Session) -> None:
        mine = [n for n, each in enumerate(self.model.leases) if each.holder == who]
        epochs = {self.leases[n]: self.model.leases[n].epoch for n in mine}
        asked = {"user": self.people[who[0]], "session": who[1], "epochs": epochs}
        renewed = act(regions.renew_all, project_id=self.project.id, **asked)
        assert set(renewed) == {self.leases[n] for n in mine if self.model.renew(n)}

    @precondition(lambda self: self.leases)
    @rule(pick=PICK)
    def release(self, pick: int) -> None:
        lease = pick % len(self.leases)
        self.model.release(lease)
        self._on(lease, regions.release)

    @precondition(lambda self: self.leases)
    @rule(pick=PICK)
    def skip(self, pick: int) -> None:
        lease = pick % len(self.leases)
        if self.model.skip(lease, "blurred"):
            self._on(lease, regions.skip, reason="blurred")
        else:
            with pytest.raises(LeaseSuperseded):
                self._on(lease, regions.skip, reason="blurred")

    @precondition(lambda self: self.leases)
    @rule(pick=PICK, value=VALUES)
    def submit(self, pick: int, value: int) -> None:
        lease = pick % len(self.leases)
        expected = self.model.submit(lease, value)
        if expected == "refused":
            with pytest.raises(AlreadyLabelled):
                self._submit(lease, value)
        else:
            status = self._submit(lease, value).status
            assert expected in ("same", status)

    @rule(rank=st.integers(0, REGIONS - 1), who=WHO)
    def reopen(self, rank: int, who: Session) -> None:
        asked = {"user": self.people[who[0]], "session": who[1]}
        if self.model.reopen(rank, who) is None:
            with pytest.raises((NotFound, Conflict)):
                act(regions.reopen, self.ids[rank], **asked)
        else:
            act(regions.reopen, self.ids[rank], **asked)
            self._learn()

    @precondition(lambda self: self.model.cycle == "labelling")
    @rule(how=st.sampled_from(("closed", "cancelled")), really=st.integers(0, 5))
    def end_the_cycle(self, how: str, really: int) -> None:
        if really == 0:
            self.model.end_cycle(how)
            end = cycles.close if how == "closed" else cycles.cancel
            act_on(end, self.cycle, by=self.people["ada"])

    @invariant()
    def regions_are_as_in_the_model(self) -> None:
        with transaction() as db:
            found = select(Region).where(Region.cycle_id == self.cycle.id).order_by(Region.rank)
            seen = [self._told(each) for each in db.scalars(found)]
            state = cycles.state_of(db, self.cycle.id)
        told = [
            (r.state, r.priority, r.epoch, r.lease, r.until if r.lease is not None else None)
            for r in self.model.regions
        ]
        assert seen == told
        assert state == self.model.cycle

    @invariant()
    def leases_and_labels_are_as_in_the_model(self) -> None:
        with transaction() as db:
            of_project = select(Lease).where(Lease.project_id == self.project.id)
            outcomes = {each.id: each.outcome for each in db.scalars(of_project)}
            made = select(Label).where(Label.project_id == self.project.id)
            kept = [
                (self.ids.index(each.region_id), each.lease_id, each.status, each.mask_key)
                for each in db.scalars(made.order_by(Label.region_id, Label.revision))
            ]
        assert [outcomes[each] for each in self.leases] == [m.outcome for m in self.model.leases]
        assert len(outcomes) == len(self.leases)
        assert kept == [
            (region.rank, self.leases[label.lease], label.status, KEYS[label.value])
            for region in self.model.regions
            for label in region.labels
        ]

    def teardown(self) -> None:
        """What `tessera verify` asks of rows."""
        with engine().connect() as connection:
            assert list(rows.broken(connection, (*rows.ROWS, *loop.CHECKS))) == []

    def _told(self, region: Region) -> tuple[object, ...]:
        until = region.lease_until and (region.lease_until - self.began).total_seconds()
        lease = None if region.lease_id is None else self.leases.index(region.lease_id)
        return region.state, region.priority, region.epoch, lease, until

    def _learn(self) -> None:
        """Note the leases that were given, in the order of the model's."""
        with transaction() as db:
            found = db.execute(select(Lease.region_id, Lease.epoch, Lease.id))
            ids = {(region, epoch): lease for region, epoch, lease in found}
        for each in self.model.leases[len(self.leases) :]:
            self.leases.append(ids[self.ids[each.region], each.epoch])

    def _on(self, lease: int, action: object, **values: object) -> None:
        with transaction() as db:
            held = db.get_one(Lease, self.leases[lease])
        on_lease(action, held, **values)  # type: ignore[arg-type]

    def _submit(self, lease: int, value: int) -> Label:
        with transaction() as db:
            held = db.get_one(Lease, self.leases[lease])
            region = db.get_one(Region, held.region_id)
            mask = factories.plain(region, value)
            asked = {"region_id": region.id, "mask": mask, "effort": Effort()}
            return labels.submit(db, open_store(), held, **asked)


def test_the_queue_does_what_its_model_does(clock: Clock, clocked_ada: User):
    Annotating.clock = clock
    Annotating.people = {"ada": clocked_ada, "bob": factories.user()}
    run_state_machine_as_test(Annotating, settings=bounds(examples=6, steps=20))
