"""Which addresses may be connected to when an operator names a system to send to.

Whoever may write an address into a configuration, or answer for a name that stands there, must not
get at what only the machine itself can reach: services of its own network, and above all what a
cloud tells its machines, credentials included.
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What clouds tell their machines about themselves; most of it is in the networks of a single link,
# 169.254.0.0/16 and fe80::/10, and this is not. By the documents of each cloud.
METADATA: Final = frozenset(
    map(
        ipaddress.ip_address,
        (
            "100.100.100.200",  # Alibaba
            "168.63.129.16",  # Azure
            "192.0.0.192",  # Oracle
            "fd00:ec2::23",  # Amazon, for pods
            "fd00:ec2::254",  # Amazon
            "fd00:42::42",  # Scaleway
            "fd00:c1::a9fe:a9fe",  # Oracle
            "fd20:ce::254",  # Google
        ),
    )
)
MEND: Final = "nothing is ever sent there, so that it has to be the receiver's own address"
# For all, and for networks of one's own (RFC 8215).
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_FIRST_OF_THEM = 1 << 16  # below are ::, ::1 and others that are no addresses of IPv4


def written(host: str) -> str | None:
    """The address that a host of a URL is, in any spelling that a resolver takes; None for a name.

    `2852039166`, `0251.0376.0251.0376` and `0xa9fea9fe` are all 169.254.169.254.
    """
    host = host.strip("[]").rstrip(".")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def objection(address: str, *, private: bool) -> str | None:
    """Why nothing may be sent to an address; None if it may be.

    `private`: whether addresses of private networks are wanted. Raises ValueError for what is none.
    """
    # What follows a % only says by which way, and would make it another address.
    plain = ipaddress.ip_address(address.partition("%")[0])
    if any(one in METADATA or one.is_link_local for one in (*_meant(plain), *_perhaps(plain))):
        return f"is where clouds tell a machine its credentials; {MEND}"
    for meant in _meant(plain):
        if meant.is_loopback:
            said = None if private else "is this machine itself"
        elif meant.is_unspecified or meant.is_multicast or meant.is_reserved:
            return f"is not the address of one machine; {MEND}"
        else:
            said = None if private or _is_global(meant) else "is in a private network"
        if said is not None:
            return f"{said}; if that is meant, set private = true"
    return None


def _is_global(address: Address) -> bool:
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not site_local


def _meant(address: Address) -> Iterator[Address]:
    """The addresses of IPv4 that one of IPv6 stands for, by the ways there are; else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    number = int(address)
    inside = ipaddress.IPv4Address(number & 0xFFFFFFFF)
    embeds = address.ipv4_mapped is not None or any(address in network for network in _NAT64)
    if embeds or (address in _COMPATIBLE and number >= _FIRST_OF_THEM):
        yield inside
    elif address.sixtofour is not None:
        yield address.sixtofour
    elif address.teredo is not None:
        yield from address.teredo
    else:
        yield address


def _perhaps(address: Address) -> Iterator[Address]:
    """Those that it stands for where a network's own prefix is shorter (RFC 6052, 2.2)."""
    if isinstance(address, ipaddress.IPv6Address) and address in _NAT64[1]:
        # The eight bits after the 64th are no part of it.
        digits = int(address) >> 64 << 56 | int(address) & (1 << 56) - 1
        for prefix in (48, 56, 64):
            yield ipaddress.IPv4Address(digits >> (120 - prefix - 32) & 0xFFFFFFFF)
