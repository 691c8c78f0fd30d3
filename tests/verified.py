"""What has to hold after every fault: rows and files fit together, whatever was killed."""

from core.integrity.verify import findings
from core.store import open_store


def verified() -> None:
    """Fail with what is wrong in the database and the store of the settings."""
    assert list(findings(open_store())) == []
