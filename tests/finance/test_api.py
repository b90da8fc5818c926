"""Programs of banks file by the API: once a key, with faults as data, and see nothing of others."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, loan, make_filer, take
from finance.test_pools import THIRDS
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.finance import pools, working
from kechuang.finance.models import Filing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten_on_monday(clock_at):
    """The hour of all stories."""


def bearer(membership) -> dict:
    return {"authorization": f"Bearer {tokens.make(title='程序', days=30, actor=membership, at=AT)[1]}"}


def send(headers, lines, kind="loans", key="1"):
    data = "\n".join(json.dumps(one, ensure_ascii=False) for one in lines).encode()
    given = {"kind": kind, "file": SimpleUploadedFile("a.jsonl", data)}
    return Client().post("/api/finance/filings", given, headers={**headers, "idempotency-key": key})


def test_a_program_files_asks_applies_and_undoes():
    bank, firm = make_filer(), make_organisation()
    headers = bearer(bank)

    sent = send(headers, [loan(firm), loan(firm, "HT-2", principal="很多")])
    again = send(headers, [loan(firm), loan(firm, "HT-2", principal="很多")])
    other = send(headers, [loan(firm)])

    assert (sent.status_code, sent.json()["state"]) == (200, "waiting")
    assert again.json()["id"] == sent.json()["id"]
    assert other.status_code == 409
    filing = Filing.objects.get()
    working.read_filing(filing.list_import_id)
    address = f"/api/finance/filings/{filing.pk}"
    told = Client().get(address, headers=headers).json()
    assert (told["state"], told["added"], told["refused"]) == ("checked", 1, 1)
    assert (told["faults"][0]["row"], told["faults"][0]["column"]) == (2, "贷款本金")
    assert Client().post(f"{address}/apply", headers=headers).json()["state"] == "applying"
    working.apply_filing(filing.list_import_id, lambda: AT)
    assert Client().post(f"{address}/apply", headers=headers).status_code == 409
    assert Client().post(f"{address}/undo", headers=headers).json()["state"] == "undoing"
    assert [one["id"] for one in Client().get("/api/finance/filings", headers=headers).json()["filings"]] == [
        filing.pk
    ]


def test_a_program_finds_nothing_of_another_bank_and_firms_file_nothing():
    firm = make_membership(Role.MANAGER)
    foreign = take(make_filer(), "loans", [loan(firm.organisation)])
    headers = bearer(make_filer())

    assert Client().get(f"/api/finance/filings/{foreign.pk}", headers=headers).status_code == 404
    assert Client().post(f"/api/finance/filings/{foreign.pk}/apply", headers=headers).status_code == 404
    assert Client().get("/api/finance/filings", headers=headers).json() == {"filings": []}
    assert send(bearer(firm), [loan(firm.organisation)]).status_code == 404
    assert Client().get("/api/finance/pools", headers=headers).status_code == 404


def test_an_office_reads_pools_and_their_entries():
    officer = make_membership(Role.OFFICER, make_department())
    pool = pools.open_pool(pools.Setup("池", "23", "文", THIRDS, floor_fen=2 * WAN), actor=officer, at=AT)
    pools.move(pool, "contribute", WAN, "首期", actor=officer, at=AT)
    headers = bearer(officer)

    (told,) = Client().get("/api/finance/pools", headers=headers).json()["pools"]
    entries = Client().get(f"/api/finance/pools/{pool.pk}/entries", headers=headers).json()["entries"]

    assert told["balance_fen"] == WAN
    assert [one["ratio"] for one in told["shares"]] == ["7/20", "7/20", "3/10"]
    assert [one["ground"] for one in told["alerts"]] == ["floor"]
    assert [(one["act"], one["amount_fen"]) for one in entries] == [("contribute", WAN)]
