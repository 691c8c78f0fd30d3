import torch

from ml.data import Batch, Plan, Views
from ml.types import NOT_ASKED, VOID
from tests.ml.methods.test_methods import batch, method, views


def asked(*values: int) -> Views:
    labels = torch.full((2, 64, 64), NOT_ASKED)
    for row, value in enumerate(values):
        labels[:, row] = value
    return views(labels)


def test_what_a_person_said_overrides_the_teacher_with_certainty():
    [believed] = method("s4al").believed(asked(2, VOID))
    assert (believed.labels[:, 0] == 2).all()
    assert (believed.confidence[:, 0] == 1).all()
    assert not believed.valid[:, 1].any()
    assert believed.valid[:, 2:].all()
    assert (believed.confidence[:, 2:] < 1).all()


def test_the_teacher_keeps_its_statistics_while_it_labels():
    learner = method("s4al")
    before = {k: v.clone() for k, v in learner.teacher.state_dict().items()}
    learner.believed(asked())
    assert all(torch.equal(v, before[k]) for k, v in learner.teacher.state_dict().items())


def test_cold_start_and_replay_start_are_shares_of_the_steps():
    learner = method("s4al")
    learner.replay = [0, 1, 2]
    assert [learner.wants_unlabelled(t) for t in range(4)] == [False, True, True, True]
    assert [list(learner.wants_replay(t)) for t in range(4)] == [[], [], [1, 2], [1, 2]]


def test_without_weight_the_unlabelled_pool_is_never_read():
    learner = method("s4al", s4al={"weight": 0})
    assert not any(learner.wants_unlabelled(t) for t in range(4))


def test_without_unlabelled_images_a_step_equals_the_supervised_one():
    given = Batch(batch().labelled)
    terms = [method(name).step(given, 0).losses for name in ("s4al", "supervised")]
    assert terms[0]["supervised"].item() == terms[1]["supervised"].item()
    assert set(terms[0]) == {"supervised"}


def test_the_teacher_follows_after_each_step():
    learner = method("s4al")
    with torch.no_grad():
        learner.student.decoder.classifier.weight.add_(1)
    learner.after_step(Batch(batch().labelled), 0)
    both = (m.decoder.classifier.weight for m in (learner.student, learner.teacher))
    assert torch.equal(*both)


def test_the_buffer_forgets_what_was_replayed_and_keeps_its_size():
    learner = method("s4al", s4al={"replay_size": 3, "replay_start": 0, "cold_start": 0})
    learner.replay = [7, 8, 9]
    learner.planned(Plan(3, (0, 1), (0, 1), (8, 9)))
    assert len(learner.replay) == 3
    assert sorted(learner.replay) == [0, 1, 7]


def test_the_buffer_survives_a_checkpoint():
    learner, resumed = method("s4al"), method("s4al")
    learner.replay = [3, 1, 2]
    resumed.load_extra(learner.extra_state())
    assert resumed.replay == [3, 1, 2]


def test_the_teacher_is_the_one_that_predicts():
    learner = method("s4al")
    assert learner.predictor() is learner.teacher
    assert method("supervised").predictor_name == "student"


def test_the_cold_start_may_weigh_its_loss():
    given = Batch(batch().labelled)
    plain, heavy = (method("s4al", s4al={"cold_weight": weight}) for weight in (1, 1.5))
    ratios = [
        heavy.step(given, t).losses["supervised"] / plain.step(given, t).losses["supervised"]
        for t in (0, 3)
    ]
    assert [ratio.item() for ratio in ratios] == [1.5, 1]


def test_a_teacher_of_own_statistics_normalises_by_its_batch():
    learner = method("s4al", teacher={"statistics": "own"})
    before = {k: v.clone() for k, v in learner.teacher.named_buffers()}
    learner.believed(asked())
    assert any(not torch.equal(v, before[k]) for k, v in learner.teacher.named_buffers())


def test_the_released_code_pastes_its_head_and_tail():
    learner = method("s4al", s4al={"pasted": "head_and_tail", "head": 2})
    assert torch.isfinite(learner.step(batch(), 3).losses["replay"])
