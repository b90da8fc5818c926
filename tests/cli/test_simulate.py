"""`kechuang simulate`: changes in, sentences and tables out, and the same as JSON, workbook, PDF or Parquet."""

from __future__ import annotations

import json
from datetime import date

import openpyxl
import pyarrow.parquet as pq
import pytest

from kechuang.cli.main import main
from kechuang.policy import assess_table, load_pack
from kechuang.policy.encoding.changes import parse_change
from kechuang.population.generate import generate, write_parquet
from policy.packs_on_disk import copied

ON = date(2024, 6, 20)
COMMON = ["simulate", "--on", "2024-06-20", "--subjects", "3000", "--language", "zh"]
CHANGE = "9.rd_growth.subsidy_rate=6%"


def test_a_changed_rate_is_told_in_a_sentence_and_in_tables(capsys):
    code = main([*COMMON, "--set", CHANGE])

    said = capsys.readouterr().out
    assert code == 0
    assert said.startswith("研发投入递增补助的补助比例上限由 5% 改为 6%，可申报上限合计多")
    assert "惠及不变（" in said
    assert "虚构城市：各单位均由程序生成，不对应任何真实单位" in said
    assert "其余 " in said
    assert "组" in said
    for title in (
        "受影响的事项有 1 项",
        "按区市：",
        "按行业门类：",
        "按企业规模：",
        "户有变化",
        "多得最多的 · 可申报，最高",
    ):
        assert title in said


def test_the_json_holds_what_two_full_assessments_give(tmp_path, capsys):
    out = tmp_path / "report.json"

    main([*COMMON, "--set", CHANGE, "--reading", "I-9=both", "--out", str(out), "--by", "size"])

    data, pack = json.loads(out.read_text(encoding="utf-8")), load_pack()
    city = generate(3000, seed=1, year=2023, on=ON)
    before = assess_table(pack, city, ON).benefits["9.rd_growth"].total_fen
    changed = dict([parse_change(pack, CHANGE)])
    after = (
        assess_table(pack, city, ON, readings={"I-9": "both"}, parameters=changed)
        .benefits["9.rd_growth"]
        .total_fen
    )
    assert data["population"]["synthetic"] is True
    assert [one["kind"] for one in data["changes"]] == ["parameter", "reading"]
    assert data["changes"][0]["quote"] == "按不超过增量 5%的比例"
    assert data["benefits"][0]["before"]["sum_fen"] == before
    assert data["benefits"][0]["after"]["sum_fen"] == after
    assert data["strands"]["ceiling"]["change_fen"] == after - before
    assert [one["key"] for one in data["groups"]] == ["size"]
    assert "报告已写入" in capsys.readouterr().out


def test_the_workbook_keeps_texts_texts_and_sums_numbers(tmp_path):
    out = tmp_path / "report.xlsx"

    main([*COMMON, "--set", CHANGE, "--sensitivity", "--out", str(out)])

    book = openpyxl.load_workbook(out)
    assert book.sheetnames[:3] == ["改了什么", "合计", "事项"]
    assert "敏感性" in book.sheetnames
    totals = {row[0]: row[1:] for row in book["合计"].iter_rows(min_row=4, values_only=True)}
    assert isinstance(totals["可申报，最高"][0], float)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_the_paper_is_a_pdf_that_quotes_the_clause(tmp_path):
    from pdfminer.high_level import extract_text

    out = tmp_path / "report.pdf"

    main([*COMMON, "--set", CHANGE, "--out", str(out)])

    text = extract_text(out).replace("\n", "").replace(" ", "")
    assert "政策推演报告" in text
    assert "按不超过增量5%的比例给予补助" in text
    assert "虚构城市" in text


def test_a_files_subjects_are_taken_and_each_change_is_kept_as_parquet(tmp_path, capsys):
    file, out = tmp_path / "city.parquet", tmp_path / "changes.parquet"
    write_parquet(file, 2000, 4, 2023, ON)

    main([*COMMON[:3], "--language", "en", str(file), "--set", CHANGE, "--out", str(out)])

    said, table = capsys.readouterr().out, pq.read_table(out)
    assert "A synthetic city: every unit is made up" in said
    assert "Over: city.parquet, 2,000 subjects" in said
    assert table.column_names == [
        "row", "uscc", "entitled_before_fen", "entitled_after_fen", "ceiling_before_fen", "ceiling_after_fen",
    ]  # fmt: skip
    gains = [
        b - a
        for a, b in zip(
            *(table.column(f"ceiling_{x}_fen").to_pylist() for x in ("before", "after")), strict=True
        )
    ]
    assert gains
    assert min(gains) >= 0


def test_what_fits_an_appropriation_is_solved(capsys):
    main([*COMMON, "--solve", "9.rd_growth.subsidy_rate", "--appropriation", "100万元"])

    said = capsys.readouterr().out
    assert "拨款 1,000,000.00 元：补助比例上限可定为 " in said
    assert "，超出。试了 " in said


def test_nothing_changed_is_the_policy_as_it_stands(capsys):
    main([*COMMON[:-1], "en"])

    assert capsys.readouterr().out.startswith("Nothing is changed; this is the policy as it stands.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--set", "9.rd_growth.subsidy_rat=6%"],
            "没有参数“9.rd_growth.subsidy_rat”；相近的有：9.rd_growth.subsidy_rate",
        ),
        (["--set", "9.rd_growth.subsidy_rate=6"], "应为比例，如 10% 或 1:3，现为“6”"),
        (["--reading", "I-9=x"], "没有口径“I-9=x”；可选：either, both"),
        (["--solve", "9.rd_growth.subsidy_rate"], "--solve 与 --appropriation 须一同给出"),
        (["--solve", "9.rd_growth.subsidy_rate", "--appropriation", "5%"], "应为金额，如 6000万元"),
        (["--out", "report.doc"], "--out 应以 .json、.xlsx、.pdf、.parquet 结尾"),
        (["--subjects", "0"], "--subjects 至少为 1"),
        (["--by", "colour"], "no grouping 'colour'; there are: district, industry, size"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(capsys, words, said):
    code = main([*COMMON, *words])

    assert code == 2
    assert said in capsys.readouterr().err


def test_another_pack_is_named_in_the_headline(capsys):
    main(
        [
            "simulate",
            "--on",
            "2027-06-20",
            "--subjects",
            "500",
            "--language",
            "zh",
            "--pack-after",
            "example-city",
        ]
    )

    said = capsys.readouterr().out
    assert said.startswith("政策包由“威海市关于强化科技创新")
    assert "受影响的事项有" in said


def test_a_changed_copy_of_a_pack_under_the_same_title_is_told_apart_by_its_content(tmp_path, capsys):
    pack = copied(tmp_path) / "pack.yaml"
    pack.write_text(pack.read_text(encoding="utf-8") + "\n# another edition\n", encoding="utf-8")

    asked = [
        "--on",
        "2027-06-20",
        "--subjects",
        "50",
        "--pack",
        "example-city",
        "--pack-after",
        str(pack.parent),
    ]
    main(["simulate", "--language", "zh", *asked])

    said = capsys.readouterr().out.partition("，")[0]
    assert "》的内容由“" in said
    before, _, after = said.rpartition("由“")[2].rstrip("”").partition("”改为“")
    assert before != after
