"""What users touch: the Python client, the command line, the local stack, the oracle annotator.

`from tessera import Client` is the Python interface. It is loaded when asked for, so that the
command line and the stack start without it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tessera.client import Client, ClientError, ProblemError

__all__ = ["Client", "ClientError", "ProblemError"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tessera' has no attribute {name!r}")
    from tessera import client

    return getattr(client, name)
