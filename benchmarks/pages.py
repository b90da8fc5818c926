"""Pages at a steady pace: 100 requests a second, each sent when it is due whether others are done or not.

    python benchmarks/pages.py [http://127.0.0.1:8000 [/policy/ …]]

The site must run (`kechuang run`). Latency counts from the moment a request was due, so a site that lags cannot
hide it.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time
from itertools import count
from urllib.parse import urlsplit

RATE = 100  # requests a second
SECONDS = 10
CONNECTIONS = 24
PAGES = (
    "/policy/",
    "/policy/phrases/9-126/",
    "/policy/search/?q=%E7%A0%94%E5%8F%91%E6%8A%95%E5%85%A5",
    "/measures/9/",
    "/measures/9/rd_growth/",
)


def measure(host: str, port: int, path: str) -> list[float]:
    """Latencies of one page in milliseconds, the shortest first."""
    taken: list[float] = []
    turns = count()
    begun = time.perf_counter() + 1

    def visitor() -> None:
        connection = http.client.HTTPConnection(host, port, timeout=60)
        fetch(connection, path)  # the page is made, the connection open
        while (turn := next(turns)) < RATE * SECONDS:
            due = begun + turn / RATE
            time.sleep(max(due - time.perf_counter(), 0))
            fetch(connection, path)
            taken.append(1000 * (time.perf_counter() - due))

    visitors = [threading.Thread(target=visitor) for _ in range(CONNECTIONS)]
    for one in visitors:
        one.start()
    for one in visitors:
        one.join()
    return sorted(taken)


def fetch(connection: http.client.HTTPConnection, path: str) -> None:
    """One answer, read to its end."""
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200, answer.status
    answer.read()


def main() -> None:
    """Print a row of the table for each page."""
    address = urlsplit(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000")
    print(f"| page, {RATE} requests a second | p50 ms | p95 ms | p99 ms |\n|---|---:|---:|---:|")
    for path in sys.argv[2:] or PAGES:
        found = measure(address.hostname or "127.0.0.1", address.port or 80, path)
        p50, p95, p99 = (found[len(found) * share // 100] for share in (50, 95, 99))
        print(f"| `{path}` | {p50:.1f} | {p95:.1f} | {p99:.1f} |")


if __name__ == "__main__":
    main()
