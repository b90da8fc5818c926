"""What the treasury writes of a case: its number in files, its days; and a file that was approved stays what it was."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from django.urls import reverse
from django.utils.timezone import localdate

from fulfilment.city import make_city
from fulfilment.office import paid, signed_in
from fulfilment.projects import decided_project, make_office
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


@pytest.mark.parametrize(
    ("language", "since", "notice"),
    [("zh", "可拨付自 {}", "公示 {} 至 {}"), ("en", "payable since {}", "{} to {}")],
)
def test_an_entry_tells_the_days_of_the_notice_and_the_day_from_which_it_is_payable(language, since, notice):
    city = make_city()
    [case] = paid(city)
    listed = case.notice_lines.get().notice
    client = signed_in(city.accountant)
    client.cookies["django_language"] = language
    entry = case.award.entries.get(act="pay")

    page = client.get(reverse("treasury-entry", args=[entry.pk])).content.decode()

    assert since.format(localdate(case.award.payable_from)) in page
    assert notice.format(listed.first_day, listed.last_day) in page
    assert reverse("notice", args=[listed.number]) in page
    assert localdate(case.award.payable_from) == listed.last_day + timedelta(days=1)


def test_what_waits_for_its_contract_is_not_said_to_wait_for_its_notice(city, clock_at, pdf_upload):
    case, at = decided_project(city, make_office(), pdf_upload)
    clock_at(at)
    client = signed_in(city.accountant)

    chinese = client.get(reverse("treasury-to-pay")).content.decode()
    client.cookies["django_language"] = "en"
    english = client.get(reverse("treasury-to-pay")).content.decode()

    assert case.award.payable_from is None
    assert "另有 1 笔尚未到可拨付日（公示或合同未完）" in chinese
    assert "1 are not payable yet (notice or contract not complete)" in english
