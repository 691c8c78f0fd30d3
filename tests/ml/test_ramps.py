import pytest

from ml.ramps import sigmoid


@pytest.mark.parametrize(
    ("t", "length", "value"),
    [(0, 10.0, 0.006738), (5, 10.0, 0.286505), (10, 10.0, 1), (99, 10.0, 1), (0, 0.0, 1)],
)
def test_the_sigmoid_ramp(t: float, length: float, value: float):
    assert sigmoid(t, length) == pytest.approx(value, abs=1e-6)
