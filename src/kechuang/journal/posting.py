"""Webhooks: an event as JSON, signed, to an address that is really outside.

The receiver checks `X-Kechuang-Signature: sha256=HEX`, HMAC-SHA-256 with the webhook's secret over the bytes of
`X-Kechuang-Timestamp`, a full stop, and the body; and that the time is recent.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings

from kechuang.journal.models import Event

SECONDS: Final = 10
_OK: Final = range(200, 300)


class AddressError(ValueError):
    """An address that nothing is sent to; the message says what was found and expected."""


class AnswerError(OSError):
    """The receiver did not say that it has the event."""


def body_of(event: Event) -> bytes:
    """What a webhook is told of an event: nobody's name, and the hash that proves it later."""
    said = {
        "number": event.number,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "kind": event.kind,
        "subject": event.subject,
        "organisation": event.organisation_id,
        "data": event.data,
        "hash": event.hash,
    }
    return json.dumps(said, ensure_ascii=False).encode()


def signature_of(secret: str, timestamp: str, body: bytes) -> str:
    """`sha256=` and the hexadecimal HMAC."""
    made = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"sha256={made.hexdigest()}"


def post(url: str, secret: str, body: bytes, at: datetime) -> None:
    """Send it to the address that the name has now; a redirect is not followed. Raises AddressError, OSError."""
    connection = _connection(url)
    timestamp = str(int(at.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "kechuang",
        "X-Kechuang-Timestamp": timestamp,
        "X-Kechuang-Signature": signature_of(secret, timestamp, body),
    }
    parts = urlsplit(url)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    finally:
        connection.close()
    if status not in _OK:
        raise AnswerError(f"answered with status {status}, expected 200 to 299")


def check_url(url: str) -> None:
    """Raises AddressError unless it is an address that may be told of events, as far as the text alone says."""
    parts = urlsplit(url)
    schemes = {"https", "http"} if settings.WEBHOOK_PRIVATE else {"https"}
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise AddressError(
            f"{url!r} is no address for events; expected https://name/path without user and password"
        )


def _connection(url: str) -> http.client.HTTPConnection:
    """A connection to the very address that was checked: a name that answers differently next time gains nothing."""
    check_url(url)
    parts = urlsplit(url)
    host, secure = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    address = _address_of(host, port)
    connection = (http.client.HTTPSConnection if secure else http.client.HTTPConnection)(
        host, port, timeout=SECONDS
    )
    sock = socket.create_connection((address, port), timeout=SECONDS)
    connection.sock = ssl.create_default_context().wrap_socket(sock, server_hostname=host) if secure else sock
    return connection


def _address_of(host: str, port: int) -> str:
    """The first address of a name, all of whose addresses must be public ones."""
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not settings.WEBHOOK_PRIVATE and not _is_public(address):
            raise AddressError(
                f"{host} is {address}, an address inside; expected a public one (WEBHOOK_PRIVATE=1 allows it)"
            )
    return found[0]


def _is_public(address: str) -> bool:
    known = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(known, "ipv4_mapped", None) or getattr(known, "sixtofour", None)
    return (mapped or known).is_global and not known.is_multicast
