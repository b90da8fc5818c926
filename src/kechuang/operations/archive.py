"""The file of a backup: a tar whose last member is a manifest with the size and SHA-256 of all others.

The manifest's own SHA-256 is part of its name, so every byte that counts is covered. Nothing is compressed again:
dumps, workbooks, Parquet and PDF files are already.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from kechuang.operations.errors import OperationError
from kechuang.operations.scratch import scratch, sync_folder

FORMAT: Final = 1
DUMP: Final = "database.dump"
FILES: Final = "data"  # members below it are files of the data folder
_MANIFEST: Final = re.compile(r"manifest-([0-9a-f]{64})\.json")
_CHUNK: Final = 1024 * 1024
_MOST: Final = 1024**3  # bytes of a manifest: some millions of members


@dataclass(frozen=True)
class Member:
    """One file of the archive."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What an archive holds. `made_at`: ISO 8601 in UTC; `postgresql`: major versions by role ('server', 'pg_dump')."""

    made_at: str
    version: str
    postgresql: dict[str, int]
    migrations: dict[str, str]
    members: tuple[Member, ...]
    format: int = FORMAT

    @property
    def bytes(self) -> int:
        """Of all members together."""
        return sum(member.size for member in self.members)

    @property
    def files(self) -> int:
        """How many files of the data folder it holds."""
        return sum(1 for member in self.members if member.name != DUMP)


class Writer:
    """Writes members into an open archive and remembers what the manifest must say."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._members: list[Member] = []

    def add(self, name: str, path: Path) -> bool:
        """Add the file as it is now; False when it has gone. What is written to it meanwhile stays out."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return False
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            head = tarfile.TarInfo(name)
            head.size, head.mtime, head.mode = state.st_size, int(state.st_mtime), state.st_mode & 0o777
            source = _Hashed(file)
            self._tar.addfile(head, source)
        self._members.append(Member(name, head.size, source.sha256))
        return True

    def finish(
        self, made_at: str, version: str, postgresql: dict[str, int], migrations: dict[str, str]
    ) -> Manifest:
        """Write the manifest as the last member."""
        manifest = Manifest(made_at, version, postgresql, migrations, tuple(self._members))
        text = json.dumps(asdict(manifest), ensure_ascii=True, indent=1).encode()
        head = tarfile.TarInfo(f"manifest-{hashlib.sha256(text).hexdigest()}.json")
        head.size, head.mode = len(text), 0o600
        self._tar.addfile(head, io.BytesIO(text))
        return manifest


