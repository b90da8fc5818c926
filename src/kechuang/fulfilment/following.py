"""Where a case stands, for its applicant: stages, who has it now, what comes next, what was done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.roles import Role
from kechuang.fulfilment import rules
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.models import Case
from kechuang.fulfilment.sections import sections_of
from kechuang.fulfilment.table import states, voices
from kechuang.journal.kinds import title_of
from kechuang.journal.models import Event
from kechuang.journal.queries import events_of
from kechuang.policy.language.values import Words
from kechuang.reference.departments import department_name
from kechuang.reference.divisions import divisions

FINANCE: Final = "市财政局"
STAGES: Final = (
    ("submit", Words("提交", "Submitted")),
    ("recommend", Words("区市推荐", "Recommended")),
    ("accept", Words("受理", "Accepted")),
    ("determine", Words("核定", "Determined")),
    ("publish", Words("公示", "Public notice")),
    ("decide", Words("下达", "Decided")),
    ("note_payment", Words("拨付", "Paid")),
)
OF_PROJECTS: Final = (
    *STAGES[:-1],
    ("sign", Words("签订合同", "Under contract")),
    ("finish", Words("验收", "Work accepted")),
)
_PLACE: Final = {
    "offered": 0, "draft": 0, "returned": 0, "submitted": 1, "recommended": 2, "accepted": 3, "reviewing": 3,
    "determined": 4, "noticed": 4, "cleared": 5, "decided": 6, "contracting": 6, "running": 7, "completed": 8,
    "failed": 8, "paid": 7, "breached": 7, "heard": 7, "recovering": 7, "recovered": 7, "closed": 7,
}  # fmt: skip
_NEXT: Final = {
    "submitted": Words("审核事实、核实金额，然后推荐", "checks the facts and the sum, then recommends"),
    "recommended": Words("形式审查，然后受理", "checks the form, then accepts"),
    "accepted": Words("会审或者核定金额", "asks for the joint review or determines the sum"),
    "reviewing": Words(
        "会审单位反馈意见，然后核定金额", "hears the offices of the joint review, then determines the sum"
    ),
    "determined": Words("分配资金，发布公示", "shares out the money and publishes the notice"),
    "noticed": Words(
        "公示期满、没有异议后下达", "issues the decision when the notice has ended without objection"
    ),
    "cleared": Words("下达资金", "issues the decision"),
    "decided": Words("拨付到您的账户", "pays to your account"),
    "running": Words(
        "对照合同验收里程碑，通过的阶段拨付资金",
        "accepts milestones by the contract; each stage accepted is paid",
    ),
    "completed": Words("拨付验收阶段的资金，然后办结", "pays what is accepted, then closes the case"),
    "failed": Words("核查已拨付资金，依程序处理", "looks into what was paid"),
    "paid": Words("核查资金使用后办结", "checks the use of the money, then closes the case"),
    "breached": Words("举行听证，听取您的陈述和申辩", "hears what you have to say"),
    "heard": Words("根据听证情况作出处理决定", "decides after the hearing"),
    "recovering": Words("等待您按期退还", "waits for your repayment"),
    "recovered": Words("办结", "closes the case"),
}
SUMS_TOLD: Final = frozenset(rules.DETERMINED) - {"determined"}
"""States in which an applicant is told what was determined: from the public notice on."""
_AFTER_PAYMENT: Final = frozenset({"breached", "heard", "recovering", "recovered", "closed"})
_UNTOLD: Final = frozenset({"case.pass_gate_in_silence", "case.overlap_decided", "case.lapse_warned"})
_OFFICE: Final = re.compile(r"（(.+) [^ ]+）$")


@dataclass(frozen=True)
class Stage:
    """One stage on the way: past, now or to come."""

    words: Words
    state: str  # done, now, ahead
    at: datetime | None


def stages_of(case: Case, done: list[Done]) -> list[Stage]:
    """The stages that this case goes through, with the time at which each was last passed."""
    times = {one.kind: one.at for one in reversed(done)}  # of what was done twice the last
    if "case.confirm" in times:
        times["case.accept"] = times["case.confirm"]  # an offer that is confirmed is accepted thereby
    place = _PLACE.get(case.state)
    if place is None:
        return []
    made = []
    of_project = benefit_of(case).lifecycle == "project"
    place += of_project and case.state in _AFTER_PAYMENT
    for number, (command, words) in enumerate(OF_PROJECTS if of_project else STAGES):
        if (command == "recommend" and not case.call.recommended) or (
            command == "submit" and case.call.sweep_id
        ):
            continue
        state = "done" if number < place else "now" if number == place else "ahead"
        made.append(Stage(words, state, times.get(f"case.{command}") if state == "done" else None))
    return made


def sums_of(case: Case) -> list[tuple[Words, int | None]]:
    """What was asked for and what was determined; the latter None while it is not told yet."""
    sums: list[tuple[Words, int | None]] = []
    if case.declared_fen is not None:
        sums.append((Words("申报金额", "Sum asked for"), case.declared_fen))
    if case.determined_fen is not None and case.state in rules.DETERMINED:
        told = case.determined_fen if case.state in SUMS_TOLD else None
        sums.append((Words("核定金额", "Sum determined"), told))
    return sums


def office_of(case: Case, today: date) -> Words:
    """Who has the case now, by name."""
    stage = states()[case.state].stage
    if stage == "district" and case.call.recommended:
        office = Organisation.objects.filter(
            memberships__role=Role.DISTRICT, memberships__scope=case.district, memberships__until__isnull=True
        ).first()
        if office:
            return Words(office.name, office.name)
        area = divisions().get(case.district)
        return (
            Words(f"{area.zh}科技部门", f"the science office of {area.en}")
            if area
            else _department(case, today)
        )
    if case.state == "decided" and benefit_of(case).lifecycle != "project":
        name = department_name(FINANCE, today)
        return Words(name, name)
    return _department(case, today)


def _department(case: Case, today: date) -> Words:
    known = case.call.department.department
    name = department_name(known, today) if known else case.call.department.name
    return Words(name, name)


def next_step(case: Case) -> Words | None:
    """What the office does next."""
    if case.state == "submitted" and case.call.sealed and case.call.opened_at is None:
        return Words(
            "密封保管，截止后同时开标", "keeps all bids sealed and opens them together after the close"
        )
    if case.state == "decided" and benefit_of(case).lifecycle == "project":
        return Words("拟定合同，交您确认", "drafts the contract, for you to confirm")
    if case.state == "accepted" and not case.call.gates and not case.call.rubric:
        return Words("核定金额", "determines the sum")
    unrecommended = case.state == "submitted" and not case.call.recommended
    return _NEXT.get("recommended" if unrecommended else case.state)


@dataclass(frozen=True)
class Done:
    """One line of the timeline."""

    kind: str
    at: datetime
    words: Words
    who: str
    reason: str
    detail: Words | None
    number: int
    hash: str


def timeline(case: Case, membership: Membership) -> list[Done]:
    """What was done, the newest first: one's own people by name, offices by the name of the office."""
    found = events_of(f"case:{case.pk}").exclude(kind__in=_UNTOLD).order_by("-number")
    titles = sections_of(case)
    return [_done(event, titles, membership) for event in found]


