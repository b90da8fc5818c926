"""Areas, departments, industries and code lists."""

import re
from datetime import date
from importlib.resources import files

import pytest

from kechuang.reference.code_lists import code_list
from kechuang.reference.departments import department, department_name, departments
from kechuang.reference.divisions import division, divisions, weihai_districts
from kechuang.reference.industries import divisions as industry_divisions
from kechuang.reference.industries import industry, sections
from kechuang.reference.uscc import check_uscc

IN_FORCE = date(2023, 7, 13)
NUMBERED_MEASURES = 32


def test_weihai_has_its_districts_cities_and_zones():
    codes = [d.code for d in weihai_districts(IN_FORCE)]
    assert codes == ["371002", "371003", "371071", "371072", "371073", "371082", "371083", "3710F1", "3710F2"]


def test_zones_without_a_public_code_are_marked_local():
    assert {d.short for d in divisions().values() if d.standard == "local"} == {"综合保税区", "南海新区"}
    assert {d.code for d in divisions().values() if d.standard == "statistics"} == {
        "371071",
        "371072",
        "371073",
    }


def test_a_withdrawn_code_is_known_but_not_in_use():
    wendeng = division("371081")
    assert wendeng.valid_on(date(2013, 1, 1))
    assert not wendeng.valid_on(IN_FORCE)


def test_an_unknown_area_is_refused():
    with pytest.raises(LookupError, match="379999"):
        division("379999")


def test_every_responsible_department_of_the_document_is_known():
    text = (files("kechuang") / "packs/weihai-2023-5/source.txt").read_text(encoding="utf-8")
    lists = re.findall(r"责任单位：([^）]*)）", re.sub(r"\s", "", text))
    named = {name for words in lists for name in words.split("、")}
    assert len(lists) == NUMBERED_MEASURES
    assert named == set(departments())


def test_names_change_on_their_day():
    assert department_name("人民银行威海市中心支行", date(2023, 8, 17)) == "中国人民银行威海市中心支行"
    assert department_name("人民银行威海市中心支行", date(2023, 8, 18)) == "中国人民银行威海市分行"
    assert department_name("威海银保监分局", date(2023, 7, 13)) == "中国银行保险监督管理委员会威海监管分局"
    assert department_name("市地方金融监管局", date(2026, 1, 1)) == "中共威海市委金融委员会办公室"


def test_other_short_forms_lead_to_the_same_department():
    assert department("市工信局") is department("市工业和信息化局")


def test_an_unknown_department_is_refused():
    with pytest.raises(LookupError, match="市气象局"):
        department("市气象局")


def test_social_credit_codes_of_departments_are_valid():
    assert [check_uscc(d.uscc) for d in departments().values() if d.uscc] == ["11371000004359096D"]


def test_the_classification_has_20_sections_and_97_divisions():
    assert len(sections()) == 20
    assert list(industry_divisions()) == [f"{n:02d}" for n in range(1, 98)]
    letters = [d.section for d in industry_divisions().values()]
    assert letters == sorted(letters)


@pytest.mark.parametrize(
    ("code", "zh"),
    [
        ("C", "制造业"),
        ("34", "通用设备制造业"),
        ("3412", "通用设备制造业"),
        ("I6513", "软件和信息技术服务业"),
    ],
)
def test_codes_lead_to_their_division(code, zh):
    assert industry(code).zh == zh


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("", "expected a section"),
        ("98", "no division 98"),
        ("A34", "is in section C"),
        ("软件", "expected a section"),
    ],
)
def test_wrong_industry_codes_are_refused(code, says):
    with pytest.raises(LookupError, match=says):
        industry(code)


def test_lists_that_could_not_be_read_say_so():
    assert not code_list("industrial_cluster").confirmed
    assert len(code_list("industrial_cluster").members) == 8
    assert code_list("industry_chain").members == {}
    assert code_list("certificate").members["high_tech_enterprise"]["years"] == 3
    with pytest.raises(LookupError, match="colours"):
        code_list("colours")
