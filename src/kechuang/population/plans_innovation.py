"""Plans of statuses, platforms, projects, awards, talent and the bodies that serve innovation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from kechuang.population.city import Column
from kechuang.population.draws import (
    after,
    ago,
    chance,
    given,
    money,
    number,
    on_day,
    only,
    owner_kind,
    past_years,
    pick,
    serial,
    where,
    years_after,
)
from kechuang.population.plans import Plan, some

if TYPE_CHECKING:
    from kechuang.policy.language.vocabulary import Field
    from kechuang.population.city import City, Records
    from kechuang.population.draws import Draw

_GRADES: Final = pick(excellent=22, good=38, **{"pass": 32}, fail=8)
_STILL_THERE: Final = "2099-12-31"  # what the vocabulary asks for while a project is still in its library
# Share of the enterprises that do R&D which hold each status; some hold several.
_STATUSES: Final = {
    "high_tech_enterprise": 0.4,
    "tech_sme": 0.55,
    "leading_tech": 0.004,
    "srdi": 0.12,
    "one_enterprise_one_technology": 0.06,
}


def _holders(city: City, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """One record for each status that an enterprise holds; `link` says which."""
    held = city.group("tech")[:, None] & (
        rng.random((len(city.kinds), len(_STATUSES))) < list(_STATUSES.values())
    )
    owner, which = np.nonzero(held)
    return owner, which


def _status(records: Records, of: Field) -> Column:
    members = records.codes(of)
    return Column(np.array([members.index(status) for status in _STATUSES], dtype=np.int32)[records.link])


def _yearly(records: Records, _: Field) -> Column:
    """A day of this year or of one of the two before: the number of a technology SME is given out anew each year."""
    year = records.city.on.astype("M8[Y]") - records.rng.integers(0, 3, records.size).astype("m8[Y]")
    days = year.astype("M8[D]") + records.rng.integers(90, 330, records.size).astype("m8[D]")
    return Column(np.minimum(days, records.city.on))


def _end_of_year(name: str) -> Draw:
    """The last day of the calendar year of the date field `name`."""

    def draw(records: Records, _: Field) -> Column:
        earlier = records.made[name]
        next_year = earlier.values.astype("M8[Y]") + 1
        return Column(next_year.astype("M8[D]") - np.timedelta64(1, "D"), earlier.unknown)

    return draw


INNOVATION: Final = {
    "statuses": Plan(
        _holders,
        {
            "kind": _status,
            "level": given(
                "kind",
                {
                    "leading_tech": pick(provincial=1),
                    "srdi": pick(national=5, provincial=40, municipal=50, county=5),
                    "one_enterprise_one_technology": pick(provincial=40, municipal=60),
                },
                pick(national=1),
            ),
            "number": given("kind", {"high_tech_enterprise": serial("GR")}, serial("ZS")),
            "granted_on": given("kind", {"tech_sme": _yearly}, ago(4.5)),
            "expires_on": given(
                "kind", {"tech_sme": _end_of_year("granted_on")}, years_after("granted_on", 3)
            ),
        },
    ),
    "platforms": Plan(
        some(most=2, enterprise=0.001, tech=0.05, institution=0.3, university=0.9, hospital=0.25),
        {
            "name": serial("样例平台"),
            "kind": owner_kind(
                {"hospital": pick(clinical_centre=80, key_laboratory=20)},
                pick(
                    key_laboratory=30,
                    technology_centre=35,
                    clinical_centre=2,
                    innovation_community=10,
                    manufacturing_centre=10,
                    shandong_laboratory=3,
                    other=10,
                ),
            ),
            "level": pick(national=6, provincial=34, municipal=60),
            "role": pick(lead=80, participant=20),
            "tier": pick(one=1, four=3, many=46, none=50),
            "approved_on": ago(5),
            "established": chance(0.9),
            "grade": _GRADES,
            "graded_year": past_years,
            "selected": chance(0.4),
        },
    ),
    "institutions": Plan(
        some(institution=0.5, tech=0.01, enterprise=0.0005),
        {
            "name": serial("样例研发机构"),
            "kind": owner_kind(
                {"institution": pick(new_type=1)},
                pick(out_of_city=40, talent_enclave=30, campus=30),
            ),
            "level": pick(provincial=25, municipal=65, county=10),
            "filed_on": ago(5),
            "founder_local": chance(0.95),
            "outside_city": given(
                "kind", {"out_of_city": chance(1), "talent_enclave": chance(1)}, chance(0.02)
            ),
            "jointly_built": given("kind", {"campus": chance(0.95)}, chance(0.4)),
            "independent": chance(0.85),
            "mainly_on_campus": given("kind", {"campus": chance(0.9)}, chance(0.1)),
            "grade": _GRADES,
            "graded_year": past_years,
            "outstanding_service": chance(0.4),
        },
    ),
    "projects": Plan(
        some(
            most=2, enterprise=0.001, tech=0.06, institution=0.3, university=0.9, hospital=0.1, consortia=0.7
        ),
        {
            "code": serial("XM"),
            "name": serial("样例项目"),
            "organisation": owner_kind(
                {"consortia": pick(open_challenge=50, chief_engineer=30, capability_programme=10, other=10)},
                pick(
                    open_challenge=20,
                    chief_engineer=10,
                    capability_programme=24,
                    bottleneck_library=12,
                    disruptive_library=8,
                    pilot_verification=10,
                    other=16,
                ),
            ),
            "level": pick(national=8, provincial=37, municipal=55),
            "need_kind": owner_kind(
                {"consortia": pick(bottleneck=10, chain=40, systemic=40, disruptive=10)},
                pick(bottleneck=45, chain=20, systemic=10, disruptive=10, other=15),
            ),
            "role": pick(lead=75, participant=25),
            "by_consortium": owner_kind({"consortia": chance(0.7)}, chance(0.05)),
            "selected": chance(0.7),
            "selected_on": ago(4),
            "library_from": only("organisation", ("bottleneck_library", "disruptive_library"), ago(3)),
            "library_until": only(
                "organisation", ("bottleneck_library", "disruptive_library"), on_day(_STILL_THERE)
            ),
            "stage": only(
                "organisation",
                ("disruptive_library",),
                pick(discovery=30, selection=30, cultivation=30, service=10),
            ),
            "support_term": only("organisation", ("disruptive_library",), pick(long=40, short=60)),
            "argued": chance(0.6),
            "applying_for": pick(national_key_rd=20, provincial_major_innovation=40, other=40),
            "source_from_university": chance(0.6),
            "needed_locally": chance(0.85),
            "at_pilot_site": given("organisation", {"pilot_verification": chance(0.9)}, chance(0.05)),
            "results": _GRADES,
            "accepted_on": after("selected_on", 300, 1000),
            "budget": money(600, 1.0),
            "province_sum": money(80, 0.7),
            "city_sum": money(50, 0.7, exact=(200,)),
            "county_sum": money(40, 0.7),
        },
        follows="consortia",
    ),
    "consortia": Plan(
        some(tech=0.01, institution=0.12, university=0.1),
        {
            "name": serial("样例创新联合体"),
            "role": pick(lead=40, member=60),
            "level": pick(provincial=25, municipal=75),
            "filed": chance(0.9),
            "filed_on": where("filed", ago(3)),
            "new_rd_lead": owner_kind({"institution": chance(0.6)}, chance(0.1)),
        },
    ),
    "awards": Plan(
        some(enterprise=0.0003, tech=0.01, institution=0.06, university=0.4, hospital=0.05, person=0.06),
        {
            "number": serial("JL"),
            "kind": owner_kind(
                {"person": pick(top=25, youth=50, graded=15, social=10)}, pick(graded=85, social=15)
            ),
            "level": given(
                "kind",
                {"top": pick(national=30, provincial=70)},
                pick(national=12, provincial=58, municipal=30),
            ),
            "grade": only("kind", ("graded", "social"), pick(special=4, first=26, second=50, third=20)),
            "won_on": ago(4),
            "rank": number(1, 4),
            "prize": given("kind", {"top": money(300, 0.1, exact=(500,))}, money(15, 0.6)),
            "provincial_category": only("kind", ("youth",), chance(0.6)),
        },
    ),
    "contests": Plan(
        some(tech=0.02, enterprise=0.001, team=0.25),
        {
            "name": pick(china_innovation=70, other=30),
            "stage": pick(regional=65, national_final=35),
            "outstanding": chance(0.4),
            "held_on": ago(3),
        },
        sure=("name",),
    ),
    "landings": Plan(
        some(tech=0.005, enterprise=0.0005, team=0.1),
        {
            "channel": pick(china_korea_contest=30, china_japan_conference=25, other_exchange=30, other=15),
            "direct": chance(0.9),
            "technology_based": chance(0.9),
            "registered": chance(0.9),
            "operating": chance(0.85),
            "workload": money(110, 0.7, exact=(100,)),
            "verified_on": ago(2.5),
        },
    ),
    "events": Plan(
        some(
            most=2,
            enterprise=0.001,
            association=0.2,
            carrier=0.15,
            government=0.5,
            institution=0.05,
            university=0.3,
        ),
        {
            "name": serial("样例活动"),
            "kind": pick(conference=35, contest=20, maker_week=10, other_innovation=25, other=10),
            "level": pick(national=8, provincial=27, municipal=50, county=15),
            "role": pick(host=50, co_host=30, participant=20),
            "held_on": ago(3),
            "grade": _GRADES,
            "actual_spend": money(40, 0.9, exact=(100,)),
        },
    ),
    "agencies": Plan(
        some(most=2, agency=0.7),
        {
            "kind": pick(technology_transfer=60, high_tech_cultivation=40),
            "level": pick(national=8, provincial=32, municipal=60),
            "filed_on": ago(5),
            "year": past_years,
            "grade": _GRADES,
            "clients": number(1, 80),
            "certified": number(0, 30),
        },
    ),
    "bases": Plan(
        some(tech=0.004, institution=0.06),
        {
            "name": serial("样例中试基地"),
            "level": pick(national=5, provincial=45, municipal=50),
            "filed_on": ago(4),
            "year": past_years,
            "grade": _GRADES,
            "selected": chance(0.5),
        },
    ),
    "carriers": Plan(
        some(carrier=0.7, university=0.1),
        {
            "name": serial("样例载体"),
            "kind": owner_kind(
                {"university": pick(science_park=1)},
                pick(
                    incubator=35,
                    specialised_space=10,
                    maker_space=35,
                    brand_incubator=8,
                    brand_maker_space=6,
                    science_park=6,
                ),
            ),
            "level": given(
                "kind",
                {"brand_incubator": pick(provincial=1), "brand_maker_space": pick(provincial=1)},
                pick(national=15, provincial=35, municipal=50),
            ),
            "approved_on": ago(6),
        },
    ),
    "parks": Plan(
        some(park_authority=0.7),
        {
            "name": serial("样例园区"),
            "kind": pick(
                national_demonstration_zone=15,
                provincial_demonstration_zone=35,
                national_park=20,
                provincial_park=20,
                other=10,
            ),
            "from_kind": pick(national_park=45, provincial_park=45, other=10),
            "upgraded_on": ago(4),
        },
    ),
    "stations": Plan(
        some(tech=0.004, institution=0.04, university=0.2, park_authority=0.1),
        {
            "name": serial("样例驿站"),
            "kind": pick(main=3, branch=32, overseas_liaison=20, studio=45),
            "set_up_on": ago(5, 2),
            "term_ends_on": years_after("set_up_on", 3),
            "assessed_on": ago(1.5),
            "grade": _GRADES,
        },
    ),
    "talents": Plan(
        some(most=3, tech=0.03, enterprise=0.001, person=0.7, institution=0.1, university=0.5),
        {
            "number": serial("RC"),
            "kind": pick(startup=35, innovation=50, other=15),
            "level": pick(national=8, provincial=27, municipal=50, county=15),
            "relation": owner_kind({"person": pick(self=1)}, pick(founder=40, employed=60)),
            "managed_from": ago(5),
            "managed_until": years_after("managed_from", 5),
        },
    ),
    "talent_cards": Plan(
        some(person=0.4),
        {
            "number": serial("YC"),
            "issued_on": ago(4),
            "expires_on": years_after("issued_on", 3),
        },
    ),
    "trainings": Plan(
        some(most=3, agency=0.05, association=0.1, university=0.3),
        {
            "topic": pick(technology_transfer=65, other=35),
            "held_on": ago(2.5),
            "participants": number(10, 300),
            "cost": money(6, 0.7),
        },
        sure=("topic",),
    ),
    "outreach": Plan(
        some(
            most=2,
            association=0.3,
            media=0.5,
            school=0.2,
            university=0.3,
            institution=0.05,
            enterprise=0.0005,
        ),
        {
            "name": serial("样例科普活动"),
            "kind": pick(competition=25, publicity=45, creation_contest=15, other=15),
            "held_on": ago(2.5),
            "reach": number(20, 20000),
            "effect": _GRADES,
        },
    ),
}
