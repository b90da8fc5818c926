"""The published text becomes a document with stable anchors, and every character keeps its place in the raw text."""

import re
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kechuang
from kechuang.policy.text.document import normalise, read_document
from kechuang.policy.text.lexicon import boundary_words, figures
from kechuang.policy.text.rawtext import bare, find_quote, nearest_words, squeeze

RAW = (Path(kechuang.__path__[0]) / "packs/weihai-2023-5/source.txt").read_text(encoding="utf-8")
DOCUMENT = read_document(RAW, {"id": "weihai-2023-5"})

LETTER = st.sampled_from(
    [*"研发投入较上年度增长（含）以上的，。、“”", *"0123456789", *"LPRabc", "%", "〔", "—"]
)
SPACE = st.sampled_from([" ", "\n", "\t", "\u3000", "\r\n", "\n\n", "\n— 7 —\n", "\ufeff"])
RAW_TEXTS = st.lists(LETTER | SPACE, max_size=120).map("".join)


def test_the_head_and_the_end_of_the_document_are_found():
    assert DOCUMENT.title == "威海市人民政府关于强化科技创新支撑国家创新型城市建设的实施意见"
    assert DOCUMENT.issuer == "威海市人民政府"
    assert DOCUMENT.number == "威政发〔2023〕5号"
    assert DOCUMENT.issued == date(2023, 7, 13)
    assert (DOCUMENT.valid_from, DOCUMENT.valid_to) == (date(2023, 7, 13), date(2028, 7, 12))
    assert DOCUMENT.addressees == (
        "各区市人民政府", "国家级开发区管委", "综保区管委", "南海新区管委", "市政府各部门、单位",
    )  # fmt: skip
    assert DOCUMENT.note == "此件公开发布"
    assert DOCUMENT.anchors["preamble"].text.startswith("为深入实施创新驱动发展战略")
    assert DOCUMENT.anchors["closing"].text.endswith("以本实施意见为准。")
    assert DOCUMENT.problems == ()
    assert DOCUMENT.id == "weihai-2023-5"


def test_parts_sections_measures_and_safeguards_are_found():
    assert [part.title for part in DOCUMENT.parts] == ["指导思想", "重点任务", "保障措施"]
    assert [(section.id, section.clauses[0], section.clauses[-1]) for section in DOCUMENT.sections] == [
        ("P2.1", "1", "5"),
        ("P2.2", "6", "9"),
        ("P2.3", "10", "14"),
        ("P2.4", "15", "18"),
        ("P2.5", "19", "22"),
        ("P2.6", "23", "27"),
        ("P2.7", "28", "32"),
    ]
    assert list(DOCUMENT.clauses) == [str(number) for number in range(1, 33)] + ["S1", "S2", "S3", "S4"]
    assert DOCUMENT.parts[2].clauses == ("S1", "S2", "S3", "S4")
    assert DOCUMENT.sections[5].title == "强化对创新主体全生命周期的科技金融支持"
    assert {clause.kind for key, clause in DOCUMENT.clauses.items() if key.startswith("S")} == {"safeguard"}


def test_titles_and_texts_stand_as_published():
    nine = DOCUMENT.clauses["9"]

    assert nine.title == "引导企业加大研发投入"
    assert nine.text.startswith("引导企业加大研发投入。支持国家高新技术企业")
    assert nine.text.endswith("（责任单位：市科技局、市财政局）")
    assert "研发投入较上年度增长10%（含）以上且增量超过100万元的，按不超过增量5%的比例给予补助" in nine.text
    assert [anchor.id for anchor in nine.sentences] == ["9.0", "9.1", "9.2"]
    assert DOCUMENT.clauses["S1"].title == "加强组织领导"
    assert "— 7 —" not in DOCUMENT.text
    assert (
        "关键技术，推动更多科技成果转化落地" in DOCUMENT.clauses["10"].text
    )  # a page ends between 关键 and 技术


def test_departments_agree_with_an_independent_reading():
    flat = re.sub(r"—\s*\d+\s*—|\s", "", RAW)
    expected = [names.split("、") for names in re.findall(r"（责任单位：(.*?)）", flat)]

    mentions = [clause.departments for key, clause in DOCUMENT.clauses.items() if not key.startswith("S")]

    assert len(expected) == 32
    assert [[one.name for one in group] for group in mentions] == expected
    assert sum(map(len, mentions)) == 80
    for clause in DOCUMENT.clauses.values():
        assert all(clause.text[one.start : one.end] == one.name for one in clause.departments)


def test_every_anchor_cuts_its_words_out_of_the_text_and_leads_to_the_raw_line():
    for anchor in DOCUMENT.anchors.values():
        assert DOCUMENT.text[anchor.start : anchor.end] == anchor.text != ""
    lines = RAW.split("\n")
    for key, clause in DOCUMENT.clauses.items():
        assert bare(clause.title)[0][:8] in bare(lines[DOCUMENT.clause_line(key) - 1])[0]
    nine = DOCUMENT.clauses["9"]
    assert "超过 100万元。" in lines[DOCUMENT.clause_line("9", nine.text.rindex("100万元")) - 1]


def test_no_word_of_the_published_text_is_lost():
    flat = re.sub(r"— 7 —|\s", "", RAW)

    assert DOCUMENT.text.replace("\n", "") == flat


