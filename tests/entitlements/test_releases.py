"""Versions on the live site: proposed by one person, approved by another who has seen what it changes for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from entitlements.registering import enterprise_with_growth
from factories import AT, make_department, make_membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.entitlements import releasing, renewing, versions
from kechuang.entitlements.models import Release
from kechuang.journal.models import Event
from kechuang.policy.encoding.loading import load_pack

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.DATA = tmp_path
    versions.pack_of.cache_clear()


def policy_officer():
    return make_membership(Role.POLICY)


def proposed(pack, actor=None) -> Release:
    return releasing.propose(pack, note="增长要求提高", actor=actor or policy_officer(), at=AT)


def test_the_effect_names_who_gains_and_who_loses_by_benefit(stricter):
    enterprise_with_growth()
    enterprise_with_growth(spend=2_000_000_000)
    release = proposed(stricter)

    releasing.work_out(release.pk, lambda: LATER)

    release.refresh_from_db()
    effect = release.effect
    assert [one["id"] for one in effect["benefits"]] == ["9.rd_growth"]
    (benefit,) = effect["benefits"]
    assert (benefit["before"]["passing"], benefit["after"]["passing"]) == (2, 1)
    assert (benefit["gained"], benefit["lost"]) == (0, 1)
    assert benefit["before"]["fen"] - benefit["after"]["fen"] == 15_000_000
    assert (effect["gaining"], effect["losing"]) == (0, 1)
    assert effect["strands"]["ceiling"] == [benefit["before"]["fen"], benefit["after"]["fen"]]


def test_the_effect_counts_subjects_and_no_offices(stricter):
    release = proposed(stricter, make_membership(Role.POLICY, make_department()))
    enterprise_with_growth()

    releasing.work_out(release.pk, lambda: LATER)

    release.refresh_from_db()
    assert (release.effect["organisations"], release.run.total, release.run.done) == (1, 1, 1)


def test_another_person_who_has_seen_the_effect_puts_it_in_force(stricter):
    releasing.version_in_force()
    release, other = proposed(stricter), policy_officer()
    releasing.work_out(release.pk, lambda: LATER)

    releasing.approve(release, actor=other, at=LATER)

    release.refresh_from_db()
    assert releasing.version_in_force().pk == stricter.hash
    assert (release.state, release.decided_user) == (Release.State.IN_FORCE, other.user_id)
    old = Release.objects.get(state=Release.State.REPLACED)
    assert (old.version_id, old.replaced_at) == (load_pack().hash, LATER)
    assert ProcrastinateJob.objects.filter(task_name=renewing.RENEW_ALL).count() == 1
    assert list(Event.objects.order_by("number").values_list("kind", flat=True)) == [
        "release.proposed",
        "release.approved",
    ]


def test_nobody_approves_what_they_proposed_nor_before_the_effect_is_there(stricter):
    actor, other = policy_officer(), policy_officer()
    release = proposed(stricter, actor)

    with pytest.raises(Refused, match="not been worked out"):
        releasing.approve(release, actor=other, at=LATER)
    releasing.work_out(release.pk, lambda: LATER)
    with pytest.raises(Refused, match="Someone other"):
        releasing.approve(release, actor=actor, at=LATER)
    with pytest.raises(IntegrityError, match="release_takes_two_people"), transaction.atomic():
        Release.objects.filter(pk=release.pk).update(decided_user=actor.user_id)


def test_an_effect_against_what_is_no_longer_in_force_does_not_count(stricter):
    first, other = proposed(stricter), policy_officer()
    releasing.work_out(first.pk, lambda: LATER)
    Release.objects.filter(pk=first.pk).update(
        effect={**Release.objects.get(pk=first.pk).effect, "against": "0" * 64}
    )

    with pytest.raises(Refused, match="another version"):
        releasing.approve(first, actor=other, at=LATER)

    releasing.work_out_again(first, actor=other, at=LATER)
    releasing.work_out(first.pk, lambda: LATER)
    releasing.approve(first, actor=other, at=LATER)
    assert releasing.version_in_force().pk == stricter.hash


def test_who_proposed_may_withdraw_and_another_may_reject(stricter):
    actor, other = policy_officer(), policy_officer()
    for who, told in ((actor, None), (other, other.user_id)):
        release = proposed(stricter, actor)
        releasing.reject(release, actor=who, at=LATER)
        release.refresh_from_db()
        assert (release.state, release.decided_user) == (Release.State.REJECTED, told)
    with pytest.raises(Refused, match="decided on already"):
        releasing.reject(release, actor=other, at=LATER)


def test_the_version_in_force_or_one_proposed_already_is_not_proposed_again(stricter):
    with pytest.raises(Refused, match="in force already"):
        proposed(load_pack())
    proposed(stricter)
    with pytest.raises(Refused, match="awaits approval"):
        proposed(stricter)
    with pytest.raises(Refused, match="Say why"):
        releasing.propose(stricter, note=" ", actor=policy_officer(), at=AT)
