"""What an organisation stands to get, by a kept version and the facts known at a time: the same answer for good."""

from __future__ import annotations

import json
import shutil
import threading
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from entitlements.registering import enterprise_with_growth, fact
from factories import AT, make_department, make_membership, make_organisation
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing, renewing, standing, versions
from kechuang.entitlements.deriving import derived
from kechuang.entitlements.models import PackVersion, Release, Standing
from kechuang.entitlements.results import as_plain
from kechuang.journal.actions import canonical
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.loading import load_pack
from kechuang.registry.actions import state

pytestmark = pytest.mark.django_db
ON, YEAR = date(2026, 3, 2), 2025


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA = tmp_path
    versions.pack_of.cache_clear()


def test_the_pack_that_the_software_brings_is_in_force_from_the_first_use_on():
    first = releasing.version_in_force()

    assert first.pk == load_pack().hash
    assert releasing.version_in_force() == first
    assert Release.objects.get().state == Release.State.IN_FORCE


def test_an_organisation_is_assessed_on_the_facts_known_at_the_time():
    one, version = enterprise_with_growth(), releasing.version_in_force()

    now = standing.assess_organisation(one, version, on=ON, year=YEAR, known_at=AT)
    before = standing.assess_organisation(one, version, on=ON, year=YEAR, known_at=AT - timedelta(days=1))

    assert now.results["9.rd_growth"].outcome is Outcome.MAY_APPLY
    assert now.results["9.rd_growth"].amount == 15_000_000
    assert before.results["9.rd_growth"].outcome is Outcome.UNDETERMINED


def test_a_kept_version_replays_byte_for_byte_when_the_folder_on_disk_has_changed(stricter):
    version, one = versions.keep(stricter, AT), enterprise_with_growth(spend=2_000_000_000)
    asked = {"on": ON, "year": YEAR, "known_at": AT}
    kept = canonical(as_plain(standing.assess_organisation(one, version, **asked).results["9.rd_growth"]))

    file = stricter.folder / "measures" / "09.yaml"
    file.write_text(file.read_text("utf-8").replace("5%", "4%"), "utf-8")
    fact(one, "years", "rd_spend", 1, key="2025", source="list", known_from=AT + timedelta(hours=1))
    versions.pack_of.cache_clear()

    assert standing.replay(one, version, "9.rd_growth", **asked) == kept
    told = json.loads(kept)
    assert told["amount_fen"] == 70_000_000
    assert told["facts"]["years.rd_spend[0]"] == 2_000_000_000
    assert told["facts"]["years.rd_spend[-1]"] == 600_000_000


def test_a_kept_version_is_written_anew_when_its_folder_was_altered_or_lost(tmp_path, stricter):
    version = versions.keep(stricter, AT)
    kept = versions.kept_pack(version.pk, version).folder
    assert kept.is_relative_to(tmp_path / "packs" / version.pk)
    (kept / "pack.yaml").write_text("id: forged", "utf-8")

    assert versions.kept_pack(version.pk, version).hash == version.pk

    shutil.rmtree(tmp_path / "packs")
    assert versions.kept_pack(version.pk, version).hash == version.pk


def test_keeping_a_pack_again_keeps_one():
    first = versions.keep(load_pack(), AT)

    assert versions.keep(load_pack(), AT + timedelta(days=1)) == first
    assert PackVersion.objects.get().kept_at == AT


def renew_all(version=None) -> int:
    return renewing.renew_all(version or releasing.version_in_force(), ON, lambda: AT + timedelta(hours=1))


def test_a_standing_keeps_outcomes_reasons_and_sums_of_every_benefit():
    one = enterprise_with_growth()

    assert renew_all() == 1

    kept = standing.standing_of(one, YEAR)
    found = standing.assess_organisation(one, kept.version, on=ON, year=YEAR, known_at=AT)
    assert kept.sums == {key: each.amount for key, each in found.results.items() if each.amount is not None}
    assert kept.sums["9.rd_growth"] == 15_000_000
    assert (kept.entitled_fen, kept.ceiling_fen) == (found.entitled_fen, found.ceiling_fen)
    assert standing.results_of(kept) == {
        key: (each.outcome, each.because, each.amount) for key, each in found.results.items()
    }


