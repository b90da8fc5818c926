"""As objects.py, of what experts judge, of projects, and of needs and challenges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings

from chains import story
from factories import AT, make_membership, make_organisation
from fulfilment import judged, project_story, projects
from fulfilment.city import WAN
from fulfilment.test_bids import APPROACH
from fulfilment.test_every_benefit import PACK
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import DEPARTMENT, FINANCE, READERS, Role
from kechuang.chains import actions as chains
from kechuang.fulfilment import applying, workflow
from kechuang.fulfilment.judging import requests
from kechuang.fulfilment.judging.models import Assignment, Panel, Question
from kechuang.fulfilment.models import Case, Opening
from kechuang.fulfilment.projects import filling
from kechuang.fulfilment.projects.consortium import Stake
from registry.factories import PDF
from web.objects import Thing, World

Maker = Callable[[World], Thing]


def once(make: Callable[[World], Any]) -> Callable[[World], Any]:
    """What a world has one of, made when it is first asked for."""

    def there(world: World) -> Any:
        if make.__name__ not in world.__dict__:
            world.__dict__[make.__name__] = make(world)
        return world.__dict__[make.__name__]

    return there


@once
def panel(world: World) -> Panel:
    """A panel that scores one case."""
    call, cases = judged.make_evaluation(world.city, 1)
    made = judged.make_panel(call, world.city.officer)
    judged.put_before(made, cases, world.city.officer)
    return made


@once
def assignment(world: World) -> Assignment:
    return panel(world).assignments.select_related("seat__membership", "case").first()


@once
def project(world: World) -> tuple[Case, Membership, Membership]:
    """A project of two under contract, its lead and its member."""
    office = projects.Office(world.city.officer, world.city.decider)
    return project_story.project(world.city, office, AT)


@once
def to_sign(world: World) -> Case:
    """A project whose contract waits for its undertaker."""
    office = projects.Office(world.city.officer, world.city.decider)
    manager, example = projects.applicant_of(PACK.benefit("24.grant"))
    call = projects.make_project_call(world.city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = applying.start(call, actor=manager, at=AT, key=key)
    case = projects.filled_in(case, manager, project_story.upload(), AT)
    case, at = projects.decided(world.city, office, workflow.apply(case, "submit", actor=manager, at=AT))
    return projects.drafted(office, case, at)


MADE_FIRST = (project, to_sign)
"""For these the clock strikes months later, which would close what is made before them."""


@once
def bid(world: World) -> Any:
    """A challenge with a question, and a bid that is being written."""
    challenge = story.make_challenge(world.city.officer, world.city.accountant)
    bidder = make_membership(Role.MANAGER, make_organisation())
    chains.ask(challenge, "中试线可以使用几个月？", actor=bidder, at=AT)
    case = applying.start(challenge.call, actor=bidder, at=AT, key=challenge.need.number)
    filling.propose(case, APPROACH, 100 * WAN, actor=bidder, at=AT)
    return challenge, case, bidder


@once
def invitation(world: World) -> Any:
    """A project of two that is being written; the second has not yet agreed."""
    office = projects.Office(world.city.officer, world.city.decider)
    manager, example = projects.applicant_of(PACK.benefit("24.grant"))
    call = projects.make_project_call(world.city, office, "24.grant", example.on, example.year)
    key = applying.keys_to_apply_for(call, manager.organisation, AT)[0]
    case = applying.start(call, actor=manager, at=AT, key=key)
    partner = make_membership(Role.MANAGER, make_organisation())
    stakes = [
        Stake(case.organisation, 6000, 6000, "总体设计"),
        Stake(partner.organisation, 4000, 4000, "检测"),
    ]
    filling.name_members(case, stakes, actor=manager, at=AT)
    return case.members.get(role="member"), partner


@once
def outlier(world: World) -> Assignment:
    """A sheet of an opened panel whose writer is asked for a reason."""
    call, cases = judged.make_evaluation(world.city, 1)
    made = judged.make_panel(call, world.city.officer)
    judged.put_before(made, cases, world.city.officer)
    assignment = made.assignments.select_related("seat__membership").first()
    sheet = judged.score(assignment, "8")
    Panel.objects.filter(pk=made.pk).update(state=Panel.State.OPENED)
    Question.objects.create(sheet=sheet, asked_at=AT)
    return assignment


@once
def plea(world: World) -> Any:
    """An applicant's request that somebody be kept off its case, and the case."""
    _, cases = judged.make_evaluation(world.city, 1)
    manager = cases[0].organisation.memberships.first()
    said = requests.Plea("王某某", "", "rival", "在竞争企业任顾问。")
    return requests.ask(cases[0], said, actor=manager, at=AT), manager


@once
def need(world: World) -> Any:
    return story.make_need(make_membership(Role.MANAGER, make_organisation()))


@once
def written(world: World) -> Any:
    """A need that is not handed in yet."""
    return chains.write(story.WRITTEN, actor=make_membership(Role.MANAGER, make_organisation()), at=AT)