class _Hashed(io.RawIOBase):
    """Passes a file on and hashes what went by."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        found = self._file.read(size)
        self._digest.update(found)
        return found

    @property
    def sha256(self) -> str:
        """Of all that was read."""
        return self._digest.hexdigest()


@contextlib.contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """A new archive at `target`, readable by its owner only; it appears whole, after it is on the disk, or not at all.

    Raises OperationError when something is at `target` already.
    """
    if target.exists():
        raise OperationError(
            f"{target} 已存在。请换一个名称，或先移走它",
            f"{target} is already there: choose another name, or move it away first",
        )
    with scratch(target.parent, target.name) as (partial, file):
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            yield Writer(tar)
        file.flush()
        os.fsync(file.fileno())
        partial.rename(target)
        sync_folder(target.parent)


def checked(path: Path) -> Manifest:
    """Read the whole archive against its manifest. Raises OperationError, which names every damaged member."""
    found, manifest = _read(path)
    damaged = [
        member.name for member in manifest.members if found.get(member.name) != (member.size, member.sha256)
    ]
    damaged += sorted(set(found) - {member.name for member in manifest.members})
    if damaged:
        more = f" … ({len(damaged)})" if len(damaged) > len(damaged[:5]) else ""
        names = ", ".join(damaged[:5]) + more
        raise OperationError(
            f"{path} 已损坏：{names} 与清单不符。未恢复任何内容；请改用另一份备份",
            f"{path} is damaged: {names} is not as the manifest says. Nothing was restored; use another backup",
        )
    return manifest


def extract(path: Path, folder: Path, member: str | None = None) -> None:
    """Write the files of the data folder below `folder`, or the one `member` into it, with mode 0600 and their times.

    For an archive that was checked: its names are known to be plain.
    """
    with tarfile.open(path) as tar:
        for head in tar:
            if member is None and not head.name.startswith(f"{FILES}/"):
                continue
            if member not in {None, head.name}:
                continue
            to = folder / (head.name if member else head.name.removeprefix(f"{FILES}/"))
            for parent in reversed(to.relative_to(folder).parents):
                (folder / parent).mkdir(mode=0o700, exist_ok=True)
            handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.writelines(_chunks(tar, head))
                file.flush()
                os.fsync(file.fileno())
            os.utime(to, (head.mtime, head.mtime))


def _read(path: Path) -> tuple[dict[str, tuple[int, str]], Manifest]:
    """Size and SHA-256 of each member, and the manifest."""
    found: dict[str, tuple[int, str]] = {}
    last, text = "", b""
    try:
        with tarfile.open(path, "r:") as tar:
            for head in tar:
                last = head.name
                if _MANIFEST.fullmatch(head.name) and head.size <= _MOST:
                    text = b"".join(_chunks(tar, head))
                    break
                digest = hashlib.sha256()
                for chunk in _chunks(tar, head):
                    digest.update(chunk)
                found[head.name] = (head.size, digest.hexdigest())
    except (tarfile.TarError, EOFError) as error:
        raise _not_whole(path, last) from error
    if not text:
        raise _not_whole(path, last)
    return found, _manifest(path, last, text)


def _chunks(tar: tarfile.TarFile, head: tarfile.TarInfo) -> Iterator[bytes]:
    """The bytes of a member; a member that is no plain file has none."""
    file = tar.extractfile(head) if head.isreg() else None
    while file and (chunk := file.read(_CHUNK)):
        yield chunk


def _not_whole(path: Path, last: str) -> OperationError:
    """The sentence for an archive that ends too soon, or is none."""
    return OperationError(
        f"{path} 不是完整的备份：读到“{last}”之后无法继续。未恢复任何内容；请改用另一份备份"
        if last
        else f"{path} 不是 kechuang backup 写出的备份",
        f"{path} is not a whole backup: nothing can be read after '{last}'. Nothing was restored; use another backup"
        if last
        else f"{path} is no backup written by kechuang backup",
    )


def _manifest(path: Path, name: str, text: bytes) -> Manifest:
    expected = _MANIFEST.fullmatch(name)
    if expected is None or hashlib.sha256(text).hexdigest() != expected[1]:
        raise OperationError(
            f"{path} 已损坏：清单 {name} 有误。未恢复任何内容；请改用另一份备份",
            f"{path} is damaged: its manifest {name} is wrong. Nothing was restored; use another backup",
        )
    data: dict[str, Any] = json.loads(text)
    if data.get("format") != FORMAT:
        raise OperationError(
            f"{path} 的格式是 {data.get('format')}，本版本只读格式 {FORMAT}。请用写出它的版本恢复",
            f"{path} has format {data.get('format')}, this version reads format {FORMAT}: restore it with the version "
            "that wrote it",
        )
    members = tuple(Member(**member) for member in data.pop("members"))
    names = [member.name for member in members]
    if len(set(names)) != len(names) or DUMP not in names or not all(map(_plain, names)):
        raise OperationError(
            f"{path} 的清单含有不许可的名称，拒绝恢复", f"{path} names files that no backup holds: refused"
        )
    return Manifest(**data, members=members)


def _plain(name: str) -> bool:
    """Whether a member is the dump, or lies below the data folder and nowhere else."""
    parts = PurePosixPath(name).parts
    if name == DUMP:
        return True
    return len(parts) > 1 and parts[0] == FILES and ".." not in parts and "/".join(parts) == name
