"""Matched money: where the city's sum follows that of another body, the body's figure and who stated it.

16: the city gives at most what the county gives for the same project; so that figure is the county's to state, not the
applicant's. 22: the provincial prize, one to one. 30: the city's part comes on top of the provincial voucher. The
figure is a fact like any other; unknown is undetermined, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Case as Choice
from django.db.models import IntegerField, Value, When

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.fulfilment import rules
from kechuang.fulfilment.models import Case
from kechuang.journal.actions import record
from kechuang.policy.language.values import Words, yuan
from kechuang.registry import actions as registry
from kechuang.registry.models import Fact


@dataclass(frozen=True)
class Followed:
    """Which fact of another body the city's sum follows. by_body: that body, or the department, must have stated it."""

    record: str
    field: str
    title: Words
    rule: Words
    by_body: bool = False


FOLLOWS: Final = {
    "16.capability_programme": Followed(
        "projects", "county_sum", Words("县级财政支持额", "county support"),
        Words("市级不超过县级", "the city gives at most what the county gives"), by_body=True,
    ),
    "22.provincial_award": Followed(
        "awards", "prize", Words("省级奖金", "provincial prize"),
        Words("省市 1:1 配套", "province and city one to one"),
    ),
    "30.instrument_use": Followed(
        "instrument_uses", "voucher", Words("省级创新券补助", "provincial voucher"),
        Words("省级 40% 之上再给 20%", "20% on top of the province's 40%"),
    ),
}  # fmt: skip
SOURCES: Final = {
    Fact.Source.DECISION.value: Words("部门决定", "decided by a department"),
    Fact.Source.LIST.value: Words("部门名单", "a department's list"),
    Fact.Source.VERIFIED.value: Words("部门核实", "verified by an office"),
    Fact.Source.DECLARED.value: Words("申报单位自报", "declared by the applicant"),
}


@dataclass(frozen=True)
class Matched:
    """One figure that the sum follows, as it prevails now. value: fen, or whether it is so; None: unknown."""

    followed: Followed
    value: int | bool | None
    source: Words | None
    by: str
    at: datetime | None
    stated: bool  # by another than the applicant

    @property
    def is_sum(self) -> bool:
        """Whether the value is a sum of money."""
        return isinstance(self.value, int) and not isinstance(self.value, bool)


def matched(case: Case) -> list[Matched]:
    """The figures of other bodies that the sum of this case follows, each with its source; unknown stands as such."""
    followed = FOLLOWS.get(case.call.benefit)
    if followed is None:
        return []
    facts = _facts(case, followed)
    if not facts:
        return [Matched(followed, None, None, "", None, stated=False)]
    return [
        Matched(
            followed,
            one.value,
            SOURCES[one.source],
            str(one.stated_by.organisation.name) if one.stated_by else "",
            one.known_from,
            stated=one.source != Fact.Source.DECLARED,
        )
        for one in facts
    ]


def _facts(case: Case, followed: Followed) -> list[Fact]:
    """The prevailing fact of each record: of several sources the first in the order of precedence."""
    ranks = [When(source=source, then=Value(rank)) for rank, source in enumerate(Fact.Source.values)]
    found = Fact.objects.filter(
        organisation=case.organisation_id, record=followed.record, field=followed.field, known_to__isnull=True
    )
    if case.key:
        found = found.filter(key=case.key)
    found = found.select_related("stated_by__organisation").annotate(
        rank=Choice(*ranks, output_field=IntegerField())
    )
    first: dict[str, Fact] = {}
    for one in found.order_by("key", "rank", "-id"):
        first.setdefault(one.key, one)
    return list(first.values())


def check(case: Case) -> None:
    """Raise Refused where another body's figure is wanted and nobody but the applicant has stated it."""
    followed = FOLLOWS.get(case.call.benefit)
    if followed is None or not followed.by_body:
        return
    if not all(one.stated for one in matched(case)):
        raise Refused(
            f"{followed.title.zh}须由区市或部门确认，不以申报单位自报为准，也不按零处理。请先确认。",
            f"The {followed.title.en} must be stated by the district or a department; what the applicant declares does "
            "not count, nor does zero stand for unknown.",
            field="matched",
        )


def say(case: Case, fen: int, *, actor: Membership, at: datetime) -> Fact:
    """The district, or an officer of the department, states the other body's sum of this case, in fen; 0 is none."""
    followed = FOLLOWS.get(case.call.benefit)
    if followed is None or not followed.by_body:
        raise Refused("这一事项不以其他机关的金额为限。", "No other body's sum bounds this benefit.")
    if actor.role not in {Role.DISTRICT, Role.OFFICER} or not rules.may_see(actor, case):
        raise Refused("这一步不由您办理。", "This act is not yours to do.")
    if fen < 0:
        raise Refused("金额不能小于零。", "The sum cannot be below zero.", "matched")
    fact = registry.state(
        case.organisation, followed.record, followed.field, fen, key=case.key, actor=actor, at=at,
        source=Fact.Source.VERIFIED,
    )  # fmt: skip
    record(
        "case.matched_sum_stated", f"case:{case.pk}", actor=actor, at=at, organisation_id=case.organisation_id,
        data={"number": case.number, "amount_fen": fen, "text": f"{followed.title.zh} {yuan(fen)} 元"},
    )  # fmt: skip
    return fact
