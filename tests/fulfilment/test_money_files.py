"""Files of the treasury name cases and calls as the pages do, and a file that was approved stays what it was."""

from __future__ import annotations

import io

import openpyxl
import pytest
from django.urls import reverse

from fulfilment.city import make_city
from fulfilment.office import paid, signed_in
from kechuang.treasury import exporting
from kechuang.treasury.models import Batch

pytestmark = pytest.mark.django_db


def test_the_file_of_a_batch_names_the_case_by_its_number():
    [case] = paid(make_city())
    batch = case.award.payments.get().batch

    lines = exporting.csv_of(batch).decode().splitlines()
    [_, row] = openpyxl.load_workbook(io.BytesIO(exporting.workbook_of(batch))).active.values

    assert lines[1].endswith(f",{case.number}")
    assert row[-1] == case.number
    assert exporting.hash_of(exporting.csv_of(batch)) == batch.file_hash


def test_a_file_that_was_approved_with_keys_instead_of_numbers_is_made_as_it_was():
    [case] = paid(make_city())
    batch = case.award.payments.get().batch
    before = exporting.csv_of(batch).replace(case.number.encode(), f"case:{case.pk}".encode())
    batch.file_hash = exporting.hash_of(before)
    Batch.objects.filter(pk=batch.pk).update(file_hash=batch.file_hash)

    made = exporting.csv_of(batch)

    assert made == before
    assert exporting.hash_of(made) == batch.file_hash


def test_the_workbook_of_the_ledger_names_what_the_page_finds():
    city = make_city()
    [case] = paid(city)
    money = case.award.appropriation_id
    client = signed_in(city.accountant)

    data = client.get(reverse("treasury-ledger-file", args=[money])).content
    _, *rows = openpyxl.load_workbook(io.BytesIO(data)).active.values

    named = {row[2]: row[4] for row in rows}
    page = reverse("treasury-appropriation", args=[money])
    found = [one["act"] for one in client.get(page, {"q": named["拨付"]}).context["page"]]
    assert named["拨付"] == case.number
    assert all(":" not in (called or "") for called in named.values())
    assert "pay" in found
