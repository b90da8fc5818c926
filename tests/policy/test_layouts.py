"""Other layouts: articles, items that count through, parts alone, tables, attachments, dates counted from another."""

from __future__ import annotations

from datetime import date

import pytest

from kechuang.policy.text.dates import in_force, is_relative
from kechuang.policy.text.departments import departments_of
from kechuang.policy.text.document import read_document
from policy.drafted import RAW, TEXTS

ARTICLES = read_document(RAW["qinghe"])
ITEMS = read_document(RAW["lingang"])
PARTS = read_document((TEXTS / "wangshan-policies-for-innovation.txt").read_text(encoding="utf-8"))


def test_articles_under_chapters_are_clauses_and_the_last_one_is_the_closing():
    assert list(ARTICLES.clauses) == [str(number) for number in range(1, 18)]
    assert [part.title for part in ARTICLES.parts] == [
        "总则", "研发后补助", "创新平台奖励", "科技金融", "申报和监督", "附则",
    ]  # fmt: skip
    assert ARTICLES.parts[1].clauses == ("4", "5", "6", "7")
    assert ARTICLES.anchors["closing"].text == "第十八条本办法自发布之日起30日后施行，有效期5年。"
    assert ARTICLES.problems == ()


def test_the_items_of_an_article_are_anchored_each():
    four = ARTICLES.clauses["4"]

    assert four.title.startswith("支持对象为")
    assert [anchor.id for anchor in four.sentences] == ["4.0", "4.1", "4.2", "4.3"]
    assert four.sentences[2].text == "（二）研发费用占营业收入比例达到3%以上；"


def test_the_rows_of_a_table_are_lines_with_anchors_of_their_own():
    eight = ARTICLES.clauses["8"]

    assert eight.text.split("\n")[1] == "|平台类型|国家级|省级|市级|"
    assert ARTICLES.anchors["8.2"].text == "|重点实验室|800万元|150万元|30万元|"
    assert ARTICLES.line(ARTICLES.anchors["8.4"].start) == 48


def test_items_may_count_through_the_parts():
    assert [key for key in ITEMS.clauses if key.startswith("P")] == [
        "P1.1", "P1.2", "P1.3", "P2.4", "P2.5", "P2.6", "P3.7", "P3.8", "P3.9", "P4.10",
    ]  # fmt: skip
    assert ITEMS.clauses["P2.4"].title == "实施“揭榜挂帅”攻关项目"
    assert ITEMS.clauses["P3.7"].kind == "item"  # 要素保障 is no 保障措施


def test_attachments_after_the_signature_are_clauses_and_their_list_is_none():
    assert ITEMS.issuer == "临港市（虚构）人民政府办公室"
    assert ITEMS.issued == date(2026, 5, 8)
    assert ITEMS.anchors["attachments"].text == "附件：1.首台（套）装备奖励标准2.名词解释"
    assert (ITEMS.clauses["A1"].title, ITEMS.clauses["A2"].title) == ("首台（套）装备奖励标准", "名词解释")
    assert ITEMS.clauses["A1"].kind == "attachment"
    assert (ITEMS.parts[-1].id, ITEMS.parts[-1].title, ITEMS.parts[-1].clauses) == ("A", "附件", ("A1", "A2"))
    assert "|成套装备|500|200|80|" in ITEMS.clauses["A1"].text
    assert ITEMS.clauses["A2"].sentences[1].text.startswith("1.规上企业")


def test_parts_without_sections_or_measures_are_the_measures():
    assert list(PARTS.clauses) == [str(number) for number in range(1, 8)]
    assert PARTS.clauses["5"].title == "强化科技担保"
    assert (PARTS.valid_from, PARTS.valid_to) == (date(2026, 7, 1), date(2028, 6, 30))
    assert [one.name for one in PARTS.clauses["7"].departments] == ["区科技局", "各镇街"]


def test_sections_hold_their_points_where_points_begin_anew_in_each():
    document = read_document(
        "某市关于某事的措施\n一、支持企业\n（一）甲。\n1.给予1万元。\n2.给予2万元。\n（二）乙。\n1.给予3万元。\n2.给予4万元。\n"
    )

    assert list(document.clauses) == ["P1.1", "P1.2"]
    assert document.clauses["P1.2"].text == "乙。1.给予3万元。2.给予4万元。"
    assert document.problems == ()


