"""Programs of banks file by the API: once a key, with faults as data, and see nothing of others."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from factories import AT, make_department, make_membership, make_organisation
from finance.factories import WAN, file, loan, make_filer, make_tech_sme, take
from finance.test_pools import THIRDS, make_loss
from kechuang.accounts import tokens
from kechuang.accounts.roles import Role
from kechuang.finance import pools, working
from kechuang.finance.models import Filing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_ten_on_monday(clock_at, settings):
    """The hour of all stories."""
    settings.API_RATE = 0


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


def program(membership):
    """Asks as a program of this person: GET, or POST with a body."""
    headers = bearer(membership)

    def ask(path, body=None):
        if body is None:
            return Client().get(f"/api/finance/{path}", headers=headers)
        return Client().post(f"/api/finance/{path}", body, content_type="application/json", headers=headers)

    return ask


@pytest.fixture
def office():
    bureau = make_department()
    return make_membership(Role.OFFICER, bureau), make_membership(Role.DECIDER, bureau)


PARTS = [
    {"party": "市级", "ratio": "7/10", "borne_by_pool": True},
    {"party": "银行", "ratio": "3/10"},
]


def test_a_pool_is_opened_filled_shares_a_loss_and_gets_some_of_it_back(office):
    officer, decider = (program(one) for one in office)
    firm = make_organisation()
    given = {"name": "风险补偿资金池", "measure": "23", "source": "威财金〔2023〕2号", "parts": PARTS}

    odd = officer("pools", given | {"parts": [PARTS[0]]})
    pool = officer("pools", given).json()
    address = f"pools/{pool['id']}"
    filled = officer(
        f"{address}/movements", {"act": "contribute", "amount_fen": 500 * WAN, "reason": "首期"}
    ).json()
    unknown = officer(
        f"{address}/movements", {"act": "reserve", "amount_fen": WAN, "reason": "备案", "uscc": "X"}
    )
    above = decider(f"{address}/movements", {"act": "withdraw", "amount_fen": 501 * WAN, "reason": "调出"})
    make_loss(make_filer(), firm, amount="100万元")
    (waiting,) = officer(address).json()["waiting"]
    by_officer = officer(f"{address}/losses/{waiting['id']}", {"reason": "逾期九十天"})
    shared = decider(f"{address}/losses/{waiting['id']}", {"reason": "逾期九十天"}).json()
    (loss,) = shared["open_losses"]
    back = officer(
        f"{address}/entries/{loss['entry']}/recoveries", {"amount_fen": 10 * WAN, "reason": "处置抵押物"}
    ).json()

    assert (odd.status_code, odd.json()["type"]) == (409, "/api/problems/refused")
    assert filled["balance_fen"] == 500 * WAN
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/uscc")
    assert above.status_code == 409
    assert waiting["uscc"] == firm.uscc
    assert waiting["values"]["amount"] == 100 * WAN
    assert by_officer.status_code == 404
    assert (shared["balance_fen"], loss["left_fen"]) == (430 * WAN, 100 * WAN)
    assert (back["balance_fen"], back["open_losses"][0]["left_fen"]) == (437 * WAN, 90 * WAN)


def test_a_letter_is_prepared_by_one_person_and_issued_by_another(office):
    officer, decider = (program(one) for one in office)
    firm = make_tech_sme()
    own = program(firm.memberships.get())

    refused = officer(
        "letters", {"benefit": "23.risk_compensation", "uscc": make_organisation().uscc, "year": 2025}
    )
    letter = officer("letters", {"benefit": "23.risk_compensation", "uscc": firm.uscc, "year": 2025}).json()
    early = own("letters").json()["letters"]
    issued = decider(f"letters/{letter['id']}/issue", {"sure": True}).json()
    again = decider(f"letters/{letter['id']}/discard", {"sure": True})

    assert refused.status_code == 409
    assert (letter["state"], early) == ("prepared", [])
    assert (issued["state"], [one["number"] for one in own("letters").json()["letters"]]) == (
        "issued",
        [letter["number"]],
    )
    assert again.status_code == 409
    assert "23.risk_compensation" in officer("letters").json()["benefits"]


def test_an_officer_decides_an_overlap_and_names_and_ends_a_partner(office):
    officer = program(office[0])
    firm, bank = make_organisation(), make_filer()
    for filer in (bank, make_filer()):
        file(filer, "loans", [loan(firm)])

    found = officer("overlaps").json()["overlaps"]
    unreasoned = officer(f"overlaps/{found[0]['id']}/decision", {"decision": "first", "reason": ""})
    done = [
        officer(f"overlaps/{one['id']}/decision", {"decision": "both", "reason": "两份合同。"})
        for one in found
    ]
    named = {"uscc": bank.organisation.uscc, "since": "2026-01-01", "source": "名单"}
    (partner,) = officer("partners", named).json()["partners"]
    twice = officer("partners", named)
    (ended,) = officer(f"partners/{partner['id']}/end", {"sure": True}).json()["partners"]

    assert {one["first"]["number"] for one in found} == {"HT-1"}
    assert unreasoned.status_code == 422
    assert {one.status_code for one in done} == {200}
    assert officer("overlaps").json() == {"overlaps": []}
    assert len(officer("overlaps?decided=true").json()["overlaps"]) == len(found)
    assert ("until" in partner, twice.status_code, ended["until"]) == (False, 409, "2026-03-02")


def test_an_operator_loads_the_loan_prime_rate_and_nobody_else():
    operator, auditor = (program(make_membership(role)) for role in (Role.OPERATOR, Role.AUDITOR))
    given = {"csv": "date,one_year,five_year\n2026-02-20,2.90,3.40\n", "source": "公告"}

    loaded = operator("series", given).json()
    wrong = operator("series", given | {"csv": "date,one_year,five_year\n2026-02-20,290,3.40\n"})

    assert loaded["loaded"] == 1
    quote = next(one for one in loaded["quotes"] if one["month"] == "2026-02-01")
    assert quote | {"known_from": ""} == {
        "month": "2026-02-01", "quoted_on": "2026-02-20", "one_year": "29/1000", "five_year": "17/500",
        "source": "公告", "known_from": "", "superseded": False,
    }  # fmt: skip
    assert (wrong.status_code, "2" in wrong.json()["detail"]) == (409, True)
    assert auditor("series", given).status_code == 404
    assert auditor("series").json()["quotes"] == operator("series").json()["quotes"]


def test_a_firm_reads_its_lines_and_what_it_could_get():
    firm = make_membership(Role.MANAGER)
    file(make_filer(), "loans", [loan(firm.organisation), loan(make_organisation(), "HT-2")])
    own = program(firm)

    (line,) = own("lines").json()["lines"]
    offers = own("offers?principal_fen=100000000&rate=69/2000").json()
    wrong = own("offers?rate=3/2")

    assert (line["number"], line["uscc"], line["values"]["principal"]) == (
        "HT-1",
        firm.organisation.uscc,
        500 * WAN,
    )
    assert offers["rate"] == "69/2000"
    assert {one["outcome"] for one in offers["offers"] if one["qualifies"]} <= {"entitled", "may_apply"}
    assert any(not one["qualifies"] for one in offers["offers"])
    assert (wrong.status_code, wrong.json()["errors"][0]["in"]) == (422, "query")
