"""Answers survive the address exactly; what was changed on the way is noticed."""

from __future__ import annotations

import zlib
from base64 import urlsafe_b64encode
from datetime import date
from fractions import Fraction
from random import Random

import pytest

from kechuang.interview.state import BrokenStateError, State, bound_of, decoded, encoded, replayed
from kechuang.policy import load_pack
from kechuang.policy.interview import Lists

PACK = load_pack("weihai-2023-5")
TODAY = date(2026, 1, 20)
ANSWERS = {
    "kind": "enterprise",
    "records": Lists(("statuses", "loans"), ("contracts",)),
    "statuses": {"tech_sme": 1},
    "statuses.tech_sme.granted_on": date(2025, 3, 1),
    "statuses.tech_sme.expires_on": None,
    "loans": {"commercialisation": 2},
    "loans.commercialisation.rate": Fraction(435, 10000),
    "loans.commercialisation-2.cooperating": True,
    "years.2025.above_scale": False,
    "years.2025.rd_spend": 900_000_001,
    "bases": 0,
    "covers": {},
}


def packed(text: str) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    raw = packer.compress(text.encode()) + packer.flush()
    return "1" + urlsafe_b64encode(zlib.crc32(text.encode()).to_bytes(4, "big") + raw).decode().rstrip("=")


def test_every_kind_of_answer_comes_back_as_it_went():
    state = State(TODAY, "9.rd_growth", ANSWERS)

    again = decoded(encoded(state, PACK), PACK, TODAY)

    assert again == state
    assert list(again.answers) == list(ANSWERS)


def test_the_text_is_short_and_fit_for_an_address():
    token = encoded(State(TODAY, "", ANSWERS), PACK)

    assert len(token) < 400
    assert token.replace("-", "").replace("_", "").isalnum()


def test_no_text_is_a_fresh_start():
    assert decoded("", PACK, TODAY) == State(TODAY)


@pytest.mark.parametrize("seed", range(40))
def test_a_text_with_one_sign_changed_or_lost_is_noticed(seed):
    rng = Random(seed)
    token = encoded(State(TODAY, "", ANSWERS), PACK)
    place = rng.randrange(len(token) - 1)
    sign = rng.choice([one for one in "abcXYZ019-_" if one != token[place]])

    for changed in (
        token[:place] + sign + token[place + 1 :],
        token[:place] + token[place + 1 :],
        token[: place + 1],
    ):
        with pytest.raises(BrokenStateError):
            decoded(changed, PACK, TODAY)


@pytest.mark.parametrize(
    "text",
    [
        "another-pack|20260120||",
        "weihai-2023-5|20261320||",
        "weihai-2023-5|20260120|99.nothing|",
        "weihai-2023-5|20260120||kind",
        "weihai-2023-5|20260120||kind=!x",
        "weihai-2023-5|20260120||years.2025.rd_spend=#1e9",
        "weihai-2023-5|20260120",
        "",
        "weihai-2023-5|20260120||" + "kind==enterprise;" * 3000,
    ],
)
def test_a_text_of_another_making_is_refused(text):
    with pytest.raises(BrokenStateError):
        decoded(packed(text), PACK, TODAY)


@pytest.mark.parametrize("token", ["2abc", "1", "1%%%", "1" + "A" * 5000, "1é"])
def test_what_is_no_text_of_ours_is_refused(token):
    with pytest.raises(BrokenStateError):
        decoded(token, PACK, TODAY)


@pytest.mark.parametrize(
    "answers",
    [
        {"kind": "dragon"},
        {"kind": 7},
        {"years.2025.rd_spend": True},
        {"years.2025.rd_spend": -1},
        {"statuses": {"tech_sme": 2}},
        {"contracts": 3},
        {"records": Lists(("dragons",), ())},
        {"records": "all"},
        {"bases": 10**9},
    ],
)
def test_an_answer_that_no_form_could_send_is_refused(answers):
    state = State(TODAY, "", answers)

    with pytest.raises(BrokenStateError):
        replayed(state, bound_of(state, PACK))


def test_an_answer_about_a_record_that_is_gone_is_left_out():
    state = State(TODAY, "", {"statuses": {"srdi": 1}, "statuses.tech_sme.granted_on": date(2025, 3, 1)})

    facts, settled, kept = replayed(state, bound_of(state, PACK))

    assert facts == {"statuses": [{"kind": "srdi"}]}
    assert list(kept) == ["statuses"]
    assert settled == frozenset()


@pytest.mark.parametrize("day", [date(2024, 1, 1), date(2026, 6, 1)])
def test_a_day_long_ago_or_to_come_gives_way_to_today(day):
    assert decoded(encoded(State(day), PACK), PACK, TODAY).on == TODAY


def test_a_broken_link_gets_a_page_that_says_what_to_do(client):
    for path in ("questions/", "results/", "results.pdf", "results.json", "share/"):
        response = client.get(f"/ask/{path}", {"s": "1abcdef"})

        assert response.status_code == 400
        assert "链接不完整或被改动过" in response.content.decode()
