"""The primary dies at once, the standby takes over: nothing acknowledged is lost, and no web server is restarted.

What `deploy/` ships is what runs here: its nginx and PostgreSQL files, with the addresses of this machine put in.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from kechuang.operations.checks_database import check_database
from kechuang.operations.folders import service_account
from kechuang.operations.postgres import servers

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CASE = (ROOT / "docs/examples/enterprise.json").read_bytes()
PROGRAMS = next(servers())
UNDONE = "SELECT 1 FROM entitlements_run WHERE state <> 'done' LIMIT 1"
HOST = "kechuang.example.gov.cn"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def comes_true(condition: Callable[[], object], seconds: float = 60) -> float:
    """How many seconds it took."""
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, condition
        time.sleep(0.05)
    return time.monotonic() - begun


def rows(url: str, query: str) -> list[tuple]:
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(query)
        return found.fetchall() if found.description else []


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Node:
    """A PostgreSQL server of its own, set up by the files in deploy/postgresql."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def run(self, program: str, *arguments: str | Path, **environment: str) -> None:
        account = service_account(self.folder)
        subprocess.run(
            [PROGRAMS / program, *arguments],
            cwd=self.folder,
            env={**os.environ, **environment},
            check=True,
            stdout=subprocess.DEVNULL,
            **account.process(),
        )

    def configure(self, *, synchronous: bool) -> None:
        """Put in the shipped files; a file of its own says where this node listens."""
        files = ["kechuang.conf", *(["synchronous.conf"] if synchronous else [])]
        text = "\n".join((DEPLOY / "postgresql" / name).read_text(encoding="utf-8") for name in files)
        text += f"\nlisten_addresses = '127.0.0.1'\nport = {self.port}\nunix_socket_directories = '{self.folder}'\n"
        (self.data / "postgresql.conf").write_text(text, encoding="utf-8")
        rules = (DEPLOY / "postgresql/pg_hba.conf").read_text(encoding="utf-8")
        rules = rules.replace("hostssl", "host").replace("10.0.0.0/24", "127.0.0.1/32")
        (self.data / "pg_hba.conf").write_text(f"local all all trust\n{rules}", encoding="utf-8")

    def start(self) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.data],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **service_account(self.folder).process(),
            )
        comes_true(lambda: self.answers() or self.process.poll())
        assert self.process.poll() is None, (self.folder / "server.log").read_text()

    def answers(self) -> bool:
        try:
            self.ask("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def ask(self, query: str) -> list[tuple]:
        """Ask as the owner of the server, by its socket."""
        return rows(self.address, query)

    def ask_site(self, query: str) -> list[tuple]:
        """The same of the database of the site."""
        return rows(self.address.replace("/postgres?", "/kechuang?"), query)

    @property
    def address(self) -> str:
        return f"postgresql://owner@/postgres?host={self.folder}&port={self.port}"

    def kill(self) -> None:
        """Every process of the server at once, as when the machine loses its power."""
        assert self.process
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in (self.process.pid, *map(int, children)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)


@pytest.fixture
def pair(data_folder) -> Iterator[tuple[Node, Node]]:
    """A primary, and a standby that confirms every commit of it."""
    account = service_account(data_folder)
    nodes = []
    for name in ("primary", "standby"):
        folder = data_folder / name
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
        nodes.append(Node(folder))
    primary, standby = nodes
    made = (
        "--username",
        "owner",
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
        "--locale",
        "C.UTF-8",
        "--data-checksums",
    )
    try:
        primary.run("initdb", "--pgdata", primary.data, *made)
        primary.configure(synchronous=False)
        primary.start()
        primary.ask("CREATE ROLE kechuang LOGIN PASSWORD 'secret'")
        primary.ask("GRANT pg_monitor TO kechuang")
        primary.ask("CREATE ROLE replicator LOGIN REPLICATION PASSWORD 'secret'")
        primary.ask("CREATE DATABASE kechuang OWNER kechuang ENCODING 'UTF8'")
        source = f"host=127.0.0.1 port={primary.port} user=replicator application_name=kechuang_standby"
        standby.run(
            *(
                "pg_basebackup",
                "--dbname",
                source,
                "--pgdata",
                standby.data,
                "--write-recovery-conf",
                "--no-sync",
            ),
            *("--create-slot", "--slot", "standby_1", "--checkpoint", "fast", "--wal-method", "stream"),
            PGPASSWORD="secret",
        )
        standby.configure(synchronous=False)
        standby.start()
        primary.configure(synchronous=True)
        primary.ask("SELECT pg_reload_conf()")
        comes_true(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
        yield primary, standby
    finally:
        for node in nodes:
            node.stop()


@contextlib.contextmanager
def nginx(folder: Path, web: list[int], static: Path) -> Iterator[int]:
    """The shipped configuration on a port of this machine, with a certificate of its own."""
    port, plain = free_port(), free_port()
    files = folder / "nginx"
    (files / "logs").mkdir(parents=True)
    files.chmod(0o711)
    subject = ("-subj", f"/CN={HOST}", "-days", "2", "-nodes", "-newkey", "rsa:2048")
    subprocess.run(
        ["openssl", "req", "-x509", *subject, "-keyout", files / "key.pem", "-out", files / "chain.pem"],
        check=True,
        capture_output=True,
    )
    tls = (DEPLOY / "nginx/kechuang-tls.conf").read_text(encoding="utf-8")
    tls = tls.replace("/etc/ssl/kechuang/fullchain.pem", str(files / "chain.pem"))
    (files / "tls.conf").write_text(tls.replace("/etc/ssl/kechuang/privkey.pem", str(files / "key.pem")))
    shutil.copy(DEPLOY / "nginx/unavailable.html", files)
    text = (DEPLOY / "nginx/kechuang.conf").read_text(encoding="utf-8")
    for shipped, here in {
        "127.0.0.1:8001": f"127.0.0.1:{web[0]}",
        "127.0.0.1:8002": f"127.0.0.1:{web[1]}",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "/etc/nginx/kechuang-tls.conf": str(files / "tls.conf"),
        "/etc/nginx/kechuang;": f"{files};",
        "/var/lib/kechuang/static/": f"{static}/",
        "/var/log/nginx": str(files / "logs"),
    }.items():
        assert shipped in text
        text = text.replace(shipped, here)
    text = re.sub(r"^ *listen \[::\].*\n", "", text, flags=re.MULTILINE)
    (files / "nginx.conf").write_text(
        f"daemon off;\npid {files}/pid;\nerror_log {files}/logs/error.log;\nevents {{}}\n"
        f"http {{\ninclude /etc/nginx/mime.types;\n{text}\n}}\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", files, "-c", files / "nginx.conf"]
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def services(data: Path, url: str, web: list[int]) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Two web servers and a worker, started as their units start them."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "KECHUANG_DATA": str(data),
        "HTTPS": "1",
        "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
        "METRICS_TOKEN": "geheim",
    }
    environment.pop("DEBUG")
    command = [Path(sys.executable).with_name("kechuang"), "run", "--only"]
    parts = {str(port): ["web", "--port", str(port), "--processes", "1"] for port in web} | {
        "worker": ["worker"]
    }
    running = {}
    try:
        for name, arguments in parts.items():
            with (data / f"{name}.log").open("wb") as log:
                running[name] = subprocess.Popen(
                    [*command, *arguments], env=environment, stdout=log, stderr=log
                )
        yield running
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.wait(60)


class Visitor:
    """Somebody who uses the site through nginx."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.context = ssl._create_unverified_context()
        self.cookie = ""

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, bytes, str]:
        """Status, Location, body and number of the answer."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=self.context)
        try:
            named = {"Host": HOST, "Referer": f"https://{HOST}/", "Cookie": self.cookie, **headers}
            connection.request("POST" if body else "GET", path, body, named)
            response = connection.getresponse()
            if found := re.search(r"csrftoken=\w+", response.headers.get("Set-Cookie", "")):
                self.cookie = found[0]
            number = response.headers.get("X-Request-ID", "")
            return response.status, response.headers.get("Location", ""), response.read(), number
        finally:
            connection.close()

    def well(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("/health")[0] == 200
        return False

    def upload(self) -> str:
        """Hand in a case; the address of its assessment once the site has acknowledged it, else nothing."""
        fields = {"on": "2026-03-01", "year": "2025", "csrfmiddlewaretoken": self.cookie.partition("=")[2]}
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode()
            for k, v in fields.items()
        ]
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="case.json"\r\n\r\n'
        body = b"".join([*parts, head, CASE, b"\r\n--x--\r\n"])
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, place, _, _ = self.ask(
                "/assessments/", body, **{"Content-Type": "multipart/form-data; boundary=x"}
            )
            return place if status == 302 else ""
        return ""


class Writer(threading.Thread):
    """Uploads again and again until told to stop, and keeps when what was acknowledged."""

    def __init__(self, visitor: Visitor) -> None:
        super().__init__()
        self.visitor, self.done = visitor, threading.Event()
        self.acknowledged: list[tuple[float, str]] = []
        self.tries = 0

    def run(self) -> None:
        while not self.done.wait(0.2):
            self.tries += 1
            if place := self.visitor.upload():
                self.acknowledged.append((time.monotonic(), place))


def test_the_standby_takes_over_and_nothing_acknowledged_is_lost(pair, data_folder, capsys):
    primary, standby = pair
    web = [free_port(), free_port()]
    data = data_folder / "site"
    data.mkdir(mode=0o711)
    hosts = f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
    url = f"postgresql://kechuang:secret@{hosts}/kechuang?target_session_attrs=read-write&connect_timeout=3"
    with services(data, url, web) as running, nginx(data_folder, web, data / "static") as port:
        visitor = Visitor(port)
        comes_true(visitor.well, 400)
        assert visitor.ask("/assessments/")[0] == 200
        writer = Writer(visitor)
        writer.start()
        comes_true(lambda: len(writer.acknowledged) >= 10)
        speaks_as_shipped(visitor, data, web)
        before = {one.check: one.state for one in check_database(url, now)}

        primary.kill()
        killed = time.monotonic()
        time.sleep(1)
        waited = len(writer.acknowledged)
        promoting = time.monotonic()
        standby.run("pg_ctl", "promote", "-D", standby.data, "-w")
        promoted = time.monotonic()
        comes_true(lambda: len(writer.acknowledged) >= waited + 10, 120)
        comes_true(visitor.well, 120)
        well = time.monotonic()
        writer.done.set()
        writer.join()

        places = [place for _, place in writer.acknowledged]
        answers = [visitor.ask(place)[0] for place in places]
        kept = {key for (key,) in rows(url, "SELECT id FROM entitlements_run")}
        done = comes_true(lambda: not rows(url, UNDONE), 240)
        restarts = [(data / f"{name}.log").read_text().count("starting it again") for name in map(str, web)]
        alive = [running[str(port)].poll() is None for port in web]
        rejoined = rejoins(primary, standby)
        same = rows(url, "SELECT count(*) FROM entitlements_run") == primary.ask_site(
            "SELECT count(*) FROM entitlements_run"
        )

    first = next(at for at, _ in writer.acknowledged if at > promoting)
    took = {
        "seconds from kill -9 to the order": promoting - killed,
        "until promoted": promoted - promoting,
        "until the first write": first - promoting,
        "until the worker lives": well - promoting,
        "until all is assessed": well - promoting + done,
        "until the former primary follows": rejoined,
    }
    with capsys.disabled():
        sys.stdout.write(f"\n{len(places)} of {writer.tries} uploads acknowledged\n")
        sys.stdout.writelines(f"{seconds:6.1f} {what}\n" for what, seconds in took.items())
    assert before["standby"] == "ok"
    assert len(places) >= 20
    assert {place.split("/")[2] for place in places} <= kept
    assert set(answers) == {200}
    assert restarts == [0, 0]
    assert alive == [True, True]
    assert first - promoting < 30
    assert well - promoting < 120
    assert same


def speaks_as_shipped(visitor: Visitor, data: Path, web: list[int]) -> None:
    """nginx numbers requests and hides the figures, which each web server shows itself."""
    status, _, page, number = visitor.ask("/nowhere", **{"X-Request-ID": "a visitor cannot choose it"})
    lines = "".join((data / f"{port}.log").read_text() for port in web)
    assert status == 404
    assert re.fullmatch(r"[0-9a-f]{32}", number)
    assert number.encode() in page
    assert f'"request": "{number}"' in lines
    assert visitor.ask("/metrics", Authorization="Bearer geheim")[0] == 404
    assert figures(web[0])["kechuang_workers"] == "1.0"


def figures(port: int) -> dict[str, str]:
    """What Prometheus reads from one web server, past nginx."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/metrics", headers={"Authorization": "Bearer geheim"})
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    return dict(line.rsplit(" ", 1) for line in lines if line[0] != "#")


def rejoins(former: Node, primary: Node) -> float:
    """Turn the former primary into a synchronous standby of the new one, as the handbook says; seconds it took."""
    begun = time.monotonic()
    primary.ask(
        "CHECKPOINT"
    )  # else the new timeline is not on its disk yet, and pg_rewind sees nothing to do
    primary.ask("SELECT pg_create_physical_replication_slot('standby_1')")
    source = f"host={primary.folder} port={primary.port} user=owner dbname=postgres"
    former.run(
        "pg_rewind", "--target-pgdata", former.data, "--source-server", source, "--write-recovery-conf"
    )
    former.configure(synchronous=False)
    former.start()
    follow = f"host=127.0.0.1 port={primary.port} user=replicator password=secret application_name=kechuang_standby"
    former.ask(f"ALTER SYSTEM SET primary_conninfo = '{follow}'")
    former.ask("ALTER SYSTEM SET primary_slot_name = 'standby_1'")
    former.ask("SELECT pg_reload_conf()")
    primary.configure(synchronous=True)
    primary.ask("SELECT pg_reload_conf()")
    comes_true(lambda: primary.ask("SELECT sync_state FROM pg_stat_replication") == [("sync",)])
    comes_true(lambda: primary.ask("SELECT active FROM pg_replication_slots") == [(True,)])
    return time.monotonic() - begun
