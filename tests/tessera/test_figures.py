import io

import pytest
from rich.console import Console

from tessera.client.models import CycleRow
from tessera.commands.output import PIPE_WIDTH
from tessera.figures import campaign_table, cells, share_of


def row(number: int, val: float | None, test: float | None) -> CycleRow:
    return CycleRow.model_validate(
        {
            "number": number,
            "state": "closed",
            "labelled_share": 0.0448,
            "labelled_regions": 691,
            "cost": {"active_s": 9100.0, "actions": 0, "clicks": 3640, "regions": 691, "pixels": 1},
            "val_miou": val,
            "test_miou": test,
            "best": {"name": "road", "iou": 0.91},
            "worst": {"name": "pole", "iou": 0.034},
            "stage_seconds": {"train": 61.4, "evaluate": 4.2, "score": 6.0, "select": None},
        }
    )


def printed(*args, width=PIPE_WIDTH) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(campaign_table(*args))
    return out.getvalue()


def test_a_row_shows_the_share_of_full_supervision():
    shown = cells("2", row(2, 0.4, 0.3), row(0, 0.5, 0.5))
    assert shown == [
        *["2", "4.48 %", "691", "3640", "40.0", "30.0", "80.0", "60.0"],
        *["road 91.0", "pole 3.4", "61  4  6  -"],
    ]


def test_what_was_not_measured_is_a_dash():
    assert cells("0", row(0, None, None), None)[4:8] == ["-", "-", "-", "-"]


def test_every_cycle_and_the_reference_have_a_line():
    text = printed([row(0, None, None), row(1, 0.3, 0.2), row(2, 0.4, 0.3)], row(0, 0.5, 0.4))
    assert [line.split()[0] for line in text.splitlines() if "691" in line] == [
        "0",
        "1",
        "2",
        "all",
    ]


def test_no_column_is_cut_off_at_120_characters():
    text = printed([row(1, 0.3, 0.2)], row(0, 0.5, 0.4), width=120)
    assert "pole 3.4" in text
    assert "…" not in text


@pytest.mark.parametrize(("value", "full"), [(None, 0.5), (0.5, None), (0.5, 0.0)])
def test_a_share_of_nothing_is_nothing(value, full):
    assert share_of(value, full) is None
