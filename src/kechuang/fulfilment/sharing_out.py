"""Before the money of a call is shared out: ranks entered, and what the stated rule would make of the claims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.fulfilment import calls, rules
from kechuang.fulfilment.assessing import pack_of
from kechuang.fulfilment.models import Call, Case
from kechuang.journal.actions import record
from kechuang.policy import bind
from kechuang.policy.encoding.binding import FOR, NO_RECORD
from kechuang.policy.language.values import Words
from kechuang.policy.words.explanation_parts import parts_of
from kechuang.treasury.sharing import share

_OTHER_REASONS: Final = {
    FOR: Words("属于支持的对象", "it is of a kind that the clause is for"),
    NO_RECORD: Words("有相应的记录", "there is a record of the kind"),
}


@dataclass(frozen=True)
class Sharing:
    """What sharing out would come to. rows: (case, sum in fen or None while `hindered`)."""

    rows: list[tuple[Case, int | None]]
    open_cases: int
    available_fen: int
    asked_fen: int
    hindered: Words | None

    @property
    def shared_fen(self) -> int:
        """All that is given."""
        return sum(fen or 0 for _, fen in self.rows)

    @property
    def short_fen(self) -> int:
        """What the money falls short by; 0 when it suffices."""
        return max(self.asked_fen - self.available_fen, 0)


def preview(call: Call) -> Sharing:
    """The claims and what each would get by the rule of the call; nothing is changed."""
    cases = list(
        call.cases.filter(state="determined").select_related("organisation").order_by("rank", "number")
    )
    available = call.reserved_fen - calls.granted_already(call)
    open_cases = call.cases.filter(state__in=calls.OPEN_STATES).count()
    hindered = _hindrance(cases, open_cases)
    sums: Mapping[int, int] = {}
    if cases and hindered is None:
        try:
            sums = share([calls.claim_of(case) for case in cases], available, call.rule)
        except Refused as refused:
            hindered = refused.words
    return Sharing(
        rows=[(case, sums.get(case.pk)) for case in cases],
        open_cases=open_cases,
        available_fen=available,
        asked_fen=sum(case.determined_fen or 0 for case in cases),
        hindered=hindered,
    )


def _hindrance(cases: list[Case], open_cases: int) -> Words | None:
    if open_cases:
        return Words(
            f"还有 {open_cases} 件没有办完，全部核定后才能分配资金。",
            f"Cases still open: {open_cases}. The money is shared out when all are determined.",
        )
    return None if cases else Words("没有已核定的申报。", "There is no determined case.")


def rank(call: Call, ranks: Mapping[str, int | None], *, actor: Membership, at: datetime) -> None:
    """Enter the places of determined cases, by their numbers; cases of the same place share what falls to it."""
    with transaction.atomic():
        locked = Call.objects.select_for_update().get(pk=call.pk)
        if not rules.may_manage(actor, locked) or locked.state not in {Call.State.CLOSED, Call.State.SETTLED}:
            raise Refused("现在不能填写名次。", "Ranks cannot be entered now.")
        rules.applies_to_all(actor, locked)
        changed = {}
        for case in (
            locked.cases.select_for_update().filter(state="determined", number__in=ranks).order_by("pk")
        ):
            if case.rank != ranks[case.number]:
                case.rank = ranks[case.number]
                case.revision += 1
                case.save(update_fields=["rank", "revision"])
                changed[case.number] = case.rank
        if changed:
            record("call.ranked", f"call:{locked.pk}", actor=actor, at=at, data={"ranks": changed})


def reasons_of(call: Call) -> dict[str, Words]:
    """The condition behind each key that a sweep's line gives as its reason, as words in both languages."""
    pack = pack_of(call)
    bound = bind(pack, call.on, call.year, call.readings)
    told = {language: parts_of(bound, language)[call.benefit] for language in ("zh", "en")}
    pairs = zip(told["zh"].conditions, told["en"].conditions, strict=True)
    return {zh.key: Words(zh.sentence, en.sentence) for zh, en in pairs} | _OTHER_REASONS
