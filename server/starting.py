"""What the server refuses to start with: guessable secrets, and tables of another version."""

from urllib.parse import urlsplit

from pydantic import ValidationError

from core import schema
from core.settings import Settings, settings

SHORTEST, FEWEST_DIFFERENT = 24, 8
GUESSED = frozenset(
    ("admin", "changeme", "example", "password", "postgres", "redis", "secret", "tessera", "test")
)
LOCAL = ("", "localhost", "127.0.0.1", "::1")


def checked() -> Settings:
    """The settings. Ends the process with a sentence and status 1 when they will not do."""
    try:
        found = settings()
    except ValidationError as error:
        raise SystemExit(f"Tessera does not start: {error}") from None
    wrong = weakness(found) or schema.problem()
    if wrong:
        raise SystemExit(f"Tessera does not start: {wrong}")
    return found


def weakness(of: Settings) -> str | None:
    """What is wrong with the secrets of the settings, and what to do."""
    token = of.bootstrap_token.get_secret_value() if of.bootstrap_token else None
    if token is not None and (len(token) < SHORTEST or len(set(token)) < FEWEST_DIFFERENT):
        return (
            f"TESSERA_BOOTSTRAP_TOKEN is easily guessed; expected {SHORTEST} random characters or "
            "more, such as `python -c 'import secrets; print(\"tes_\" + secrets.token_hex(24))'`."
        )
    for name in ("database_url", "redis_url"):
        url = urlsplit(getattr(of, name) or "")
        if url.password in GUESSED and (url.hostname or "") not in LOCAL:
            return (
                f"the password in TESSERA_{name.upper()} is one that anybody tries first; "
                "set a random one at the server, and here."
            )
    return None
