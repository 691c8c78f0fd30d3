"""A score stage in shards: each is done once, and the last one, whoever it is, opens the next."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from core import cycles, jobs, reconcile, shards, stages, standing
from core.db import transaction
from core.errors import Fenced
from core.jobs import Claim
from core.models import Cycle, Image, Job, Project, User
from core.plans import Plan
from core.settings import Settings, settings
from core.store import open_store
from ml.strategy import Strategy
from tests import factories
from tests.core.test_lock_order import started
from tests.core.threads import at_once
from tests.environment import settings_of
from tests.factories import act, act_on, claim, fresh, sql
from tests.verified import verified

pytestmark = pytest.mark.slow

SIZE = shards.BLOCK


@pytest.fixture(scope="module")
def service(
    database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Shards as small as they can be."""
    urls = {"database_url": database_url, "redis_url": redis_url, "score_shard_images": SIZE}
    with settings_of(tmp_path_factory.mktemp("data"), **urls):
        yield settings()
        # What no test has left half done.
        verified()


def scoring(project: Project, by: User, number: int = 3, **strategy: str) -> Cycle:
    """A cycle whose score stage is in so many shards, the last one with an image alone."""
    factories.image(project, mask=factories.whole_mask(value=1))
    factories.more_images(factories.image(project), (number - 1) * SIZE - 1)
    plan = Plan(regions=2, strategy=Strategy.model_validate(strategy))
    cycle = factories.cycle(project, by, plan)
    factories.train(cycle)
    return cycle


@pytest.fixture
def cycle(project: Project, ada: User) -> Iterator[Cycle]:
    made = scoring(project, ada)
    yield made
    if fresh(made).state in ("scoring", "selecting"):
        act_on(cycles.cancel, made, by=ada)
    sql("UPDATE jobs SET lease_until = now() WHERE state = 'running'")
    reconcile.reconcile()


def of(cycle: Cycle, kind: str = "score") -> list[Job]:
    with transaction() as db:
        return [job for job in cycles.stage_jobs(db, cycle.id) if job.kind == kind]


def states(cycle: Cycle) -> list[str]:
    return [job.state for job in of(cycle)]


def keys(name: str) -> dict[str, str]:
    store = open_store()
    return {f"{kind}_key": store.put(f"{kind} {name}".encode()) for kind in ("scores", "cells")}


def score(held: Claim) -> None:
    act(stages.scored, held, **keys(str(held.job_id)))


