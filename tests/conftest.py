"""What all tests share: their own data folder, and a PostgreSQL that starts with the first test that asks.

The tables are made once for all processes of a run, in a folder that every database and every site is a copy of.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import django
import psycopg
import pytest
from coverage import Coverage
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright
from psycopg import sql
from pytest_django.plugin import DjangoDbBlocker

from kechuang.operations.postgres import Postgres, url_of

Made = TypeVar("Made")
Running = contextlib.AbstractContextManager[tuple[str, subprocess.Popen[str]]]
# Not pytest's tmp_path: the account that runs PostgreSQL for root may not enter it.
DATA = Path(tempfile.mkdtemp(prefix="kechuang-"))
DATA.chmod(0o711)
(DATA / "static").mkdir()
POLICY = Path(__file__).parent / "policy"
AXE = Path(__file__).parents[1] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
# The processes of pytest-xdist inherit what is set below, so the operator's wish is remembered under a name of its own.
OPERATOR = os.environ.setdefault("OPERATOR_DATABASE_URL", os.environ.get("DATABASE_URL", ""))
MADE_HERE = "PREPARED_FOLDER" not in os.environ  # in the process that starts the others
PREPARED = Path(os.environ.setdefault("PREPARED_FOLDER", f"{DATA}-prepared"))
os.environ["KECHUANG_DATA"] = str(DATA)
os.environ["DATABASE_URL"] = OPERATOR or url_of(DATA)
os.environ["DEBUG"] = (
    "1"  # static files straight from the sources; pytest-django switches settings.DEBUG off again
)
os.environ["DJANGO_SETTINGS_MODULE"] = "kechuang.web.settings"


def pytest_configure() -> None:
    gc.set_threshold(50_000, 20, 20)  # looking for garbage after each 700 objects takes a tenth of all time
    django.setup()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.MD5PasswordHasher"
    ]  # a slow one is tested on its own
    # Else each client of Django's, thousands of them, reads all static files before its first page.
    settings.WHITENOISE_AUTOREFRESH = True
    _let_tests_empty_all_tables()
    # A process that pytest-xdist starts inherits this, and would read the settings before its database is named here.
    del os.environ["DJANGO_SETTINGS_MODULE"]


def _let_tests_empty_all_tables() -> None:
    """Between tests that commit Django truncates every table, which takes seconds; here those with rows lose them.

    Types of content and permissions stay, which Django writes again after each emptying. Tables that are append-only
    refuse it from anybody else; foreign keys are looked at when all rows have gone.
    """
    import pgtrigger
    from django.db import connection, transaction
    from django.test import TransactionTestCase

    kept = {"django_content_type", "auth_permission"}

    def empty(self: TransactionTestCase) -> None:
        tables = (
            set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - kept
        )
        # Seals come last: they are laid for what is deleted before them.
        names = sorted(tables, key=lambda table: (table == "journal_seal", table))
        asked = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(name, sql.Identifier(name))
            for name in names
        )
        with pgtrigger.ignore(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(asked)
            filled = {name for (name,) in cursor.fetchall()}
            for name in names:
                if name in filled or name == "journal_seal":
                    cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))

    TransactionTestCase._fixture_teardown = empty


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First those of the policy engine, which need no database: meanwhile another process can make the tables."""
    items.sort(key=lambda item: POLICY not in item.path.parents)


def pytest_collection_finish() -> None:
    """What has been imported by now stays, so nobody looks through it for garbage between tests."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Coverage is of the policy engine by its own tests: to trace the others too took half as long again."""
    tracer = Coverage.current()
    if tracer is None or POLICY in item.path.parents:
        return (yield)
    tracer.stop()
    try:
        return (yield)
    finally:
        tracer.start()


def pytest_unconfigure() -> None:
    shutil.rmtree(DATA, ignore_errors=True)
    if MADE_HERE:
        shutil.rmtree(PREPARED, ignore_errors=True)


