"""As objects.py, of the operations of the API for accounts, facts, cases, notices and the treasury."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from factories import AT
from kechuang.accounts.roles import READERS
from kechuang.registry import actions as registry
from kechuang.registry.rules import SEE_EVIDENCE
from registry import factories as files
from treasury import factories as money
from web.objects import (
    OPEN_TO_ALL,
    ROUTES,
    TREASURY,
    Thing,
    World,
    batch,
    by_number,
    claim,
    clerk,
    invitation,
    of_applicant,
    of_finance,
    of_office,
    owner,
)

SURE, BECAUSE = {"sure": True}, {"reason": "材料有误"}


def _sent(make: Callable[[World], Thing], **sent: Any) -> Callable[[World], Thing]:
    """The same thing with a body."""
    return lambda world: replace(make(world), sent=sent)


def _letter(world: World) -> Thing:
    return Thing({"number": world.sent.number}, world.city.officer, sent={"letters": [1]})


def _payment(world: World) -> Thing:
    named = {"number": world.prepared.number, "payment": world.prepared.payments.get().number}
    return Thing(named, world.accountant, TREASURY, BECAUSE)


def _document(world: World) -> Thing:
    case, person = world.drafted, owner(world.drafted)
    evidence = registry.keep_evidence(files.upload(), case.organisation, actor=person, at=AT)
    document = case.documents.create(key="x", evidence=evidence, added_at=AT, added_by=person)
    return Thing({"number": case.number, "document": document.pk}, person, sent={"revision": 1})


OPERATIONS: dict[str, Callable[[World], Thing]] = {
    "withdrawInvitation": _sent(invitation, **SURE),
    "endMembership": _sent(clerk, **SURE),
    "decideClaim": _sent(claim, confirmed=True),
    "message": ROUTES["message"],
    "organisation": ROUTES["organisation-profile"],
    "organisationFacts": ROUTES["organisation-profile"],
    "organisationEvidence": lambda w: Thing(
        {"number": w.manager.organisation_id}, w.city.officer, SEE_EVIDENCE
    ),
    "factHistory": ROUTES["fact"],
    "evidenceFile": ROUTES["evidence"],
    "listRows": ROUTES["list"],
    "listErrors": ROUTES["list-errors"],
    "correction": ROUTES["correction"],
    "disputeFact": _sent(ROUTES["dispute"], proposed="120万元", ground="填错"),
    "withdrawCorrection": _sent(ROUTES["correction-withdraw"], **SURE),
    "list": ROUTES["list"],
    "applyList": _sent(ROUTES["list"], **SURE),
    "undoList": _sent(ROUTES["list"], **SURE),
    "verifyFact": _sent(ROUTES["fact-verify"], value="712.5万元"),
    "answerCorrection": _sent(
        by_number("correction", "officer", frozenset()), uphold=False, answer="已核对"
    ),
    "sweep": ROUTES["sweep"],
    "sweepLines": ROUTES["sweep"],
    "sweepWorkbook": ROUTES["sweep-export"],
    "release": ROUTES["release"],
    "standing": ROUTES["organisation-standing"],
    "stopSweep": _sent(ROUTES["sweep"], **SURE),
    "resumeSweep": _sent(ROUTES["sweep"], **SURE),
    "decideRelease": _sent(ROUTES["release-act"], **SURE),
    "ownCall": ROUTES["call"],
    "changeCall": _sent(ROUTES["call-edit"], revision=1),
    "publishCall": _sent(ROUTES["call-publish"], reserve_fen=1),
    "extendCall": _sent(ROUTES["call-extend"], closes_at="2026-05-01T09:00:00+08:00", reason="停机"),
    "withdrawCall": _sent(ROUTES["call-withdraw"], **BECAUSE),
    "offerAward": _sent(ROUTES["call-offers"], lines=[]),
    "previewSharing": ROUTES["call-settle"],
    "rankCases": _sent(ROUTES["call-settle"], ranks={"x": 1}),
    "settleCall": _sent(ROUTES["call-settle"], **SURE),
    "withdrawNotice": _sent(ROUTES["notice-withdraw"], **BECAUSE),
    "answerObjection": _sent(ROUTES["objection"], upheld=False, answer="金额无误"),
    "noteOnCase": _sent(ROUTES["case-note"], text="已核对"),
    "decideOverlap": _sent(ROUTES["case-overlap"], same=False, why="环节不同"),
    "recordCredit": _sent(ROUTES["case-credit"], text="材料不实"),
    "receipt": ROUTES["case-receipt"],
    "receiptPaper": ROUTES["case-receipt-paper"],
    "decisionPaper": ROUTES["case-decision-paper"],
    "progress": of_applicant("sent"),
    "caseContent": ROUTES["case"],
    "offerLines": ROUTES["call-offers"],
    "objection": ROUTES["objection"],
    "letters": _letter,
    "releaseLetters": _letter,
    "dossier": ROUTES["case-dossier"],
    "takeOut": _document,
    "confirmOffer": _sent(ROUTES["case-confirm"], revision=1),
    "declineOffer": _sent(ROUTES["case-decline"], revision=1, **BECAUSE),
    "withdrawApplication": _sent(ROUTES["case-withdraw"], revision=1, **BECAUSE),
    "adjustAppropriation": _sent(ROUTES["treasury-adjust"], amount_fen=10**10, from_fen=0, source="威财预〔2026〕8号"),
    "stateSubjects": _sent(
        ROUTES["treasury-subjects"],
        function_code="2060404", economic_code="50701", from_function_code="", from_economic_code="",
    ),
    "ledgerWorkbook": ROUTES["treasury-ledger-file"],
    "batchFile": batch("batch"),
    "batchWorkbook": batch("batch"),
    "answerForm": batch("batch"),
    "entry": ROUTES["treasury-entry"],
    "awardParts": ROUTES["treasury-award-parts"],
    "divideAward": lambda w: Thing(
        {"number": money.make_payable_award().pk},
        w.accountant,
        TREASURY,
        {"parts": [{"title": "主要完成人", "amount_fen": 1}]},
    ),
    "withdrawBatch": _sent(batch("prepared"), **BECAUSE),
    "withdrawPayment": _payment,
    "receivable": ROUTES["treasury-receivable"],
    "receive": _sent(ROUTES["treasury-receivable"], amount_fen=1, on="2026-03-02", voucher="B1"),
    "read_case": of_office("sent", *READERS),
    "act_on_case": lambda w: Thing(
        {"number": w.sent.number, "command": "accept"}, w.city.officer, READERS, sent={"revision": 1}
    ),
    "readApplication": of_applicant("sent"),
    "handIn": lambda w: Thing({"number": w.drafted.number}, owner(w.drafted), sent={"key": "x", "evidence": 1}),
    "stateAccount": lambda w: Thing(
        {"number": w.drafted.number},
        owner(w.drafted),
        sent={"holder": "甲", "bank": "乙", "number": "6228480402564890018"},
    ),
    "declare": lambda w: Thing({"number": w.drafted.number}, owner(w.drafted), sent={"agreed": []}),
    "submitApplication": lambda w: Thing(
        {"number": w.drafted.number}, owner(w.drafted), sent={"revision": 1, "checked": "0" * 64}
    ),
    "ledger": of_finance("appropriation"),
    "batch": batch("batch"),
    "approveBatch": lambda w: Thing({"number": w.batch.number}, w.accountant, TREASURY, {"amount_fen": 1}),
    "sendBatch": lambda w: Thing({"number": w.batch.number}, w.accountant, TREASURY, {"sha256": "0" * 64}),
    "settleBatch": lambda w: Thing(
        {"number": w.batch.number}, w.accountant, TREASURY,
        {"results": [{"number": "x", "paid": True, "on": "2026-03-03", "reference": "HX1"}]},
    ),
}  # fmt: skip
"""operation_id → something that the address names, and a body that the operation takes."""

PUBLIC_OPERATIONS = {"read_notice": OPEN_TO_ALL, "noticePaper": OPEN_TO_ALL, "read_call": OPEN_TO_ALL}
"""operation_id → why anybody may ask. A call that is not published is told to nobody there."""
