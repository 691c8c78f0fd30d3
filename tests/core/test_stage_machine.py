"""Workers, admins, reconcilers and the clock do anything in any order; cycles and their stages do
what their model does."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from core import cycles, jobs, reconcile, shards, stages
from core.db import engine, transaction
from core.errors import CycleOpen, CycleState, Fenced
from core.integrity import loop, rows
from core.models import Cycle, Image, Job, User
from core.plans import Plan
from core.store import open_store
from ml.strategy import Strategy
from tests import factories
from tests.core.clock import Clock
from tests.core.machines import bounds
from tests.core.stage_model import LEASE_S, MAX_ATTEMPTS, SHARDS, Claim, Project
from tests.factories import act, act_on

pytestmark = pytest.mark.slow

PICK = st.integers(0, 10**6)


class Turning(RuleBasedStateMachine):
    """One project; `cycles` and `jobs` are the database's, in the order of the model's."""

    clock: Clock
    owner: User

    def __init__(self) -> None:
        super().__init__()
        self.project = factories.project(self.owner)
        factories.image(self.project, mask=factories.whole_mask(value=1))
        factories.image(self.project, split="val", mask=factories.whole_mask(value=1))
        self.pool: Image = factories.image(self.project, size=(40, 400))
        # With the one that is labelled, as many as make SHARDS shards.
        factories.more_images(self.pool, 2 * shards.BLOCK)
        self.model = Project()
        self.claims: dict[Claim, jobs.Claim] = {}
        self.taken = 0

    @rule(seconds=st.sampled_from((1, 2, 5, LEASE_S - 1, LEASE_S)))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds)
        self.model.now += seconds

    @rule(budget=st.sampled_from((0, 2, 2)), random=st.booleans())
    def start(self, budget: int, random: bool) -> None:
        strategy = Strategy(acquisition="random") if random else Strategy()
        plan = Plan(regions=budget, strategy=strategy, seed=1)
        if self.model.start(budget, random=random):
            factories.cycle(self.project, self.owner, plan)
        else:
            with pytest.raises(CycleOpen):
                factories.cycle(self.project, self.owner, plan)

    @precondition(lambda self: self.model.jobs)
    @rule(back=st.integers(0, SHARDS - 1))
    def claim(self, back: int) -> None:
        self._claim(max(0, len(self.model.jobs) - 1 - back))

    @precondition(lambda self: self.model.open and self.model.open.state != "scoring")
    @rule()
    def a_worker_is_quick(self) -> None:
        """Or else few steps would come as far as scores."""
        waiting = [n for n, job in enumerate(self.model.jobs) if job.state == "pending"]
        if waiting and self._claim(waiting[-1]):
            self.finish(0)

    def _claim(self, number: int) -> bool:
        expected = self.model.claim(number)
        found = act(jobs.claim, self._jobs()[number].id, worker="tests:1")
        assert (found and (number, found.epoch)) == expected
        if expected and found:
            last = self.model.jobs[number].attempt == MAX_ATTEMPTS
            assert (found.attempt, found.last_attempt) == (self.model.jobs[number].attempt, last)
            self.claims[expected] = found
        return expected is not None

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def heartbeat(self, pick: int) -> None:
        claim = self._one(pick)
        expected = self.model.heartbeat(claim)
        if expected is None:
            with pytest.raises(Fenced):
                act(jobs.heartbeat, self.claims[claim])
        else:
            assert act(jobs.heartbeat, self.claims[claim]) is expected

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def finish(self, pick: int) -> None:
        claim = self._one(pick)
        held = self.claims[claim]
        self._fenced_unless(self.model.finish(claim), lambda: self._finish(held))

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def fail(self, pick: int) -> None:
        claim = self._one(pick)
        asked: dict[str, Any] = {"error_class": "bad_spec", "text": "no such thing"}
        self._fenced_unless(
            self.model.fail(claim), lambda: act(stages.failed, self.claims[claim], **asked)
        )

    @precondition(lambda self: self.claims)
    @rule(pick=PICK, burn=st.booleans())
    def put_back(self, pick: int, burn: bool) -> None:
        claim = self._one(pick)
        self._fenced_unless(
            self.model.put_back(claim, burn=burn),
            lambda: act(jobs.put_back, self.claims[claim], burn=burn),
        )

    @precondition(lambda self: self.claims)
    @rule(pick=PICK)
    def stop_on_request(self, pick: int) -> None:
        claim = self._one(pick)
        job = self.model.jobs[claim[0]]
        if job.cancel:
            self._fenced_unless(
                self.model.stopped(claim), lambda: act(jobs.mark_cancelled, self.claims[claim])
            )

    @rule()
    def reconcile(self) -> None:
        self.model.reconcile()
        reconcile.reconcile()

    @precondition(lambda self: self.model.cycles)
    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        if pick % 3 == 0:
            self._admin(pick, self.model.cancel, cycles.cancel)

    @precondition(lambda self: self.model.cycles)
    @rule(pick=PICK)
    def close(self, pick: int) -> None:
        self._admin(pick, self.model.close, cycles.close)

    @precondition(lambda self: self.model.cycles)
    @rule(pick=PICK)
    def retry(self, pick: int) -> None:
        self._admin(pick, self.model.retry, cycles.retry)

    @invariant()
    def everything_is_as_in_the_model(self) -> None:
        assert [each.state for each in self._cycles()] == [c.state for c in self.model.cycles]
        told = [(j.kind, j.state, j.epoch, j.attempt, j.cancel) for j in self.model.jobs]
        assert told == [
            (j.kind, j.state, j.epoch, j.attempt, j.cancel_requested_at is not None)
            for j in self._jobs()
        ]

    def teardown(self) -> None:
        """What `tessera verify` asks of rows."""
        with engine().connect() as connection:
            found = rows.broken(connection, (*rows.ROWS, *loop.CHECKS))
            # Nobody reconciles unless a step says so.
            assert [each for each in found if each.kind != "job.overrun"] == []

    def _one(self, pick: int) -> Claim:
        """A claim, the newest ones more often."""
        known = list(self.claims)
        return known[-1 - pick % min(SHARDS, len(known))]

    def _fenced_unless(self, allowed: bool, write: Callable[[], object]) -> None:
        if allowed:
            write()
        else:
            with pytest.raises(Fenced):
                write()

    def _admin(self, pick: int, modelled: Callable[[int], bool], action: Any) -> None:
        number = pick % len(self.model.cycles)
        cycle = self._cycles()[number]
        if modelled(number):
            act_on(action, cycle, by=self.owner)
        else:
            with pytest.raises((CycleState, CycleOpen)):
                act_on(action, cycle, by=self.owner)

    def _finish(self, held: jobs.Claim) -> None:
        store = open_store()
        with transaction() as db:
            cycle = stages.cycle_of(db, held)
        if held.kind == "train":
            keys = store.put(f"weights {cycle.id}".encode()), store.put(b"{}")
            act(stages.trained, held, stages.TrainedModel(*keys, {}))
        elif held.kind == "evaluate":
            counts = [[2, 1, 0], [0, 3, 0], [0, 0, 0]]
            split = stages.SplitResult("val", 1, counts, [2 / 3, 0.75, None], factories.MIOU)
            act(stages.evaluated, held, [split])
        elif held.kind == "score":
            act(stages.scored, held, scores_key=store.put(b"s"), cells_key=store.put(b"c"))
        else:
            chosen = factories.cells(cycle, self.pool, 2, first=self.taken)
            self.taken += 2
            act(stages.selected, held, chosen, [])

    def _cycles(self) -> list[Cycle]:
        with transaction() as db:
            mine = select(Cycle).where(Cycle.project_id == self.project.id)
            return list(db.scalars(mine.order_by(Cycle.id)))

    def _jobs(self) -> list[Job]:
        with transaction() as db:
            mine = select(Job).where(Job.project_id == self.project.id)
            return list(db.scalars(mine.order_by(Job.id)))


def test_cycles_and_stages_do_what_their_model_does(clock: Clock, clocked_ada: User):
    Turning.clock, Turning.owner = clock, clocked_ada
    run_state_machine_as_test(Turning, settings=bounds(examples=5, steps=20))
