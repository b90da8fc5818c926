"""`kechuang run`: the database, the pages and the background worker of one machine, under one supervisor."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from kechuang.operations.errors import OperationError
from kechuang.operations.folders import data_folder, make_private
from kechuang.operations.postgres import Postgres
from kechuang.operations.turns import (
    StoppedError,
    keeping,
    migrating,
    preparing,
    refuse_a_running_site,
    until,
)

Part = Literal["web", "worker"]
PYTHON = sys.executable
BUILT = Path(__file__).parents[1] / "web" / "static" / "built" / "kechuang.css"
SECONDS_TO_STOP = 20
STEADY = 60  # a child that ran this many seconds was well: its next crash is a first one


class RunError(OperationError):
    """The site cannot be started."""


@dataclass
class Child:
    """A program that shall run: started again when it ends, after a pause that grows with every quick crash."""

    name: str
    command: list[str]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    crashes: int = 0
    pause_until: float = field(default=0.0)

    def tend(self, now: float) -> None:
        """Start the program unless it runs; `now` is a monotonic time in seconds."""
        if self.process and self.process.poll() is None:
            return
        if self.process:
            self.crashes = 1 if now - self.begun > STEADY else self.crashes + 1
            self.pause_until = now + min(30.0, 0.5 * 2**self.crashes)
            _say(f"{self.name} ended with status {self.process.returncode}; starting it again")
            self.process = None
        if now >= self.pause_until:
            self.process = subprocess.Popen(
                [PYTHON, "-m", "kechuang.operations.child", *self.command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the supervisor, which ends its children in order
            )
            self.begun = now

    def end(self) -> None:
        """Ask the program to end, and end it after a while."""
        if not self.process or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def run_site(
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    data: Path | None = None,
    web_processes: int = 2,
    only: Part | None = None,
) -> None:
    """Run the site until Ctrl-C or SIGTERM. Raises OperationError when it cannot be started.

    `data`: the data folder, else the usual one; `web_processes`: processes that answer requests, eight threads each;
    `only`: the pages or the worker alone, on a database of the operator. To be called from the main thread.
    """
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    data, named = data or data_folder(), os.environ.get("DATABASE_URL")
    if only and not named:
        raise OperationError(
            f"--only {only} 需要由 DATABASE_URL 指定的数据库：自带数据库只随整个网站运行",
            f"--only {only} needs a database named by DATABASE_URL: our own server runs with the whole site only",
        )
    if not named:
        refuse_a_running_site(data)
    if only != "worker":
        _refuse_a_taken_port(host, port)
        if not BUILT.is_file():
            raise RunError(
                f"页面样式和脚本未构建：缺少 {BUILT}。请先在源码目录执行 make",
                f"The front end is not built: {BUILT} is missing. Run `make` in the checkout first",
            )
    with contextlib.nullcontext() if named else keeping(data):
        server = None if named else Postgres(data)
        environment = {
            **os.environ,
            "KECHUANG_DATA": str(data),
            "DATABASE_URL": server.url if server else named or "",
            "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
            "PYTHONUNBUFFERED": "1",
        }
        children = []
        if only != "worker":
            counted = {**environment, "PROMETHEUS_MULTIPROC_DIR": str(data / "metrics" / str(port))}
            children.append(Child("the web server", _web_server(host, port, web_processes), counted))
        if only != "web":
            children.append(Child("the background worker", _worker(), environment))
        address = "" if only == "worker" else f"http://{_shown(host)}:{port}"
        _run(children, server, environment, stop, address)
    _say("Stopped")


def _run(
    children: list[Child],
    server: Postgres | None,
    environment: dict[str, str],
    stop: threading.Event,
    address: str,
) -> None:
    """Start the database if it is ours, prepare, and keep everything running until `stop` is set; then end all."""
    data = Path(environment["KECHUANG_DATA"])
    try:
        if server:
            server.start()
            _say(f"The database is in {server.folder}")
        make_private(data / "uploads")
        _prepare(data, environment, stop, static=bool(address))
        for child in children:
            _empty_metrics(child)
        _watch(children, server, stop, address)
    except StoppedError:
        pass  # asked to end while preparing
    finally:
        for child in children:
            child.end()
        if server:
            server.stop()


def _watch(children: list[Child], server: Postgres | None, stop: threading.Event, address: str) -> None:
    """Keep everything running until `stop` is set; say `address` as soon as it answers."""
    answered = not address
    while not stop.is_set():
        if server:
            if server.owned and not server.alive():
                _say("PostgreSQL ended; starting it again")
            server.tend()
        for child in children:
            child.tend(time.monotonic())
        if not answered and _listens(address):
            answered = True
            _say(f"Kechuang runs on {address} (Ctrl-C stops it)")
        stop.wait(0.2)


def _prepare(data: Path, environment: dict[str, str], stop: threading.Event, *, static: bool) -> None:
    """Bring the tables up to date, and the static files if pages are served: one node after another."""
    with preparing(data, stop):
        with migrating(environment["DATABASE_URL"], _say, stop):
            _manage(environment, stop, "migrate", "--no-input")
        if static:
            _manage(environment, stop, "gatherstatic")


def _manage(environment: dict[str, str], stop: threading.Event, *command: str) -> None:
    arguments = [PYTHON, "-m", "kechuang.web", *command, "--verbosity", "0"]
    with subprocess.Popen(arguments, env=environment, start_new_session=True) as process:
        try:
            until(lambda: process.poll() is not None, stop)
        except StoppedError:
            process.terminate()  # each migration is one transaction: what has begun is rolled back
            raise
    if process.returncode:
        name = " ".join(command)
        raise RunError(
            f"{name} 失败（状态 {process.returncode}），原因见上文",
            f"`{name}` ended with status {process.returncode}; its messages stand above",
        )


def _empty_metrics(child: Child) -> None:
    """Make the folder in which the processes of `child` count, without the counts of an earlier start."""
    if folder := child.environment.get("PROMETHEUS_MULTIPROC_DIR"):
        shutil.rmtree(folder, ignore_errors=True)
        make_private(Path(folder))


def _web_server(host: str, port: int, processes: int) -> list[str]:
    bracketed = f"[{host}]" if ":" in host else host
    address = ["--bind", f"{bracketed}:{port}", "--workers", str(processes)]
    heartbeats = ["--worker-tmp-dir", "/dev/shm"] if Path("/dev/shm").is_dir() else []  # noqa: S108 - no data is there
    return [PYTHON, "-m", "gunicorn", "--config", "python:kechuang.web.gunicorn", *address, *heartbeats]


def _worker() -> list[str]:
    return [
        *(PYTHON, "-m", "kechuang.web", "procrastinate", "worker"),
        *("--concurrency", "2", "--shutdown-graceful-timeout", "10", "--delete-jobs", "never"),
    ]


def _refuse_a_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise RunError(
                f"{host}:{port} 不可用（{error.strerror}）；请用 --port 另选",
                f"{host}:{port} cannot be used ({error.strerror}); choose another with --port",
            ) from error


def _listens(address: str) -> bool:
    host, _, port = address.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def _shown(host: str) -> str:
    """The host of the address that a person opens."""
    if host in {"127.0.0.1", "0.0.0.0", "::", "::1"}:  # noqa: S104 - compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _say(text: str) -> None:
    print(text, flush=True)