@pytest.mark.parametrize(
    ("images", "wanted", "size"),
    [
        (5, 10_000, 10_000),
        (5, 1, SIZE),
        (10**6, 10_000, 10_000),
        (10**6, SIZE + 1, 3_920),
        (10**8, 10_000, 390_640),
    ],
)
def test_shards_are_whole_blocks_and_not_too_many(images: int, wanted: int, size: int):
    assert shards.size_for(images, wanted) == size
    assert size % shards.BLOCK == 0
    assert -(-images // size) <= shards.MOST


def test_blocks_are_places_in_the_pool():
    assert shards.blocks([0, 1, SIZE - 1, SIZE, 3 * SIZE]) == [3, 1, 1]
    assert shards.blocks([]) == []


def test_shards_cut_the_pool_by_ids_and_know_nothing_of_later_images(
    cycle: Cycle, project: Project
):
    asked = [job.request for job in of(cycle)]
    assert [each["images"] for each in asked] == [SIZE, SIZE, 1]
    assert [job.shard for job in of(cycle)] == [0, 1, 2]
    ids = pool(project)
    parts = [ids[:SIZE], ids[SIZE : 2 * SIZE], ids[2 * SIZE :]]
    ends = [(each["first"], each["last"]) for each in asked]
    assert ends == [(part[0], part[-1]) for part in parts]
    late = factories.image(project)
    assert act(shards.newest_image, cycle.id) == asked[-1]["last"] < late.id


def pool(project: Project) -> list[int]:
    with transaction() as db:
        found = select(Image.id).where(Image.project_id == project.id, Image.split == "pool")
        return list(db.scalars(found.order_by(Image.id)))


def test_shards_are_cut_and_come_by_id_however_the_table_is_read(project: Project):
    factories.more_images(factories.image(project), 9 * SIZE)
    ids = pool(project)
    sql("UPDATE images SET name = name || '-again' WHERE id = :id", id=ids[0])
    with transaction() as db:
        for each in ("indexscan", "indexonlyscan", "bitmapscan", "sort"):
            db.execute(text(f"SET LOCAL enable_{each} = off"))
        found = shards.ranges(db, project.id)
    assert [each.first for each in found] == ids[::SIZE]
    assert [each.images for each in found] == [SIZE] * 9 + [1]


@pytest.mark.parametrize(
    ("where", "size"), [("elsewhere", SIZE), ("val", SIZE), ("pool", 2 * SIZE)]
)
def test_only_a_large_pool_makes_large_shards(project: Project, ada: User, where: str, size: int):
    beside = factories.project(ada) if where == "elsewhere" else project
    like = factories.image(beside, split="val" if where == "val" else "pool")
    factories.more_images(like, shards.MOST * SIZE)
    factories.more_images(factories.image(project), SIZE)
    assert act(shards.ranges, project.id)[0].images == size


def test_an_image_is_scored_in_one_shard_or_in_the_one_piece_of_an_old_release(cycle: Cycle):
    first, second, third = of(cycle)
    for job in (first, second, third):
        score(claim(job))
    for at in (second.request["first"], second.request["last"]):
        [found] = act(shards.files_of, cycle.id, at)
        assert found.scores == keys(str(second.id))["scores_key"]
    sql("UPDATE jobs SET request = '{}' WHERE id = :id", id=first.id)
    found = act(shards.files_of, cycle.id, third.request["last"])
    assert [each.scores for each in found] == [
        keys(str(job.id))["scores_key"] for job in (first, third)
    ]


def test_a_small_pool_is_scored_by_one_job(project: Project, ada: User):
    cycle = scoring(project, ada, number=1)
    assert [job.request["of"] for job in of(cycle)] == [1]
    act_on(cycles.cancel, cycle, by=ada)


def test_the_last_shard_opens_the_next_stage_in_whatever_order(cycle: Cycle):
    first, second, third = (claim(job) for job in of(cycle))
    for held in (third, first):
        score(held)
        assert (fresh(cycle).state, of(cycle, "select")) == ("scoring", [])
    score(second)
    assert (fresh(cycle).state, len(of(cycle, "select"))) == ("selecting", 1)
    files = act(shards.files_of, cycle.id)
    assert [each.scores for each in files] == [keys(str(job.id))["scores_key"] for job in of(cycle)]


@pytest.mark.parametrize("_", range(3))
def test_of_workers_that_finish_at_once_one_opens_the_next_stage(cycle: Cycle, _: int):
    held = [claim(job) for job in of(cycle)]
    at_once(*(lambda each=each: score(each) for each in held))
    assert (fresh(cycle).state, len(of(cycle, "select"))) == ("selecting", 1)


def test_a_worker_that_finishes_while_another_does_waits_and_sees_it(cycle: Cycle):
    score(claim(of(cycle)[0]))
    first, second = (claim(job) for job in of(cycle)[1:])
    with transaction() as db:
        stages.scored(db, first, **keys("first"))
        other = started(lambda: score(second))
        assert other.is_alive()
    other.join()
    assert (fresh(cycle).state, len(of(cycle, "select"))) == ("selecting", 1)


def test_a_result_told_twice_counts_once(cycle: Cycle):
    first, *_ = (claim(job) for job in of(cycle))
    score(first)
    with pytest.raises(Fenced):
        score(first)
    assert (fresh(cycle).state, states(cycle).count("succeeded")) == ("scoring", 1)


def fail(held: Claim) -> None:
    act(stages.failed, held, error_class="unreadable_image", text="no such file")


def test_a_failed_shard_fails_the_stage_and_a_retry_does_what_is_missing(cycle: Cycle, ada: User):
    done, running, broken = (claim(job) for job in of(cycle))
    score(done)
    fail(broken)
    assert (fresh(cycle).state, states(cycle)) == ("failed", ["succeeded", "running", "failed"])
    assert "unreadable_image" in (fresh(cycle).error or "")
    assert act(jobs.heartbeat, running) is True
    act_on(cycles.retry, cycle, by=ada)
    assert states(cycle) == ["succeeded", "pending", "pending"]
    with pytest.raises(Fenced):
        act(jobs.heartbeat, running)
    for job in of(cycle)[1:]:
        score(claim(job))
    assert fresh(cycle).state == "selecting"


def test_shards_that_wait_end_with_the_one_that_failed(cycle: Cycle, ada: User):
    fail(claim(of(cycle)[1]))
    assert states(cycle) == ["cancelled", "failed", "cancelled"]
    act_on(cycles.retry, cycle, by=ada)
    assert states(cycle) == ["pending"] * 3


def test_a_shard_that_was_held_at_that_moment_is_called_off_later(cycle: Cycle):
    broken = claim(of(cycle)[1])
    with transaction() as db:
        db.get_one(Job, of(cycle)[0].id, with_for_update=True)
        fail(broken)
    assert states(cycle) == ["pending", "failed", "cancelled"]
    reconcile.reconcile()
    assert states(cycle) == ["cancelled", "failed", "cancelled"]


def test_cancelling_ends_all_shards_and_the_next_cycle_waits_for_them(
    cycle: Cycle, project: Project, ada: User
):
    running = claim(of(cycle)[2])
    act_on(cycles.cancel, cycle, by=ada)
    assert states(cycle) == ["cancelled", "cancelled", "running"]
    following = factories.cycle(project, ada, Plan(regions=1))
    assert act(jobs.claim, factories.pending(following).id, worker="w") is None
    act(jobs.mark_cancelled, running)
    claim(factories.pending(following))
    act_on(cycles.cancel, following, by=ada)


def test_the_classes_of_all_are_counted_before_any_is_scored(project: Project, ada: User):
    cycle = scoring(project, ada, number=2, acquisition="weighted_bvsb")
    surveys = of(cycle)
    assert all(job.request["survey"] for job in surveys)
    held = [claim(job) for job in surveys]
    at_once(*(lambda each=each: act(stages.surveyed, each, [2**40, 1, 0]) for each in held))
    assert (fresh(cycle).state, states(cycle)) == ("scoring", ["succeeded"] * 2 + ["pending"] * 2)
    scored = of(cycle)[2:]
    assert [job.request["shares"] for job in scored] == [[2**41, 2, 0]] * 2
    ranges = [[job.request[name] for name in shards.Range._fields] for job in of(cycle)]
    assert ranges[:2] == ranges[2:]
    for job in scored:
        score(claim(job))
    assert (fresh(cycle).state, len(act(shards.files_of, cycle.id))) == ("selecting", 2)
    act_on(cycles.cancel, cycle, by=ada)


def test_progress_adds_up(cycle: Cycle):
    done, running, _ = (claim(job) for job in of(cycle))
    score(done)
    act(jobs.heartbeat, running, {"step": 4, "steps": SIZE, "eta_s": 6.0})
    [stage] = [each for each in act(standing.of_cycle, cycle.id) if each.kind == "score"]
    assert (stage.state, stage.shards, stage.shards_done) == ("running", 3, 1)
    left = 2 * SIZE + 1 - SIZE - 4
    pace = (SIZE - 4) / 6
    assert stage.progress == {
        "step": SIZE + 4, "steps": 2 * SIZE + 1, "eta_s": pytest.approx(left / pace, abs=0.1),
    }  # fmt: skip


def test_a_stage_stands_as_its_worst_shard(cycle: Cycle):
    [_, waiting] = act(standing.of_cycle, cycle.id)
    assert (waiting.state, waiting.progress["step"]) == ("pending", 0)
    broken = of(cycle)[2]
    fail(claim(broken))
    [_, failed] = act(standing.of_cycle, cycle.id)
    assert (failed.state, failed.job.id, failed.job.error_class) == (
        "failed", broken.id, "unreadable_image",
    )  # fmt: skip


def test_only_the_next_shards_ring_again(project: Project, ada: User):
    from core import bells

    cycle = scoring(project, ada, number=bells.NEXT + 3)
    sql("UPDATE jobs SET last_rung_at = NULL WHERE cycle_id = :id", id=cycle.id)
    mine = {job.id for job in of(cycle)}
    rung = [bell.job_id for bell in act(bells.overdue) if bell.job_id in mine]
    assert sorted(rung) == [job.id for job in of(cycle)[: bells.NEXT]]
    act_on(cycles.cancel, cycle, by=ada)
