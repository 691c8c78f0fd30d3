"""`docs/security.md` lists what is tested, with the answers, and names tests that there are."""

import re
from pathlib import Path

from tests.hostile import MASKS, PICTURES
from tests.server.hostile.test_inputs import DOCUMENTS
from tests.server.hostile.test_requests import ODD_REQUESTS, RANGES

DOCUMENT = Path(__file__).parents[3] / "docs" / "security.md"


def test_the_document_lists_these_inputs_with_these_answers():
    listed = DOCUMENT.read_text()
    tables = {**MASKS, **PICTURES, **DOCUMENTS, **RANGES, **ODD_REQUESTS}
    missing = [row(name, answer) for name, (_, answer) in tables.items()]
    assert [each for each in missing if each not in listed] == []


def test_the_document_names_tests_that_there_are():
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", DOCUMENT.read_text())
    assert len(named) > 30
    root = DOCUMENT.parents[1]
    missing = [each for each in named if not (root / each[0]).is_file()
               or f"def {each[1]}" not in (root / each[0]).read_text()]  # fmt: skip
    assert missing == []


def row(name: str, answer: str) -> str:
    return f"| {name} | {answer} |"
