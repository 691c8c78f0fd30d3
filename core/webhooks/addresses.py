"""Where a webhook's name leads, and whether we may go there.

A name is resolved once for each message, every address that it has is looked at, and the message
goes to an address that was looked at: a name that changes in between (DNS rebinding) gains
nothing by it.
"""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from core.errors import WebhookRefused

# IPv6 forms of IPv4 addresses, by how far the IPv4 part is from the right: RFC 6052, RFC 8215.
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
# Python 3.11 takes some addresses of these for global ones: RFC 6890, RFC 7526.
SPECIAL = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
PORTS = {"https": 443, "http": 80}


class Target(NamedTuple):
    """One checked way to a webhook: addresses as numbers, the name for TLS and Host."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


def target(url: str, *, private: bool) -> Target:
    """The URL with the addresses that it leads to now. Raises WebhookRefused.

    With `private` any address will do, and plain http.
    """
    parts = _parts(url)
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise WebhookRefused("Expected an https:// address; others need TESSERA_WEBHOOKS_PRIVATE.")
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        raise WebhookRefused("Expected https://host/path, without a name and password before it.")
    port = parts.port or PORTS[parts.scheme]
    found = _resolved(parts.hostname, port)
    if not private and (inside := [each for each in found if not is_public(each)]):
        raise WebhookRefused(
            f"{parts.hostname} leads to {inside[0]}, which is not a public address; "
            "TESSERA_WEBHOOKS_PRIVATE allows those."
        )
    path = parts.path or "/"
    whole = f"{path}?{parts.query}" if parts.query else path
    return Target(parts.scheme, parts.hostname, port, whole, tuple(found))


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read here, where a wrong one is a wrong URL
    except ValueError as error:
        raise WebhookRefused(f"Expected a URL: {error}.") from None
    return parts


def is_public(address: str) -> bool:
    """Whether a packet to the address leaves for the internet at large."""
    return all(_is_global(each) for each in _meant(ip_address(address)))


def _meant(address: IPv4Address | IPv6Address) -> Iterable[IPv4Address | IPv6Address]:
    """The address, and the IPv4 addresses that it wraps."""
    yield address
    if isinstance(address, IPv6Address):
        yield from filter(None, (address.ipv4_mapped, address.sixtofour))
        yield from address.teredo or ()
        if any(address in network for network in NAT64):
            yield IPv4Address(int(address) & 0xFFFFFFFF)


def _is_global(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        special = address.is_site_local
    else:
        special = any(address in network for network in SPECIAL)
    return address.is_global and not (special or address.is_multicast or address.is_reserved)


def _resolved(host: str, port: int) -> list[str]:
    """Every address of the name, in the system's order, without repeats."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise WebhookRefused(f"The name {host} leads nowhere now: {error}.") from None
    return list(dict.fromkeys(str(place[0]).partition("%")[0] for *_, place in found))