@once
def screened(world: World) -> Any:
    found = story.make_need(make_membership(Role.MANAGER, make_organisation()))
    return chains.screen(found, story.FOUND, fit=True, actor=world.city.officer, at=AT)


def _of_panel(own: str = "officer", *seen_by: Role, **sent: Any) -> Maker:
    return lambda w: Thing({"number": panel(w).pk}, getattr(w.city, own), frozenset(seen_by), sent)


def _of_sheet(**sent: Any) -> Maker:
    return lambda w: Thing({"number": assignment(w).pk}, assignment(w).seat.membership, sent=sent)


def _of_judged_call(own: str = "officer", *seen_by: Role, **sent: Any) -> Maker:
    return lambda w: Thing({"number": panel(w).call.number}, getattr(w.city, own), frozenset(seen_by), sent)


def _of_project(own: str, *seen_by: Role, **sent: Any) -> Maker:
    return lambda w: Thing({"number": project(w)[0].number}, getattr(w.city, own), frozenset(seen_by), sent)


def _of_lead(**more: Any) -> Maker:
    return lambda w: Thing({"number": project(w)[0].number, **more}, project(w)[1])


def _of_offered(world: World) -> Thing:
    return Thing({"number": to_sign(world).number}, to_sign(world).organisation.memberships.get())


def _of_plea(*seen_by: Role, **sent: Any) -> Maker:
    return lambda w: Thing({"number": plea(w)[0].pk}, w.city.officer, frozenset(seen_by), sent)


def _of_asker(**sent: Any) -> Maker:
    return lambda w: Thing({"number": plea(w)[0].case.number}, plea(w)[1], sent=sent)


def _draft(world: World) -> Thing:
    return Thing({"number": to_sign(world).number}, world.city.officer, frozenset({*FINANCE, *READERS}))


def _of_need(*seen_by: Role, of: Callable[[World], Any] = need, own: str = "", **sent: Any) -> Maker:
    def made(world: World) -> Thing:
        found = of(world)
        owner = getattr(world.city, own) if own else found.organisation.memberships.get()
        return Thing({"number": found.number}, owner, frozenset(seen_by), sent)

    return made


def _review_document(world: World) -> Thing:
    document = assignment(world).case.documents.select_related("evidence").first()
    kept = Path(settings.EVIDENCE_ROOT) / document.evidence.hash[:2] / document.evidence.hash
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_bytes(PDF)
    return Thing({"number": assignment(world).pk, "document": document.pk}, assignment(world).seat.membership)


def _invitation(world: World) -> Thing:
    member, partner = invitation(world)
    return Thing({"number": member.pk}, partner)


def _explained(world: World) -> Thing:
    return Thing({"number": outlier(world).pk}, outlier(world).seat.membership)


def _opening(world: World) -> Thing:
    return Thing({"number": bid(world)[0].call.number}, world.city.officer)


def _listing(world: World) -> Thing:
    draft = story.make_draft(world.city.officer, world.city.accountant)
    named, seen_by = {"number": screened(world).number}, frozenset({*DEPARTMENT, *READERS})
    return Thing(named, world.city.officer, seen_by, LISTED | {"call": draft.number})


def _opened(world: World) -> Thing:
    """The record of an opening, of a call whose bids are opened."""
    draft = story.make_draft(world.city.officer, world.city.accountant)
    Opening.objects.create(call=draft, bids=[], hash="0" * 64, opened_by=world.city.officer, opened_at=AT)
    return Thing({"number": draft.number}, world.city.officer)


def _of_bid(**sent: Any) -> Maker:
    return lambda w: Thing({"number": bid(w)[1].number}, bid(w)[2], sent=sent)


def _with(make: Maker, **sent: Any) -> Maker:
    """The same thing with a body."""
    return lambda world: replace(make(world), sent=sent)


def _document(world: World) -> Thing:
    document = assignment(world).case.documents.first()
    named = {"number": panel(world).pk, "document": document.pk}
    return Thing(named, world.city.officer, sent={"evidence": 1})


SURE, BECAUSE = {"sure": True}, {"reason": "有合作。"}
LATER = {"scores_due_at": "2026-05-01T09:00:00+08:00", "reason": "出差"}
MINUTES = {"held_on": "2026-03-02", "present": [1], "minutes": "同意。"}
NEED = {
    "kind": "chain", "title": "轴承", "summary": "耐腐蚀", "deadline": "2028-06-30", "budget_fen": 100,
    "targets": [{"text": "寿命", "measure": "不低于 5000 小时"}],
}  # fmt: skip
SHEET = {"revision": 0, "scores": {}}
SCORED = {"score": 85, "reason": "理由充分。"}
SCREENED = dict.fromkeys(("industry", "research", "targets", "finance"), SCORED) | {"fit": True}
LISTED = {"form": "open_challenge", "rights": "归双方共有。", "budget_fen": 100}