def test_few_and_many_organisations_get_the_same_standings(monkeypatch):
    several = [enterprise_with_growth(spend=600_000_000 + 20_000_000 * place) for place in range(5)]
    renew_all()
    few = list(Standing.objects.order_by("organisation").values_list("outcomes", "reasons", "sums"))
    monkeypatch.setattr(renewing, "FEW", 0)
    Standing.objects.update(stale=True)

    assert renew_all() == len(several)

    many = list(Standing.objects.order_by("organisation").values_list("outcomes", "reasons", "sums"))
    assert many == few


def test_a_changed_fact_makes_its_organisation_stale_and_only_that_is_renewed():
    one, other = enterprise_with_growth(), enterprise_with_growth()
    clerk = make_membership(organisation=one)
    renew_all()

    with transaction.atomic():
        state(one, "years", "rd_spend", 2_000_000_000, key="2025", actor=clerk, at=AT)

    assert standing.standing_of(one, YEAR).stale
    assert not standing.standing_of(other, YEAR).stale
    renewed = renewing.renew_stale(releasing.version_in_force(), ON, lambda: AT)
    assert renewed == 1
    assert not standing.standing_of(one, YEAR).stale
    assert standing.standing_of(one, YEAR).sums["9.rd_growth"] > 15_000_000


def test_changes_queue_one_renewal():
    one = make_organisation()

    with transaction.atomic():
        standing.mark_stale([one.pk])
        standing.mark_stale([one.pk])

    assert ProcrastinateJob.objects.filter(task_name=renewing.RENEW_STALE).count() == 1


def test_a_new_organisation_gets_its_standing_with_the_next_change():
    renew_all()
    make_organisation()

    assert renewing.renew_stale(releasing.version_in_force(), ON, lambda: AT) == 1


def test_offices_of_the_government_get_no_standing_and_lose_it_when_they_become_one():
    bureau, zone, firm = make_department(), make_organisation(kind="government"), make_organisation()

    first, lacking = renew_all(), renewing.renew_stale(releasing.version_in_force(), ON, lambda: AT)

    assert (first, lacking) == (2, 0)
    assert set(Standing.objects.values_list("organisation", flat=True)) == {zone.pk, firm.pk}
    make_membership(Role.DISTRICT, zone, scope="371073")
    standing.mark_stale([bureau.pk, zone.pk, firm.pk])
    assert renewing.renew_stale(releasing.version_in_force(), ON, lambda: AT) == 1
    renew_all()
    assert Standing.objects.get().organisation == firm


def test_another_day_renews_all_and_the_same_day_none():
    enterprise_with_growth()
    renew_all()

    assert renew_all() == 0
    assert renewing.renew_all(releasing.version_in_force(), ON + timedelta(days=1), lambda: AT) == 1


@pytest.mark.django_db(transaction=True)
def test_the_first_standing_waits_for_a_fact_that_is_being_stated():
    one, version = enterprise_with_growth(), releasing.version_in_force()
    clerk = make_membership(Role.CLERK, one)

    def renew():
        try:
            renewing.renew_stale(version, ON, lambda: AT + timedelta(minutes=1))
        finally:
            connection.close()

    first = threading.Thread(target=renew)
    with transaction.atomic():
        state(one, "years", "rd_spend", 2_000_000_000, key="2025", actor=clerk, at=AT + timedelta(seconds=1))
        first.start()
        first.join(2)
        waited = first.is_alive()
    first.join()

    assert waited
    kept = Standing.objects.get(organisation=one)
    assert kept.sums["9.rd_growth"] == 70_000_000
    assert [getattr(row, name) == value for row, told in derived() for name, value in told.items()] == [
        True
    ] * 5
