"""What an organisation stands to get, by a kept version and the facts known at a time: the same answer for good."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta

import pytest

from factories import AT, make_organisation
from kechuang.entitlements import releasing, standing, versions
from kechuang.entitlements.models import PackVersion, Release
from kechuang.entitlements.results import as_plain
from kechuang.journal.actions import canonical
from kechuang.policy.cases.outcome import Outcome
from kechuang.policy.encoding.loading import load_pack
from kechuang.policy.language.vocabulary import packs_folder
from kechuang.registry.models import Fact

pytestmark = pytest.mark.django_db
ON, YEAR = date(2026, 3, 2), 2025


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA = tmp_path
    versions.pack_of.cache_clear()


def fact(organisation, record, field, value, key="", **more) -> Fact:
    given = {"known_from": AT, "source": "declared", **more}
    return Fact.objects.create(
        organisation=organisation, record=record, key=key, field=field, value=value, **given
    )


def enterprise_with_growth():
    one = make_organisation()
    fact(one, "statuses", "kind", "high_tech_enterprise", key="high_tech_enterprise||2024")
    fact(one, "statuses", "granted_on", "2024-12-12", key="high_tech_enterprise||2024")
    fact(one, "statuses", "expires_on", "2027-12-11", key="high_tech_enterprise||2024")
    fact(one, "years", "rd_spend", 900_000_000, key="2025")
    fact(one, "years", "above_scale", value=True, key="2025")
    fact(one, "years", "has_rd_activity", value=True, key="2025")
    fact(one, "years", "rd_spend", 600_000_000, key="2024")
    return one


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


def test_a_kept_version_replays_byte_for_byte_when_the_folder_on_disk_has_changed(tmp_path):
    folder = tmp_path / "copies" / "weihai-2023-5"
    shutil.copytree(packs_folder() / "weihai-2023-5", folder)
    version, one = versions.keep(load_pack(folder), AT), enterprise_with_growth()
    asked = {"on": ON, "year": YEAR, "known_at": AT}
    kept = canonical(as_plain(standing.assess_organisation(one, version, **asked).results["9.rd_growth"]))

    file = folder / "measures" / "09.yaml"
    file.write_text(file.read_text("utf-8").replace("10%", "20%"), "utf-8")
    fact(one, "years", "rd_spend", 1, key="2025", source="list", known_from=AT + timedelta(hours=1))
    versions.pack_of.cache_clear()

    assert standing.replay(one, version, "9.rd_growth", **asked) == kept
    told = json.loads(kept)
    assert told["amount_fen"] == 15_000_000
    assert told["facts"]["years.rd_spend[0]"] == 900_000_000
    assert told["facts"]["years.rd_spend[-1]"] == 600_000_000


def test_a_kept_version_is_written_anew_when_its_folder_was_altered_or_lost(tmp_path):
    version = releasing.version_in_force()
    file = versions.pack_of(version.pk).folder / "pack.yaml"
    file.write_text("id: forged", "utf-8")
    versions.pack_of.cache_clear()

    assert versions.pack_of(version.pk).hash == version.pk

    shutil.rmtree(tmp_path / "packs")
    versions.pack_of.cache_clear()
    assert versions.pack_of(version.pk).hash == version.pk


def test_keeping_a_pack_again_keeps_one():
    first = versions.keep(load_pack(), AT)

    assert versions.keep(load_pack(), AT + timedelta(days=1)) == first
    assert PackVersion.objects.get().kept_at == AT
