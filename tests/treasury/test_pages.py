"""Pages of the treasury: who sees them, what they say, how many queries a list takes."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from factories import AT, make_membership
from kechuang.accounts.roles import Role
from kechuang.journal import clock
from kechuang.treasury import actions, exporting
from kechuang.treasury.models import Appropriation, Batch, Entry
from treasury.factories import (
    YUAN,
    make_accountant,
    make_appropriation,
    make_award,
    make_paid_award,
    make_payable_award,
    make_payee,
    make_sent_batch,
    make_treasurer,
)

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 3)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    """The tests of pages live on one day."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    monkeypatch.setattr(clock, "today", lambda: TODAY)


def signed_in(membership) -> Client:
    client = Client()
    client.force_login(membership.user)
    return client


def make_receivable(yuan=500, plan=((date(2026, 2, 1), 200 * YUAN), (date(2026, 6, 1), 300 * YUAN))):
    return actions.open_receivable(
        make_paid_award(yuan), yuan * YUAN, "研发费用不实", plan, actor=make_membership(Role.DECIDER), at=AT
    )


def addresses() -> list[str]:
    """A page of every kind, with something on it."""
    award = make_paid_award()
    receivable = make_receivable()
    entry = award.entries.latest("id")
    return [
        reverse("treasury"),
        reverse("treasury-appropriation", args=[award.appropriation_id]),
        reverse("treasury-ledger-file", args=[award.appropriation_id]),
        reverse("treasury-entry", args=[entry.pk]),
        reverse("treasury-to-pay"),
        reverse("treasury-batches"),
        reverse("treasury-batch", args=[entry.payment.batch.number]),
        reverse("treasury-batch-file", args=[entry.payment.batch.number, "csv"]),
        reverse("treasury-receivables"),
        reverse("treasury-receivable", args=[receivable.pk]),
    ]


@pytest.mark.parametrize("role", [Role.ACCOUNTANT, Role.TREASURER, Role.LEADER, Role.AUDITOR])
def test_finance_and_those_who_read_the_city_see_every_page(role):
    client = signed_in(make_membership(role))

    assert {client.get(address).status_code for address in addresses()} == {200}


@pytest.mark.parametrize("role", [Role.CLERK, Role.OFFICER, Role.DECIDER, Role.OPERATOR])
def test_for_others_there_is_no_page(role):
    client = signed_in(make_membership(role))

    assert {client.get(address).status_code for address in addresses()} == {404}
