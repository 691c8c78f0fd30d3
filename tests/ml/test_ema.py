import pytest
import torch
from torch import nn

from ml.ema import Average, momentum, teacher_of


def one(value: float) -> nn.Module:
    layer = nn.Linear(1, 1, bias=False)
    nn.init.constant_(layer.weight, value)
    return layer


def test_the_teacher_of_one_two_three_four_is_their_mean():
    student, teacher = one(0.0), teacher_of(one(99.0))
    for t, value in enumerate([1.0, 2.0, 3.0, 4.0]):
        nn.init.constant_(student.weight, value)
        Average(teacher, student).follow(momentum(t, 0.99))
    assert teacher.weight.item() == 2.5


def test_after_the_first_step_teacher_and_student_are_one_bit_for_bit():
    student, teacher = one(0.1234567), teacher_of(one(5.0))
    Average(teacher, student).follow(momentum(0, 0.99))
    assert torch.equal(teacher.weight, student.weight)


def test_the_limit_takes_over_at_step_99():
    assert momentum(98, 0.99) == pytest.approx(98 / 99)
    assert momentum(99, 0.99) == momentum(5000, 0.99) == 0.99


def test_batch_norm_statistics_are_averaged_and_counters_copied():
    student = nn.BatchNorm2d(1)
    teacher = teacher_of(student)
    student(torch.full((2, 1, 2, 2), 10.0))
    Average(teacher, student).follow(0.5)
    assert teacher.running_mean.item() == pytest.approx(0.5)
    assert teacher.num_batches_tracked.item() == 1


def test_a_teacher_never_trains():
    teacher = teacher_of(one(1.0))
    assert not teacher.training
    assert not any(p.requires_grad for p in teacher.parameters())


def test_a_teacher_of_own_statistics_averages_weights_alone():
    student = torch.nn.BatchNorm1d(2)
    teacher = teacher_of(student, "own")
    assert teacher.training
    with torch.no_grad():
        student.weight.fill_(3.0)
        student.running_mean.fill_(5.0)
    Average(teacher, student, "own").follow(0.5)
    assert teacher.weight.tolist() == [2.0, 2.0]
    assert teacher.running_mean.tolist() == [0.0, 0.0]


def test_it_follows_a_student_that_was_restored():
    student, teacher = one(1.0), teacher_of(one(1.0))
    average = Average(teacher, student)
    student.load_state_dict(one(3.0).state_dict())
    average.follow(0.5)
    assert teacher.weight.item() == 2.0
