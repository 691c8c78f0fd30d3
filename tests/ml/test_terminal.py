import pytest

from ml.terminal import Terminal

FIGURES = {"losses": {"supervised": 0.25}, "pseudo_share": 0.5, "val_miou": 0.125}


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    return Terminal("first")


def test_the_bar_shows_losses_trust_and_miou(terminal, capfd):
    terminal.progress(3, 10, **FIGURES)
    terminal.emit("done")
    shown = capfd.readouterr().err
    assert "3/10" in shown
    assert "supervised 0.250  trusted 50.0 %  mIoU 12.5 %" in shown


def test_a_checkpoint_does_not_interrupt_the_bar(terminal, capfd):
    terminal.progress(3, 10, **FIGURES)
    terminal.emit("checkpoint", step=3)
    assert terminal._bar.live.is_started
    terminal.emit("done")
    assert not terminal._bar.live.is_started
    capfd.readouterr()


def test_a_failure_is_a_sentence_and_a_stop_names_its_step(terminal, capfd):
    terminal.emit("stopped", step=7)
    terminal.emit("failed", message="no room to write x", error_class="disk_full")
    assert "stopped at step 7\nno room to write x\n" in capfd.readouterr().err