def copy_prepared(folder: Path) -> None:
    """Fill a data folder with a database that has its tables, and static files; who asks first makes the originals."""
    PREPARED.mkdir(mode=0o711, exist_ok=True)
    with (PREPARED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (PREPARED / "postgresql").exists():
            _prepare()
    subprocess.run(["cp", "--archive", PREPARED / "postgresql", PREPARED / "static", folder], check=True)


def _prepare() -> None:
    with tempfile.TemporaryDirectory(prefix="kechuang-") as name:
        making = Path(name)
        making.chmod(0o711)
        server = Postgres(making)
        server.start()
        environment = {
            **os.environ,
            "KECHUANG_DATA": name,
            "DATABASE_URL": server.url,
            "DJANGO_SETTINGS_MODULE": "kechuang.web.settings",
        }
        del environment["DEBUG"]  # as the site that is run
        commands = ["migrate", "--no-input", "--verbosity", "0"], ["gatherstatic"]
        try:
            for command in commands:
                subprocess.run([sys.executable, "-m", "kechuang.web", *command], env=environment, check=True)
        finally:
            server.stop()
        subprocess.run(["cp", "--archive", making / "static", PREPARED / "static"], check=True)
        subprocess.run(["cp", "--archive", making / "postgresql", PREPARED / "unfinished"], check=True)
        (PREPARED / "unfinished").rename(PREPARED / "postgresql")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Starts our own server once per test process, with the tables in it, unless the operator names one."""
    from django.db import connection

    if OPERATOR:
        yield
        return
    copy_prepared(DATA)
    server = Postgres(DATA)
    server.start()
    tables, name = settings.DATABASES["default"]["NAME"], connection.creation._get_test_db_name()
    with psycopg.connect(server.url, dbname="postgres", autocommit=True) as asked:
        asked.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (tables, name))))
        asked.execute(
            sql.SQL("CREATE DATABASE {}").format(sql.Identifier(tables))
        )  # as before its first start
    yield
    server.stop()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The database is there already; it goes with the folder."""
    return not OPERATOR


@pytest.fixture(scope="module")
def for_all(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[Callable[[], Made]], Made]]:
    """Makes once what all tests of a module begin with: each finds it in the database as it was made.

    What it returns is shared too, so tests read from the database anew whatever they change.
    """
    from django.db import transaction

    around = transaction.atomic()
    around._from_testcase = True

    def made(make: Callable[[], Made]) -> Made:
        with django_db_blocker.unblock():
            return make()

    with django_db_blocker.unblock():
        around.__enter__()
    yield made
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def data_folder() -> Iterator[Path]:
    """A fresh data folder that the service account may pass through."""
    folder = Path(tempfile.mkdtemp(prefix="kechuang-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@contextlib.contextmanager
def _running_site(
    data: Path, *, from_nothing: bool = False, **more: str
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A running site for data folder `data`: its address and its supervisor, once pages and worker are up.

    from_nothing: the site makes its database and tables itself. more: further environment, DEMO="1".
    """
    if not from_nothing and not (data / "postgresql").exists():
        copy_prepared(data)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "KECHUANG_DATA": str(data), "METRICS_TOKEN": "geheim", **more}
    for name in ("DATABASE_URL", "DEBUG"):
        environment.pop(name)
    log = data / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [Path(sys.executable).with_name("kechuang"), "run", "--port", str(port)],
            env=environment,
            stdout=output,
            stderr=output,
            text=True,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            until = time.monotonic() + 180  # on a busy machine; five seconds on an idle one
            while _status(f"{address}/health") != 200:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            yield address, process
        finally:
            process.terminate()
            process.wait(60)


def _status(address: str) -> int | None:
    """The status of the answer; None when nobody answers."""
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return None


@pytest.fixture
def clock_at(monkeypatch) -> Callable[[datetime], None]:
    """Sets the machine's clock; at first it is the hour of all stories."""

    def set_to(at: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: at)

    set_to(datetime(2026, 3, 2, 2, 0, tzinfo=UTC))
    return set_to


@pytest.fixture(scope="session", name="running_site")
def running_site_for_a_folder() -> Callable[..., Running]:
    """A context manager that runs the site of a data folder, in an environment with more, as DEMO="1"."""
    return _running_site


@pytest.fixture(name="status")
def status_of_an_address() -> Callable[[str], int | None]:
    """A function that asks an address for its status."""
    return _status


@pytest.fixture(scope="session")
def site_data() -> Iterator[Path]:
    """The data folder of `site`, for tests that put something into its database."""
    data = Path(tempfile.mkdtemp(prefix="kechuang-"))
    data.chmod(0o711)
    yield data
    shutil.rmtree(data)


@pytest.fixture(scope="session")
def site(site_data: Path) -> Iterator[str]:
    """The address of the whole site, run as `make run` runs it, in a process of its own."""
    with _running_site(site_data) as (address, _):
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium, one for each test process: Playwright cannot be started twice in one.

    HEADED=1 shows it; SLOW=500 waits so many milliseconds after each step. Its loop runs in this thread, beside which
    Django would refuse to ask, and to drop, the database.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            headless=not os.environ.get("HEADED"),
            slow_mo=float(os.environ.get("SLOW") or 0),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], list[str]]:
    """A function that asks axe for what on a page hinders people, as short lines."""
    axe = AXE.read_text(encoding="utf-8")

    def ask(page: Page) -> list[str]:
        page.wait_for_load_state()
        page.evaluate(axe)
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        # What it passes is much longer, so it is neither put together nor sent here.
        found = page.evaluate(
            """async tags => {
                const how = {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]}
                const {violations} = await axe.run(document, how)
                return violations.flatMap(({id, nodes}) => nodes.slice(0, 3).map(node => [id, node.html]))
            }""",
            tags,
        )
        return [f"{rule}: {html[:160]}" for rule, html in found]

    return ask


@pytest.fixture(scope="session")
def overflow() -> Callable[[Page], int]:
    """A function that says how many pixels a page is wider than its window.

    After a click the new document may have no element yet: a script must not ask before the page has come.
    """

    def ask(page: Page) -> int:
        page.wait_for_load_state()
        return page.evaluate("document.documentElement.scrollWidth - innerWidth")

    return ask
