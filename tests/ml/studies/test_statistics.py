import numpy as np
import pytest

from ml.studies.statistics import gap_closed, paired_gain, summary


def test_a_summary_has_mean_and_sample_deviation():
    found = summary([1.0, 2.0, 4.0])
    assert (found.mean, found.spread, found.count) == (
        pytest.approx(7 / 3),
        pytest.approx(np.sqrt(7 / 3)),
        3,
    )
    assert summary([5.0]).spread is None


def test_a_paired_gain_has_the_interval_of_students_t():
    """Differences 1, 2, 3: mean 2, standard error 1/sqrt(3), t(0.975; 2) = 4.3027."""
    gain = paired_gain([11.0, 22.0, 33.0], [10.0, 20.0, 30.0])
    assert gain.mean == 2
    assert (gain.high - gain.mean) == pytest.approx(4.302653 / np.sqrt(3))
    assert (gain.mean - gain.low) == pytest.approx(4.302653 / np.sqrt(3))


def test_pairing_takes_away_what_seeds_have_in_common():
    gain = paired_gain([0.1, 0.5, 0.9], [0.05, 0.45, 0.85])
    assert (gain.low, gain.high) == (pytest.approx(0.05), pytest.approx(0.05))


def test_a_single_pair_has_no_interval():
    assert paired_gain([3.0], [1.0]).low is None


def test_the_gap_closed_is_a_share_of_the_way_to_full_supervision():
    assert gap_closed(0.5, 0.4, 0.6) == pytest.approx(0.5)
    assert gap_closed(0.5, 0.6, 0.6) is None
