import errno
import logging
from contextlib import suppress

import pytest
import torch

from ml.checkpoint import Checkpoint, newest, write
from ml.errors import Failure
from tests.breaking import faults


def at(step: int) -> Checkpoint:
    return Checkpoint(step, {"student/w": torch.full((2, 3), float(step))}, {"replay": [step]})


def test_what_is_written_is_read(tmp_path):
    write(tmp_path, "digest", at(5))
    found = newest(tmp_path, "digest")
    assert found.step == 5
    assert found.state == {"replay": [5]}
    assert torch.equal(found.tensors["student/w"], at(5).tensors["student/w"])


def test_the_two_newest_are_kept(tmp_path):
    for step in (5, 9, 10, 100):
        write(tmp_path, "digest", at(step))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["step-10", "step-100"]


@pytest.mark.parametrize("file", ["state.safetensors", "state.json"])
def test_a_broken_newest_is_skipped_and_said(tmp_path, file, caplog):
    write(tmp_path, "digest", at(5))
    write(tmp_path, "digest", at(9))
    path = tmp_path / "step-9" / file
    path.write_bytes(path.read_bytes()[:-3])
    with caplog.at_level(logging.WARNING):
        assert newest(tmp_path, "digest").step == 5
    assert "step-9 is unreadable" in caplog.text


def test_checkpoints_of_another_spec_are_cleared_and_said(tmp_path, caplog):
    write(tmp_path / "c", "digest", at(5))
    with caplog.at_level(logging.WARNING):
        assert newest(tmp_path / "c", "other") is None
    assert "belong to another spec; starting clean" in caplog.text
    assert not (tmp_path / "c").exists()


def test_half_a_checkpoint_is_none(tmp_path):
    write(tmp_path, "digest", at(5))
    (tmp_path / ".step-9.partial").mkdir()
    assert newest(tmp_path, "digest").step == 5


def test_without_checkpoints_there_is_nothing_to_resume(tmp_path):
    assert newest(tmp_path / "none", "digest") is None


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_every_step_of_writing_may_fail_and_the_one_before_is_there(tmp_path, code):
    write(tmp_path / "counted", "digest", at(5))
    with faults(0) as counted:
        write(tmp_path / "counted", "digest", at(9))
    assert counted.seen > 8
    for n in range(1, counted.seen + 1):
        folder = tmp_path / str(n)
        write(folder, "digest", at(5))
        with faults(n, code), suppress(OSError, Failure):
            write(folder, "digest", at(9))
        assert newest(folder, "digest").step in (5, 9)
        write(folder, "digest", at(9))
        assert newest(folder, "digest").step == 9
