"""Where things lie on disk, and as whom the database may reach them."""

from __future__ import annotations

import functools
import hashlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from kechuang.policy.language.values import Words

# A Unix socket's path has at most 107 bytes on Linux; PostgreSQL names its socket .s.PGSQL.5432.
SOCKET_FOLDER_BYTES = 107 - len("/.s.PGSQL.5432")
CHECKOUT = Path(__file__).resolve().parents[3]
FOR_ROOT = Path("/var/lib/kechuang")


def data_folder() -> Path:
    """The folder of all that outlives a start: $KECHUANG_DATA, else var/ of a checkout, else the user's share."""
    if chosen := os.environ.get("KECHUANG_DATA"):
        return Path(chosen).expanduser().resolve()
    if (CHECKOUT / "pyproject.toml").is_file():
        return CHECKOUT / "var"
    share = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(share).expanduser().resolve() / "kechuang"


class FolderError(PermissionError):
    """A folder that cannot be ours, with what to do in both languages as `words`."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


def make_private(folder: Path, account: Account | None = None) -> Path:
    """Make `folder` with mode 0700 for `account` (default: us). Parents that exist keep the mode that they have."""
    ours = account.uid if account else os.geteuid()
    if not folder.is_dir():
        make_passable(folder.parent)
        folder.mkdir(mode=0o700)
        if account and ours != os.geteuid():
            os.chown(folder, account.uid, account.gid)
    owner = folder.stat().st_uid
    if owner != ours:
        raise FolderError(
            Words(
                f"文件夹 {folder} 属于编号为 {owner} 的用户，应属于编号为 {ours} 的用户。"
                "请把它改回该用户，或用 KECHUANG_DATA 指定别的位置",
                f"{folder} belongs to the user with number {owner}, expected {ours}: "
                "give it back to that user or choose another place with KECHUANG_DATA",
            )
        )
    return folder


def make_passable(folder: Path) -> None:
    """Make `folder` and what is missing above it, so that others may pass through but not look around."""
    if not folder.is_dir():
        make_passable(folder.parent)
        folder.mkdir()
        folder.chmod(0o711)


def secret_key(folder: Path) -> str:
    """The key that signs cookies and forms: kept in `folder`, readable by its owner only, made once."""
    make_passable(folder)
    path = folder / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    return key


class AsAccount(TypedDict, total=False):
    """Arguments of subprocess.Popen that say as whom a program runs."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The system account that a server runs as."""

    name: str
    uid: int
    gid: int

    @classmethod
    def of(cls, entry: pwd.struct_passwd) -> Account:
        """The account of an entry of the password file."""
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def process(self) -> AsAccount:
        """Arguments for subprocess that start a program as this account; none are needed for ourselves."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def reaches(self, path: Path) -> bool:
        """Whether this account can enter folder `path`, or run the program that `path` is."""
        question = ["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)]
        return subprocess.run(question, cwd="/", check=False, **self.process()).returncode == 0


def service_account(cluster: Path) -> Account:
    """Who runs PostgreSQL: we ourselves, or for root, whom PostgreSQL refuses, an account without rights.

    For root: the owner of an existing `cluster`, else postgres, else kechuang (made when missing), else nobody.
    """
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name, os.geteuid(), os.getegid())
    if cluster.is_dir() and cluster.stat().st_uid != 0:
        return Account.of(pwd.getpwuid(cluster.stat().st_uid))
    return _named("postgres") or _named("kechuang") or _created("kechuang") or _nobody()


def _named(name: str) -> Account | None:
    try:
        return Account.of(pwd.getpwnam(name))
    except KeyError:
        return None


def _created(name: str) -> Account | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")
    if not useradd:
        return None
    options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    made = subprocess.run([useradd, *options, name], check=False, capture_output=True)
    return _named(name) if made.returncode == 0 else None


def _nobody() -> Account:
    if account := _named("nobody"):
        return account
    raise FolderError(
        Words(
            "PostgreSQL 不能由 root 运行，也没有找到别的账户。请用 `useradd --system kechuang` 建一个，"
            "或以别的用户启动，或用 DATABASE_URL 指明数据库",
            "PostgreSQL does not run as root and no other account was found: make one with `useradd --system "
            "kechuang`, or start as another user, or name a database with DATABASE_URL",
        )
    )


def database_folder(data: Path) -> Path:
    """Where the database of data folder `data` lies: inside it, or for root perhaps below /var/lib/kechuang.

    PostgreSQL run for root enters as another account. Where that one cannot pass, as below /root, the modes of folders
    stay as they are and the database moves.
    """
    inside, outside = data / "postgresql", FOR_ROOT / f"postgresql-{_mark(data)}"
    if os.geteuid() != 0 or inside.is_dir():
        return inside
    if outside.is_dir() or not (_named("postgres") or _nobody()).reaches(_nearest(data)):
        return outside
    return inside


def _nearest(path: Path) -> Path:
    """`path`, or the closest folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


@functools.cache
def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def socket_folder(database: Path) -> Path:
    """Where the server of `database` listens: beside its files, or where that path is too long, in /tmp."""
    beside = database / "socket"
    if len(os.fsencode(beside)) <= SOCKET_FOLDER_BYTES:
        return beside
    return Path(tempfile.gettempdir()) / f"kechuang-{_mark(database)}"
