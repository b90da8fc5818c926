"""What all workers are told: the pack and its hash, day, year and readings, and where results go.

A worker binds the pack once and keeps it. It refuses to work when its program or its pack is another than the one
that the command was started with: two versions must never meet in one result.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import kechuang
from kechuang.cluster.errors import ClusterError
from kechuang.policy.encoding.binding import Bound, bind
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.encoding.pack import Pack
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import packs_folder

_ROOMS: Final = ("cluster", "exchange", "policy", "reference")
_KINDS: Final = {".py", ".csv", ".yaml"}


@dataclass(frozen=True, slots=True)
class Job:
    """One run. `files` are those of a pack that does not come with the package; else its id is enough."""

    pack_id: str
    pack_hash: str
    program: str
    files: tuple[tuple[str, bytes], ...]
    on: date
    year: int
    readings: tuple[tuple[str, str], ...]
    out: str | None


def job_of(bound: Bound, out: str | None) -> Job:
    """The run of a bound pack; `out` is the folder for the parts of the result, None for totals only."""
    pack = bound.pack
    return Job(
        pack_id=pack.id,
        pack_hash=pack.hash,
        program=program(),
        files=_files(pack),
        on=bound.on,
        year=bound.year,
        readings=tuple(sorted(bound.readings.items())),
        out=out,
    )


@lru_cache(maxsize=4)
def bound_for(job: Job) -> Bound:
    """The bound pack of a run, in this process; ClusterError when program or pack are not those of the run."""
    if program() != job.program:
        raise _other(
            Words("科创程序", "program of Kechuang"), kechuang.__version__ + " " + program(), job.program
        )
    pack = _pack(job)
    if pack.hash != job.pack_hash:
        raise _other(Words(f"政策包 {job.pack_id}", f"pack {job.pack_id}"), pack.hash, job.pack_hash)
    return bind(pack, job.on, job.year, dict(job.readings))


@cache
def program() -> str:
    """SHA-256 over the modules and reference data that results rest on, as they are installed here."""
    home = Path(kechuang.__file__).parent
    digest = hashlib.sha256()
    for room in _ROOMS:
        for file in sorted(path for path in (home / room).rglob("*") if path.suffix in _KINDS):
            digest.update(f"{file.relative_to(home).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _files(pack: Pack) -> tuple[tuple[str, bytes], ...]:
    if pack.folder.resolve().parent == packs_folder().resolve():
        return ()
    found = [path for folder in (pack.folder, pack.folder / "measures") for path in sorted(folder.glob("*"))]
    return tuple(
        (path.relative_to(pack.folder).as_posix(), path.read_bytes()) for path in found if path.is_file()
    )


def _pack(job: Job) -> Pack:
    if not job.files:
        return load_pack(job.pack_id)
    with tempfile.TemporaryDirectory(prefix="kechuang-pack-") as folder:
        for name, data in job.files:
            file = Path(folder) / job.pack_id / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        return load_pack(Path(folder) / job.pack_id)


def _other(what: Words, here: str, there: str) -> ClusterError:
    return ClusterError(
        Words(
            f"工作进程上的{what.zh}与启动处不同（{here[:20]} 与 {there[:20]}）；请在各节点装同一版本",
            f"the {what.en} of a worker is another than where the run was started ({here[:20]}, {there[:20]}): "
            "install the same version on all nodes",
        )
    )
