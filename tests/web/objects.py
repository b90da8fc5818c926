"""An object for every route and API operation that names one: whose it is, and which roles see all of its kind.

A room that adds a route with a placeholder adds a line to ROUTES here, or to NO_OBJECT with the reason; one that adds
an API operation with a placeholder adds one to OPERATIONS. Everybody whom a `Thing` does not name must be answered as
if it were not there.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from factories import AT, make_department, make_membership, make_organisation, make_user
from fulfilment.city import WAN, at_noon, carried_to, make_call, make_case, make_city, make_grower, make_twin
from fulfilment.office import decided, noticed, paid
from kechuang.accounts import actions as accounts
from kechuang.accounts import tokens
from kechuang.accounts.models import Membership
from kechuang.accounts.roles import APPLICANTS, DEPARTMENT, FINANCE, READERS, Role
from kechuang.entitlements import releasing
from kechuang.entitlements.models import Sweep
from kechuang.fulfilment import applying, bulk, notices, workflow
from kechuang.fulfilment.applicant_queries import Filling
from kechuang.fulfilment.models import Call, Case, SavedView
from kechuang.journal import actions as journal
from kechuang.journal.models import Message
from kechuang.registry import actions as registry
from kechuang.registry.rules import SEE_EVIDENCE, WHOLE_CITY
from kechuang.treasury import actions as treasury
from registry import factories as files
from treasury import factories as money

TREASURY = frozenset({*FINANCE, *READERS})
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Thing:
    """What an address names, whose it is (`own` finds it), roles that see all of its kind, and what is sent to it."""

    named: dict[str, Any]
    own: Membership
    seen_by: frozenset[Role] = frozenset()
    sent: dict[str, Any] = field(default_factory=dict)


class World:
    """One city; each object is made when it is first asked for, but for what needs the clock to strike months later."""

    def __init__(self) -> None:
        self.city = make_city()
        self.paid = paid(self.city, make_grower())[0]
        self.decided = decided(self.city, make_grower())

    @cached_property
    def manager(self) -> Membership:
        return make_grower()

    @cached_property
    def call(self) -> Call:
        return make_call(self.city)

    @cached_property
    def unpublished(self) -> Call:
        call = make_call(self.city)
        Call.objects.filter(pk=call.pk).update(state=Call.State.DRAFT)
        return call

    @cached_property
    def closed(self) -> Call:
        call = make_call(self.city)
        Call.objects.filter(pk=call.pk).update(state=Call.State.CLOSED)
        return call

    @cached_property
    def drafted(self) -> Case:
        return make_case(self.call, make_grower())

    @cached_property
    def sent(self) -> Case:
        return carried_to(self.city, make_case(self.call, self.manager), "submitted")

    @cached_property
    def beside(self) -> Case:
        """Another case of the same organisation and year, that perhaps supports the same thing."""
        return carried_to(self.city, make_twin(make_call(self.city), self.sent), "submitted")

    @cached_property
    def breached(self) -> Case:
        case = self.paid
        hearing = (AT + timedelta(days=40)).date()
        workflow.apply(
            case, "find_breach", actor=self.city.officer, at=AT, reason="材料不实。", hearing_on=hearing
        )
        return case

    @cached_property
    def notice(self) -> Any:
        return noticed(self.city, make_grower())[0]

    @cached_property
    def objection(self) -> Any:
        said = notices.Said("王某", "wang@example.com", "金额有误", "重新核定")
        return notices.object_to(self.notice.lines.first(), said, at=at_noon(self.notice.first_day))

    @cached_property
    def sweep(self) -> Sweep:
        found = Sweep.objects.create(
            benefit="9.rd_growth", version=releasing.version_in_force(), on=date(2026, 3, 2), year=2025, known_at=AT,
            state=Sweep.State.DONE, started_by=self.city.officer, started_at=AT,
        )  # fmt: skip
        found.lines.create(organisation=make_grower().organisation, outcome="may_apply", amount_fen=15 * WAN)
        return found

    @cached_property
    def offered(self) -> Case:
        call = make_call(self.city, sweep=self.sweep)
        applying.offer(call, self.sweep.lines.all(), actor=self.city.officer, at=AT)
        return Case.objects.get(call=call)

    @cached_property
    def declared(self) -> Any:
        return self.manager.organisation.facts.get(record="years", key="2025", field="rd_spend")

    @cached_property
    def listed(self) -> Any:
        given = {"key": "2025", "actor": self.city.officer, "at": AT, "source": "list"}
        return registry.state(self.manager.organisation, "years", "sales", "3000万元", **given)

    @cached_property
    def correction(self) -> Any:
        return registry.raise_correction(self.listed, "3100万元", "报表填错一位", actor=self.manager, at=AT)

    @cached_property
    def evidence(self) -> Any:
        return registry.keep_evidence(files.upload(), self.manager.organisation, actor=self.manager, at=AT)

    @cached_property
    def list(self) -> Any:
        return files.take(
            [[self.manager.organisation.uscc, "甲", "高新技术企业", "国家级"]], self.city.officer
        )

    @cached_property
    def run(self) -> Any:
        return bulk.start([self.sent.pk], "accept", actor=self.city.officer, at=AT)

    @cached_property
    def view(self) -> Any:
        return SavedView.objects.create(membership=self.city.officer, page="cases", title="甲", query="")

    @cached_property
    def appropriation(self) -> Any:
        return money.make_appropriation()

    @cached_property
    def prepared(self) -> Any:
        return treasury.prepare_batch([money.make_payable_award()], actor=money.make_accountant(), at=AT)

    @cached_property
    def batch(self) -> Any:
        return money.make_sent_batch()

    @cached_property
    def receivable(self) -> Any:
        award, plan = money.make_paid_award(yuan=500), [(date(2026, 4, 1), 500 * money.YUAN)]
        return treasury.open_receivable(award, 500 * money.YUAN, "不实", plan, actor=self.city.decider, at=AT)

    @cached_property
    def accountant(self) -> Membership:
        return money.make_accountant()

    @cached_property
    def policy(self) -> Membership:
        return make_membership(Role.POLICY)

    @cached_property
    def release(self) -> Any:
        releasing.version_in_force()
        return releasing.release_in_force()


def outsider(role: Role) -> Membership:
    """Somebody in this role from elsewhere: another department, district, gate or firm than any in a `World`."""
    if role in DEPARTMENT:
        return make_membership(role, make_department("市卫生健康委"))
    scope = {Role.DISTRICT: "371003", Role.REVIEWER: "integrity"}.get(role, "")
    return make_membership(
        role, make_organisation(kind="enterprise" if role in APPLICANTS else "government"), scope=scope
    )


def clerk(world: World) -> Thing:
    clerk = make_membership(Role.CLERK, world.manager.organisation)
    return Thing({"number": clerk.pk}, world.manager)


def invitation(world: World) -> Thing:
    invited = accounts.invite(
        world.manager.organisation, Role.CLERK, "x@example.com", actor=world.manager, at=AT
    )
    return Thing({"number": invited[0].pk}, world.manager)


def claim(world: World) -> Thing:
    given = {"name": "x", "kind": "enterprise", "district": "", "user": make_user(), "at": AT}
    claim = accounts.register(uscc=world.manager.organisation.uscc, **given)
    return Thing({"number": claim.pk}, world.manager)


def _token(world: World) -> Thing:
    return Thing({"number": tokens.make(title="x", days=30, actor=world.manager, at=AT)[0].pk}, world.manager)


def _message(world: World) -> Thing:
    event = journal.record("matrix.tried", "matrix:1", actor=world.manager, at=AT)
    words = {"title": {"zh": "甲", "en": "a"}, "body": {"zh": "乙", "en": "b"}}
    journal.tell([(world.manager.user_id, world.manager.pk)], event=event, **words)
    return Thing(
        {"number": Message.objects.filter(recipient=world.manager.user).latest("pk").pk}, world.manager
    )


def _answer(world: World) -> Thing:
    filling = Filling(world.drafted, AT, "zh")
    key, section = next((key, one) for key, one in filling.facts.items() if one.asked)
    return Thing(
        {"number": world.drafted.number, "key": key},
        owner(world.drafted),
        sent={"question": section.asked[0].name},
    )


def owner(case: Case) -> Membership:
    return case.organisation.memberships.get(role=Role.MANAGER)


def of_applicant(name: str, **more: Any) -> Callable[[World], Thing]:
    """An address of a case, which its applicant opens."""
    return lambda world: Thing({"number": getattr(world, name).number, **more}, owner(getattr(world, name)))


def of_office(name: str, *seen_by: Role, **more: Any) -> Callable[[World], Thing]:
    """An address of a call, case or notice, which the officer of its department opens."""
    return lambda world: Thing(
        {"number": getattr(world, name).number, **more}, world.city.officer, frozenset(seen_by)
    )


def of_finance(name: str, **more: Any) -> Callable[[World], Thing]:
    """An address of the treasury, which finance and those who read the whole city open."""
    return lambda world: Thing({"number": getattr(world, name).pk, **more}, world.accountant, TREASURY)


def batch(name: str, **more: Any) -> Callable[[World], Thing]:
    return lambda world: Thing({"number": getattr(world, name).number, **more}, world.accountant, TREASURY)


def by_number(name: str, own: str, seen_by: frozenset[Role], **more: Any) -> Callable[[World], Thing]:
    """An address with the row's number; `own`: whose it is, an attribute of the world or of its city."""

    def made(world: World) -> Thing:
        owner = getattr(world.city, own) if hasattr(world.city, own) else getattr(world, own)
        return Thing({"number": getattr(world, name).pk, **more}, owner, seen_by)

    return made


