"""A file that an operator names and the system refuses: a sentence in both languages, whatever the command."""

from __future__ import annotations

import errno
import os

import pytest

from kechuang.cli import main
from kechuang.exchange.system import refusal

RESTORE, BACKUP, TEMPLATE = ["restore"], ["backup"], ["template", "--out"]
SERIES = ["series", "load", "--source", "公告"]
CITY = ["population", "--subjects", "1", "--on", "2024-06-01", "--out"]
DRAFT = ["draft", "--id", "a"]


@pytest.fixture(autouse=True)
def _surroundings(tmp_path, monkeypatch):
    monkeypatch.setenv("KECHUANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KECHUANG_DATA", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x", encoding="utf-8")


@pytest.fixture
def said(capsys):
    """What a command says in both languages; it must leave with 2 and say nothing else."""

    def run(*words):
        told = []
        for language in ("zh", "en"):
            assert main([*words, "--language", language]) == 2
            heard = capsys.readouterr()
            assert heard.out == ""
            assert "Errno" not in heard.err
            told.append(heard.err.removeprefix("kechuang: ").rstrip())
        return told

    return run


@pytest.mark.parametrize("command", [RESTORE, [*RESTORE, "--check"], SERIES, DRAFT, ["draw", "verify"]])
def test_a_file_that_is_not_there_is_named(said, tmp_path, command):
    path = tmp_path / "nothere.json"

    assert said(*command, "nothere.json") == [
        f"没有文件 {path}。请核对文件名和所在的文件夹",
        f"there is no file {path}: check its name and folder",
    ]


@pytest.mark.parametrize("command", [["assess"], ["explain"], ["ask"], ["simulate"], ["ask", "--answers"]])
def test_a_file_of_facts_that_is_not_there_is_named(said, tmp_path, command):
    path = tmp_path / "nothere.json"

    chinese, english = said(*command, "nothere.json")

    assert chinese.endswith(f"没有文件 {path}。请核对文件名和所在的文件夹")
    assert english.endswith(f"there is no file {path}: check its name and folder")


@pytest.mark.parametrize(
    ("command", "name"), [(RESTORE, "a.tar"), (TEMPLATE, "a.xlsx"), (CITY, "a.parquet"), (CITY, "a.xlsx")]
)
def test_the_folder_that_is_missing_is_named(said, tmp_path, command, name):
    path = tmp_path / "nowhere"

    assert said(*command, f"nowhere/{name}") == [
        f"没有文件夹 {path}。请核对位置；要写到那里，请先建立",
        f"there is no folder {path}: check the place; to write there, make it first",
    ]


def test_a_backup_into_a_folder_that_is_missing_is_refused(said, tmp_path):
    chinese, english = said(*BACKUP, "nowhere/a.tar")

    assert str(tmp_path / "nowhere") in chinese
    assert "make it first" in english


@pytest.mark.parametrize("command", [RESTORE, SERIES])
def test_a_folder_is_no_file(said, tmp_path, command):
    assert said(*command, "folder") == [
        f"{tmp_path / 'folder'} 是文件夹，不是文件。请指明文件",
        f"{tmp_path / 'folder'} is a folder, not a file: name a file",
    ]


@pytest.mark.parametrize("command", [RESTORE, SERIES, TEMPLATE])
def test_a_file_is_no_folder(said, tmp_path, command):
    assert said(*command, "file/a.xlsx") == [
        f"{tmp_path / 'file'} 是文件，不是文件夹。请核对位置",
        f"{tmp_path / 'file'} is a file, not a folder: check the place",
    ]


def test_a_full_disk_is_said_of_the_file_that_was_to_be_written(said, tmp_path):
    (tmp_path / "full.parquet").symlink_to("/dev/full")

    chinese, english = said(*CITY, "full.parquet")

    assert chinese.startswith(f"磁盘已满，{tmp_path / 'full.parquet'} 未能写完。")
    assert english.startswith(f"the disk is full: {tmp_path / 'full.parquet'} could not be written whole.")


def test_without_the_right_to_write_the_folder_is_named_and_not_our_own_unfinished_file(tmp_path):
    words = refusal(
        PermissionError(errno.EACCES, "Permission denied", f"{tmp_path}/.a.tar.7.kechuang-partial")
    )

    assert words is not None
    assert words.zh == f"没有进入文件夹 {tmp_path} 或在其中写文件的权限。请用有权限的账户运行，或换一个位置"
    assert words.en.startswith(f"the folder {tmp_path} may not be entered or written by this user")


def test_without_the_right_to_read_the_file_is_named(tmp_path):
    words = refusal(PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "file")))

    assert words is not None
    assert words.zh.startswith(f"没有读写 {tmp_path / 'file'} 的权限。")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_named_by_the_command(said, tmp_path):
    (tmp_path / "folder").chmod(0o500)

    chinese, _ = said(*TEMPLATE, "folder/a.xlsx")

    assert chinese.startswith(f"没有进入文件夹 {tmp_path / 'folder'} 或在其中写文件的权限")


def test_whatever_else_the_system_says_is_told_with_the_file(tmp_path):
    words = refusal(OSError(errno.EIO, "Input/output error", str(tmp_path / "file")))

    assert words is not None
    assert words.zh.startswith(f"无法读写 {tmp_path / 'file'}，系统的说明是“Input/output error”。")
    assert "the system says 'Input/output error'" in words.en


def test_an_error_that_is_not_about_a_file_gets_no_sentence_about_one():
    assert refusal(ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "a.tar") is None


@pytest.mark.parametrize(
    ("content", "chinese", "english"),
    [
        (b'{"pool":\n  [1,', "不是完整的 JSON：第 2 行第 6 个字符处有误", "line 2, character 6 is at fault"),
        (b"\xff\xfe", "不是 UTF-8 文本", "is not text in UTF-8"),
    ],
)
def test_a_damaged_file_of_a_draw_says_where_and_what_to_do(said, tmp_path, content, chinese, english):
    (tmp_path / "draw.json").write_bytes(content)

    told = said("draw", "verify", "draw.json")

    assert chinese in told[0]
    assert "重新下载" in told[0]
    assert english in told[1]
