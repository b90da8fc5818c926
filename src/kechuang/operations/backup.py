"""Backup and restore: the database as it was at one moment, and the files of the data folder, in one archive.

The dump is made first, the files are copied after it: files are written before the rows that name them and never
changed, so each file that a row of the dump names is there, unless it was deleted meanwhile.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import kechuang
from kechuang.operations import archive, dumps
from kechuang.operations.errors import OperationError
from kechuang.operations.folders import database_folder, make_passable
from kechuang.operations.postgres import Postgres
from kechuang.operations.scratch import scratch, sync_folder
from kechuang.operations.turns import keeping

SECRET_KEY: Final = "secret_key"  # noqa: S105 - the name of a file
# Made anew when missing, or not of this site.
NOT_KEPT: Final = frozenset({"postgresql", "static", "metrics", "papers", "backups"})
RESTORING, REPLACED = ".restoring-", ".replaced-"  # folders of a restore under way


@dataclass(frozen=True)
class Restored:
    """What came back: the manifest, and how many tables there are now."""

    manifest: archive.Manifest
    tables: int


def back_up(target: Path, data: Path, at: datetime) -> tuple[Path, archive.Manifest]:
    """Write the archive at `target`, or into the folder `target` under a name with the time `at`; where, and what.

    Raises OperationError; then nothing is left at `target`.
    """
    if target.is_dir():
        target /= f"kechuang-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar"
    if not target.parent.is_dir():
        raise OperationError(
            f"文件夹 {target.parent} 不存在，请先建立", f"There is no folder {target.parent}: make it first"
        )
    with archive.writing(target) as writer, database(data) as url:
        found = dumps.contents(url)
        if not found.migrations:
            raise OperationError(
                "数据库是空的，没有可备份的内容", "The database is empty: there is nothing to back up"
            )
        program, version = dumps.programs(found.server)
        with scratch(target.parent, f"{target.name}.dump") as (dumped, _):
            dumps.dump(url, dumped, program)
            writer.add(archive.DUMP, dumped)
        for path in kept_files(data):
            if path != target:
                writer.add(f"{archive.FILES}/{path.relative_to(data).as_posix()}", path)
        moment = at.astimezone(UTC).isoformat(timespec="seconds")
        versions = {"server": found.server, "pg_dump": version}
        manifest = writer.finish(moment, kechuang.__version__, versions, found.migrations)
    return target, manifest


def restore(
    source: Path, data: Path, accept: Callable[[archive.Manifest], None], *, replace: bool
) -> Restored:
    """Bring the archive back into the database and the data folder; `replace`: in place of what is there.

    `accept` raises when this program cannot work with what the archive holds. Everything is checked before anything
    changes; the database changes in one transaction, after the files. Raises OperationError; then
    database and files are as they were.
    """
    manifest = archive.checked(source)
    accept(manifest)
    with keeping(data), database(data, make=True) as url:
        into = dumps.contents(url)
        _refuse_to_overwrite(into, data, replace=replace)
        if into.others:
            raise OperationError(
                f"还有 {into.others} 个程序连着这个数据库。请先停止网站和后台任务",
                f"{into.others} other connections use this database: stop the pages and workers first",
            )
        program, _ = dumps.programs(max(into.server, manifest.postgresql["pg_dump"]))
        for left in data.glob(f"{RESTORING}*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=RESTORING, dir=data) as folder:
            place = Path(folder)
            files = place / "files"
            files.mkdir()
            archive.extract(source, files)
            archive.extract(source, place, archive.DUMP)
            with _exchanged(files, data):
                dumps.load(url, place / archive.DUMP, program, into)
        return Restored(manifest, dumps.contents(url).tables)


def _refuse_to_overwrite(into: dumps.Contents, data: Path, *, replace: bool) -> None:
    """Raise OperationError where data would be lost that nobody said may be replaced."""
    files = [path for path in kept_files(data) if path.name != SECRET_KEY]
    if replace or not (into.tables or files):
        return
    raise OperationError(
        f"已有数据：数据库 {into.tables} 张表，{data} 中 {len(files)} 个文件。确要替换请加 --replace；"
        "建议先用 kechuang backup 备份",
        f"There is data already: {into.tables} tables, {len(files)} files in {data}. To replace it add --replace; "
        "back it up first with kechuang backup",
    )


@contextlib.contextmanager
def database(data: Path, *, make: bool = False) -> Iterator[str]:
    """The address of the database; our own server is started for the while unless it runs.

    `make`: also when there is none yet. Raises OperationError.
    """
    if named := os.environ.get("DATABASE_URL"):
        yield named
        return
    if not make and not (database_folder(data) / "data" / "PG_VERSION").is_file():
        raise OperationError(
            f"{data} 中没有数据库。请用 KECHUANG_DATA 指明数据文件夹，或用 DATABASE_URL 指明数据库",
            f"There is no database in {data}: name the data folder with KECHUANG_DATA, or the database with "
            "DATABASE_URL",
        )
    make_passable(data)
    server = Postgres(data)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


def kept_files(data: Path) -> Iterator[Path]:
    """Each file of the data folder that a backup holds, in the order of their names; links are no files."""
    if (data / SECRET_KEY).is_file():
        yield data / SECRET_KEY
    for folder in _kept_folders(data):
        for place, folders, names in os.walk(folder):
            folders.sort()
            paths = (Path(place) / name for name in sorted(names))
            yield from (path for path in paths if path.is_file() and not path.is_symlink())


def _kept_folders(data: Path) -> list[Path]:
    """The folders of the data folder that a backup holds: all but what is made anew and what is hidden."""
    found = data.iterdir() if data.is_dir() else ()
    return sorted(
        path for path in found if path.is_dir() and path.name not in NOT_KEPT and path.name[0] != "."
    )


@contextlib.contextmanager
def _exchanged(files: Path, data: Path) -> Iterator[None]:
    """Put `files` in place of the kept files of `data`; put them back when what follows fails, else delete them."""
    old = Path(tempfile.mkdtemp(prefix=REPLACED, dir=data))
    moves = [(path, old / path.name) for path in (*_kept_folders(data), data / SECRET_KEY) if path.exists()]
    moves += [(path, data / path.name) for path in sorted(files.iterdir())]
    done: list[tuple[Path, Path]] = []
    try:
        for source, to in moves:
            source.rename(to)
            done.append((source, to))
        sync_folder(data)
        yield
    except BaseException:
        for source, to in reversed(done):
            to.rename(source)
        old.rmdir()
        raise
    shutil.rmtree(old)
