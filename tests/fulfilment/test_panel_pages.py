"""Pages of panels: whom one cannot choose, the signed minutes, and sums when none is due."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from fulfilment.judged import (
    AFTER,
    make_evaluation,
    make_experts,
    make_panel,
    opened,
    points,
    put_before,
    recuse,
    score_all,
)
from fulfilment.office import signed_in
from kechuang.fulfilment.judging.models import Meeting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


@pytest.fixture
def before(city):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    return panel, cases


def text_of(response) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


def test_who_stays_away_from_an_applicant_stands_apart_and_cannot_be_chosen(city):
    call, (case,) = make_evaluation(city, 1)
    experts, client = make_experts(6), signed_in(city.officer)
    recuse(experts[5], case.organisation)
    address = f"/calls/{call.number}/panels/new/"
    form = {"name": "甲组", "scores_due_at": "2026-03-09 10:00", "chair": experts[0].pk}

    page = text_of(client.get(address))
    wrong = client.post(address, {**form, "people": [one.pk for one in experts]})

    apart = page[page.index("须回避，不能选") :]
    assert experts[5].user.name in apart
    assert f'value="{experts[5].pk}"' not in page
    assert f'value="{experts[0].pk}"' in page
    assert wrong.status_code == 422
    recuse(
        city.officer, case.organisation
    )  # whoever may not know of the applicant learns nothing from the form
    assert "须回避，不能选" not in text_of(client.get(address))


def test_signed_minutes_are_uploaded_with_the_minutes(city, before, clock_at, pdf_upload):
    panel, _ = before
    score_all(panel, points(*["9"] * 5))
    clock_at(AFTER)
    opened(panel)
    client, address = signed_in(city.officer), f"/panels/{panel.pk}/meeting/"
    given = {
        "held_on": "2026-03-09",
        "present": list(panel.seats.values_list("pk", flat=True)),
        "minutes": "逐件讨论。",
    }
    script = SimpleUploadedFile("记录.pdf", b"<script>alert(1)</script>", "application/pdf")

    wrong = client.post(address, {**given, "file": script})
    sent = client.post(address, {**given, "file": pdf_upload})
    page = text_of(client.get(address))

    file = Meeting.objects.get().file
    assert (wrong.status_code, sent.status_code) == (422, 302)
    assert (file.organisation, file.name) == (panel.call.department, "批复文件.pdf")
    assert file.hash in page
    assert file.hash in text_of(client.get(f"/panels/{panel.pk}/"))


def test_where_no_case_waits_for_a_sum_there_is_no_form(city, before):
    panel, _ = before
    address = f"/calls/{panel.call.number}/allocation/"

    page = text_of(signed_in(city.decider).get(address))

    assert "没有待确定金额的申报" in page
    assert "重新测算" not in page
    assert "<form" not in page[page.index("<h1>") : page.index("</main>")]
