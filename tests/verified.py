"""What has to hold after every fault: rows and files fit together, whatever was killed."""

import pytest

from core.integrity.verify import findings
from core.store import open_store


def verified() -> None:
    """Fail with what is wrong in the database and the store of the settings."""
    wrong = "\n".join(map(str, findings(open_store())))
    if wrong:
        pytest.fail(wrong, pytrace=False)
