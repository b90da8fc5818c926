"""The encoding accounts for the whole text; whatever is changed on one side is found and named."""

import json
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kechuang.policy.encoding.loading import load_pack, shipped_packs
from kechuang.policy.encoding.trace import trace
from kechuang.policy.language.parameter import Table
from kechuang.policy.language.problems import PackError
from kechuang.policy.language.tree import Forest
from kechuang.policy.text.document import read_document
from kechuang.policy.text.lexicon import boundary_words

PACK = load_pack("weihai-2023-5")
RAW = (PACK.folder / "source.txt").read_text(encoding="utf-8")
CLAUSE_DIGITS = [  # neither the numbers of measures nor those of pages
    found.start()
    for found in re.finditer(r"\d", RAW)
    if RAW.index("1.优化") < found.start() < RAW.rindex("威海市人民政府")
    and not re.match(r"\d*\.[^\d]|\d* —", RAW[found.start() :])
]


@pytest.fixture
def changed(tmp_path):
    """A copy of the pack in which one file has one passage replaced, loaded."""

    def change(file, old, new):
        folder = tmp_path / "weihai-2023-5"
        shutil.copytree(PACK.folder, folder)
        path = folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return load_pack(folder)

    return change


def only_fault(report):
    assert not report.ok
    assert len(report.faults) == 1, report.to_text()
    return str(report.faults[0])


def test_the_weihai_pack_has_no_gap():
    report = trace(PACK)

    assert report.ok, report.to_text()
    data = json.loads(report.to_json())
    assert data["gaps"] == 0
    assert data["errors"] == []
    assert data["figures"] == data["claimed"] + data["programmatic"] == 84 + 2  # the closing holds two dates
    assert data["kinds"]["boundary word"]["found"] == 62
    assert data["kinds"]["department"] == {
        "found": 80,
        "claimed": 80,
        "programmatic": 0,
        "gaps": 0,
        "errors": 0,
    }
    assert list(data["clauses"]) == [*PACK.document.clauses, "closing"]


@pytest.mark.parametrize("name", shipped_packs())
def test_every_shipped_pack_accounts_for_its_whole_text(name):
    report = trace(load_pack(name))

    assert report.ok, report.to_text()
    assert report.gaps == ()


def test_a_token_leads_from_the_text_to_its_place_in_the_pack():
    (token,) = [one for one in trace(PACK).tokens if one.clause == "9" and one.text == "10%"]

    assert token.state == "claimed"
    assert "10%" in RAW.split("\n")[token.line - 1]
    (claim,) = token.claims
    assert claim.what == "parameter 9.rd_growth.growth_rate"
    assert claim.place.file == "weihai-2023-5/measures/09.yaml"
    line = (PACK.folder / "measures/09.yaml").read_text(encoding="utf-8").split("\n")[claim.place.line - 1]
    assert "10%" in line


def test_the_report_reads_as_a_table_by_measure():
    text = trace(PACK).to_text()

    assert "9 引导企业加大研发投入\n" in text
    assert re.search(
        r"claimed +超过  line 226  condition 9\.rd_growth\.\w+ \(.*\) at weihai-2023-5/measures/09\.yaml",
        text,
    )
    assert "28 提高威海市科技云平台服务能力\n" in text


def test_a_changed_parameter_is_named_with_both_values_and_both_places(changed):
    fault = only_fault(
        trace(changed("measures/09.yaml", "yearly_cap: {value: 100万元", "yearly_cap: {value: 200万元"))
    )

    assert "measure 9, line 230 of the text: the text says 100万元" in fault
    assert "parameter 9.rd_growth.yearly_cap is 200万元 at weihai-2023-5/measures/09.yaml:" in fault


def test_a_changed_row_of_a_table_is_named(changed):
    fault = only_fault(trace(changed("measures/22.yaml", "provincial: 200万元}", "provincial: 300万元}")))

    assert "the text says 500万元、200万元, but parameter 22.top_award.sums is 300万元 at" in fault


def test_a_digit_changed_in_the_text_stops_the_pack_and_is_named(changed):
    with pytest.raises(PackError) as stopped:
        changed("source.txt", "增长 10%（含）以上", "增长 12%（含）以上")

    assert "line 226 of the text says '增长12%（含）以上'" in str(stopped.value)
    assert "weihai-2023-5/measures/09.yaml:" in str(stopped.value)
    assert "增长 10%（含）以上" in str(stopped.value)


def test_words_unlike_anything_in_the_clause_are_refused_plainly(changed):
    with pytest.raises(PackError, match="do not stand in measure 9; copy them from the clause"):
        changed("measures/09.yaml", "quote: 国家高新技术企业和国家科技型中小企业", "quote: abcdefgh")


