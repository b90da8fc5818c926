"""Packs read once and kept: reading all measures takes most of a second, the kept form a tenth.

The kept form is a pickle in a folder that only this user can write. It is used only if every
file of the pack and of the engine still has the size and time that it was made from; whatever is odd, the
pack is read anew.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Final

import kechuang
from kechuang.cli.words import UsageError
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import Words

_DEFAULT: Final = "weihai-2023-5"
_PRIVATE: Final = 0o700
_OTHERS_WRITE: Final = 0o022


def quick_pack(name: str | None) -> Pack:
    """The pack with this id or in this folder, without its worked examples. Raises as `load_pack` does."""
    folder = pack_folder(name)
    kept = _kept(folder)
    found = None if kept is None else _take(kept)
    if found is not None:
        return found
    from kechuang.policy.encoding.loading import load_pack

    pack = _lean(load_pack(folder))
    if kept is not None:
        _keep(kept, pack)
    return pack


def pack_folder(name: str | None) -> Path:
    """The folder of a pack given by id or by path; UsageError naming those there are."""
    shipped = Path(kechuang.__file__).resolve().parent / "packs"
    for folder in (shipped / (name or _DEFAULT), Path(name or _DEFAULT)):
        if (folder / "pack.yaml").is_file():
            return folder.resolve()
    known = sorted(file.parent.name for file in shipped.glob("*/pack.yaml"))
    raise UsageError(
        Words(
            f"没有政策包“{name}”；自带的有：{'、'.join(known)}，也可以给出含 pack.yaml 的文件夹",
            f"no pack '{name}': expected one of {', '.join(known)}, or a folder with a pack.yaml",
        )
    )


def _kept(folder: Path) -> Path | None:
    """The file in which this state of the pack is kept; None when there is no private place for it."""
    base = os.environ.get("KECHUANG_CACHE") or os.environ.get("XDG_CACHE_HOME")
    if base is None and not os.environ.get("HOME"):
        return None
    root = Path(base) if base else Path.home() / ".cache"
    return root / "kechuang" / f"{folder.name}-{_stamp(folder)}.pack"


def _stamp(folder: Path) -> str:
    """A hash over names, sizes and times of all that a pack is made from."""
    digest = hashlib.sha256(f"{sys.version}\0{kechuang.__version__}\0{folder}".encode())
    for entry in made_from(folder):
        state = entry.stat()
        digest.update(f"{entry.path}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:32]


def made_from(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The files that a pack is made from, in a steady order: its own, the vocabulary, the engine, reference data."""
    home = Path(kechuang.__file__).parent
    engine = sorted(room for room in (home / "policy").iterdir() if room.is_dir())
    for root in (folder, folder / "measures", home / "packs" / "vocabulary", *engine, home / "reference"):
        with os.scandir(root) if root.is_dir() else nullcontext(()) as entries:
            yield from sorted((one for one in entries if one.is_file()), key=lambda entry: entry.name)


def _take(kept: Path) -> Pack | None:
    """The kept pack, if the folder and the file are this user's alone."""
    try:
        if any(not _is_private(path) for path in (kept.parent, kept)):
            return None
        data = kept.read_bytes()
    except OSError:
        return None
    collecting = gc.isenabled()
    gc.disable()  # the many small objects are all alive: looking for dead ones would double the time
    try:
        found = pickle.loads(data)  # noqa: S301 - see the head of this module
    except Exception:  # noqa: BLE001 - a file cut short or from another version: read the pack anew
        return None
    finally:
        if collecting:
            gc.enable()
    return found if isinstance(found, Pack) else None


def _is_private(path: Path) -> bool:
    state = path.stat()
    return state.st_uid == os.getuid() and not state.st_mode & _OTHERS_WRITE


def _keep(kept: Path, pack: Pack) -> None:
    """Keep the pack, in one move, and drop its older states; a disk that cannot be written is no fault."""
    with suppress(OSError):
        kept.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        for old in kept.parent.glob(f"{pack.id}-{'[0-9a-f]' * 32}.pack"):
            old.unlink(missing_ok=True)
        temporary = kept.with_suffix(f".{os.getpid()}")
        with temporary.open("wb") as file:
            _Pickler(file, protocol=pickle.HIGHEST_PROTOCOL).dump(pack)
        temporary.replace(kept)


class _Pickler(pickle.Pickler):
    """Writes records as calls of their constructors, which read back several times as quickly as states do."""

    def reducer_override(self, found: Any) -> Any:
        """How to write a value: a record by its fields, all else as usual."""
        if not is_dataclass(found) or isinstance(found, type):
            return NotImplemented
        parts = fields(found)
        if not all(part.init and not part.kw_only for part in parts):
            return NotImplemented
        return type(found), tuple(getattr(found, part.name) for part in parts)


def _lean(pack: Pack) -> Pack:
    """The pack without worked examples, and with an empty forest: its keys are identities of this process."""
    measures = {
        key: replace(measure, benefits=tuple(replace(benefit, examples=()) for benefit in measure.benefits))
        for key, measure in pack.measures.items()
    }
    return replace(pack, measures=measures, forest=type(pack.forest)())
