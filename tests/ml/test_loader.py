import threading

import pytest
import torch

from ml.data import Batches, Share
from ml.draws import Stream
from ml.errors import Failure
from ml.loader import Loader
from ml.pool import Pool
from ml.presets import recipe
from tests.ml.scenes import TINY, pool

CPU = torch.device("cpu")


def batches(tmp_path, share: Share | None = None) -> Batches:
    schedule = {**TINY["schedule"], "labelled_batch": 3, "unlabelled_batch": 5}
    asked = recipe("s4al-cpu", {**TINY, "schedule": schedule})
    return Batches(Pool(pool(tmp_path), 3, asked), [0, 1], 0, CPU, share=share)


def same(one, other) -> bool:
    names = ("images", "labels", "inside")
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in names)


def test_a_batch_begun_early_is_the_one_that_would_have_been_made(tmp_path):
    made = batches(tmp_path)
    loader, plan = Loader(made), made.plan(3, unlabelled=True, replay=[1, 2])
    loader.begin(plan)
    taken, plain = loader.take(plan), made.at(3, unlabelled=True, replay=[1, 2])
    for name in ("labelled", "unlabelled", "replay"):
        assert same(getattr(taken, name), getattr(plain, name))
    loader.close()


def test_the_views_are_cut_while_nobody_waits(tmp_path, monkeypatch):
    made, cut = batches(tmp_path), threading.Event()
    view = made.view
    monkeypatch.setattr(made, "view", lambda *each: (cut.set(), view(*each))[1])
    loader = Loader(made)
    loader.begin(made.plan(0, unlabelled=True))
    assert cut.wait(60)
    loader.close()


def test_another_plan_than_the_one_begun_is_made_all_the_same(tmp_path):
    made = batches(tmp_path)
    loader = Loader(made)
    loader.begin(made.plan(0, unlabelled=True))
    other = made.plan(7, unlabelled=False)
    assert same(loader.take(other).labelled, made.at(7, unlabelled=False).labelled)
    loader.close()


def test_a_file_that_is_gone_is_said_where_the_batch_is_taken(tmp_path):
    made = batches(tmp_path)
    loader, plan = Loader(made), made.plan(0, unlabelled=True)
    for item in made.pool.items:
        (tmp_path / f"{item.id}.png").unlink()
    loader.begin(plan)
    with pytest.raises(Failure, match="cannot read") as refusal:
        loader.take(plan)
    assert refusal.value.error_class == "unreadable_image"
    loader.close()


def test_two_processes_have_the_batch_between_them(tmp_path):
    whole = batches(tmp_path).at(2, unlabelled=True)
    halves = [batches(tmp_path, Share(rank, 2)).at(2, unlabelled=True) for rank in (0, 1)]
    for name in ("labelled", "unlabelled"):
        parts = [getattr(half, name) for half in halves]
        assert torch.equal(torch.cat([p.images for p in parts]), getattr(whole, name).images)
    assert [half.part for half in halves] == [0, 1]


def test_a_plan_is_that_of_all_processes(tmp_path):
    plans = [batches(tmp_path, Share(rank, 2)).plan(4, unlabelled=True) for rank in (0, 1)]
    assert plans[0] == plans[1]
    assert len(plans[0].tasks()[Stream.UNLABELLED]) == 5
