"""No spelling of an address inside leads anywhere."""

import socket

import pytest

from core.errors import WebhookRefused
from core.webhooks.addresses import is_public, target

INSIDE = (
    "127.0.0.1", "127.1", "127.0.0.1.", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001",
    "127.255.255.254", "localhost", "0", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255",
    "192.168.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "100.64.0.1", "100.100.100.200",
    "192.0.0.192", "198.18.0.1", "192.0.2.1", "203.0.113.7", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[fe80::1]",
    "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::7f00:1]",
    "[2001:db8::1]", "[2001:0:7f00:1::]", "[100::1]",
)  # fmt: skip
REFUSED = (
    "http://1.1.1.1/", "ftp://1.1.1.1/", "https://", "https:///x", "https://u:p@1.1.1.1/",
    "https://1.1.1.1:99999/", "https://1.1.1.1:x/", "https://[::1", "https://1.1.1.1/#a",
    "https://nowhere.invalid/", f"https://{'a' * 64}.org/", "https://1.1.1.1@127.0.0.1/",
)  # fmt: skip


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_refused(host: str):
    with pytest.raises(WebhookRefused):
        target(f"https://{host}/", private=False)


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_address_for_a_webhook_is_refused(url: str):
    with pytest.raises(WebhookRefused):
        target(url, private=False)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700:4700::1111", "2002:101:101::1"])
def test_an_address_outside_is_taken(address: str):
    assert is_public(address)


def test_a_name_with_one_address_inside_is_refused(monkeypatch: pytest.MonkeyPatch):
    both = [(2, 1, 6, "", ("1.1.1.1", 443)), (2, 1, 6, "", ("10.1.2.3", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(WebhookRefused, match=r"10\.1\.2\.3"):
        target("https://two-faces.example/", private=False)


def test_a_setting_allows_what_is_inside():
    found = target("http://127.0.0.1:8080/a?b=c", private=True)
    assert (found.port, found.path, found.addresses) == (8080, "/a?b=c", ("127.0.0.1",))
