"""The API of the treasury: what a program with a token may read and do, and what it is told when it may not."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from factories import make_membership
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.treasury.models import Batch, Entry
from treasury.factories import (
    YUAN,
    make_accountant,
    make_appropriation,
    make_paid_award,
    make_payable_award,
    make_sent_batch,
    make_treasurer,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_limit_on_requests(settings):
    settings.API_RATE = 0


def program_of(membership):
    """A function that asks the API as a membership: GET, or POST with a body."""
    _, secret = tokens.make(title="程序", days=30, actor=membership, at=clock.now())
    client, headers = Client(), {"Authorization": f"Bearer {secret}"}

    def ask(address, body=None, **more):
        path = f"/api/treasury/{address}"
        if body is None:
            return client.get(path, headers=headers)
        return client.post(path, json.dumps(body), content_type="application/json", headers=headers | more)

    return ask


def test_a_program_reads_appropriations_and_their_ledger():
    award = make_paid_award(500)
    ask = program_of(make_treasurer())

    money = ask("appropriations?year=2026").json()["appropriations"][0]
    entries = ask(f"appropriations/{money['id']}/entries").json()["entries"]

    assert (money["paid_fen"], money["free_fen"]) == (500 * YUAN, 999_500 * YUAN)
    assert [entry["act"] for entry in entries] == ["pay", "commit", "appropriate"]
    assert entries[0]["uscc"] == award.organisation.uscc
    assert (
        ask(f"appropriations/{money['id']}/entries?before={entries[1]['id']}").json()["entries"]
        == entries[2:]
    )


def test_two_programs_take_a_batch_from_what_is_due_to_the_bank_s_answer():
    accountant, treasurer = program_of(make_accountant()), program_of(make_treasurer())
    award = make_payable_award(yuan=500)

    due = accountant("due").json()["awards"]
    batch = accountant("batches", {"awards": [one["id"] for one in due]}).json()
    wrong = treasurer(f"batches/{batch['number']}/approve", {"amount_fen": 1}).json()
    approved = treasurer(f"batches/{batch['number']}/approve", {"amount_fen": batch["amount_fen"]}).json()
    accountant(f"batches/{batch['number']}/sent", {"sha256": approved["sha256"]})
    number = batch["payments"][0]["number"]
    answer = {
        "results": [{"number": number, "paid": True, "on": clock.today().isoformat(), "reference": "HX1"}]
    }
    first = accountant(f"batches/{batch['number']}/results", answer).json()
    second = accountant(f"batches/{batch['number']}/results", answer).json()

    assert [one["id"] for one in due] == [award.pk]
    assert "批次合计 500.00 元，不是 0.01 元" in wrong["detail"]
    assert approved["state"] == "approved"
    assert (first["paid"], first["state"], second["unchanged"]) == (1, "settled", 1)
    assert Entry.objects.filter(act="pay").count() == 1
    listed = accountant("batches").json()["batches"][0]
    assert (listed["amount_fen"], listed["payments_count"]) == (500 * YUAN, 1)
    assert [listed[name] for name in ("paid", "paid_fen", "returned", "returned_fen")] == [
        1,
        500 * YUAN,
        0,
        0,
    ]
    assert accountant(f"batches/{batch['number']}").json()["payments"][0]["state"] == "paid"


def test_a_batch_asked_for_again_under_its_key_is_not_prepared_twice_even_if_withdrawn_since():
    ask, body, key = (
        program_of(make_accountant()),
        {"awards": [make_payable_award().pk]},
        {"Idempotency-Key": "7"},
    )

    first = ask("batches", body, **key).json()
    ask(f"batches/{first['number']}/withdraw", {"reason": "x"})
    again = ask("batches", body, **key).json()
    other = ask("batches", {"awards": [make_payable_award().pk]}, **key)
    somebody = program_of(make_accountant())("batches", body, **key).json()

    assert (again["number"], again["state"]) == (first["number"], "withdrawn")
    assert f"这个幂等键已用于批次 {first['number']}" in other.json()["detail"]
    assert somebody["number"] != first["number"]
    assert Batch.objects.count() == 2


def test_a_refusal_says_the_same_sentence_as_the_page():
    batch = make_sent_batch()
    ask = program_of(make_accountant())

    answer = ask(f"batches/{batch.number}/approve", {"amount_fen": 50_000 * YUAN})

    assert (answer.status_code, answer.json()["type"]) == (409, "/api/problems/refused")
    assert answer.json()["detail"] == "复核由财政复核岗办理。"


@pytest.mark.parametrize("role", [Role.CLERK, Role.OFFICER, Role.DECIDER])
def test_for_other_roles_there_is_no_such_address(role):
    batch = make_sent_batch()
    money = make_appropriation()
    ask = program_of(make_membership(role))

    answers = [
        ask("appropriations"),
        ask(f"appropriations/{money.pk}/entries"),
        ask("due"),
        ask("batches"),
        ask(f"batches/{batch.number}"),
        ask("batches", {"awards": [1]}),
        ask(f"batches/{batch.number}/approve", {"amount_fen": 1}),
    ]

    assert {answer.status_code for answer in answers} == {404}


def test_without_a_token_nothing_opens():
    answer = Client().get("/api/treasury/appropriations")

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("appropriations/9/entries", None),
        ("batches/2026-0999", None),
        ("batches", {"awards": [999]}),
        ("batches/2026-0999/sent", {"sha256": "0" * 64}),
    ],
)
def test_what_is_not_there_is_not_found(address, body):
    assert program_of(make_accountant())(address, body).status_code == 404
