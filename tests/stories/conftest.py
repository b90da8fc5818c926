"""The demonstration, loaded and run once, and a browser that notes what is wrong on any page of it."""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from stories.acting import Demo, kechuang

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def loaded() -> Iterator[Path]:
    """A data folder as `make demo` fills it, in which nobody has done anything yet."""
    data = Path(tempfile.mkdtemp(prefix="kechuang-"))
    data.chmod(0o711)
    found = kechuang(data, "demo")
    assert found.returncode == 0, found.stderr
    yield data
    shutil.rmtree(data)


@pytest.fixture(scope="session")
def begun(loaded, running_site) -> Callable[[], contextlib.AbstractContextManager[Demo]]:
    """A function that runs the demonstration from its beginning, on a copy of the folder and a port of its own."""

    @contextlib.contextmanager
    def begin() -> Iterator[Demo]:
        data = Path(tempfile.mkdtemp(prefix="kechuang-"))
        subprocess.run(["cp", "--archive", f"{loaded}/.", data], check=True)
        with running_site(data, DEMO="1") as (address, _):
            yield Demo(address, data)
        shutil.rmtree(data)

    return begin


@pytest.fixture(scope="session")
def demo_site(begun) -> Iterator[Demo]:
    """The demonstration that stories 1 to 9 walk through one after the other; a story may have one of its own."""
    with begun() as demo:
        yield demo


@pytest.fixture(scope="session")
def seen() -> set[str]:
    """The kinds of page that axe has been asked about."""
    return set()


@pytest.fixture
def open_page(browser, demo_site, violations, seen) -> Iterator[Callable[..., Page]]:
    """A function that opens a window in Chinese; whatever the browser or axe complained of fails the story."""
    contexts, complaints = [], []

    def hear(message: object) -> None:
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            complaints.append(message.text)

    def look(page: Page) -> None:
        kind = kind_of(page)
        if kind not in seen:
            seen.add(kind)
            complaints.extend(f"{kind}: {one}" for one in violations(page))

    def open_one(viewport: dict[str, int] = DESK) -> Page:
        context = browser.new_context(base_url=demo_site.address, viewport=viewport, locale="zh-CN")
        context.set_default_timeout(30_000)
        context.add_cookies([{"name": "django_language", "value": "zh-hans", "url": demo_site.address}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.look = lambda: look(page)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(open_page) -> Page:
    """The window in which the people of a story take turns."""
    return open_page()


def kind_of(page: Page) -> str:
    """Pages of one kind differ in numbers and codes only; a case looks different from each side and in each state."""
    path = re.sub(r"^https?://[^/]+|[?#].*$", "", page.url)
    path = re.sub(r"/(\d[^/]*|[A-Za-z0-9_-]{20,})(?=/|$)", "/…", path)
    if not path.startswith("/cases/…"):
        return path
    return f"{path} {page.evaluate('''() => document.querySelector('main .filling, main .case-page')?.className''')}"
