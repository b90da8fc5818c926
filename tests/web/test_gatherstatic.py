"""Static files are gathered once, and again when something has changed."""

from __future__ import annotations

import pytest
from django.contrib.staticfiles.finders import get_finder
from django.core.management import call_command


@pytest.fixture
def root(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "static"
    call_command("gatherstatic")
    return settings.STATIC_ROOT


def test_what_is_there_already_is_not_gathered_again(root):
    file = root / "web" / "icon.svg"
    before = file.stat().st_ctime_ns, (root / ".gathered").stat().st_ctime_ns

    call_command("gatherstatic")

    assert (file.stat().st_ctime_ns, (root / ".gathered").stat().st_ctime_ns) == before


def test_what_is_missing_is_gathered_again(root):
    file = root / "web" / "icon.svg"
    whole = file.read_bytes()
    file.unlink()

    call_command("gatherstatic")

    assert file.read_bytes() == whole


def test_a_source_that_changed_is_gathered_again(root, settings, tmp_path):
    source = tmp_path / "more"
    source.mkdir()
    (source / "new.css").write_text("a{}")
    settings.STATICFILES_DIRS = [source]
    get_finder.cache_clear()
    call_command("gatherstatic")
    get_finder.cache_clear()

    assert (root / "new.css").read_text() == "a{}"