OFFICERS = frozenset({*DEPARTMENT, Role.AUDITOR})
SWEEPS = frozenset(READERS)

ROUTES: dict[str, Callable[[World], Thing]] = {
    "membership-end": clerk,
    "invitation-withdraw": invitation,
    "claim-decide": claim,
    "token-revoke": _token,
    "message": _message,
    "organisation-profile": lambda w: Thing(
        {"number": w.manager.organisation_id}, w.city.district, WHOLE_CITY
    ),
    "organisation-standing": lambda w: Thing(
        {"number": w.manager.organisation_id}, w.city.district, WHOLE_CITY
    ),
    "fact": by_number("declared", "manager", WHOLE_CITY),
    "fact-verify": by_number("declared", "officer", frozenset({Role.OFFICER})),
    "dispute": by_number("listed", "manager", frozenset()),
    "evidence": by_number("evidence", "manager", SEE_EVIDENCE),
    "list": by_number("list", "officer", OFFICERS),
    "list-apply": by_number("list", "officer", OFFICERS),
    "list-undo": by_number("list", "officer", OFFICERS),
    "list-errors": by_number("list", "officer", OFFICERS),
    "correction": by_number("correction", "manager", SEE_EVIDENCE),
    "correction-withdraw": by_number("correction", "manager", frozenset()),
    "call": of_office("unpublished", *READERS),
    "call-edit": of_office("unpublished"),
    "call-publish": of_office("unpublished"),
    "call-extend": of_office("call"),
    "call-withdraw": of_office("call"),
    "call-settle": of_office("closed"),
    "call-offers": lambda w: Thing({"number": w.offered.call.number}, w.city.officer),
    "apply": lambda w: Thing({"number": w.call.number}, w.manager, APPLICANTS),
    "view-drop": by_number("view", "officer", frozenset()),
    "bulk-run": by_number("run", "officer", frozenset()),
    "bulk-on": by_number("run", "officer", frozenset()),
    "case": of_office("sent", *READERS),
    "case-act": of_office("sent", command="accept"),
    "case-dossier": of_office("sent", Role.AUDITOR),
    "case-note": of_office("sent"),
    "case-overlap": lambda w: Thing({"number": w.sent.number, "other": w.beside.number}, w.city.officer),
    "case-credit": lambda w: Thing(
        {"number": w.breached.number, "finding": w.breached.findings.get().pk}, w.city.officer
    ),
    "case-letters": of_office("sent"),
    "notice-withdraw": lambda w: Thing({"number": w.notice.number}, w.city.decider),
    "objection": of_office("objection", *READERS),
    "case-part": of_applicant("drafted", key="account"),
    "case-answer": _answer,
    "case-check": of_applicant("drafted"),
    "case-receipt": of_applicant("sent"),
    "case-receipt-paper": of_applicant("sent"),
    "case-decision-paper": of_applicant("paid"),
    "case-confirm": of_applicant("offered"),
    "case-decline": of_applicant("offered"),
    "case-withdraw": of_applicant("drafted"),
    "case-account": of_applicant("decided"),
    "case-defence": of_applicant("breached"),
    "treasury-appropriation": of_finance("appropriation"),
    "treasury-adjust": of_finance("appropriation"),
    "treasury-subjects": of_finance("appropriation"),
    "treasury-ledger-file": of_finance("appropriation"),
    "treasury-entry": lambda w: Thing({"number": w.appropriation.entries.first().pk}, w.accountant, TREASURY),
    "treasury-award-parts": lambda w: Thing(
        {"number": money.make_payable_award().pk}, w.accountant, TREASURY
    ),
    "treasury-batch": batch("batch"),
    "treasury-batch-results": batch("batch"),
    "treasury-batch-file": batch("batch", kind="csv"),
    "treasury-batch-act": batch("batch", act="send"),
    "treasury-receivable": of_finance("receivable"),
    "sweep": by_number("sweep", "officer", SWEEPS),
    "sweep-export": by_number("sweep", "officer", SWEEPS),
    "sweep-stop": by_number("sweep", "officer", SWEEPS),
    "sweep-resume": by_number("sweep", "officer", SWEEPS),
    "release": by_number("release", "policy", frozenset({Role.POLICY})),
    "release-act": by_number("release", "policy", frozenset({Role.POLICY}), act="approve"),
}
"""url name → something that the address names."""

_SECRET = "known by an address that nobody can guess"
_FORM = "the word names a list, a kind of record or a form of the page, not an object of somebody"
OPEN_TO_ALL = "public by law"
_OPERATOR = "operators answer for the whole house; there is nothing foreign to them"
NO_OBJECT: dict[str, str] = {
    **dict.fromkeys(
        ("run", "cancel", "delete", "run-benefits", "run-missing", "run-refused", "download", "subject", "invitation"),
        _SECRET,
    ),
    **dict.fromkeys(
        ("template", "fill", "fill-add", "fill-none", "fill-withdraw", "own-workbook-file", "list-template",
         "list-select", "view-save", "list-export", "bulk", "awards-export", "journal-export"),
        _FORM,
    ),
    **dict.fromkeys(("notice", "notice-json", "notice-pdf", "object"), OPEN_TO_ALL),
    **dict.fromkeys(
        ("staff-end", "staff-person", "staff-person-switch", "staff-person-help", "staff-claim-decide",
         "office-contact",
         "webhook-switch", "delivery-again"),
        _OPERATOR,
    ),
}  # fmt: skip
"""url name → why what stands in its address belongs to nobody in particular."""
