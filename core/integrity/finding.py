"""What a check has found wrong."""

from typing import NamedTuple


class Finding(NamedTuple):
    """`kind` names the check, `id` the row; `advice` says what to do."""

    kind: str
    id: str
    expected: str
    found: str
    advice: str