def _done(event: Event, titles: dict[str, Words], membership: Membership) -> Done:
    command = event.kind.removeprefix("case.")
    office = _OFFICE.search(event.actor)
    own = bool(office) and office.group(1) == membership.organisation.name  # type: ignore[union-attr]
    who = event.actor if own or not office else office.group(1)
    told = command in {
        "send_back",
        "reject",
        "withdraw",
        "decline",
        "find_breach",
        "move_hearing",
        "drop_finding",
        "end_support",
        "claim",
        "reconsider",
        "refuse_milestone",
        "fail",
        "return_contract",
        "note_return",
        "payment_returned",
    }
    return Done(
        event.kind, event.at, title_of(event.kind), who, event.data.get("reason", "") if told else "",
        _detail(event, titles), event.number, event.hash,
    )  # fmt: skip


def _detail(event: Event, titles: dict[str, Words]) -> Words | None:
    data: dict[str, Any] = event.data
    if event.kind == "case.send_back":
        named = [titles[key] for key in data.get("sections", []) if key in titles]
        return Words("、".join(one.zh for one in named), ", ".join(one.en for one in named))
    if event.kind == "case.document_added":
        return Words(data["name"], data["name"])
    if event.kind in {"case.account_stated", "case.correct_account"}:
        return Words(f"尾号 {data['tail']}", f"ending {data['tail']}")
    if event.kind in {"case.report_milestone", "case.accept_milestone", "case.refuse_milestone"}:
        return Words(data["title"], data["title"])
    if event.kind == "case.answer_gate" and data.get("gate") in voices():
        return voices()[data["gate"]].title
    return None
