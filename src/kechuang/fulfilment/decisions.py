"""The decision on a case (决定书): what the letter says, all that it rests on, and the hash over both."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.utils import timezone

from kechuang.accounts.models import Membership
from kechuang.fulfilment.assessing import benefit_of, pack_of
from kechuang.fulfilment.models import Case, Decision
from kechuang.fulfilment.projects.showing import is_project
from kechuang.journal.actions import canonical
from kechuang.policy.words.wording import sum_text
from kechuang.reference.departments import department_name


def issue(case: Case, *, actor: Membership, at: datetime) -> Decision:
    """Write the decision; called by the act `decide` alone, inside its transaction."""
    line = case.notice_lines.select_related("notice").order_by("-id").first()
    letter = {language: _letter(case, at, language) for language in ("zh", "en")}
    basis = basis_of(case)
    before = case.decisions.count()
    return Decision.objects.create(
        number=f"{case.number}-D{before + 1 if before else ''}",
        case=case,
        notice=line.notice if line else None,
        amount_fen=case.granted_fen or 0,
        letter=letter,
        basis=basis,
        hash=hash_of(letter, basis),
        issued_by=actor,
        issued_at=at,
    )


def in_force(case: Case) -> Decision | None:
    """The decision that counts; None before there is one, and after it was revoked."""
    return case.decisions.filter(revoked_at__isnull=True).first()


def revoke(case: Case, *, actor: Membership, at: datetime) -> Decision | None:
    """Revoke the decision in force, for the reason that the case states: it is determined anew, or its support ends."""
    found = in_force(case)
    if found is not None:
        found.revoked_at, found.revoked_by, found.revoked_why = at, actor, case.reason
        found.save(update_fields=["revoked_at", "revoked_by", "revoked_why"])
    return found


def basis_of(case: Case) -> dict[str, Any]:
    """All that is needed to derive the decision again: version of the pack, day, year, readings, known time, result."""
    return {
        "pack": case.version_id,
        "benefit": case.call.benefit,
        "on": case.on.isoformat(),
        "year": case.year,
        "readings": case.call.readings,
        "known_at": case.known_at.isoformat() if case.known_at else None,
        "result": case.result,
        "determined_fen": case.determined_fen,
        "granted_fen": case.granted_fen,
        "rule": case.call.rule,
    }


def hash_of(letter: dict[str, Any], basis: dict[str, Any]) -> str:
    """SHA-256 over the letter and its basis."""
    return hashlib.sha256(canonical({"letter": letter, "basis": basis})).hexdigest()


def _letter(case: Case, at: datetime, language: str) -> dict[str, Any]:
    """Title, addressee, paragraphs, issuer and day, as the paper prints them."""
    benefit, document = benefit_of(case), pack_of(case).document
    day = timezone.localdate(at)
    amount = sum_text(case.granted_fen or 0, language)
    quote = benefit.amount.quote.text if benefit.amount.quote else ""
    if language == "zh":
        return {
            "title": f"关于下达{benefit.title.zh}的决定",
            "to": f"{case.organisation.name}：",
            "paragraphs": [
                (
                    f"根据《{document.title}》（{document.number}）第 {benefit.measure} 条“{quote}”，"
                    f"对你单位提出的申报（{case.number}）作出如下决定："
                ),
                f"一、核定{benefit.title.zh} {amount}。",
                f"二、{_payment(case, language)}",
                "三、你单位应当如实保存有关材料，接受审计和监督检查；材料虚假或违反承诺的，依法追回。",
                "如不服本决定，可在收到之日起六十日内申请行政复议，或在六个月内向人民法院提起行政诉讼。",
            ],
            "issuer": department_name(case.call.department.department, day),
            "day": day.isoformat(),
        }
    return {
        "title": f"Decision on: {benefit.title.en}",
        "to": f"To {case.organisation.name}",
        "paragraphs": [
            (
                f"Under measure {benefit.measure} of {document.number} (“{quote}”) we decide on your application "
                f"{case.number} as follows."
            ),
            f"1. {benefit.title.en}: {amount} is granted.",
            f"2. {_payment(case, language)}",
            "3. You keep the records and allow audit; false material or a broken duty leads to recovery.",
            "You may ask for administrative reconsideration within sixty days, or go to court within six months.",
        ],
        "issuer": case.call.department.name,
        "day": day.isoformat(),
    }


def _payment(case: Case, language: str) -> str:
    """How the sum is paid: at once, or stage by stage where a contract is made of it."""
    staged = is_project(case)
    if language != "zh":
        if staged:
            return (
                "The sum is paid stage by stage by the contract, each stage to the bank account that you have "
                "registered after its milestone is accepted."
            )
        return "The sum is paid to the bank account that you have registered."
    account = case.account
    known = f"（户名：{account.holder}，尾号 {account.number[-4:]}）" if account else ""
    if staged:
        return (
            f"资金按合同约定分阶段拨付，每个里程碑验收通过后，拨付该阶段资金至你单位登记的收款账户{known}。"
        )
    return f"资金拨付至你单位登记的收款账户{known}。"
