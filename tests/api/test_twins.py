"""What a page does, a program with a token does too: each page names its operations, or why it has none.

Pages with forms stand in the tables here, pages that read and downloads in `reads.py`; most stand in both. A route in
neither table of its kind fails; so does an operation that is gone.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.test import RequestFactory
from pydantic import BaseModel

from api.reads import READS, UNREAD
from web.test_matrix import Route, operations, routes

TWINS: dict[str, tuple[str, ...]] = {
    # people
    "invite": ("invite",),
    "contact": ("stateContact",),
    "invitation-withdraw": ("withdrawInvitation",),
    "membership-end": ("endMembership",),
    "messages-read": ("readMessages",),
    "claim-decide": ("decideClaim",),
    # the organisation's own facts
    "fill": ("stateFact",),
    "fill-add": ("stateFact",),
    "fill-none": ("stateNone",),
    "fill-withdraw": ("withdrawRecord",),
    "own-workbook": ("stateFact",),
    "evidence-upload": ("keepEvidence",),
    "dispute": ("disputeFact",),
    "correction-withdraw": ("withdrawCorrection",),
    # departments' lists and facts
    "list-new": ("takeList",),
    "list-apply": ("applyList",),
    "list-undo": ("undoList",),
    "fact-verify": ("verifyFact",),
    "correction": ("answerCorrection",),
    # sweeps and versions
    "sweep-new": ("startSweep",),
    "sweep-stop": ("stopSweep",),
    "sweep-resume": ("resumeSweep",),
    "release-new": ("proposeRelease",),
    "release-act": ("decideRelease",),
    # calls
    "call-new": ("draftCall",),
    "call-edit": ("changeCall",),
    "call-publish": ("publishCall",),
    "call-extend": ("extendCall",),
    "call-withdraw": ("withdrawCall",),
    "call-offers": ("offerAward",),
    "call-settle": ("rankCases", "settleCall"),
    # casework
    "case-act": ("act_on_case",),
    "bulk": ("act_on_case",),
    "case-note": ("noteOnCase",),
    "case-overlap": ("decideOverlap",),
    "case-credit": ("recordCredit",),
    "case-letters": ("releaseLetters",),
    "notice-withdraw": ("withdrawNotice",),
    "objection": ("answerObjection",),
    "object": ("objectToNotice",),
    # applications
    "apply": ("beginApplication",),
    "case-part": (
        "stateFact", "handIn", "takeOut", "stateAccount", "declare", "name_members", "propose_bid",
    ),
    "case-answer": ("stateFact",),
    "case-check": ("submitApplication",),
    "case-confirm": ("confirmOffer",),
    "case-decline": ("declineOffer",),
    "case-withdraw": ("withdrawApplication",),
    "case-account": ("act_on_case",),
    "case-defence": ("keepEvidence", "act_on_case"),
    # projects
    "case-matched": ("state_matched_sum",),
    "case-select": ("select_bid",),
    "open-bids": ("open_bids",),
    "case-take-back": ("act_on_case",),
    "consortium-confirm": ("confirm_stake",),
    "contract-change": ("act_on_case",),
    "contract-sign": ("act_on_case",),
    "contract-return": ("act_on_case",),
    "milestone-report": ("keepEvidence", "act_on_case"),
    # needs and challenges
    "need-new": ("draft_need",),
    "need-edit": ("change_need",),
    "need-hand-in": ("submit_need", "hand_in_need"),
    "need-withdraw": ("withdraw_need",),
    "need-details": ("open_need",),
    "need-screen": ("screen_need",),
    "need-list": ("list_need",),
    "challenge-ask": ("ask_challenge",),
    "challenge-answer": ("answer_challenge",),
    "challenge-bid": ("beginApplication",),
    # panels, sheets, sums
    "call-rubric": ("change_rubric",),
    "call-allocation": ("choose_allocation",),
    "case-recusals": ("ask_recusal",),
    "recusal-request": ("answer_recusal",),
    "panel-new": ("form_panel",),
    "panel-assign": ("assign_cases",),
    "panel-begin": ("begin_panel",),
    "panel-fields": ("state_panel_fields",),
    "panel-extend": ("extend_panel",),
    "panel-seat-add": ("add_seat",),
    "panel-seat-leave": ("leave_seat",),
    "panel-chair": ("appoint_chair",),
    "panel-blind": ("keepEvidence", "put_blind_copy"),
    "panel-meeting": ("write_minutes", "propose_grades"),
    "panel-dissent": ("state_dissent",),
    "panel-conclude": ("conclude_meeting",),
    "panel-grade": ("grade_cases",),
    "review": ("write_review", "seal_review"),
    "review-save": ("write_review",),
    "review-return": ("give_back_review",),
    "review-explain": ("explain_review",),
    # experts, recusals, draws
    "expert-new": ("proposeExpert",),
    "expert-act": (
        "confirmExpert", "changeExpert", "checkExpert", "removeExpert", "mergeExperts", "addExpertFile",
        "addEmployment", "enterTie", "withdrawEmployment", "withdrawWork",
    ),
    "expert-own-act": (
        "agreeProfile", "addAbsence", "dropAbsence", "stateEmployment", "endEmployment", "declareTie", "declineSeat",
    ),
    "expert-work": ("stateWork",),
    "recusals": ("declareTie",),
    "recusal-withdraw": ("withdrawTie",),
    "draw-new": ("prepareDraw",),
    "draw-act": ("carryOutDraw", "cancelDraw", "declineSeat"),
    # filings, overlaps, partners, letters, pools, series
    "filing-new": ("fileBatch",),
    "filing-apply": ("applyFiling",),
    "filing-undo": ("undoFiling",),
    "overlap": ("decideLineOverlap",),
    "partners": ("namePartner",),
    "partner-end": ("endPartner",),
    "letter-new": ("prepareLetter",),
    "letter-act": ("issueLetter", "discardLetter"),
    "pool-new": ("openPool",),
    "pool-move": ("movePool",),
    "pool-lose": ("shareLoss",),
    "pool-recover": ("recoverLoss",),
    "series": ("loadSeries",),
    "calendar": ("enterHolidays",),
    # the treasury
    "treasury-appropriation-new": ("appropriate",),
    "treasury-adjust": ("adjustAppropriation",),
    "treasury-subjects": ("stateSubjects",),
    "treasury-to-pay": ("prepareBatch",),
    "treasury-award-parts": ("divideAward",),
    "treasury-batch-act": ("approveBatch", "withdrawBatch", "withdrawPayment", "sendBatch"),
    "treasury-batch-results": ("settleBatch",),
    "treasury-receivable": ("receive",),
    # policy
    "upload": ("assess",),
    "ask": ("ask",),
    "simulate": ("simulate",),
}  # fmt: skip
"""url name → the operations that do what its forms do."""

_PERSON = "proves who a person is, which a token never does"
_SECRETS = "sets passwords, factors, tokens or staff sessions of a person, who must be there"
_OPERATOR = (
    "an operator gives and takes access to the house in person, within a staff session with a written reason"
)
_LOOK = "how pages look or what is ticked on them; a program has no page"
_BROWSER = "an editor or a run of the browser that keeps nothing of anybody; a program asks `assess`, `ask`, `simulate`"
WITHOUT: dict[str, str] = {
    **dict.fromkeys(
        ("sign-in", "sign-out", "account_signup", "register", "register-code",
         "register-organisation", "register-person", "invitation"),
        _PERSON,
    ),
    **dict.fromkeys(("account", "tokens", "token-revoke", "staff-session", "staff-session-end"), _SECRETS),
    **dict.fromkeys(
        ("staff-add", "office-add", "office-contact", "staff-end", "staff-person-switch", "staff-person-help",
         "staff-claim-decide", "webhooks", "webhook-switch", "delivery-again"),
        _OPERATOR,
    ),
    **dict.fromkeys(
        ("display", "memberships", "list-select", "view-save", "view-drop", "bulk-on"), _LOOK
    ),
    **dict.fromkeys(("example-city", "cancel", "delete", "ask-share", "ask-questions", "ask-results"), _BROWSER),
}  # fmt: skip
"""url name → why no operation does what its form does."""

ROOMS_OF_THE_BROWSER = {"drafting", "allauth", "django"}
"""Rooms without lines here: the editor of drafts, and ways in (as in `WITHOUT`)."""


def methods_of(route: Route) -> str:
    """The methods that a page takes: asked with one that none takes, it says which it does; '' for any."""
    request = RequestFactory().put(route.address())
    request.session = {}
    try:
        return str(route.view(request, **route.named()).headers.get("Allow", ""))
    except (Http404, AttributeError, TypeError):  # it leaves methods to the views that it calls
        return ""


def takes_forms(route: Route) -> bool:
    """Whether a page takes a form."""
    return "POST" in methods_of(route)


def reads(route: Route) -> bool:
    """Whether a page can be looked at, or is a file to take away."""
    return "GET" in methods_of(route) or not takes_forms(route)


def known() -> set[Any]:
    return {name for name, _, _ in operations()}


def test_every_page_that_takes_a_form_has_an_operation_or_a_reason():
    pages = {one.name for one in routes() if one.room not in ROOMS_OF_THE_BROWSER and takes_forms(one)}

    assert pages - set(TWINS) - set(WITHOUT) == set()
    assert set(TWINS) & set(WITHOUT) == set()


def test_every_page_that_reads_and_every_download_has_an_operation_or_a_reason():
    pages = {one.name for one in routes() if one.room not in ROOMS_OF_THE_BROWSER and reads(one)}

    assert pages - set(READS) - set(UNREAD) == set()
    assert set(READS) & set(UNREAD) == set()


def test_the_tables_of_reads_name_no_page_that_only_takes_forms():
    pages = {one.name for one in routes() if one.room not in ROOMS_OF_THE_BROWSER and reads(one)}

    assert (set(READS) | set(UNREAD)) - pages == set()


def test_an_empty_form_without_an_operation_of_its_own_has_one_that_takes_what_it_sends():
    forms = {name for name, why in UNREAD.items() if why.startswith("an empty form")}

    assert forms - set(TWINS) == set()


def test_every_operation_that_reads_is_named_by_a_page():
    """But for those that answer a question about the API's own objects, which pages show as part of others."""
    asked = {name for name, method, _ in operations() if method == "GET"}

    assert asked - {one for some in READS.values() for one in some} == WITHOUT_A_PAGE


WITHOUT_A_PAGE = {"read_pack", "read_schema"}
"""Operations that tell programs what people read on many pages."""


def test_the_tables_name_nothing_that_is_gone():
    names = {one.name for one in routes()}

    assert (set(TWINS) | set(WITHOUT)) - names == set()
    assert {one for some in [*TWINS.values(), *READS.values()] for one in some} <= known()


def test_every_shape_has_a_name_of_its_own():
    """The description lists shapes by name: of two with the same name it would tell one, and be false of the other."""
    shapes, left = {}, [BaseModel]
    while left:
        for one in left.pop().__subclasses__():
            left.append(one)
            if one.__module__.startswith("kechuang."):
                shapes.setdefault(one.__name__, set()).add(one.__module__)

    assert operations()  # all of the API is imported by now
    assert {name: where for name, where in shapes.items() if len(where) > 1} == {}