@given(RAW_TEXTS)
def test_each_normalised_slice_is_its_raw_slice_without_whitespace(raw):
    squeezed = squeeze(raw)
    text, source, _ = squeezed.cut([1, 3, 7])

    assert list(source.raw_offsets) == sorted(set(source.raw_offsets))
    for start in range(0, len(text), 3):
        for end in (start, start + 1, len(text)):
            raw_start, raw_end = source.raw_span(start, end)
            assert squeeze(raw[raw_start:raw_end]).text.strip() == text[start:end].replace(
                "\n", ""
            ).strip() or (
                "—"
                in raw[raw_start:raw_end]  # a dash cut out of its line may look like a page number, or not
            )
            assert source.normal_span(raw_start, raw_end) == (start, end)
            assert start == len(text) or source.line(start) == raw.count("\n", 0, raw_start) + 1


@given(RAW_TEXTS)
def test_normalising_twice_changes_nothing(raw):
    once = squeeze(raw).text

    assert squeeze(once).text == once or "—" in once


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_anchors_stay_under_more_spaces_blank_lines_and_page_numbers(data):
    lines = RAW.split("\n")
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(lines) - 1))
        noise = data.draw(st.sampled_from(["", "   ", "— 12 —", " - 3 - ", "\u3000"]))
        lines.insert(at, noise)
        line = data.draw(st.integers(0, len(lines) - 1))
        column = data.draw(st.integers(0, len(lines[line])))
        if not re.search(r"\d$", lines[line][:column]) and "—" not in lines[line]:
            lines[line] = (
                lines[line][:column]
                + data.draw(st.sampled_from([" ", "\u3000", "\t"]))
                + lines[line][column:]
            )

    noisy = read_document("\n".join(lines))

    assert noisy.text == DOCUMENT.text
    assert noisy.anchors == DOCUMENT.anchors
    assert noisy.digest == DOCUMENT.digest


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_lines_may_break_anywhere_inside_a_sentence(data):
    nine = DOCUMENT.clauses["9"]
    body = RAW.index("支持国家高新技术企业、国家科"), RAW.index("（三）着力深化")
    at = data.draw(st.integers(*body))
    raw = RAW if RAW[at - 1].isdigit() else RAW[:at] + "\n" + RAW[at:]

    assert read_document(raw).clauses["9"] == nine


def test_quotes_are_found_whatever_their_spaces_and_widths():
    nine = DOCUMENT.clauses["9"]

    (span,) = nine.find("增长 10%（含）以上")

    assert nine.text[slice(*span)] == "增长10%（含）以上"
    assert nine.find("增长10%(含)以上") == [span]
    assert len(nine.find("100万元")) == 2
    assert nine.find("增长 20%") == []
    assert nine.find("  ") == []


def test_latin_words_and_digits_are_never_glued_together():
    assert squeeze("the  loan\nprime rate（ LPR ）的 20 %").text == "the loan prime rate（LPR）的20%"
    assert squeeze("附件1\n2023 年").text == "附件1 2023年"


def test_overlapping_quotes_are_all_reported():
    assert find_quote("不不不", "不不") == [(0, 2), (1, 3)]


SMALL = """某市人民政府
关于支持创新的若干措施

各单位：

为支持创新，制定本措施。

一、平台
（一）奖励新平台。
给予 10万元。
（二）扶持老平台
给予5万元。
二、其他
1.给予2万元。（责任单位：局（处）、
委）
3.给予3万元。
"""


def test_a_document_without_number_signature_or_dates_is_read_and_says_what_is_odd():
    document = read_document(SMALL)

    assert document.title == "某市人民政府关于支持创新的若干措施"
    assert (document.number, document.issuer, document.issued, document.valid_from) == (
        None,
        None,
        None,
        None,
    )
    assert document.addressees == ("各单位",)
    assert list(document.clauses) == ["P1.1", "P1.2", "1"]
    assert [clause.kind for clause in document.clauses.values()] == ["item", "item", "measure"]
    assert document.clauses["P1.2"].title == "扶持老平台"
    assert document.clauses["P1.2"].sentences[1].text == "给予5万元。"
    assert [one.name for one in document.clauses["1"].departments] == ["局（处）", "委"]
    assert document.problems == ("line 16: found heading '3.', expected 2.; read as text",)
    assert document.sections == ()


@pytest.mark.parametrize("raw", ["", "\n \n", "只有一行字"])
def test_a_text_without_headings_is_no_accident_but_a_stated_problem(raw):
    document = read_document(raw)

    assert document.clauses == {}
    assert any("no heading found" in problem for problem in document.problems)
    assert document.text == raw.strip()


def test_an_impossible_date_is_not_read():
    document = read_document(
        "关于某事的通知\n一、某事\n1.某事。\n本通知自2023年2月30日起施行，有效期至2024年2月29日。"
    )

    assert (document.valid_from, document.valid_to) == (None, date(2024, 2, 29))


def test_normalise_gives_the_text_as_one_line():
    assert normalise(RAW) == DOCUMENT.text.replace("\n", "")
    assert normalise("增长 10%（含）\n以上") == "增长10%（含）以上"


@pytest.mark.parametrize(
    "part",
    [
        "1",
        "1.",
        "1.\n",
        "5.\n",
        "一、\n",
        "（一）\n",
        "（",
        "（责任单位：",
        "1、",
        "（含）",
        "满",
        "— ",
        "\n",
        "2023年",
        "十",
        "1+",
        "超过",
        "某。",
    ],
)
def test_a_hostile_text_is_read_in_time(part):
    raw = part * (60_000 // len(part))
    started = time.perf_counter()

    document = read_document(raw)
    found = [*figures(document.text), *boundary_words(document.text)]

    assert time.perf_counter() - started < 60  # quadratic reading takes minutes
    assert all(document.text[one.start : one.end] for one in found)
    assert find_quote(document.text, "甲" * 100) == []
    assert nearest_words(document.text, "甲" * 100) is None
