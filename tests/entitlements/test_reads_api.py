"""Standings, lines of sweeps and versions by the API."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.programs import program, statuses
from entitlements.registering import enterprise_with_growth
from factories import AT, make_department, make_membership, make_organisation
from kechuang.accounts.models import Recusal
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing, standing_pages, sweeping, versions
from kechuang.entitlements.models import Release
from kechuang.policy.language.values import Words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at_a_known_time_in_a_folder_of_its_own(settings, tmp_path, monkeypatch):
    settings.DATA, settings.API_RATE = tmp_path, 0
    monkeypatch.setattr(timezone, "now", lambda: AT)
    versions.pack_of.cache_clear()


@pytest.fixture
def officer():
    return make_membership(Role.OFFICER, make_department())


def swept(officer):
    sweep = sweeping.start("9.rd_growth", on=date(2026, 3, 2), year=2025, actor=officer, at=AT)
    sweeping.carry_out(sweep.pk, lambda: AT)
    sweep.refresh_from_db()
    return sweep


def of_benefit(told, benefit="9.rd_growth"):
    return next(one for one in told["benefits"] if one["benefit"] == benefit)


def test_an_organisation_reads_what_it_can_get_what_it_lacks_and_what_is_due(monkeypatch):
    firm = enterprise_with_growth()
    due = standing_pages.Due(
        Words("研发补助申报", "R&D call"), "/calls/1/", date(2026, 12, 31), "9.rd_growth"
    )
    held = standing_pages.Held("9.rd_growth", "", "2026-9-01-00001", Words("已申报", "applied for"))
    monkeypatch.setattr(standing_pages, "due_for", [lambda *_: [due]])
    ask = program(make_membership(Role.CLERK, firm))

    status, told = ask("standing")
    monkeypatch.setattr(standing_pages, "held_by", [lambda *_: [held]])
    _, after = ask("standing")

    assert status == 200
    growth = of_benefit(told)
    assert (growth["outcome"], growth["amount_fen"], growth["left_fen"]) == (
        "may_apply",
        15_000_000,
        15_000_000,
    )
    assert (told["uscc"], told["on"], told["year"], told["known"]) == (firm.uscc, "2026-03-02", 2025, True)
    assert told["hash"] == releasing.version_in_force().pk
    assert told["due"] == [
        {
            "title": {"zh": "研发补助申报", "en": "R&D call"},
            "url": "/calls/1/",
            "until": "2026-12-31",
            "benefit": "9.rd_growth",
        }
    ]
    assert "loans" in {one["key"] for one in told["unlisted"]}
    assert all(one["facts"] for one in told["lacking"])
    assert (of_benefit(after)["left_fen"], of_benefit(after)["held"][0]["case"]) == (0, "2026-9-01-00001")
    assert told["ceiling_fen"] - after["ceiling_fen"] == 15_000_000


def test_the_sentences_come_in_the_language_asked_for():
    ask = program(make_membership(Role.CLERK, enterprise_with_growth()))

    _, chinese = ask("standing")
    _, english = ask("standing?language=en")

    assert of_benefit(chinese)["headline"].startswith("可申报")
    assert of_benefit(english)["headline"].isascii()


def test_an_organisation_without_facts_is_told_that_nothing_is_known():
    _, told = program(make_membership(Role.MANAGER))("standing")

    assert (told["known"], told["entitled_fen"]) == (False, 0)


def test_an_office_reads_the_standing_of_the_organisations_that_it_sees(officer):
    firm = enterprise_with_growth(district="371002")
    path = f"standing/{firm.pk}"
    here = make_membership(Role.DISTRICT, make_department("环翠区科技局"), scope="371002")
    there = make_membership(Role.DISTRICT, make_department("荣成市科技局"), scope="371082")
    others = [make_membership(role) for role in (Role.LEADER, Role.ACCOUNTANT, Role.CLERK)]

    assert of_benefit(program(officer)(path)[1])["amount_fen"] == 15_000_000
    assert statuses(path, here, there, *others, None) == [200, 404, 200, 404, 404, 401]
    assert statuses("standing", officer, None) == [404, 401]
    Recusal.objects.create(user=officer.user, organisation=firm, ground="kin", source="tie:1", began_at=AT)
    assert program(officer)(path)[0] == 404


def test_a_standing_takes_a_fixed_number_of_queries(django_assert_num_queries):
    firm = enterprise_with_growth()
    ask = program(make_membership(Role.CLERK, firm))
    ask("standing")

    with CaptureQueriesContext(connection) as few:
        ask("standing")
    make_organisation()
    with django_assert_num_queries(len(few)):
        ask("standing")
    assert len(few) <= 20


def test_lines_of_a_sweep_say_who_is_in_and_who_is_out_and_why(officer):
    rich, steady = enterprise_with_growth(), enterprise_with_growth(before=899_000_000)
    sweep, ask = swept(officer), program(officer)

    _, every = ask(f"sweeps/{sweep.pk}/lines")
    _, refused = ask(f"sweeps/{sweep.pk}/lines?because=growth")

    assert (every["count"], every["amount_fen"]) == (2, 15_000_000)
    first = every["lines"][0]
    assert (first["organisation"], first["outcome"], first["amount_fen"]) == (
        rich.pk,
        "may_apply",
        15_000_000,
    )
    assert first["id"] == sweep.lines.get(organisation=rich).pk
    assert [one["uscc"] for one in refused["lines"]] == [steady.uscc]
    assert refused["lines"][0]["reason"]
    assert {one["because"]: one["count"] for one in every["reasons"]}["growth"] == 1


def test_the_lines_of_a_sweep_are_a_workbook(officer):
    rich, _ = enterprise_with_growth(), enterprise_with_growth(before=899_000_000)
    sweep = swept(officer)

    _, book = program(officer)(f"sweeps/{sweep.pk}/lines.xlsx?outcome=may_apply&language=en")

    rows = list(openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows(min_row=4, values_only=True))
    assert [(row[0], row[4]) for row in rows[:-1]] == [(rich.uscc, 150_000)]


def test_lines_are_for_the_department_of_the_benefit_and_readers(officer):
    sweep = swept(officer)
    elsewhere = make_membership(Role.OFFICER, make_department("市卫生健康委"))
    people = (make_membership(Role.LEADER), elsewhere, make_membership(Role.CLERK), None)

    for name in ("lines", "lines.xlsx"):
        assert statuses(f"sweeps/{sweep.pk}/{name}", *people) == [200, 404, 404, 401]


def test_whom_one_stays_away_from_is_in_no_line_and_no_sum(officer):
    rich, _ = enterprise_with_growth(), make_organisation()
    sweep = swept(officer)
    Recusal.objects.create(user=officer.user, organisation=rich, ground="kin", source="tie:1", began_at=AT)

    _, told = program(officer)(f"sweeps/{sweep.pk}/lines")

    assert (told["count"], told["amount_fen"]) == (1, 0)


def test_lines_take_the_same_queries_however_many(officer, django_assert_num_queries):
    enterprise_with_growth()
    small, ask = swept(officer), program(officer)
    for _ in range(6):
        enterprise_with_growth()
    large = swept(officer)

    for one in (small, large):  # the groups of what is done are asked for once
        ask(f"sweeps/{one.pk}/lines")
    with CaptureQueriesContext(connection) as few:
        ask(f"sweeps/{small.pk}/lines")
    with django_assert_num_queries(len(few)):
        ask(f"sweeps/{large.pk}/lines")


def test_versions_in_force_are_for_every_token_and_proposals_for_policy_officers():
    in_force, policy = releasing.version_in_force(), make_membership(Role.POLICY)
    proposed = Release.objects.create(version=in_force, note="修订", proposed_at=AT, state="proposed")

    _, public = program(make_membership(Role.CLERK))("releases")
    _, inner = program(policy)("releases")
    _, one = program(policy)(f"releases/{proposed.pk}")

    assert {release["state"] for release in public["releases"]} == {"in_force"}
    assert proposed.pk in {release["id"] for release in inner["releases"]}
    assert (one["note"], one["effect"], one["effect_known"]) == ("修订", {}, False)
    path = f"releases/{releasing.release_in_force().pk}"
    assert statuses(path, policy, make_membership(Role.CLERK), None) == [200, 404, 401]
