"""Indicators of yearly evaluations: each computed from facts, with the years before; what is unknown stays unknown."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

import pytest

from factories import AT
from fulfilment.city import WAN, make_city
from fulfilment.judged import assignment_of, make_evaluation, make_panel, put_before
from fulfilment.office import signed_in
from fulfilment.test_every_benefit import PACK
from kechuang.fulfilment.judging import material
from kechuang.fulfilment.judging.evaluated import Round, figures_of, kinds
from kechuang.fulfilment.judging.indicators import Figure, Indicator, figure_text, read_indicator
from kechuang.policy import PackError
from kechuang.registry import actions as registry

NOW = Round(2025, date(2026, 3, 2))
YEARS = [
    {"year": 2025, "sales": 8000 * WAN, "rd_spend": 600 * WAN},
    {"year": 2024, "sales": 7000 * WAN, "rd_spend": 480 * WAN},
    {"year": 2023, "sales": 5000 * WAN},
]
PROJECTS = [
    {"code": "A", "organisation": "pilot_verification", "selected_on": date(2025, 5, 1)},
    {"code": "B", "organisation": "other", "selected_on": date(2025, 12, 31)},
    {"code": "C", "organisation": "pilot_verification", "selected_on": date(2024, 1, 1)},
]
CONTRACTS = [
    {"number": "1", "year": 2025, "side": "seller", "paid": 30 * WAN},
    {"number": "2", "year": 2025, "side": "buyer", "paid": 7 * WAN},
    {"number": "3", "year": 2024, "side": "seller", "paid": 20 * WAN},
]


def found(record: str, row: dict, **facts) -> dict[str, Figure]:
    """The figures of a record by their English title."""
    whole = {"kind": "enterprise", **facts}
    made = figures_of(whole, kinds()[record], row, NOW, PACK)
    return {one.indicator.title.en: one for one in made}


def values(record: str, row: dict, **facts) -> dict:
    return {title: one.value for title, one in found(record, row, **facts).items()}


def test_a_platform_of_measure_1_by_its_host_and_its_own_figures():
    row = {
        "name": "P",
        "kind": "key_laboratory",
        "level": "municipal",
        "graded_year": 2025,
        "staff": 42,
        "clients": 18,
    }

    given = found("platforms", row, platforms=[row], years=YEARS, projects=PROJECTS, contracts=CONTRACTS)

    assert {title: one.value for title, one in given.items()} == {
        "R&D spend of the host": 600 * WAN,
        "R&D spend of the host against its sales": Fraction(3, 40),
        "projects approved in the year": 2,
        "paid for technology sold in the year": 30 * WAN,
        "permanent researchers": 42,
        "enterprises served": 18,
    }
    spend = given["R&D spend of the host"]
    assert (spend.before, spend.growth) == (((2024, 480 * WAN), (2023, None)), Fraction(1, 4))
    assert given["projects approved in the year"].before == ((2024, 1), (2023, 0))
    assert given["projects approved in the year"].growth == 1
    assert given["R&D spend of the host against its sales"].before[0] == (2024, Fraction(480, 7000))
    assert given["R&D spend of the host against its sales"].growth is None
    assert given["permanent researchers"].before == ((2024, None), (2023, None))


def test_an_institution_of_measures_4_and_11_against_its_record_of_the_year_before():
    row = {"name": "I", "kind": "new_type", "graded_year": 2025, "spend": 900 * WAN, "staff": 60, "results": 8,
           "transferred": 6, "incubated": 3}  # fmt: skip
    before = {**row, "graded_year": 2024, "spend": 1000 * WAN, "results": 5, "transferred": 1, "incubated": 0}
    other = {**before, "name": "J", "graded_year": 2023}

    given = found("institutions", row, institutions=[before, row, other], projects=PROJECTS)

    assert {title: one.value for title, one in given.items()} == {
        "R&D spending": 900 * WAN,
        "R&D staff": 60,
        "results": 8,
        "share of results put to use in the city": Fraction(3, 4),
        "firms founded or brought in": 3,
        "projects approved in the year": 2,
    }
    assert given["R&D spending"].before == ((2024, 1000 * WAN), (2023, None))
    assert given["R&D spending"].growth == Fraction(-1, 10)
    assert given["share of results put to use in the city"].before[0] == (2024, Fraction(1, 5))
    assert given["firms founded or brought in"].growth is None  # nothing to grow from


def test_a_station_of_measure_21_by_its_assessments():
    row = {"name": "S", "kind": "branch", "assessed_on": date(2025, 12, 1), "experts": 12, "joint_projects": 8,
           "landed": 2}  # fmt: skip
    before = {**row, "assessed_on": date(2024, 11, 1), "experts": 10}

    given = found("stations", row, stations=[row, before])

    assert {title: one.value for title, one in given.items()} == {
        "foreign experts brought in or kept in touch": 12,
        "joint projects": 8,
        "share of joint projects that bore fruit": Fraction(1, 4),
    }
    assert given["foreign experts brought in or kept in touch"].growth == Fraction(1, 5)


def test_a_base_of_measure_31():
    row = {"name": "B", "year": 2025, "pilots": 20, "landed": 13, "clients": 31, "income": 450 * WAN}

    assert values("bases", row, bases=[row], projects=PROJECTS) == {
        "pilot projects": 20,
        "share put to use in the city": Fraction(13, 20),
        "organisations served": 31,
        "income from pilot services": 450 * WAN,
        "verification and pilot projects approved in the year": 1,
    }


def test_what_is_unknown_stays_unknown_and_none_is_zero():
    row = {"name": "B", "year": 2025, "landed": 0, "pilots": 0}

    given = values("bases", row, bases=[row])

    assert given["share put to use in the city"] is None
    assert given["income from pilot services"] is None
    assert given["verification and pilot projects approved in the year"] is None
    assert (
        values("bases", row, bases=[row], projects=[])["verification and pilot projects approved in the year"]
        == 0
    )
    dateless = [{"code": "A", "organisation": "pilot_verification"}]
    assert (
        values("bases", row, projects=dateless)["verification and pilot projects approved in the year"]
        is None
    )


@pytest.mark.parametrize("record", sorted(kinds()))
def test_every_kind_has_indicators_in_both_languages_with_words_of_its_measure(record):
    text = re.sub(r"\s+", "", source())
    indicators = kinds()[record].indicators

    assert indicators
    for one in indicators:
        assert one.title.zh
        assert one.title.en
        assert one.clause
        for measure, words in one.clause:
            assert words in of_measure(text, measure), (one.title.zh, measure, words)


def source() -> str:
    return (PACK.folder / "source.txt").read_text(encoding="utf-8")


def of_measure(text: str, number: str) -> str:
    """The words of a measure, without blanks and line ends."""
    begins = re.search(rf"(?<!\d){number}\.(?=[^\d])", text)
    assert begins is not None
    ends = re.search(rf"(?<!\d){int(number) + 1}\.(?=[^\d])", text[begins.end() :])
    return text[begins.start() : begins.end() + (ends.start() if ends else 600)]


def test_an_indicator_that_is_none_of_the_language_is_refused():
    given = {"title": {"zh": "甲", "en": "a"}, "clause": {"31": "x"}}

    with pytest.raises(PackError):
        read_indicator("bases", {**given, "is": "base.nothing"})
    with pytest.raises(PackError):
        read_indicator("bases", {**given, "is": "base.name"})


def test_figures_are_written_as_people_read_them():
    assert figure_text(None, "rate", "zh") == "–"
    assert figure_text(Fraction(3, 40), "rate", "zh") == "7.50%"
    assert figure_text(Fraction(-1, 10), "rate", "en") == "-10.00%"
    assert figure_text(480 * WAN, "money", "zh") == "480 万元"
    assert figure_text(1234, "number", "en") == "1,234"


@pytest.mark.django_db
def test_experts_and_officers_see_the_figures_with_the_year_before():
    city = make_city()
    call, (case,) = make_evaluation(city, 1)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    manager = case.organisation.memberships.first()
    for name, value in {"kind": "high_tech_cultivation", "year": 2024, "clients": 8, "certified": 2}.items():
        registry.state(
            case.organisation, "agencies", name, value, key="high_tech_cultivation|2024", actor=manager, at=AT
        )

    shown = [one for one in material.parts(assignment_of(panel, case), AT) if one.title.en == "Indicators"]

    assert [(title.en, said.en) for title, said in shown[0].rows] == [
        ("enterprises served", "10 (+25.00% on the year before; 2024 8)"),
        ("enterprises certified", "5 (+150.00% on the year before; 2024 2)"),
        ("success rate", "50.00% (2024 25.00%)"),
    ]
    page = signed_in(city.officer).get(f"/calls/{call.number}/evaluation/").content.decode()
    assert "较上年 +25.00%" in re.sub(r"<[^>]+>", "", page)
    assert "2024 25.00%" in page


def test_an_indicator_reads_fields_of_its_record_alone():
    one: Indicator = kinds()["bases"].indicators[1]

    assert one.fields == {"landed", "pilots"}
