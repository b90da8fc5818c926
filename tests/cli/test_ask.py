"""`kechuang ask`: the interview in a terminal, from prepared answers, and step by step for machines."""

from __future__ import annotations

import io
import json

import pytest

from kechuang.cli import main

ANSWERS = {
    "kind": "enterprise",
    "records": ["statuses"],
    "statuses": ["tech_sme"],
    "statuses.tech_sme.granted_on": "2025-03-01",
    "statuses.tech_sme.expires_on": "2026-12-31",
    "years.2025.above_scale": "yes",
    "years.2025.has_rd_activity": True,
    "years.2025.rd_spend": "900万元",
    "years.2024.rd_spend": "600",
}
# enterprise; the fourth list; the second status, after asking why; two dates; yes; yes; two sums
TYPED = ["1", "4", "?", "2", "2025-03-01", "2026-12-31", "是", "y", "900", "600"]
DAY = ["--on", "2026-01-20"]


@pytest.fixture(autouse=True)
def _private_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KECHUANG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KECHUANG_LANGUAGE", "zh")


@pytest.fixture
def typed(monkeypatch):
    def put(*lines):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(("\n".join(lines) + "\n").encode())))

    return put


@pytest.fixture
def file(tmp_path):
    def write(data, name="answers.json"):
        path = tmp_path / name
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
        return str(path)

    return write


def test_an_sme_is_asked_and_told_what_it_may_have(typed, capsys):
    typed(*TYPED)

    code = main(["ask", *DAY])

    said = capsys.readouterr().out
    assert code == 0
    assert "您是哪一类主体？" in said
    assert "可能影响" in said
    assert "“国家高新技术企业和国家科技型中小企业”" in said  # why
    assert "9.rd_growth 研发投入递增补助：可申报，最高 15.00 万元" in said


def test_english_is_complete(typed, capsys):
    typed(*[{"是": "yes"}.get(one, one) for one in TYPED])

    main(["ask", *DAY, "--language", "en"])

    said = capsys.readouterr().out
    assert "Who are you?" in said
    assert "may apply, up to 150,000.00 yuan" in said.replace("May", "may")
    chinese = [line for line in said.splitlines() if any("\u4e00" <= sign <= "\u9fff" for sign in line)]
    assert all("“" in line for line in chinese)  # words of the text, quoted


def test_back_unknown_and_mistakes(typed, capsys):
    typed("7x", "1", "b", "1", "4", "2", "gestern", "", "", "q")

    main(["ask", *DAY])

    said = capsys.readouterr().out
    assert "请从列出的选项中选一项" in said
    assert "请填写日期" in said
    assert said.count("下列哪些与您有关？") == 2
    assert "待定" in said


def test_input_that_ends_shows_the_results_so_far(typed, capsys):
    typed("1")

    assert main(["ask", *DAY]) == 0
    assert "可享 0 元" in capsys.readouterr().out


def test_prepared_answers_are_used_and_the_facts_can_be_kept(typed, file, tmp_path, capsys):
    typed()
    saved = tmp_path / "facts.json"

    main(["ask", *DAY, "--answers", file(ANSWERS), "--save", str(saved)])
    asked = capsys.readouterr().out
    main(["assess", str(saved), *DAY])

    facts = json.loads(saved.read_text(encoding="utf-8"))
    assert facts["statuses"] == [{"kind": "tech_sme", "granted_on": "2025-03-01", "expires_on": "2026-12-31"}]
    assert "可申报，最高 15 万元" in asked
    assert "可申报，最高 15 万元" in capsys.readouterr().out


def test_a_refusal_says_what_would_change_it(typed, file, capsys):
    typed()

    main(["ask", *DAY, "--answers", file({**ANSWERS, "years.2025.rd_spend": "688"})])

    assert "→ 假如 2025 年研发投入达到 700 万元（还差 12 万元" in capsys.readouterr().out


def test_what_a_file_knows_is_not_asked(typed, file, capsys):
    typed()
    known = file({"kind": "enterprise", "statuses": []}, "known.json")

    main(["ask", known, *DAY])

    said = capsys.readouterr().out
    assert "您是哪一类主体" not in said
    assert "下列哪些与您有关" in said


def test_numbers_beside_kinds_count_records(typed, file, tmp_path, capsys):
    typed("1x2", "q")
    known = file({"kind": "enterprise"}, "known.json")
    saved = tmp_path / "facts.json"
    prepared = {**ANSWERS, "records": ["statuses", "contracts"]}

    main(["ask", known, *DAY, "--answers", file(prepared), "--save", str(saved)])

    assert json.loads(saved.read_text(encoding="utf-8"))["contracts"] == [
        {"kind": "development", "number": "#1"},
        {"kind": "development", "number": "#2"},
    ]
    assert "技术开发（第 1 项）" in capsys.readouterr().out


def test_one_step_for_machines(file, typed, capsys):
    typed(json.dumps({"kind": "enterprise"}))

    main(["ask", "-", *DAY, "--json"])
    lists = json.loads(capsys.readouterr().out)
    main(["ask", file({"kind": "enterprise"}), *DAY, "--json", "--settled", "records", "--language", "en"])
    one = json.loads(capsys.readouterr().out)

    assert lists["question"]["key"] == "records"
    titles = {one["code"]: one["title"] for one in lists["question"]["options"]}
    assert titles["statuses"] == "资质：高新技术企业、科技型中小企业、专精特新等"
    assert one["question"]["form"] == "kinds"
    assert one["question"]["why"][0]["quote"]
    assert one["remaining"] > 1
    assert one["at_stake_fen"] > 0


def test_at_the_end_there_is_no_question(file, capsys):
    main(["ask", file({"kind": "enterprise"}), "--on", "2030-01-01", "--json"])

    assert json.loads(capsys.readouterr().out)["question"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([[{"kind": "bank"}, {"kind": "bank"}]], "2 户"),
        ([{"kind": "dragon"}], "dragon"),
    ],
)
def test_a_file_that_does_not_fit_gets_a_sentence(file, capsys, arguments, words):
    code = main(["ask", file(arguments[0]), *DAY])

    assert code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answers", "words"), [([1, 2], "JSON 对象"), ({"kind": "dragon"}, "kind：请从列出的选项中选一项")]
)
def test_prepared_answers_that_do_not_fit_get_a_sentence(file, capsys, answers, words):
    code = main(["ask", *DAY, "--answers", file(answers)])

    assert code == 2
    assert words in capsys.readouterr().err
