"""The site under load: 100 requests a second, in turn over the pages that people read and ask with.

python pages.py [SECONDS]: starts the site as `kechuang run` does, on a free port with a data folder of its
own, and fires at it from a process of its own on the same machine.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import quantiles
from typing import Any

from common import keep, machine, show
from interviews import interviews

RATE = 100
SECONDS = 20
AIM_MS = 50
INTERVIEWS = 20
READING = ["/", "/policy/", "/measures/", "/measures/9/", "/measures/9/rd_growth/"]


def main() -> None:
    """Each kind of page by itself, then all mixed; what the first page weighs; how long an interview's step takes."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    before = machine()
    questions, results, steps = interviews(INTERVIEWS)
    asking = [*questions, *results]  # as people see them: results once an interview
    kinds = {path: [path] for path in READING}
    kinds |= {"/ask/": ["/ask/"], "questions": questions, "questions and results": asking}
    kinds["all mixed"] = [path for pair in zip(asking, cycle(READING), strict=False) for path in pair]
    with running_site() as (address, started_s):
        weight = first_page(address)
        load(address, 20, 5, kinds["all mixed"])  # what is kept between requests is kept by now
        rows = [
            {"pages": kind, **load(address, RATE, seconds, paths)["all"]} for kind, paths in kinds.items()
        ]
    step = {"steps": len(steps), "p50_ms": quantiles(steps, n=20)[9], "p95_ms": quantiles(steps, n=20)[18]}
    step["most_ms"] = max(steps)
    print(before, machine()["load_average"], {"start_s": round(started_s, 1), **weight}, sep="\n")
    show("From an answer to the next question; aim: under 20 ms", [step])
    show(f"Pages at {RATE} requests a second, {seconds:g} s each; aim: p95 under {AIM_MS} ms", rows)
    keep("pages", {"start_s": started_s, "first_page": weight, "steps": step, "rows": rows})


def load(address: str, rate: float, seconds: float, paths: list[str], cookie: str = "") -> dict[str, Any]:
    """Fire from another process, signed in when a cookie is given."""
    command = [
        sys.executable,
        str(Path(__file__).with_name("load.py")),
        address,
        str(rate),
        str(seconds),
        *paths,
    ]
    environment = {**os.environ, "COOKIE": cookie} if cookie else None
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextlib.contextmanager
def running_site() -> Iterator[tuple[str, float]]:
    """The address of a site without data and the seconds until it first answered."""
    data = Path(tempfile.mkdtemp(prefix="kechuang-"))
    data.chmod(0o711)
    try:
        with running_on(data) as found:
            yield found
    finally:
        shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def running_on(data: Path) -> Iterator[tuple[str, float]]:
    """The address of the site of a data folder and the seconds until it first answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    begun = time.perf_counter()
    command = [str(Path(sys.executable).with_name("kechuang")), "run", "--port", str(port)]
    with (data / "run.log").open("w") as log:
        site = subprocess.Popen(
            command, env={**os.environ, "KECHUANG_DATA": str(data)}, stdout=log, stderr=log
        )
        try:
            while not answers(address):
                if site.poll() is not None:
                    raise SystemExit((data / "run.log").read_text())
                time.sleep(0.1)
            yield address, time.perf_counter() - begun
        finally:
            site.send_signal(signal.SIGTERM)
            site.wait(60)


def answers(address: str) -> bool:
    """Whether pages and database are up."""
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def first_page(address: str) -> dict[str, float]:
    """Bytes of the first page and of the scripts and styles that it loads, compressed as a browser asks for them."""
    page = fetch(f"{address}/")
    assets = re.findall(rb'(?:src|href)="(/static/[^"]+\.(?:js|css))"', gzip.decompress(page))
    sizes = {path.decode(): len(fetch(address + path.decode())) for path in dict.fromkeys(assets)}
    return {"page_bytes": len(page), "script_and_style_bytes": sum(sizes.values()), **sizes}


def fetch(address: str) -> bytes:
    """The body as it comes, compressed."""
    asked = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked, timeout=30) as response:
        body: bytes = response.read()
        return body if response.headers["Content-Encoding"] == "gzip" else gzip.compress(body)


if __name__ == "__main__":
    main()
