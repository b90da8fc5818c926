"""A load that does not wait: so many requests a second, whether or not earlier ones were answered.

python load.py http://127.0.0.1:8000 100 20 /policy/ /measures/9/ …: requests a second, seconds, paths in turn. Prints
JSON by path and over all. A latency counts from the moment at which the request was due, so time in a queue counts.
$COOKIE goes with each request.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

CONNECTIONS = 32
COOKIE = f"Cookie: {os.environ['COOKIE']}\r\n" if "COOKIE" in os.environ else ""
OK = 200


@dataclass
class Answers:
    """Of one path: milliseconds from the due moment, bytes of the last answer, and what was no 200."""

    latencies: list[float] = field(default_factory=list)
    size: int = 0
    errors: int = 0

    def told(self) -> dict[str, float]:
        """Requests, errors, bytes and the usual percentiles."""
        told: dict[str, float] = {"requests": len(self.latencies), "errors": self.errors, "bytes": self.size}
        if len(self.latencies) > 1:
            cuts = statistics.quantiles(self.latencies, n=100, method="inclusive")
            told |= {
                "p50_ms": cuts[49],
                "p95_ms": cuts[94],
                "p99_ms": cuts[98],
                "most_ms": max(self.latencies),
            }
        return told


async def fire(address: str, rate: float, seconds: float, paths: list[str]) -> dict[str, Answers]:
    """Send the requests in an even beat over keep-alive connections, and wait for the last answer."""
    parts = urlsplit(address)
    host, port = str(parts.hostname), parts.port or 80
    due: asyncio.Queue[tuple[float, str] | None] = asyncio.Queue()
    found = {path: Answers() for path in dict.fromkeys(paths)}
    senders = [asyncio.create_task(send(host, port, due, found)) for _ in range(CONNECTIONS)]
    begun = time.perf_counter() + 0.1
    for number, path in zip(range(int(rate * seconds)), cycle(paths), strict=False):
        when = begun + number / rate
        await asyncio.sleep(max(0.0, when - time.perf_counter()))
        due.put_nowait((when, path))
    for _ in senders:
        due.put_nowait(None)
    await asyncio.gather(*senders)
    return found


async def send(
    host: str, port: int, due: asyncio.Queue[tuple[float, str] | None], found: dict[str, Answers]
) -> None:
    """One connection: take what is due next, send it, read the answer; connect anew when the server has closed."""
    reader = writer = None
    while (next_one := await due.get()) is not None:
        when, path = next_one
        answers = found[path]
        for attempt in range(2):
            try:
                if writer is None or writer.is_closing() or reader is None or reader.at_eof():
                    reader, writer = await asyncio.open_connection(host, port, limit=2**24)
                status, answers.size = await ask(reader, writer, host, path)
                answers.errors += status != OK
                break
            except (OSError, asyncio.IncompleteReadError, ValueError):
                writer = None  # a connection that had been idle may be closed: once more on a fresh one
                answers.errors += attempt
        answers.latencies.append(1_000 * (time.perf_counter() - when))
    if writer is not None:
        writer.close()


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str
) -> tuple[int, int]:
    """The status of the answer and the bytes of its body, as a browser gets them."""
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n{COOKIE}\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    names = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    size = int(names["content-length"])
    await reader.readexactly(size)
    if names.get("connection", "").lower() == "close":
        writer.close()
    return int(head[0].split()[1]), size


def main() -> None:
    """Fire, and print what came back as JSON."""
    address, rate, seconds, *paths = sys.argv[1:]
    found = asyncio.run(fire(address, float(rate), float(seconds), paths))
    every = Answers(
        [latency for one in found.values() for latency in one.latencies],
        sum(one.size for one in found.values()),
        sum(one.errors for one in found.values()),
    )
    print(json.dumps({**{path: one.told() for path, one in found.items()}, "all": every.told()}))


if __name__ == "__main__":
    main()
