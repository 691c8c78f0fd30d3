import json
import subprocess
import sys

import pytest
from pydantic import ValidationError

from ml import spec
from ml.presets import recipe


def test_the_kind_decides_what_a_spec_is(tmp_path):
    asked = {"kind": "select", "images": [], "cell_px": 8, "budget": {"regions": 1}}
    (tmp_path / "spec.json").write_text(json.dumps(asked))
    assert isinstance(spec.read(tmp_path), spec.SelectSpec)


def test_a_train_spec_survives_its_own_json(tmp_path):
    asked = spec.TrainSpec(recipe=recipe("s4al-cpu"), classes=["a", "b"], pool=[])
    (tmp_path / "spec.json").write_text(asked.model_dump_json())
    assert spec.read(tmp_path) == asked


@pytest.mark.parametrize("content", ['{"kind": "dance"}', "{}", "not json"])
def test_anything_else_is_refused(tmp_path, content):
    (tmp_path / "spec.json").write_text(content)
    with pytest.raises(ValidationError):
        spec.read(tmp_path)


def test_specs_load_without_torch():
    code = "import sys, ml.spec; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
