"""The other commands: template, explain, pack, trace, population, help; each as a person meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

import kechuang
from kechuang.cli import main
from kechuang.policy.language.vocabulary import packs_folder
from kechuang.reference.uscc import make_uscc

CODES = [make_uscc("9", "1", "371000", f"MA0000{number:02d}") for number in range(3)]
SUBJECTS = [
    {
        "uscc": code,
        "name": name,
        "kind": "enterprise",
        "years": [
            {"year": 2023, "rd_spend": "600万元", "above_scale": True, "has_rd_activity": True},
            {"year": 2022, "rd_spend": "500万元"},
        ],
        "statuses": [
            {"kind": "high_tech_enterprise", "granted_on": "2022-01-01", "expires_on": "2025-01-01"}
        ],
    }
    for code, name in zip(CODES, ("甲", "乙"), strict=False)
]


@pytest.fixture(autouse=True)
def _surroundings(tmp_path, monkeypatch):
    monkeypatch.setenv("KECHUANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KECHUANG_LANGUAGE", "zh")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def facts(tmp_path) -> Path:
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(SUBJECTS), encoding="utf-8")
    return file


def explain(facts: Path, *arguments: str) -> int:
    return main(["explain", str(facts), "--on", "2024-06-01", *arguments])


def test_explain_gives_reason_quote_and_facts(facts, capsys):
    assert explain(facts, "--subject", CODES[0], "--benefit", "9.rd_growth") == 0

    told = capsys.readouterr().out
    assert "研发投入增量正好 100 万元，须超过 100 万元" in told
    assert "且增量超过 100万元" in told


def test_explain_speaks_english_and_json(facts, capsys):
    explain(facts, "--subject", "甲", "--benefit", "9.rd_growth", "--language", "en", "--json")

    told = json.loads(capsys.readouterr().out)
    assert (told["language"], told["outcome"], told["because"]) == ("en", "not_eligible", "floor")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "文件中有 2 户"),
        (["--subject", CODES[2]], CODES[0]),
        (["--subject", CODES[0], "--benefit", "9.rd_grow"], "9.rd_growth"),
    ],
)
def test_explain_says_what_there_is(facts, capsys, arguments, said):
    assert explain(facts, *arguments) == 2
    assert said in capsys.readouterr().err


def test_explain_says_why_a_subject_was_refused(tmp_path, capsys):
    file = tmp_path / "bad.json"
    file.write_text(json.dumps({"kind": "shop"}), encoding="utf-8")

    assert explain(file) == 2
    assert "“shop”" in capsys.readouterr().err


def test_template_writes_a_workbook_that_assess_reads(tmp_path, capsys):
    assert main(["template"]) == 0
    book = openpyxl.load_workbook("填报表.xlsx")
    book["主体"].append([CODES[0], "甲", "企业"])
    book.save("filled.xlsx")

    assert main(["assess", "filled.xlsx", "--on", "2024-06-01", "--out", "result.xlsx"]) == 0
    assert "测算 1 户" in capsys.readouterr().out
    assert openpyxl.load_workbook("result.xlsx").sheetnames[0] == "汇总"


def test_a_workbook_without_any_subject_is_unusable(capsys):
    main(["template", "--out", "empty.xlsx"])

    assert main(["assess", "empty.xlsx", "--on", "2024-06-01"]) == 2


def test_pack_list_and_check_pass_for_what_is_shipped(capsys):
    assert main(["pack", "list"]) == 0
    assert "weihai-2023-5" in capsys.readouterr().out
    assert main(["pack", "check"]) == 0
    assert "缺口 0" in capsys.readouterr().out


def test_pack_check_shows_all_faults_with_places(tmp_path, capsys):
    folder = tmp_path / "broken"
    folder.mkdir()
    for file in packs_folder().joinpath("weihai-2023-5").rglob("*"):
        if file.is_file():
            copy = folder / file.relative_to(packs_folder() / "weihai-2023-5")
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(file.read_bytes())
    nine, one = folder / "measures" / "09.yaml", folder / "measures" / "01.yaml"
    nine.write_text(nine.read_text(encoding="utf-8").replace("value: 10%", "value: 11%", 1), encoding="utf-8")
    one.write_text(
        one.read_text(encoding="utf-8").replace("instrument: reward", "instrument: gift", 1), encoding="utf-8"
    )

    code = main(["pack", "check", str(folder)])

    heard = capsys.readouterr().err
    assert code == 1
    assert "01.yaml:" in heard
    assert "gift" in heard


def test_trace_counts_figures_and_has_no_gaps(capsys):
    assert main(["trace", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["gaps"] == 0
    assert told["figures"] == told["claimed"] + told["programmatic"] > 80


def test_a_changed_digit_fails_the_trace_and_is_placed(tmp_path, capsys):
    folder = tmp_path / "changed"
    folder.mkdir()
    shipped = packs_folder() / "weihai-2023-5"
    for file in shipped.rglob("*"):
        if file.is_file():
            copy = folder / file.relative_to(shipped)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(file.read_bytes())
    nine = folder / "measures" / "09.yaml"
    nine.write_text(nine.read_text(encoding="utf-8").replace("value: 10%", "value: 11%", 1), encoding="utf-8")

    assert main(["trace", str(folder)]) == 1
    assert "09.yaml:" in capsys.readouterr().err


def test_population_is_written_and_assessed(capsys):
    assert (
        main(
            ["population", "--subjects", "300", "--seed", "7", "--on", "2024-06-01", "--out", "city.parquet"]
        )
        == 0
    )
    assert pq.read_metadata("city.parquet").num_rows == 300

    assert main(["assess", "city.parquet", "--on", "2024-06-01", "--out", "result.parquet"]) == 0
    assert "测算 300 户" in capsys.readouterr().out
    assert pq.read_table("result.parquet").num_rows == 300


def test_a_city_as_a_workbook_is_assessed_like_the_same_city_as_parquet(capsys):
    for kind in ("xlsx", "parquet"):
        city = ["--subjects", "60", "--seed", "7", "--on", "2024-06-01", "--out", f"city.{kind}"]
        assert main(["population", *city]) == 0
        assert main(["assess", f"city.{kind}", "--on", "2024-06-01", "--out", f"{kind}.json"]) == 0

    book, table = (
        json.loads(Path(f"{kind}.json").read_text(encoding="utf-8")) for kind in ("xlsx", "parquet")
    )
    assert book["totals"]["entitled_fen"] == table["totals"]["entitled_fen"]
    assert book["totals"]["ceiling_fen"] == table["totals"]["ceiling_fen"]
    assert [one["uscc"] for one in book["results"]] == [one["uscc"] for one in table["results"]]


@pytest.mark.parametrize(
    "arguments",
    [["template", "--out", "x.doc"], ["population", "--out", "x.csv"], ["trace", "none"], ["no-command"]],
)
def test_bad_arguments_leave_with_two(capsys, arguments):
    try:
        code = main(arguments)
    except SystemExit as leaving:
        code = leaving.code

    assert code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_language_is_chosen_by_argument_then_environment(capsys, monkeypatch):
    main([])
    assert "科创" in capsys.readouterr().out
    main(["--language", "en"])
    assert "commands" in capsys.readouterr().out
    monkeypatch.setenv("KECHUANG_LANGUAGE", "en_GB")
    main([])
    assert "commands" in capsys.readouterr().out


def test_help_and_one_assessment_load_no_heavy_library(facts):
    """They must start fast: what they import decides it, and is certain where a clock is not."""
    heavy = {"numpy", "pyarrow", "openpyxl", "xlsxwriter", "tqdm", "django", "yaml.representer"}
    facts.write_text(json.dumps(SUBJECTS[0]), encoding="utf-8")
    assess = ["assess", str(facts), "--on", "2024-06-01"]
    assert main(assess) == 0
    for arguments, forbidden in (
        (["--version"], heavy | {"kechuang.policy", "dataclasses"}),
        (assess, heavy - {"yaml.representer"}),
    ):
        program = "import sys; from kechuang.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
        environment = {**os.environ, "PYTHONPATH": str(Path(kechuang.__file__).parents[1])}

        done = subprocess.run(
            [sys.executable, "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        )

        assert not forbidden & set(done.stderr.split())


def test_the_version_is_printed(capsys):
    assert main(["--version"]) == 0
    assert kechuang.__version__ in capsys.readouterr().out


def test_a_missing_argument_is_said_in_the_chosen_language(capsys):
    for language, said in (("zh", "缺少参数"), ("en", "arguments are required")):
        with pytest.raises(SystemExit):
            main(["assess", "--language", language])
        assert said in capsys.readouterr().err


def test_a_result_that_cannot_be_written_is_said_and_leaves_nothing_behind(facts, tmp_path, capsys):
    taken = tmp_path / "taken.xlsx"
    taken.mkdir()

    assert main(["assess", str(facts), "--on", "2024-06-01", "--out", str(taken)]) == 2
    assert "taken.xlsx" in capsys.readouterr().err
    assert not list(tmp_path.glob(".*unfinished"))
