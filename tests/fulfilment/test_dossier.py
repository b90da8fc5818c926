"""The dossier holds everything a case rests on, with hashes that anybody can check."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import pytest

from factories import make_membership, make_organisation
from fulfilment.city import AT, carried_to, make_call, make_case, make_city
from fulfilment.office import signed_in
from kechuang.accounts.roles import Role
from kechuang.fulfilment.dossier import SUMS, dossier_of

pytestmark = pytest.mark.django_db


def test_every_member_has_the_hash_that_the_list_gives_and_the_events_are_whole():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "determined")

    archive = zipfile.ZipFile(io.BytesIO(dossier_of(case, AT)))

    listed = dict(reversed(line.split("  ", 1)) for line in archive.read(SUMS).decode().splitlines())
    assert listed == {
        name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name != SUMS
    }
    events = [json.loads(line) for line in archive.read("events.jsonl").decode().splitlines()]
    assert events[-1]["kind"] == "case.determine"
    assert json.loads(archive.read("case.json"))["determined_fen"] == case.determined_fen
    assert archive.read("dossier.pdf").startswith(b"%PDF")
    assert any(name.endswith("measures/09.yaml") for name in archive.namelist())


def test_the_same_case_gives_the_same_data():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "accepted")

    first, second = (zipfile.ZipFile(io.BytesIO(dossier_of(case, AT))) for _ in range(2))

    names = [
        name for name in first.namelist() if name not in {"dossier.pdf", SUMS}
    ]  # a PDF names its time of making
    assert [first.read(name) for name in names] == [second.read(name) for name in names]


@pytest.mark.usefixtures("clock_at")
def test_who_answers_for_a_case_and_who_audits_takes_the_dossier_away():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "determined")
    auditor = make_membership(Role.AUDITOR, make_organisation(kind="government"))
    address = f"/cases/{case.number}/dossier.zip"

    taken = {one.role: signed_in(one).get(address) for one in (city.officer, city.decider, auditor)}

    for answer in taken.values():
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{case.number}.zip"'
        assert SUMS in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert address in signed_in(auditor).get(f"/cases/{case.number}/").content.decode()


@pytest.mark.usefixtures("clock_at")
def test_nobody_else_takes_it():
    city = make_city()
    case = carried_to(city, make_case(make_call(city)), "determined")
    others = [city.district, city.accountant, make_membership(Role.LEADER), make_membership(Role.OFFICER)]

    answers = [signed_in(one).get(f"/cases/{case.number}/dossier.zip").status_code for one in others]

    assert answers == [404] * len(others)
    assert "dossier.zip" not in signed_in(city.district).get(f"/cases/{case.number}/").content.decode()
