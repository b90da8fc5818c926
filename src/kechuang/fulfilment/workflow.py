"""Moving a case: the one way in which its state changes.

`apply` locks the case, checks its state, who acts and the guards of the table, moves it, carries out the effect, and
records the event: all in one transaction, or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from kechuang.accounts.models import Membership
from kechuang.accounts.protection import plainly
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import rules
from kechuang.fulfilment.assessing import benefit_of
from kechuang.fulfilment.effects import EFFECTS
from kechuang.fulfilment.guards import GUARDS
from kechuang.fulfilment.models import Approval, Case
from kechuang.fulfilment.table import Transition, gates, states, transitions
from kechuang.journal import statements
from kechuang.journal.actions import Clock, record
from kechuang.journal.queries import events_of
from kechuang.journal.statements import Given
from kechuang.registry.calendar import working_day_if_known

Actor = Membership | Clock
NEEDED: Final = {
    "reason": ("请写明理由。", "State the reason."),
    "amount": ("请填写金额。", "State the sum."),
    "sections": ("请勾选需要补正的部分。", "Name the sections to supplement."),
    "result": ("请选择同意或不同意。", "Choose whether you agree."),
    "hearing_on": ("请填写听证日期。", "State the day of the hearing."),
    "plan": ("请填写还款计划。", "State the instalments."),
    "panel": ("请选择评审组。", "Choose the panel."),
    "contract_number": ("请填写合同登记编号。", "State the number of the contract."),
    "own_fen": ("请填写自筹资金，没有的填 0。", "State the undertaker's own money; 0 for none."),
    "milestones": ("请列出里程碑。", "State the milestones."),
    "milestone": ("请选择里程碑。", "Choose the milestone."),
    "text": ("请填写说明。", "Say what it is about."),
    "account": ("请填写收款账户。", "State the bank account."),
    "conclusion": ("请写明结论。", "State what you found."),
    "grade": ("请选择验收等次。", "Choose the grade."),
}


def apply(
    case: Case, command: str, *, actor: Actor, at: datetime, revision: int | None = None, **given: Any
) -> Case:
    """Carry out `command` on the case and return it as it stands afterwards.

    revision: the one that the person saw; a case changed since is refused, and the same act sent twice with the same
    content does nothing twice. given: what the act needs (reason, amount in fen, sections, …), see transitions.yaml.
    Raises Refused, with the sentence that says what to do.
    """
    rule = transitions()[command]
    with transaction.atomic():
        locked = lock(case.pk)
        if revision is not None and locked.revision != revision:
            if _is_repeated(locked, command, actor, revision, given):
                return locked
            raise changed_since()
        check(rule, locked, actor, at, given)
        with plainly():
            return _carry_out(rule, locked, actor, at, given)


def changed_since() -> Refused:
    """The refusal of an act on a case that is not as the person saw it."""
    return Refused(
        "这件申报在您打开页面之后有了变化。请重新载入页面，核对后再办理。",
        "This case has changed since you opened the page. Reload it, check, and act again.",
    )


def lock(case_id: int) -> Case:
    """The case, locked until the act is done, with what acts need to read."""
    found = statements.ask("case locked", _locked, number=case_id).first()
    if found is None:
        raise Case.DoesNotExist
    return found


def _locked(number: Given) -> QuerySet[Case]:
    locked = Case.objects.select_for_update(of=("self",), no_key=True)
    return locked.select_related("call", "organisation", "account", "award").filter(pk=number)


def check(rule: Transition, case: Case, actor: Actor, at: datetime, given: Mapping[str, Any]) -> None:
    """Raise Refused unless the act may be done now by this actor with what is given."""
    if not rules.may_act(actor, rule, case):
        raise Refused("这一步不由您办理。", "This act is not yours to do.")
    state = states()[case.state]
    if case.state not in rule.sources or benefit_of(case).lifecycle not in rule.lifecycles:
        raise Refused(
            f"这件申报现在是“{state.title.zh}”，不能“{rule.title.zh}”。",
            f"The case is {state.title.en} now; “{rule.title.en}” is not possible.",
        )
    for name in rule.needs:
        if given.get(name) in (None, "", [], ()):
            raise Refused(*NEEDED[name], field=name)
    for name in rule.guards:
        GUARDS[name](case, actor, at, given)


def possible(case: Case, actor: Actor) -> list[Transition]:
    """The acts that the table gives this actor, who sees the case, in its state: the buttons of its page."""
    lifecycle = benefit_of(case).lifecycle
    return [
        rule
        for rule in transitions().values()
        if case.state in rule.sources and lifecycle in rule.lifecycles and rules.is_for(actor, rule, case)
    ]


def hindrance(rule: Transition, case: Case, actor: Actor, at: datetime) -> Refused | None:
    """Why a possible act cannot be done just now, before anything is given; None when nothing hinders it."""
    return next(_hindrances(rule, case, actor, at), None)


def hindrances(rule: Transition, case: Case, actor: Actor, at: datetime) -> list[Refused]:
    """All that hinders a possible act just now, in the order in which it is checked, each sentence once."""
    return list({refused.words: refused for refused in _hindrances(rule, case, actor, at)}.values())


def _hindrances(rule: Transition, case: Case, actor: Actor, at: datetime) -> Iterator[Refused]:
    for name in rule.guards:
        if name in _ABOUT_WHAT_IS_GIVEN:
            continue
        try:
            GUARDS[name](case, actor, at, {})
        except Refused as refused:
            if refused.field != "reason":  # a reason may still be given, with the act
                yield refused


_ABOUT_WHAT_IS_GIVEN: Final = frozenset({"within_ceiling", "within_cap"})


def _carry_out(rule: Transition, case: Case, actor: Actor, at: datetime, given: Mapping[str, Any]) -> Case:
    before, content = case.state, _hash_of(given)
    case.state = rule.leads_to(before)
    case.revision += 1
    if case.state != before:
        case.state_since = at
        case.due_on = _due_on(rule, at)
    if "reason" in given:
        case.reason = str(given["reason"])
    said = EFFECTS[rule.effect](case, actor, at, given) if rule.effect else None
    _note_gates(case)
    case.save()
    event = record(
        f"case.{rule.command}",
        f"case:{case.pk}",
        actor=actor,
        at=at,
        organisation_id=case.organisation_id,
        data={
            "number": case.number,
            "from": before,
            "to": case.state,
            "revision": case.revision,
            "given": content,
            **({"reason": case.reason} if "reason" in given else {}),
            **(said or {}),
        },
    )
    # Imported here: telling needs words of pages, which need the table above.
    from kechuang.fulfilment.telling import tell_of

    tell_of(rule, case, event)
    return case


def _note_gates(case: Case) -> None:
    """Say on the case itself who was asked, who is waited for and how many answered: lists look for that."""
    found = list(case.approvals.filter(kind__in=gates()).values_list("kind", "result", "voided_at"))
    standing = [(kind, result) for kind, result, voided_at in found if voided_at is None]
    case.asked = sorted({kind for kind, _, _ in found})
    case.pending = sorted(kind for kind, result in standing if result == Approval.Result.PENDING)
    case.answered = len(standing) - len(case.pending)


def _due_on(rule: Transition, at: datetime) -> date | None:
    """By when the next act is due; None when nothing is, or while next year's working days are not published yet."""
    return None if rule.days is None else working_day_if_known(timezone.localdate(at), rule.days)


def _is_repeated(case: Case, command: str, actor: Actor, revision: int, given: Mapping[str, Any]) -> bool:
    """Whether the same person has just done this very act, with this content, from the same page: a double click."""
    last = events_of(f"case:{case.pk}").order_by("-number").first()
    return (
        last is not None
        and last.kind == f"case.{command}"
        and last.user_id == actor.user_id
        and last.data.get("revision") == revision + 1 == case.revision
        and last.data.get("given") == _hash_of(given)
    )


class _Plain(DjangoJSONEncoder):
    """What acts are given, as JSON: a row by its number, a record by its fields."""

    def default(self, o: Any) -> Any:
        """What JSON has no form for."""
        if isinstance(o, Model):
            return [o._meta.label, o.pk]  # noqa: SLF001 - Django's public name
        return asdict(o) if is_dataclass(o) and not isinstance(o, type) else super().default(o)


def _hash_of(given: Mapping[str, Any]) -> str:
    """A hash of what an act was given, keyed: nobody can find a short content, such as an account, by trying."""
    content = json.dumps(given, cls=_Plain, sort_keys=True)
    return salted_hmac("kechuang.fulfilment.workflow", content, algorithm="sha256").hexdigest()
