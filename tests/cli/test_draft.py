"""`kechuang draft`: from a text to a folder, with counts, scores and what to do next, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from exchange.documents_made import TEXTS, docx_of, text_of
from kechuang.cli import main
from kechuang.policy.language.vocabulary import packs_folder

SOURCE = packs_folder() / "weihai-2023-5" / "source.txt"


@pytest.fixture(autouse=True)
def _surroundings(tmp_path, monkeypatch):
    monkeypatch.setenv("KECHUANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KECHUANG_LANGUAGE", "zh")
    monkeypatch.chdir(tmp_path)


def test_the_given_document_is_drafted_written_compared_and_checked(capsys):
    assert (
        main(
            [
                "draft",
                str(SOURCE),
                "--id",
                "my-city-2026",
                "--out",
                "my-city-2026",
                "--compare",
                "weihai-2023-5",
            ]
        )
        == 0
    )

    told = capsys.readouterr().out
    assert "3 部分，7 节，32 条措施，4 条保障措施，0 个附件；责任单位 80 处，17 家" in told
    assert "有效期 2023-07-13 至 2028-07-12" in told
    assert "责任单位                  80    80    80  100.0%  100.0%" in told
    assert "读入和溯源通过，缺口均已列出" in told
    assert (Path("my-city-2026") / "measures" / "32.yaml").is_file()

    assert main(["pack", "check", "my-city-2026"]) == 1
    checked = capsys.readouterr()
    assert "36 条措施，57 项，0 个算例" in checked.out
    assert all("worked example" in line for line in checked.err.splitlines())  # nothing else is wrong with it


def test_a_word_file_is_drafted_in_english(tmp_path, capsys):
    file = docx_of(text_of("lingang-measures-for-equipment"), tmp_path / "policy.docx")

    assert main(["draft", str(file), "--id", "lingang", "--language", "en"]) == 0

    told = capsys.readouterr().out
    assert (
        "4 parts, 0 sections, 10 measures, 0 safeguards, 2 attachments; 23 mentions of 12 departments" in told
    )
    assert "in force 2026-05-08 to 2029-05-07" in told
    assert "found a day of force that is counted from the day of issue" in told
    assert "nothing was written; add --out FOLDER" in told


def test_the_report_as_data_holds_candidates_scores_and_trace(capsys):
    name = "qinghe-measures-for-rd"
    arguments = [
        "--id",
        "qinghe",
        "--out",
        "qinghe",
        "--json",
        "--compare",
        str(TEXTS / f"{name}.truth.yaml"),
    ]

    assert main(["draft", str(TEXTS / f"{name}.txt"), *arguments]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["counts"]["measures"] == 17
    assert found["valid_to"] == "2031-04-15"
    assert found["trace"] == {"ok": True, "errors": []}
    assert {score["name"]: score["recall"] for score in found["compared"]}["parameters"] == "100.0%"
    assert {"parameter", "boundary", "condition", "new_fact"} <= {one["kind"] for one in found["candidates"]}
    assert found["unclaimed"][0]["why"]["en"] == "what it measures is no fact of the vocabulary yet"
    assert found["problems"][0]["line"] == 80


def test_a_text_without_clauses_says_so_and_is_no_success(tmp_path, capsys):
    Path("note.txt").write_text("只有一行字", encoding="utf-8")

    assert main(["draft", "note.txt", "--id", "note", "--out", "note"]) == 1

    told = capsys.readouterr().out
    assert "没有读到条款" in told
    assert "no measures were found in the text" in told


def test_a_bad_id_and_a_full_folder_are_refused_before_anything_is_written(tmp_path, capsys):
    full = tmp_path / "full"
    full.mkdir()
    (full / "kept.txt").write_text("x", encoding="utf-8")

    assert main(["draft", str(SOURCE), "--id", "威海"]) == 2
    assert "只能用小写字母" in capsys.readouterr().err
    assert main(["draft", str(SOURCE), "--id", "a", "--out", str(full)]) == 2
    assert "已有文件" in capsys.readouterr().err
    assert [file.name for file in full.iterdir()] == ["kept.txt"]
    assert main(["draft", str(SOURCE), "--id", "a", "--compare", "example-city"]) == 2
    assert "原文与此不同" in capsys.readouterr().err
