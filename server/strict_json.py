"""What JSON allows and readers disagree about, and what Python reads although it is no JSON.

A key that stands twice means one thing to us and another to whoever checked the request before us.
"""

import codecs
import json
import math
from typing import Any, NoReturn

from server.problems import ValidationFailed


def check(body: bytes) -> None:
    """Raises ValidationFailed. Broken syntax passes: the route says where it breaks."""
    if body.startswith(codecs.BOM_UTF8):
        _refuse("expected no byte order mark before the JSON")
    try:
        json.loads(
            body.decode(), object_pairs_hook=_once, parse_constant=_number, parse_float=_number
        )
    except UnicodeDecodeError:
        _refuse("expected UTF-8")
    except RecursionError:
        _refuse("lists and objects are nested too deeply")
    except ValueError:
        return


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        _refuse(f"the key {twice[:50]!r} stands twice in an object")
    return found


def _number(text: str) -> float:
    if not math.isfinite(float(text)):
        _refuse(f"{text[:20]} is no finite number")
    return float(text)


def _refuse(message: str) -> NoReturn:
    raise ValidationFailed(f"body: {message}.", errors=[{"where": "body", "message": message}])
