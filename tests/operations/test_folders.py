"""Folders, modes, accounts and the secret key."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kechuang.operations import folders


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_chosen_data_folder_comes_first(monkeypatch, tmp_path):
    monkeypatch.setenv("KECHUANG_DATA", str(tmp_path / "x"))

    assert folders.data_folder() == tmp_path / "x"


def test_a_checkout_keeps_its_data_in_var(monkeypatch):
    monkeypatch.delenv("KECHUANG_DATA")

    assert folders.data_folder() == folders.CHECKOUT / "var"


def test_an_installed_package_keeps_its_data_in_the_users_share(monkeypatch, tmp_path):
    monkeypatch.delenv("KECHUANG_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(folders, "CHECKOUT", tmp_path / "site-packages")

    assert folders.data_folder() == tmp_path / "kechuang"


def test_a_private_folder_is_made_and_its_parent_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o750)

    folders.make_private(tmp_path / "a" / "b")

    assert (mode(tmp_path), mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o750, 0o711, 0o700)


def test_the_secret_key_is_made_once_and_readable_by_its_owner_only(tmp_path):
    first = folders.secret_key(tmp_path / "data")

    assert folders.secret_key(tmp_path / "data") == first
    assert len(first) >= 50
    assert mode(tmp_path / "data" / "secret_key") == 0o600


def test_the_database_of_a_closed_folder_moves_out_for_root_only(data_folder):
    closed = data_folder / "closed"
    closed.mkdir(mode=0o700)

    found = folders.database_folder(closed / "data")

    inside, outside = closed / "data" / "postgresql", folders.FOR_ROOT
    assert found.parent == outside if os.geteuid() == 0 else found == inside
    assert mode(closed) == 0o700


def test_postgresql_never_runs_as_root(data_folder):
    account = folders.service_account(data_folder / "none")

    assert account.uid != 0
    assert account.reaches(data_folder)


def test_a_short_path_holds_its_own_socket(tmp_path):
    assert folders.socket_folder(Path("/var/lib/kechuang/x")) == Path("/var/lib/kechuang/x/socket")


def test_a_private_folder_of_somebody_else_is_refused(tmp_path):
    somebody = folders.Account("somebody", os.geteuid() + 1, os.getegid())

    with pytest.raises(PermissionError, match="choose another place with KECHUANG_DATA"):
        folders.make_private(tmp_path, somebody)
