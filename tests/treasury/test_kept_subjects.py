"""The file of a batch says the budget subjects that two people approved, whatever becomes of the appropriation."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import IntegrityError, connection, transaction

from factories import AT
from kechuang.journal.queries import events_of
from kechuang.treasury import actions, exporting
from kechuang.treasury.models import Appropriation, Batch
from treasury.answering import asks, posts
from treasury.factories import (
    make_accountant,
    make_appropriation,
    make_payable_award,
    make_treasurer,
    refused,
)

pytestmark = pytest.mark.django_db


def make_approved_batch(*appropriations: Appropriation) -> Batch:
    awards = [make_payable_award(money) for money in appropriations]
    batch = actions.prepare_batch(awards, actor=make_accountant(), at=AT)
    return actions.approve_batch(batch, actor=make_treasurer(), at=AT)


def subjects_change() -> None:
    Appropriation.objects.update(function_code="2060499", economic_code="50799")


def test_the_file_of_an_approved_batch_of_two_appropriations_stays_when_their_subjects_change():
    batch = make_approved_batch(make_appropriation(), make_appropriation(function_code="", economic_code=""))
    approved = exporting.csv_of(batch)

    subjects_change()
    batch = Batch.objects.get(pk=batch.pk)

    assert b",2060404,50701," in approved
    assert exporting.csv_of(batch) == approved
    assert exporting.hash_of(approved) == batch.file_hash


def test_a_batch_that_is_approved_anew_says_the_subjects_of_then():
    money = make_appropriation()
    batch = make_approved_batch(money, money)
    subjects_change()

    actions.withdraw_payment(batch.payments.first(), reason="账户有误", actor=make_accountant(), at=AT)
    voided = Batch.objects.get(pk=batch.pk).subjects
    batch = actions.approve_batch(batch, actor=make_treasurer(), at=AT)

    assert voided == {}
    assert b",2060499,50799," in exporting.csv_of(batch)
    assert exporting.hash_of(exporting.csv_of(batch)) == batch.file_hash


def test_the_database_refuses_other_subjects_for_an_approved_batch():
    batch = make_approved_batch(make_appropriation())

    with pytest.raises(IntegrityError, match="keeps the budget subjects"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(subjects={})

    assert Batch.objects.get(pk=batch.pk).subjects == {
        str(batch.payments.get().award.appropriation_id): ["2060404", "50701"]
    }


def test_the_upgrade_carries_the_subjects_of_batches_that_are_approved_already():
    batch = make_approved_batch(make_appropriation(), make_appropriation(function_code=""))
    waiting = actions.prepare_batch([make_payable_award()], actor=make_accountant(), at=AT)
    kept = Batch.objects.get(pk=batch.pk).subjects
    upgrade = import_module("kechuang.treasury.migrations.0008_kept_subjects").Migration
    [carry] = [one for one in upgrade.operations if hasattr(one, "sql")]

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE treasury_batch DISABLE TRIGGER USER")
        cursor.execute("UPDATE treasury_batch SET subjects = '{}'")
        cursor.execute(carry.sql)
        cursor.execute("ALTER TABLE treasury_batch ENABLE TRIGGER USER")

    assert Batch.objects.get(pk=batch.pk).subjects == kept
    assert Batch.objects.get(pk=waiting.pk).subjects == {}


def test_subjects_are_filled_in_once_and_an_approved_file_stays():
    accountant, money = make_accountant(), make_appropriation(function_code="", economic_code="", source="文")
    batch = make_approved_batch(money)
    approved = exporting.csv_of(batch)
    given = {"function_code": "2060404", "economic_code": "50701"}

    for _ in range(2):
        posts(accountant, "treasury-subjects", money.pk, **given)
    again = make_appropriation(function_code="", economic_code="", source="文")
    money.refresh_from_db()

    [event] = events_of(f"appropriation:{money.pk}").filter(kind="appropriation.subjects_stated")
    assert event.data == {"from": ["", ""], "to": ["2060404", "50701"]}
    assert exporting.codes_of(money) == ("2060404", "50701")
    assert exporting.csv_of(Batch.objects.get(pk=batch.pk)) == approved
    assert again == money


def test_subjects_are_not_changed_by_a_page_that_showed_others():
    accountant, money = make_accountant(), make_appropriation()
    old = {"from_function_code": "", "from_economic_code": ""}
    seen = {"from_function_code": "2060404", "from_economic_code": "50701"}
    given = {"function_code": "2060499", "economic_code": "50799"}

    zh, en = posts(accountant, "treasury-subjects", money.pk, **given, **old)
    program = asks(accountant, f"appropriations/{money.pk}/subjects", **given, **old)
    wrong, _ = posts(accountant, "treasury-subjects", money.pk, **{**given, "economic_code": "科目"}, **seen)
    money.refresh_from_db()
    between = exporting.codes_of(money)
    done = asks(accountant, f"appropriations/{money.pk}/subjects", **given, **seen)

    assert (zh.status_code, en.status_code, program.status_code, wrong.status_code) == (422, 422, 409, 422)
    assert "预算科目现为 2060404、50701：已有他人更改。" in zh.text
    assert "已复核的批次仍用复核时的科目。" in zh.text
    assert "The budget subjects are 2060404, 50701 now" in en.text
    assert "Approved batches keep the subjects they were approved with." in en.text
    assert between == ("2060404", "50701")
    assert (done.status_code, done.json()["function_code"], done.json()["economic_code"]) == (
        200,
        "2060499",
        "50799",
    )


def test_only_the_accountant_states_subjects():
    treasurer, money = make_treasurer(), make_appropriation()

    zh, _ = posts(treasurer, "treasury-subjects", money.pk, function_code="2060499")
    with refused("财政经办岗"):
        actions.state_subjects(money, ("2060499", ""), actor=treasurer, at=AT)

    money.refresh_from_db()
    assert (zh.status_code, exporting.codes_of(money)) == (404, ("2060404", "50701"))
