"""How often one client may ask: a token bucket for each address, shared by all processes of this machine.

The generic cell rate algorithm: of each bucket only the moment is kept at which it will be full again. The moments
stand in a table of fixed size in memory that is shared when the web server parts into processes, so nothing is
written to the database and nothing grows. Addresses are hashed with a key of this run; two that fall together share
a bucket.
"""

from __future__ import annotations

import fcntl
import hashlib
import ipaddress
import mmap
import os
import struct
import tempfile
import threading
import time
import weakref
from typing import Final

SLOTS: Final = 65_536
_MOMENT: Final = struct.Struct("=d")


class Buckets:
    """`rate` requests a second in the long run, `burst` at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self._key = os.urandom(16)
        self._lock = threading.Lock()
        with tempfile.TemporaryFile() as file:
            file.truncate(SLOTS * _MOMENT.size)
            self._table = mmap.mmap(file.fileno(), SLOTS * _MOMENT.size)
            self._file = os.dup(file.fileno())  # what processes lock a place of the table by
        weakref.finalize(self, os.close, self._file)

    def wait(self, address: str, cost: int = 1, now: float | None = None) -> float:
        """0.0 when the request may go on, else the seconds until it may; `now` is a monotonic time."""
        moment = time.monotonic() if now is None else now
        place = self._place(address)
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX, _MOMENT.size, place)
            try:
                kept: float = _MOMENT.unpack_from(self._table, place)[0]
                full_at = max(kept, moment) + min(cost, self.burst) / self.rate
                wait = full_at - moment - self.burst / self.rate
                if wait <= 0:
                    _MOMENT.pack_into(self._table, place, full_at)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, _MOMENT.size, place)
        return max(wait, 0.0)

    def _place(self, address: str) -> int:
        digest = hashlib.blake2b(_network(address).encode(), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big") % SLOTS * _MOMENT.size


def _network(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 of an IPv6 address; another text stands for itself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)


def client_address(remote: str, forwarded: str, proxies: int) -> str:
    """The client behind `proxies` of our own, each of which appended to X-Forwarded-For; others are not believed."""
    if not proxies:
        return remote
    named = [one.strip() for one in forwarded.split(",") if one.strip()]
    return named[-proxies] if len(named) >= proxies else remote