def test_an_article_may_have_a_title_in_brackets_and_chapters_may_have_sections():
    document = read_document(
        "某市某事办法\n第一章 总则\n第一节 目的\n第一条【目的】为了某事。\n"
        "第二节 范围\n第二条（范围）对某些企业。\n第三条 其他：\n（一）甲；\n（二）乙。\n"
    )

    assert [clause.title for clause in document.clauses.values()] == ["目的", "范围", "其他："]
    assert [section.id for section in document.sections] == ["P1.1", "P1.2"]


def test_a_word_attachment_before_any_heading_is_no_attachment():
    document = read_document("附件\n某市某事办法\n附件1\n第一条 某事。\n")

    assert list(document.clauses) == ["1"]


def test_an_attachment_may_be_empty():
    document = read_document("某市某事办法\n第一条 某事。\n附件1\n附件2\n名词\n甲：乙。\n")

    assert document.clauses["A2"].title == "名词"
    assert "A1" in document.clauses


@pytest.mark.parametrize(
    ("closing", "expected"),
    [
        ("自2026年1月1日起施行，有效期至2028年12月31日。", (date(2026, 1, 1), date(2028, 12, 31))),
        ("自2026年1月1日起施行，有效期3年。", (date(2026, 1, 1), date(2028, 12, 31))),
        ("自2026年1月1日起施行，有效期为五年。", (date(2026, 1, 1), date(2030, 12, 31))),
        ("自发布之日起施行，有效期5年。", (date(2026, 3, 16), date(2031, 3, 15))),
        ("自印发之日起30日后施行，有效期18个月。", (date(2026, 4, 16), date(2027, 10, 15))),
        ("自公布之日起满三十日后实施。", (date(2026, 4, 16), None)),
        ("自本办法印发之日起1个月后执行。", (date(2026, 4, 16), None)),
        ("自发布之日起10个工作日后施行，有效期5年。", (None, None)),
        ("自2026年2月30日起施行，有效期2年。", (None, None)),
        ("有效期5年。", (None, None)),
        ("自发布之日起施行，有效期9000年。", (date(2026, 3, 16), None)),
        ("自发布之日起施行，有效期999年。", (date(2026, 3, 16), date(3025, 3, 15))),
    ],
)
def test_the_days_of_force_follow_from_the_closing_and_the_day_of_issue(closing, expected):
    assert in_force(closing, date(2026, 3, 16)) == expected


def test_a_day_counted_from_an_unknown_day_of_issue_is_unknown():
    assert in_force("自发布之日起施行，有效期5年。", None) == (None, None)
    assert is_relative("自发布之日起施行")
    assert not is_relative("自2026年1月1日起施行，有效期至2028年12月31日。")


def test_the_last_day_of_a_month_stays_within_the_month():
    assert in_force("自发布之日起1个月后施行", date(2026, 1, 31))[0] == date(2026, 2, 28)
    assert in_force("自发布之日起施行，有效期9999个月。", date(9500, 1, 1)) == (date(9500, 1, 1), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("某事。（责任单位：市科技局、市财政局）", [("市科技局", "responsible"), ("市财政局", "responsible")]),
        ("某事。（市科技局牵头，市财政局、市工信局配合）",
         [("市科技局", "lead"), ("市财政局", "support"), ("市工信局", "support")]),
        ("某事。（牵头单位：市工信局；配合单位：市财政局）", [("市工信局", "lead"), ("市财政局", "support")]),
        ("某事。（市科技局、市财政局按职责分工负责）", [("市科技局", "responsible"), ("市财政局", "responsible")]),
        ("某事。责任单位：区科技局、各镇街。", [("区科技局", "responsible"), ("各镇街", "responsible")]),
        ("某事。由市科技局会同市统计局核定。", [("市科技局", "lead"), ("市统计局", "support")]),
        ("市科技局负责审核，市财政局负责拨付。", [("市科技局", "responsible"), ("市财政局", "responsible")]),
        ("某事（由企业牵头）给予支持。", []),
        ("鼓励企业（含外资）参与。", []),
        ("甲（责任单位：市科技局）；乙（责任单位：市财政局）。",
         [("市科技局", "responsible"), ("市财政局", "responsible")]),
    ],
)  # fmt: skip
def test_departments_are_found_however_they_are_named(text, expected):
    named = departments_of(text)

    assert [(one.name, one.role) for one in named.mentions] == expected
    assert all(text[one.start : one.end] == one.name for one in named.mentions)


def test_a_document_of_other_layouts_read_again_from_its_text_is_the_same():
    for document in (ARTICLES, ITEMS, PARTS):
        again = read_document(document.text)
        assert again.anchors == document.anchors
        assert again.clauses == document.clauses
