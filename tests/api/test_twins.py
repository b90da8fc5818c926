"""What a page does, a program with a token does too: each page with a form names its operation, or why it has none.

A route that takes forms and stands in neither table fails; so does an operation that is gone.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.test import RequestFactory

from web.test_matrix import Route, operations, routes

TWINS: dict[str, tuple[str, ...]] = {
    # people
    "invite": ("invite",),
    "invitation-withdraw": ("withdrawInvitation",),
    "membership-end": ("endMembership",),
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
        "addEmployment", "enterTie",
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
    # the treasury
    "treasury-appropriation-new": ("appropriate",),
    "treasury-adjust": ("adjustAppropriation",),
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

FILES: dict[str, str] = {
    "treasury-ledger-file": "ledgerWorkbook",
    "treasury-batch-file": "batchFile",
    "case-dossier": "dossier",
    "letter-paper": "letterPaper",
    "review-document": "review_document",
}
"""Downloads that a program takes too."""

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
        ("staff-add", "office-add", "staff-end", "staff-person-switch", "staff-person-help", "staff-claim-decide",
         "webhooks", "webhook-switch", "delivery-again"),
        _OPERATOR,
    ),
    **dict.fromkeys(
        ("display", "memberships", "messages-read", "list-select", "view-save", "view-drop", "bulk-on"), _LOOK
    ),
    **dict.fromkeys(("example-city", "cancel", "delete", "ask-share", "ask-questions", "ask-results"), _BROWSER),
}  # fmt: skip
"""url name → why no operation does what its form does."""

ROOMS_OF_THE_BROWSER = {"drafting", "allauth", "django"}
"""Rooms without lines here: the editor of drafts, and ways in (as in `WITHOUT`)."""


def takes_forms(route: Route) -> bool:
    """Whether a page takes a form: asked with a method that none takes, it says which it does."""
    request = RequestFactory().put(route.address())
    request.session = {}
    try:
        return "POST" in route.view(request, **route.named()).headers.get("Allow", "")
    except (Http404, AttributeError, TypeError):
        return False


def known() -> set[Any]:
    return {name for name, _, _ in operations()}


def test_every_page_that_takes_a_form_has_an_operation_or_a_reason():
    pages = {one.name for one in routes() if one.room not in ROOMS_OF_THE_BROWSER and takes_forms(one)}

    assert pages - set(TWINS) - set(WITHOUT) == set()
    assert set(TWINS) & set(WITHOUT) == set()


def test_the_tables_name_nothing_that_is_gone():
    names = {one.name for one in routes()}

    assert (set(TWINS) | set(WITHOUT) | set(FILES)) - names == set()
    assert {one for some in TWINS.values() for one in some} | set(FILES.values()) <= known()