ROUTES: dict[str, Maker] = {
    "panel": _of_panel("officer", *READERS),
    "panel-assign": _of_panel(),
    "panel-fields": _of_panel(),
    "panel-begin": _of_panel(),
    "panel-extend": _of_panel(),
    "panel-blind": _of_panel(),
    "panel-meeting": _of_panel(),
    "panel-dissent": _of_panel(),
    "panel-conclude": _of_panel(),
    "panel-grade": _of_panel(),
    "panel-seat-add": _of_panel(),
    "panel-seat-leave": _of_panel(),
    "panel-chair": _of_panel(),
    "panel-new": _of_judged_call(),
    "call-rubric": _of_judged_call("officer", *READERS),
    "call-evaluation": _of_judged_call("officer", *READERS),
    "call-allocation": _of_judged_call("decider", *READERS),
    "review": _of_sheet(),
    "review-save": _of_sheet(),
    "review-return": _of_sheet(),
    "review-explain": _explained,
    "review-document": _review_document,
    "case-recusals": _of_asker(),
    "recusal-request": _of_plea(*READERS),
    "consortium-confirm": _invitation,
    "milestone-report": _of_lead(place=2),
    "contract-change": _of_lead(),
    "contract-sign": _of_offered,
    "contract-return": _of_offered,
    "case-take-back": lambda w: Thing({"number": bid(w)[1].number}, bid(w)[2]),
    "case-select": _of_project("decider"),
    "case-matched": _of_project("officer"),
    "open-bids": _opening,
    "need": _of_need(*DEPARTMENT, *READERS),
    "need-edit": _of_need(of=written),
    "need-hand-in": _of_need(),
    "need-withdraw": _of_need(),
    "need-details": _of_need(*DEPARTMENT, *READERS),
    "need-screen": _of_need(own="officer"),
    "need-list": _of_need(of=screened, own="officer"),
}
"""url name → something that the address names."""

NO_OBJECT = dict.fromkeys(
    ("challenge", "challenge-ask", "challenge-bid", "challenge-answer"),
    "public by law, its questions too: anybody may ask and bid",
)

OPERATIONS: dict[str, Maker] = {
    "read_panel": _of_panel("officer", *READERS),
    "read_assignments": _of_panel(),
    "assign_cases": _of_panel(pairs={"1": [1]}),
    "begin_panel": _of_panel(**SURE),
    "extend_panel": _of_panel(**LATER),
    "add_seat": _of_panel(),
    "leave_seat": _of_panel(seat=5, **BECAUSE),
    "appoint_chair": _of_panel(seat=2, **BECAUSE),
    "state_panel_fields": lambda w: Thing(
        {"number": panel(w).pk},
        w.city.officer,
        sent={"cases": {panel(w).cases.first().case.number: ["materials"]}},
    ),
    "list_blind_copies": _of_panel(),
    "put_blind_copy": _document,
    "read_meeting": _of_panel("officer", *READERS),
    "write_minutes": _of_panel(**MINUTES),
    "propose_grades": _of_panel(grades=[{"place": 1, "grade": "good"}]),
    "state_dissent": _of_panel(words="不同意。"),
    "conclude_meeting": _of_panel(without_answers=""),
    "grade_cases": _of_panel(**SURE),
    "read_rubric": _of_judged_call("officer", *READERS),
    "change_rubric": _of_judged_call(revision=1, rubric=None),
    "read_evaluation": _of_judged_call("officer", *READERS),
    "read_review": _of_sheet(),
    "give_back_review": _of_sheet(**BECAUSE),
    "explain_review": _with(_explained, words="已逐户核对。"),
    "review_document": _review_document,
    "write_review": _of_sheet(**SHEET),
    "seal_review": _of_sheet(revision=0),
    "read_allocation": _of_judged_call("decider", *READERS),
    "choose_allocation": _of_judged_call("decider", method="by_grade", reason="按等次。", sums={}),
    "list_recusals_asked": _of_asker(),
    "ask_recusal": _of_asker(person="李某某", kind="rival", text="在竞争企业任顾问。"),
    "read_recusal_request": _of_plea(*READERS),
    "answer_recusal": _of_plea(*READERS, upheld=False, text="不属实。"),
    "read_opening": _opened,
    "read_undertaking": _of_bid(),
    "name_members": _of_bid(members=[]),
    "propose_bid": _of_bid(approach="分三步。", asked_fen=1),
    "confirm_stake": _with(_invitation, money=4000, work=4000, duty="检测"),
    "read_project": _of_project("officer", *FINANCE, *READERS),
    "read_contract_draft": _draft,
    "select_bid": _of_project("decider", *FINANCE, *READERS, on="2026-04-01"),
    "state_matched_sum": _of_project("officer", *FINANCE, *READERS, amount_fen=1),
    "read_need": _of_need(*DEPARTMENT, *READERS),
    "change_need": _of_need(of=written, **NEED),
    "submit_need": _of_need(of=written, **SURE),
    "withdraw_need": _of_need(**SURE),
    "open_need": _of_need(*DEPARTMENT, *READERS),
    "screen_need": _of_need(*DEPARTMENT, *READERS, own="officer", **SCREENED),
    "list_need": _listing,
}
"""operation id → something that the address names."""

PUBLIC_OPERATIONS = ("read_challenge", "ask_challenge", "answer_challenge", "open_bids")
