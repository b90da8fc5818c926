"""What the page of a case says: its next step, its sums, whose day it is, who says a fact."""

from __future__ import annotations

import re

import pytest

from fulfilment.city import carried_to, make_call, make_case
from fulfilment.office import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]
GATES = [{"gate": "credit", "days": 5, "silence": "agree"}]


def page_of(membership, case, language="zh-hans"):
    """The page as it is read: its words without their marks."""
    return words_at(membership, f"/cases/{case.number}/", language)


def words_at(membership, address, language="zh-hans"):
    client = signed_in(membership)
    client.cookies["django_language"] = language
    return words_of(client.get(address))


def words_of(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize(
    ("gates", "chinese", "english"),
    [
        ([], "下一步：核定 · 部门审定岗", "Next: Determine"),
        (GATES, "下一步：提请会审", "Next: Ask for joint review"),
    ],
)
def test_the_next_step_is_one_that_the_call_has(city, gates, chinese, english):
    case = carried_to(city, make_case(make_call(city, gates=gates, quorum=len(gates))), "accepted")

    said = {language: page_of(city.officer, case, language) for language in ("zh-hans", "en")}

    assert chinese in said["zh-hans"]
    assert english in said["en"]
