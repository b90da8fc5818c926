"""`python -m kechuang.web gatherstatic`: styles, scripts and pictures into the data folder, unless they are there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import BaseCommand, call_command

STAMP: Final = ".gathered"
Listed = tuple[str, int, int]
"""A file: its name, its bytes, and of what it is made from the time of its last change."""


class Command(BaseCommand):
    """As collectstatic, which hashes and compresses for ten seconds; where nothing has changed it does nothing."""

    def handle(self, **_options: Any) -> None:
        """Gather, and note of which sources and with which result; without the note of a whole gathering, again."""
        root, sources = Path(settings.STATIC_ROOT), _sources()
        stamp = root / STAMP
        if stamp.is_file() and stamp.read_text(encoding="ascii") == _mark(sources, _results(root)):
            return
        stamp.unlink(missing_ok=True)
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(_mark(sources, _results(root)), encoding="ascii")


def _sources() -> list[Listed]:
    found = []
    for finder in get_finders():
        for name, storage in finder.list([]):
            state = Path(storage.path(name)).stat()
            found.append((name, state.st_size, state.st_mtime_ns))
    return found


def _results(root: Path) -> list[Listed]:
    files = (path for path in root.rglob("*") if path.name != STAMP and path.is_file())
    return [(path.relative_to(root).as_posix(), path.stat().st_size, 0) for path in files]


def _mark(*lists: Iterable[Listed]) -> str:
    """A hash of both lists and of all that decides how one becomes the other."""
    how = settings.STORAGES["staticfiles"], version("django"), version("whitenoise")
    return hashlib.sha256(repr([how, *(sorted(one) for one in lists)]).encode()).hexdigest()