def test_a_pack_held_against_a_changed_text_names_line_and_quote():
    document = read_document(RAW.replace("给予 5万元奖励", "给予 6万元奖励"))

    report = trace(replace(PACK, document=document))

    faults = [str(fault) for fault in report.faults]
    assert any(
        "measure 17, line 363 of the text: the text says '一次性给予6万元奖励', the pack quotes '一次性给予 5万元奖励'"
        in fault
        and "17.yaml:" in fault
        for fault in faults
    )
    assert [token.state for token in report.tokens if token.text == "6万元"] == ["error"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CLAUSE_DIGITS), st.integers(1, 9))
def test_no_digit_of_the_text_can_change_unnoticed(at, shift):
    digit = str((int(RAW[at]) + shift) % 10)
    document = read_document(RAW[:at] + digit + RAW[at + 1 :])

    report = trace(replace(PACK, document=document))

    line = RAW.count("\n", 0, at) + 1
    assert not report.ok
    assert any(abs(fault.line - line) <= 4 or fault.clause == "closing" for fault in report.faults), (
        report.faults
    )


def with_benefit(benefit):
    """The pack with one benefit in the place of the one with the same id."""
    measure = PACK.measures[benefit.measure]
    benefits = tuple(benefit if one.id == benefit.id else one for one in measure.benefits)
    return replace(PACK, measures={**PACK.measures, measure.key: replace(measure, benefits=benefits)})


def sevenfold(dated, row=None):
    def grown(value):
        return replace(value, rows={**value.rows, row: value.rows[row] * 7}) if row else value * 7

    return replace(dated, options={option: grown(value) for option, value in dated.options.items()})


def test_no_quoted_parameter_can_change_unnoticed():
    changes = 0
    for benefit in PACK.benefits:
        for key, parameter in benefit.parameters.items():
            value = next(iter(parameter.values[0].options.values()))
            rows = list(value.rows) if isinstance(value, Table) else [None]
            for row in rows if parameter.quote else ():
                wrong = replace(
                    parameter, values=(sevenfold(parameter.values[0], row), *parameter.values[1:])
                )
                report = trace(with_benefit(replace(benefit, parameters={**benefit.parameters, key: wrong})))
                faults = [str(fault) for fault in report.faults if fault.clause == benefit.measure]
                assert any(
                    f"parameter {benefit.id}.{key} is " in fault and "the text says" in fault
                    for fault in faults
                )
                changes += 1

    assert changes > 60


def test_no_comparison_with_a_quoted_figure_can_turn_between_strict_and_not_unnoticed():
    other = {"lt": "le", "le": "lt", "gt": "ge", "ge": "gt"}
    changes = 0
    for benefit in PACK.benefits:
        for index, condition in enumerate(benefit.conditions):
            words = boundary_words(condition.quote.text) if condition.quote else []
            if condition.node.op in other and words:
                node = Forest().node(
                    other[condition.node.op], "boolean", condition.node.level, condition.node.args
                )
                wrong = replace(condition, node=node)
                conditions = (*benefit.conditions[:index], wrong, *benefit.conditions[index + 1 :])
                report = trace(with_benefit(replace(benefit, conditions=conditions)))
                assert any(f"condition {benefit.id}.{condition.key}" in str(fault) for fault in report.faults)
                changes += 1

    assert changes > 5


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        (
            "09.yaml",
            ">= growth_rate",
            "> growth_rate",
            "'含' disagrees with condition 9.rd_growth.*compares with >, expected >=",
        ),
        (
            "09.yaml",
            "> least_increment",
            ">= least_increment",
            "'超过' disagrees with .*compares with >=, expected >",
        ),
        (
            "26.yaml",
            "insured >= floor",
            "insured <= floor",
            "'不低于' disagrees with .*compares with <=, expected >=",
        ),
    ],
)
def test_an_operator_that_disagrees_with_its_word_is_named(changed, file, old, new, expected):
    report = trace(changed(f"measures/{file}", old, new))

    assert not report.ok
    assert any(re.search(expected, str(fault)) for fault in report.faults), report.to_text()
    assert all(f"measures/{file}:" in str(fault) for fault in report.faults)


def test_a_ceiling_encoded_as_an_exact_sum_is_named(changed):
    fault = only_fault(trace(changed("measures/09.yaml", "up_to:", "exact:")))

    assert (
        "'不超过' makes a ceiling, but the amount of 9.rd_growth is exact at weihai-2023-5/measures/09.yaml:"
        in fault
    )


def test_an_amount_or_cap_that_quotes_the_words_of_a_condition_is_named(changed):
    report = trace(
        changed("measures/09.yaml", "quote: 按不超过增量 5%的比例给予补助", "quote: 增量超过 100万元")
    )
    assert any(
        "'超过' needs a condition, but the amount of 9.rd_growth quotes it at" in str(one)
        for one in report.faults
    )


