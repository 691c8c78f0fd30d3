import time

import pytest

from core.webhooks import signing
from tessera.client import verified


def test_a_signature_is_that_of_the_published_library():
    """Made by the package standardwebhooks 1.0 of the specification's authors."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"kind": "cycle.closed"}'
    signed = signing.headers(secret, "evt_42", 1614265330, body)
    assert signed["webhook-signature"] == "v1,/hBdVmAkKuwW2JPyyfsgaIMKWPdMwIZ/n9oqNcADThU="


def test_what_was_changed_or_is_old_or_of_another_secret_is_refused():
    secret, now = signing.new_secret(), int(time.time())
    signed = signing.headers(secret, "evt_1", now, b'{"a": 1}')
    assert verified(secret, signed, b'{"a": 1}') == {"a": 1}
    for headers, body in (
        (signed, b'{"a": 2}'),
        ({**signed, "webhook-id": "evt_2"}, b'{"a": 1}'),
        (signing.headers(secret, "evt_1", now - 999, b'{"a": 1}'), b'{"a": 1}'),
        (signing.headers(signing.new_secret(), "evt_1", now, b'{"a": 1}'), b'{"a": 1}'),
        ({}, b'{"a": 1}'),
    ):
        with pytest.raises(ValueError, match=r"expected|signature"):
            verified(secret, headers, body)
