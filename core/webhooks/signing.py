"""Signatures after the Standard Webhooks specification 1.0 (standardwebhooks.com), which has
libraries for receivers in most languages.

    webhook-id: evt_17
    webhook-timestamp: 1767225600            seconds since 1970
    webhook-signature: v1,BASE64(HMAC-SHA256(secret, "id.timestamp.body"))
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
BYTES = 32


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def headers(secret: str, message: str, timestamp_s: int, body: bytes) -> dict[str, str]:
    """The three headers of a message with this id."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message}.{timestamp_s}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
