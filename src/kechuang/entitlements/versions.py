"""Packs by the hash of their content, kept for good: what a case began with is what it is replayed by.

The kept files are the pack's own and the shared vocabulary. They are written to a folder of the site's data when first
needed, checked against the hash, and read from there, never from the folder that the software brings. Reference series
(LPR) are not part of a pack. What the software brings has always been known; what an operator loads is known from that
moment on, and `pack_as_known` gives the pack with the series as they were known at a time.

Which version is in force stands in the database, and beside the kept files as a mark, so that pages that ask no
database (the policy, the interview) show it too; whoever reads the version in force from the database sets it right.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.conf import settings

from kechuang.accounts.refusals import Refused
from kechuang.entitlements.models import PackVersion
from kechuang.policy.encoding.loading import content_files, content_hash, load_pack
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import Value
from kechuang.reader.packs import pack_named

VOCABULARY: Final = "vocabulary"
Quotes = Mapping[tuple[int, int], Value]
"""Rates by (year, month)."""
series_known: list[Callable[[datetime], Mapping[str, Quotes]]] = []
"""Rooms above say here which quotes were loaded and known at a time, by name of the series."""


def keep(pack: Pack, at: datetime) -> PackVersion:
    """Keep the files of a pack under its hash; a pack already kept stays as it is.

    Raises Refused when the folder has changed since the pack was read, or holds anything but text.
    """
    found = PackVersion.objects.filter(pk=pack.hash).first()
    if found is not None:
        return found
    files = _files(pack)
    if content_hash(pack.folder) != pack.hash:
        raise Refused("政策包的文件刚刚变动，请重试。", "The files of the pack have just changed: try again.")
    # Two who keep the same pack at once both find it kept.
    given = {"pack": pack.id, "files": files, "kept_at": at}
    return PackVersion.objects.get_or_create(pk=pack.hash, defaults=given)[0]


@lru_cache(maxsize=8)
def pack_of(hash_: str) -> Pack:
    """The pack of a kept version; PackVersion.DoesNotExist when nothing is kept by this hash.

    The one that this process has read at its start is used while it has the hash; any other comes from the kept files,
    never from the folder that the software brings. Raises ValueError when the kept files do not have the hash.
    """
    here = pack_named(settings.POLICY_PACK)
    return here if here.hash == hash_ else kept_pack(hash_, PackVersion.objects.get(pk=hash_))


def pack_as_known(hash_: str, at: datetime) -> Pack:
    """The pack of a kept version with the reference series as they were known at a time. Raises as `pack_of` does."""
    loaded = [
        (name, month, rate)
        for known in series_known
        for name, quotes in known(at).items()
        for month, rate in quotes.items()
    ]
    return _pack_with(hash_, tuple(sorted(loaded))) if loaded else pack_of(hash_)


@lru_cache(maxsize=16)
def _pack_with(hash_: str, loaded: tuple[tuple[str, tuple[int, int], Value], ...]) -> Pack:
    """One and the same pack for the same quotes, so that it is bound once."""
    pack = pack_of(hash_)
    series = {name: dict(quotes) for name, quotes in pack.series.items()}
    for name, month, rate in loaded:
        if name in series:
            series[name][month] = rate
    return replace(pack, series=series)


def kept_pack(hash_: str, version: PackVersion) -> Pack:
    """The pack of a version, written out again if its folder is missing or altered."""
    root = Path(settings.DATA) / "packs" / hash_
    folder, vocabulary = root / version.pack, root / VOCABULARY
    if not folder.is_dir() or content_hash(folder, vocabulary) != hash_:
        _write(version, root)
    if content_hash(folder, vocabulary) != hash_:
        raise ValueError(f"the kept files of pack {version.pack} do not have the hash {hash_}")
    return load_pack(folder, vocabulary)


def mark(version: PackVersion) -> None:
    """Note on disk which version is in force, its files in place first; nothing happens where the mark is right."""
    file = _mark()
    if _marked_hash() == version.pk:
        return
    if version.pk != pack_named(settings.POLICY_PACK).hash:
        kept_pack(version.pk, version)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}-{os.getpid()}-{threading.get_ident()}")
    beside.write_text(version.pk, "ascii")
    beside.replace(file)


def pack_marked() -> Pack | None:
    """The released version by its mark; None for the one that the software brings, or where nothing is marked."""
    hash_ = _marked_hash()
    if not hash_ or hash_ == pack_named(settings.POLICY_PACK).hash:
        return None
    return _on_disk(Path(settings.DATA) / "packs" / hash_, hash_)


def pack_then(name: str, hash_: str) -> Pack:
    """The pack that something was worked out by, as long as its content is still here; else the one of that name."""
    here = pack_named(name)
    return here if here.hash == hash_ else _on_disk(Path(settings.DATA) / "packs" / hash_, hash_) or here


def _mark() -> Path:
    return Path(settings.DATA) / "packs" / "in-force"


def _marked_hash() -> str:
    try:
        return _mark_read(_mark(), _mark().stat().st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=4)
def _mark_read(file: Path, _changed: int) -> str:
    return file.read_text("ascii")


@lru_cache(maxsize=8)
def _on_disk(root: Path, hash_: str) -> Pack | None:
    """The kept files of a version, if they are there and whole."""
    folder = next((one.parent for one in root.glob("*/pack.yaml")), None)
    if folder is None or content_hash(folder, root / VOCABULARY) != hash_:
        return None
    return load_pack(folder, root / VOCABULARY)


def _files(pack: Pack) -> dict[str, str]:
    """{<pack>/pack.yaml: text, …, vocabulary/years.yaml: text}."""
    kept = {}
    for file in content_files(pack.folder):
        inside = file.is_relative_to(pack.folder)
        name = f"{pack.id}/{file.relative_to(pack.folder)}" if inside else f"{VOCABULARY}/{file.name}"
        try:
            kept[name] = file.read_bytes().decode()
        except UnicodeDecodeError:
            zh, en = f"{name} 不是文本文件，请移出政策包。", f"{name} is no text: take it out of the pack."
            raise Refused(zh, en) from None
    return kept


def _write(version: PackVersion, root: Path) -> None:
    """Write the kept files beside, then put them in place at once."""
    root.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=root.parent))
    for name, text in version.files.items():
        file = beside / name
        if not file.resolve().is_relative_to(beside.resolve()):
            raise ValueError(f"version {version.pk} names a file outside its folder: {name}")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    shutil.rmtree(root, ignore_errors=True)
    try:
        beside.rename(root)
    except OSError:  # another process was quicker; what it wrote is checked like ours
        shutil.rmtree(beside, ignore_errors=True)
