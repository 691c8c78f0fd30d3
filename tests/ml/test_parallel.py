import threading

import pytest
import torch

from ml import parallel


@pytest.fixture(autouse=True)
def _two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_items():
    assert list(parallel.each(range(20), lambda x: x * x)) == [x * x for x in range(20)]
    assert torch.get_num_threads() == 2


def test_two_items_are_worked_on_at_a_time():
    both = threading.Barrier(2, timeout=60)
    assert list(parallel.each([0, 1], lambda _: both.wait() >= 0)) == [True, True]


def test_an_error_ends_it_and_little_is_done_ahead():
    begun = []

    def work(item: int) -> int:
        begun.append(item)
        return 1 // (item - 1)

    with pytest.raises(ZeroDivisionError):
        list(parallel.each(range(100), work))
    assert len(begun) < 10
    assert torch.get_num_threads() == 2
