"""Somebody who answers the pages of the interview by heart."""

from __future__ import annotations

import html
import re
from datetime import date
from urllib.parse import parse_qs, urlparse

import pytest

SME = {
    "kind": "enterprise",
    "records": ["statuses", "contracts"],
    "statuses": ["tech_sme"],
    "statuses.tech_sme.granted_on": "2025-03-01",
    "statuses.tech_sme.expires_on": "2026-12-31",
    "contracts": ["development"],
    "contracts.development.in_city": "yes",
    "contracts.development.side": "buyer",
    "contracts.development.counterparty": "university",
    "contracts.development.signed_on": "2026-01-01",
    "contracts.development.year": "2025",
    "contracts.development.paid": "100",
    "contracts.development.filed": "no",
    "years.2025.above_scale": "yes",
    "years.2025.has_rd_activity": "yes",
    "years.2025.rd_spend": "900",
    "years.2024.rd_spend": "600",
}


@pytest.fixture
def sme():
    return dict(SME)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """The day of all interviews of these tests: 2026-01-20."""
    monkeypatch.setattr("kechuang.interview.views.timezone.localdate", lambda: date(2026, 1, 20))


@pytest.fixture
def fields():
    """A function that gives the hidden fields and the question of a page."""

    def read(response) -> dict[str, str]:
        page = response.content.decode()
        return {
            name: html.unescape(re.search(f'name="{name}" value="([^"]*)"', page)[1]) for name in ("s", "q")
        }

    return read


@pytest.fixture
def answer_all(client, fields):
    """A function that answers every question, what is not named with 'I do not know': the keys, the last address."""

    def answer(known, query=None, **headers):
        keys, response = [], client.get("/ask/questions/", query or {}, **headers)
        while response.status_code == 200:
            here = fields(response)
            assert here["q"] not in keys, response.content.decode()
            keys.append(here["q"])
            given = {"v": known[here["q"]]} if here["q"] in known else {"unknown": "1"}
            if here["q"] == "records":
                given = {
                    "v": [one for one in given.get("v", []) if f'value="{one}"' in response.content.decode()]
                }
            response = client.get("/ask/questions/", {**here, **given}, **headers)
        assert response.status_code == 302
        return keys, response["Location"]

    return answer


@pytest.fixture
def state_of():
    """A function that gives the state in an address."""
    return lambda address: parse_qs(urlparse(address).query)["s"][0]