def test_a_cap_without_a_ceiling_in_its_words_is_named(changed):
    cap = "at_most: yearly_cap, quote: 每家企业年度内补助资金不超过 100万元"
    report = trace(changed("measures/09.yaml", cap, "at_most: yearly_cap, quote: 增量超过 100万元"))
    assert any(
        "'超过' is no ceiling, but cap 9.rd_growth.yearly quotes it at" in str(one) for one in report.faults
    )


def test_a_declaration_that_declares_nothing_is_named(changed):
    entry = "programmatic:\n  - {quote: 统筹项目, why: {zh: 甲, en: A}}"
    fault = only_fault(trace(changed("measures/06.yaml", "programmatic:", entry)))
    assert "the entry under 'programmatic' at weihai-2023-5/measures/06.yaml:" in fault
    assert "quotes no figure and no boundary word; delete it" in fault


def test_the_date_of_issue_is_held_against_the_text(changed):
    with pytest.raises(
        PackError, match=r"document\.issued is '2023-07-13' here, but the text says '2023-07-14'"
    ):
        changed("source.txt", "2023年 7月 13日\n", "2023年 7月 14日\n")


def test_a_changed_department_is_named_with_the_words_of_the_text(changed):
    report = trace(changed("measures/09.yaml", "市财政局", "市财政厅"))

    assert (
        "the text names '市财政局', the pack '市财政厅' at weihai-2023-5/measures/09.yaml:3:"
        in only_fault(report)
    )
    assert report.counts("department")["errors"] == 1


def test_a_department_too_many_and_one_too_few_are_named(changed):
    more = trace(changed("measures/09.yaml", "[市科技局, 市财政局]", "[市科技局, 市财政局, 市教育局]"))
    assert "the text names no such department, the pack '市教育局' at" in only_fault(more)


def test_a_missing_department_is_a_gap(changed):
    report = trace(changed("measures/09.yaml", "[市科技局, 市财政局]", "[市科技局]"))

    assert "nothing encodes the department '市财政局'; add it to 'departments'" in only_fault(report)
    assert [token.text for token in report.gaps] == ["市财政局"]


def test_what_nothing_claims_is_a_gap_until_its_reason_is_stated(changed):
    report = trace(
        changed(
            "measures/06.yaml",
            "  - {quote: 5大科技创新体系",
            "gaps:\n  - {owner: 市科技局, quote: 5大科技创新体系",
        )
    )

    assert report.ok
    assert [(token.text, token.claims[0].what) for token in report.gaps] == [("5大", "gap")]
    assert "(市科技局)" in report.gaps[0].claims[0].says
    assert report.to_dict()["gaps"] == 1


def test_an_undeclared_gap_fails(changed):
    lines = (PACK.folder / "measures/06.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    (entry,) = [line for line in lines if "quote: 5大科技创新体系" in line]

    report = trace(changed("measures/06.yaml", entry, ""))

    assert "nothing encodes the figure '5大'; quote it in a parameter, or declare it" in only_fault(report)
    assert report.to_dict()["gaps"] == 1


def test_what_is_claimed_twice_names_both_places(changed):
    fault = only_fault(
        trace(
            changed(
                "measures/06.yaml", "programmatic:", "programmatic:\n  - {quote: 5大, why: {zh: 甲, en: A}}"
            )
        )
    )

    assert "'5大' is claimed 2 times, expected once" in fault
    assert fault.count("weihai-2023-5/measures/06.yaml:") == 2


def test_a_validity_that_is_not_the_texts_is_named():
    report = trace(replace(PACK, valid=(date(2023, 7, 13), date(2028, 7, 13))))

    assert "the text says 2023年7月13日、2028年7月12日, but valid_to is 2028-07-13" in only_fault(report)


def test_a_measure_without_encoding_is_all_gaps():
    measures = {key: measure for key, measure in PACK.measures.items() if key != "9"}

    report = trace(replace(PACK, measures=measures))

    assert {token.clause for token in report.gaps} == {"9"}
    assert len(report.faults) == len(report.gaps) == 4 + 6 + 2


def test_a_document_without_closing_has_no_dates_to_claim():
    report = trace(replace(PACK, document=read_document(RAW[: RAW.index("本实施意见自")])))

    assert "closing" not in report.titles
    assert report.ok


def test_paths_in_reports_are_those_of_the_pack_folder():
    files = {claim.place.file for token in trace(PACK).tokens for claim in token.claims}

    assert all((PACK.folder.parent / Path(file)).is_file() for file in files)
