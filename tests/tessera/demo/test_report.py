"""The report of a demo, from a result that a short run has left (6 steps, 8 images)."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from tessera.client.models import CycleRow, Project
from tessera.demo import report
from tessera.demo.campaign import Outcome
from tessera.demo.data import Data
from tessera.demo.options import Options

RECORDED = json.loads(Path(__file__).with_name("recorded.json").read_text())


def shown(found) -> str:
    out = io.StringIO()
    report.show(found, Console(file=out, width=160))
    return out.getvalue()


def outcome() -> Outcome:
    project = {
        "id": 1,
        "name": "demo",
        "title": "Demo",
        "cell_px": 15,
        "recipe": {"name": "s4al-cpu"},
        "classes": [],
        "images": RECORDED["data"]["images"],
        "created_at": "2026-01-01T00:00:00Z",
    }
    return Outcome(
        project=Project.model_validate(project),
        rows=[CycleRow.model_validate(row) for row in RECORDED["rows"]],
        reference=CycleRow.model_validate(RECORDED["reference"]),
        annotator_token="tes_secret",
    )


def document() -> dict:
    data = Data(Path("few"), "few", False, [{"name": "sky"}], 15, 1.0)
    return report.document(outcome(), data, Options(data=Path("few")), seconds=280.0)


def test_a_row_per_cycle_and_one_for_all_labels():
    lines = [line.split() for line in shown(RECORDED).splitlines()]
    names = [words[0] for words in lines if words and words[0] in {"0", "1", "2", "all"}]
    assert names == ["0", "1", "2", "all"]


def test_shares_of_full_supervision_are_computed_from_the_reference():
    rows = document()["rows"]
    full = RECORDED["reference"]
    assert rows[0]["share_of_full_val"] is None
    assert rows[1]["share_of_full_test"] == pytest.approx(rows[1]["test_miou"] / full["test_miou"])


def test_the_document_survives_json():
    assert json.loads(json.dumps(document())) == document()


def test_no_secret_gets_into_the_result():
    assert "tes_" not in json.dumps(document())


def test_synthetic_data_is_called_synthetic():
    real, drawn = (RECORDED | {"data": RECORDED["data"] | {"synthetic": s}} for s in (False, True))
    assert report.SYNTHETIC not in shown(real)
    assert report.SYNTHETIC in shown(drawn)


def test_a_result_is_written_into_a_new_folder(tmp_path):
    report.write(RECORDED, tmp_path / "new" / "out.json")
    assert json.loads((tmp_path / "new" / "out.json").read_text()) == RECORDED
