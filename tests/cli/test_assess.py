"""`kechuang assess` as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import kechuang
from kechuang.cli import main
from kechuang.cli.packs import made_from

CASE = {
    "name": "样例",
    "kind": "enterprise",
    "years": [
        {"year": 2023, "rd_spend": "700万元", "above_scale": True, "has_rd_activity": True},
        {"year": 2022, "rd_spend": "500万元", "above_scale": True, "has_rd_activity": True},
    ],
    "statuses": [{"kind": "high_tech_enterprise", "granted_on": "2022-01-01", "expires_on": "2025-01-01"}],
}


@pytest.fixture(autouse=True)
def _private_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KECHUANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KECHUANG_LANGUAGE", "zh")


@pytest.fixture
def case_file(tmp_path):
    file = tmp_path / "one.json"
    file.write_text(json.dumps(CASE), encoding="utf-8")
    return file


def test_one_case_is_assessed_and_summed(case_file, tmp_path, capsys):
    out = tmp_path / "out.json"

    code = main(["assess", str(case_file), "--on", "2024-06-01", "--out", str(out)])

    printed = capsys.readouterr().out
    assert code == 0
    assert "读入 4 行 = 测算 4 行 + 未测算 0 行；测算 1 户" in printed
    result = json.loads(out.read_text(encoding="utf-8"))
    growth = result["results"][0]["benefits"]["9.rd_growth"]
    assert growth == {"outcome": "may_apply", "amount_fen": 10_000_000}
    assert result["rows"] == {"in": 4, "assessed": 4, "refused": 0}
    assert result["on"] == "2024-06-01"
    assert result["year"] == 2023
    assert result["totals"]["ceiling_fen"] >= 10_000_000


def test_a_second_run_reads_the_kept_pack_and_says_the_same(case_file, capsys, tmp_path):
    arguments = ["assess", str(case_file), "--on", "2024-06-01"]

    main(arguments)
    first = capsys.readouterr().out
    main(arguments)

    assert capsys.readouterr().out == first
    assert len(list((tmp_path / "cache" / "kechuang").glob("*.pack"))) == 1


def test_a_kept_pack_lapses_with_any_file_that_it_is_made_from():
    home = Path(kechuang.__file__).parent
    weihai = home / "packs" / "weihai-2023-5"
    engine = set((home / "policy").glob("*/*.py"))

    found = {Path(entry.path) for entry in made_from(weihai)}

    assert (
        engine | {weihai / "pack.yaml", weihai / "measures" / "09.yaml", home / "reference" / "lpr.csv"}
        <= found
    )


def test_a_damaged_kept_pack_is_read_anew(case_file, capsys, tmp_path):
    arguments = ["assess", str(case_file), "--on", "2024-06-01"]
    main(arguments)
    first = capsys.readouterr().out
    (kept,) = (tmp_path / "cache" / "kechuang").glob("*.pack")
    kept.write_bytes(kept.read_bytes()[:1000])

    assert main(arguments) == 0
    assert capsys.readouterr().out == first


def test_outside_its_validity_nothing_is_in_force(case_file, capsys):
    main(["assess", str(case_file), "--on", "2028-07-13", "--language", "en"])

    printed = capsys.readouterr().out
    assert "benefits are not in force" in printed
    assert "entitled to 0 yuan; may apply, up to 0 yuan" in printed


def test_refused_rows_leave_with_one_and_are_said(tmp_path, capsys):
    file = tmp_path / "two.json"
    file.write_text(json.dumps([CASE, {"kind": "shop"}]), encoding="utf-8")

    code = main(["assess", str(file), "--on", "2024-06-01", "--language=en"])

    assert code == 1
    assert "5 rows in = 4 assessed + 1 refused" in (printed := capsys.readouterr().out)
    assert "subject, row 2, 'kind': found “shop”; expected one of: enterprise" not in printed
    assert "'kind': found “shop”; expected one of: enterprise" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ["--on", "1 June"],
        ["--reading", "I-17"],
        ["--reading", "I-17=four"],
        ["--reading", "I-0=x"],
        ["--pack", "none"],
        ["--out", "result.doc"],
        ["--out", "nowhere/result.json"],
    ],
)
def test_what_cannot_be_used_is_one_sentence_on_stderr(case_file, capsys, arguments):
    code = main(["assess", str(case_file), "--on", "2024-06-01", *arguments])

    heard = capsys.readouterr()
    assert code == 2
    assert heard.err.startswith("kechuang: ")
    assert "Traceback" not in heard.err


def test_a_reading_can_be_switched(case_file, tmp_path, capsys):
    out = tmp_path / "out.json"

    main(
        [
            "assess",
            str(case_file),
            "--on",
            "2024-06-01",
            "--reading",
            "I-17=three-intervals",
            "--out",
            str(out),
        ]
    )

    assert json.loads(out.read_text(encoding="utf-8"))["readings"]["I-17"] == "three-intervals"
