"""The pages of panels, sheets, results and sums: without scripts, blind where they should be, and nothing is lost."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from factories import AT, make_membership
from fulfilment.city import WAN, close_call
from fulfilment.judged import (
    AFTER,
    DUE,
    assignment_of,
    graded,
    make_evaluation,
    make_experts,
    make_panel,
    opened,
    put_before,
    rubric_with,
    score,
    score_all,
)
from fulfilment.office import signed_in
from kechuang.accounts.roles import Role
from kechuang.fulfilment import calls
from kechuang.fulfilment.judging.models import Panel, Sheet
from kechuang.fulfilment.models import Call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at")]


def text_of(response) -> str:
    assert response.status_code == 200, response.content.decode()[:2000]
    return response.content.decode()


def field(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


@pytest.fixture
def before(city):
    call, cases = make_evaluation(city, 2)
    panel = make_panel(call, city.officer)
    put_before(panel, cases, city.officer)
    return panel, cases


def test_an_officer_forms_a_panel_assigns_and_begins_without_scripts(city):
    call, (case,) = make_evaluation(city, 1)
    experts, client = make_experts(5), signed_in(city.officer)
    form = {"name": "甲组", "scores_due_at": "2026-03-09 10:00", "people": [one.pk for one in experts]}

    wrong = client.post(
        f"/calls/{call.number}/panels/new/", {**form, "people": [experts[0].pk], "chair": experts[0].pk}
    )
    made = client.post(f"/calls/{call.number}/panels/new/", {**form, "chair": experts[0].pk})
    panel = Panel.objects.get()
    client.post(
        f"/cases/{case.number}/acts/evaluate/", {"evaluate-panel": panel.pk, "revision": case.revision}
    )
    proposal = text_of(client.get(f"/panels/{panel.pk}/assign/"))
    pairs = re.findall(r'value="(\d+-\d+)" checked', proposal)
    client.post(f"/panels/{panel.pk}/assign/", {"pair": pairs})
    client.post(f"/panels/{panel.pk}/begin/")

    panel.refresh_from_db()
    assert (wrong.status_code, made.status_code, len(pairs), panel.state) == (422, 302, 5, "scoring")


def test_the_page_of_a_scoring_panel_shows_counts_and_no_points(city, before):
    panel, cases = before
    score(assignment_of(panel, cases[0]), "9.5")

    for reader in (city.officer, make_membership(Role.LEADER)):
        page = text_of(signed_in(reader).get(f"/panels/{panel.pk}/"))
        assert "1 / 10" in page
        assert "95.00" not in page
    assert signed_in(make_experts(1)[0]).get(f"/panels/{panel.pk}/").status_code == 404
    assert (
        signed_in(assignment_of(panel, cases[0]).seat.membership).get(f"/panels/{panel.pk}/").status_code
        == 404
    )


def test_an_expert_saves_checks_and_seals_one_case_and_sees_no_other(before):
    panel, cases = before
    mine, other = assignment_of(panel, cases[0]), assignment_of(panel, cases[0], 2)
    client = signed_in(mine.seat.membership)
    page = text_of(client.get(f"/reviews/{mine.pk}/"))
    given = {
        "revision": field(page, "revision"),
        "vetoes": "1",
        "score-clients": "8.5",
        "score-success": "eight",
    }

    wrong = client.post(f"/reviews/{mine.pk}/", {**given, "act": "save"})
    kept = Sheet.objects.get()
    rest = {
        "revision": kept.revision,
        "vetoes": "1",
        "score-success": "8",
        "score-team": "9",
        "score-satisfaction": "7",
    }
    checked = client.post(f"/reviews/{mine.pk}/", {**rest, "act": "check"}, follow=True)
    revision = Sheet.objects.get().revision
    client.post(f"/reviews/{mine.pk}/", {"act": "seal", "revision": revision})

    assert wrong.status_code == 422
    assert 'value="eight"' in wrong.content.decode()  # what was typed is still there
    assert kept.scores == {"clients": 17}  # and what could be kept is kept
    assert "提交前核对" in text_of(checked)
    assert Sheet.objects.get().sealed_at == AT
    assert client.get(f"/reviews/{other.pk}/").status_code == 404
    assert "已提交" in text_of(client.get("/reviews/"))


def test_what_is_typed_is_kept_at_once_and_a_stale_tab_is_told(before):
    panel, cases = before
    mine = assignment_of(panel, cases[0])
    client = signed_in(mine.seat.membership)
    address = f"/reviews/{mine.pk}/save/"

    saved = client.post(address, {"revision": "0", "score-clients": "8"}, headers={"HX-Request": "true"})
    stale = client.post(address, {"revision": "0", "score-clients": "3"}, headers={"HX-Request": "true"})

    assert "已保存" in text_of(saved)
    assert 'id="revision" value="1" hx-swap-oob="true"' in text_of(saved)
    assert "有了变化" in text_of(stale)
    assert Sheet.objects.get().scores == {"clients": 16}


def test_a_page_handed_in_while_it_is_still_being_saved_does_not_contradict_itself(before):
    panel, cases = before
    mine = assignment_of(panel, cases[0])
    client = signed_in(mine.seat.membership)
    first = {"revision": "0", "vetoes": "1", "score-clients": "8", "score-success": "", "comment": ""}

    client.post(f"/reviews/{mine.pk}/save/", first, headers={"HX-Request": "true"})
    sent = client.post(f"/reviews/{mine.pk}/", {**first, "score-success": "7", "act": "save"})
    emptied = client.post(f"/reviews/{mine.pk}/save/", first, headers={"HX-Request": "true"})

    assert sent.status_code == 302
    assert "有了变化" in text_of(emptied)
    assert Sheet.objects.get().scores == {"clients": 16, "success": 14}


def test_a_sign_in_that_ran_out_keeps_what_the_expert_typed(before):
    panel, cases = before
    mine = assignment_of(panel, cases[0])
    person = mine.seat.membership
    page = text_of(signed_in(person).get(f"/reviews/{mine.pk}/"))
    stranger = Client()
    typed = {
        "who": field(page, "who"),
        "revision": "0",
        "score-clients": "6.5",
        "reason-clients": "覆盖面一般",
        "act": "save",
    }

    led = stranger.post(f"/reviews/{mine.pk}/", typed)
    stranger.force_login(person.user)
    back = text_of(stranger.get(f"/reviews/{mine.pk}/"))

    assert led.headers["Location"].startswith("/sign-in")
    assert 'value="6.5"' in back
    assert "覆盖面一般" in back
    assert Sheet.objects.count() == 0


def test_a_blind_expert_sees_neither_who_nor_where_nor_the_name_of_a_file(city):
    rubric = rubric_with(blind={"scoring": True, "meeting": True})
    call, (case,) = make_evaluation(city, 1, rubric=rubric)
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    mine = assignment_of(panel, case)
    client, organisation = signed_in(mine.seat.membership), case.organisation

    listed, page = text_of(client.get("/reviews/")), text_of(client.get(f"/reviews/{mine.pk}/"))
    file = case.documents.first()

    for telling in (organisation.name, organisation.uscc, "环翠", case.number, file.evidence.name):
        assert telling not in listed
        assert telling not in page
    assert "第 1 件" in page
    assert "隐名副本提供后可以打开" in page
    assert client.get(f"/reviews/{mine.pk}/documents/{file.pk}/").status_code == 404
    assert client.get(f"/cases/{case.number}/").status_code == 404
    opened(panel)
    score_page = text_of(client.get(f"/panels/{panel.pk}/"))
    assert organisation.name not in score_page


def test_a_copy_without_names_is_opened_under_a_name_that_tells_nothing(city, pdf_upload):
    call, (case,) = make_evaluation(city, 1, rubric=rubric_with(blind={"scoring": True, "meeting": False}))
    panel = make_panel(call, city.officer)
    put_before(panel, [case], city.officer)
    mine, file = assignment_of(panel, case), case.documents.first()

    sent = signed_in(city.officer).post(
        f"/panels/{panel.pk}/documents/", {"document": file.pk, "file": pdf_upload}
    )
    taken = signed_in(mine.seat.membership).get(f"/reviews/{mine.pk}/documents/{file.pk}/")

    assert sent.status_code == 302
    assert taken.headers["Content-Disposition"] == f'attachment; filename="1-{file.pk}.pdf"'
    assert taken.getvalue().startswith(b"%PDF")


def test_a_conflict_is_declared_from_the_page(before):
    panel, cases = before
    mine = assignment_of(panel, cases[0])
    client = signed_in(mine.seat.membership)

    empty = client.post(f"/reviews/{mine.pk}/return/", {"conflict-words": " "})
    client.post(f"/reviews/{mine.pk}/return/", {"conflict-words": "亲属任职"})

    mine.refresh_from_db()
    assert (empty.status_code, mine.ending) == (422, "conflict")


def test_results_meeting_dissent_conclusion_and_grades_from_the_pages(city, before, clock_at):
    panel, cases = before
    score_all(panel, lambda _, place: "9" if place < 5 else "4")
    clock_at(AFTER)
    opened(panel)
    officer, chair = signed_in(city.officer), signed_in(panel.seats.get(chair=True).membership)
    asked = panel.seats.get(place=5).membership
    present = list(panel.seats.values_list("pk", flat=True))

    results = text_of(officer.get(f"/panels/{panel.pk}/"))
    minutes = {"held_on": "2026-03-09", "present": present, "minutes": "逐件讨论。"}
    officer.post(f"/panels/{panel.pk}/meeting/", minutes)
    meeting = text_of(officer.get(f"/panels/{panel.pk}/meeting/"))
    wrong = officer.post(f"/panels/{panel.pk}/meeting/", {"grades": "1", f"grade-{cases[0].pk}": "good"})
    chair.post(f"/panels/{panel.pk}/dissent/", {"dissent-words": "第一件应再核。", "case": "1"})
    early = chair.post(f"/panels/{panel.pk}/conclude/", {"conclude-words": ""})
    for one in panel.assignments.filter(seat__membership=asked):
        signed_in(asked).post(f"/reviews/{one.pk}/explain/", {"explain-words": "成功率口径存疑。"})
    chair.post(f"/panels/{panel.pk}/conclude/", {"conclude-words": ""})
    whole = text_of(officer.get(f"/panels/{panel.pk}/"))
    officer.post(f"/panels/{panel.pk}/grade/")

    assert "80.00" in results
    assert "离群，待说明" in results
    assert "保存等次" in meeting
    assert (wrong.status_code, early.status_code) == (422, 422)
    assert "成功率口径存疑。" in whole
    assert "第一件应再核。" in whole
    assert {case.grade for case in cases[0].call.cases.all()} == {"excellent"}


def test_a_decider_chooses_changes_and_determines_the_sums(city, before, clock_at):
    panel, cases = before
    graded(panel, city.officer, lambda case, _: "9" if case == cases[0] else "8")
    call = panel.call
    after = close_call(call)
    clock_at(after)
    client, address = signed_in(city.decider), f"/calls/{call.number}/allocation/"

    page = text_of(client.get(address, {"part-good": "60", "unit": "1000000"}))
    first, second = (f"sum-{case.number}" for case in cases)
    wrong = client.post(address, {first: "60 万元", second: "1", "reason": "按成效。", "method": "grade"})
    done = client.post(
        address, {first: "50 万元", second: "28 万元", "reason": "按成效。", "method": "grade"}
    )

    assert "500,000.00" in page
    assert "300,000.00" in page
    assert wrong.status_code == 422
    assert 'value="60 万元"' in wrong.content.decode()
    assert done.status_code == 302
    assert {case.determined_fen for case in call.cases.all()} == {50 * WAN, 28 * WAN}
    assert "sum-" not in text_of(signed_in(city.officer).get(address))
    assert "按成效。" in text_of(client.get(address))


def test_all_cases_of_a_call_stand_side_by_side_with_figures_from_the_facts(city, before):
    panel, cases = before
    graded(panel, city.officer, lambda case, _: "9" if case == cases[0] else "8")

    page = text_of(signed_in(city.officer).get(f"/calls/{panel.call.number}/evaluation/"))

    assert page.index(cases[0].organisation.name) < page.index(cases[1].organisation.name)
    assert "认定成功率" in page
    assert "50.00%" in page
    assert "90.00" in page


def test_a_rubric_is_changed_on_a_draft_and_read_afterwards(city):
    call, _ = make_evaluation(city, 0)
    draft = Call.objects.get(pk=call.pk)
    plan = calls.Plan(
        call.benefit, call.version, 2025, call.on, (call.opens_at, call.closes_at), call.appropriation
    )
    draft = calls.draft(plan, actor=city.officer, at=AT)
    client, address = signed_in(city.officer), f"/calls/{draft.number}/rubric/"
    page = text_of(client.get(address))
    names = ("criterion-key", "criterion-zh", "criterion-en", "criterion-weight", "criterion-least", "criterion-most",
             "criterion-step", "veto-key", "veto-zh", "veto-en")  # fmt: skip
    given = {
        name: [value for _, value in re.findall(rf'name="({name})"[^>]*value="([^"]*)"', page)]
        for name in names
    }
    numbers = {
        name: field(page, name) for name in ("size", "per_case", "quorum", "trim", "outlier", "revision")
    }
    bands = {f"from-{grade}": field(page, f"from-{grade}") for grade in ("excellent", "good", "pass", "fail")}
    given = {
        **given,
        **numbers,
        **bands,
        "veto": "any",
        "counts": "raw",
        "criterion-reason": "1",
        "blind-scoring": "on",
    }

    wrong = client.post(address, {**given, "from-good": "90"})
    done = client.post(address, given)

    draft.refresh_from_db()
    assert wrong.status_code == 422
    assert "bands" in wrong.content.decode()
    assert done.status_code == 302
    assert (draft.rubric["veto"], draft.rubric["counts"], draft.rubric["blind"]["scoring"]) == (
        "any",
        "raw",
        True,
    )
    assert [one["reason"] for one in draft.rubric["criteria"]] == [False, True, False, False]
    assert "发布后固定" in text_of(client.get(f"/calls/{call.number}/rubric/"))


def test_the_pages_speak_english(city, before, clock_at):
    panel, cases = before
    mine = assignment_of(panel, cases[0])
    number = panel.call.number
    pages = {
        city.officer: [
            "/panels/", f"/panels/{panel.pk}/", f"/panels/{panel.pk}/assign/", f"/calls/{number}/evaluation/",
            f"/calls/{number}/allocation/", f"/calls/{number}/rubric/",
            f"/calls/{number}/panels/new/", f"/panels/{panel.pk}/documents/",
        ],
        mine.seat.membership: ["/reviews/", f"/reviews/{mine.pk}/"],
    }  # fmt: skip

    for person, addresses in pages.items():
        client = signed_in(person)
        client.cookies["django_language"] = "en"
        for address in addresses:
            assert 'lang="en"' in text_of(client.get(address))
    assert DUE > AT
