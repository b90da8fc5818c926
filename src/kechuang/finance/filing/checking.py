"""What a well-written line is held against: the filer's own book, and what pools have shared of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from kechuang.accounts.models import Organisation
from kechuang.exchange.intake import shown
from kechuang.finance.filing.kinds import FilingKind, without_code
from kechuang.finance.models import FiledLine, PoolEntry
from kechuang.fulfilment.models import Case
from kechuang.policy.language.values import Words, yuan
from kechuang.policy.language.vocabulary import Field
from kechuang.registry.lists.reading import Organisations
from kechuang.registry.lists.rows import Said

CHECK: Final = Words("请核对后改正", "check and correct it")
STARTS: Final = {"loans": ("signed_on", "due_on"), "covers": ("starts_on", "ends_on")}
"""First and last day of what a record is about."""
HAPPENED: Final = {
    "loans": ("signed_on",),
    "interests": ("signed_on",),
    "covers": ("paid_on",),
    "claims": ("claimed_on", "paid_on"),
    "losses": ("lost_on",),
}
"""Days of what has happened: none lies after the day of the filing."""
BRANCH: Final = "branch"
SUBSIDISED: Final = ("27.branch_interest",)
"""What the city grants on branch loans, for so many years."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who files which kind on which day; spells: from when to when it was a selected partner."""

    filer: Organisation
    kind: FilingKind
    spells: tuple[tuple[date, date | None], ...]
    today: date

    def selected_on(self, day: str | None) -> bool:
        """Whether it was a selected partner on a day in ISO 8601; never on an unknown day."""
        return was_selected(self.spells, None if day is None else date.fromisoformat(day))


def was_selected(spells: Iterable[tuple[date, date | None]], on: date | None) -> bool:
    """Whether a day lies within one of these spells; never an unknown day."""
    return on is not None and any(since <= on and (until is None or on <= until) for since, until in spells)


@dataclass(frozen=True, slots=True)
class Book:
    """What stands in the filer's book of the organisations of a part.

    loans by (organisation, number); the covers of a policy likewise, as they stand once the part is taken; claims by
    (organisation, key), claimed: the claims of a policy; shared: day and sum of
    the losses that pools have shared, by number; granted: the principal of the filer's bottleneck loans by the year of
    signing; interest: the years and the counted years of subsidy of the filer's branch loans, by organisation;
    awarded: the years for which the city has granted it.
    """

    loans: Mapping[tuple[int, str], Mapping[str, Any]]
    covers: Mapping[tuple[int, str], Sequence[Mapping[str, Any]]]
    claims: Mapping[tuple[int, str], Mapping[str, Any]]
    claimed: Mapping[tuple[int, str], Sequence[Mapping[str, Any]]]
    shared: Mapping[str, tuple[str, int]]
    granted: Mapping[int, int]
    interest: Mapping[int, Sequence[tuple[int, int]]]
    awarded: Mapping[int, Sequence[int]]

    @classmethod
    def of(cls, sender: Sender, organisations: Organisations, part: Sequence[Said]) -> Book:
        """The book as far as this kind of filing looks into it."""
        numbers = [number for number, _ in organisations.values()]
        lines = FiledLine.objects.filter(
            filer=sender.filer,
            organisation_id__in=numbers,
            record__in=["loans", "covers", "claims"],
            ended_at__isnull=True,
        )
        loans, claims = {}, {}
        by_key: dict[tuple[int, str], Mapping[str, Any]] = {}
        for record, one, key, values in lines.values_list("record", "organisation_id", "key", "values"):
            if record == "loans":
                loans[one, values["number"]] = values
            elif record == "claims":
                claims[one, key] = values
            else:
                by_key[one, key] = values
        if sender.kind.record == "covers":
            _put_in(by_key, organisations, part)
        covers = _by_number(by_key)
        claimed = _by_number(claims)
        return cls(
            loans,
            covers,
            claims,
            claimed,
            _shared(sender),
            _granted(sender),
            _interest(sender, numbers),
            _awarded(sender, numbers),
        )


def _put_in(
    policies: dict[tuple[int, str], Mapping[str, Any]], organisations: Organisations, part: Sequence[Said]
) -> None:
    """Let the covers of a part stand in place of, or beside, those that are known."""
    for said in part:
        if not said.faults and said.code in organisations:
            place = (organisations[said.code][0], said.key)
            policies[place] = {**policies.get(place, {}), **said.after}


def _by_number(
    records: Mapping[tuple[int, str], Mapping[str, Any]],
) -> dict[tuple[int, str], list[Mapping[str, Any]]]:
    """Records by organisation and key as lists by organisation and number."""
    found: defaultdict[tuple[int, str], list[Mapping[str, Any]]] = defaultdict(list)
    for (organisation, _), values in records.items():
        found[organisation, values["number"]].append(values)
    return dict(found)


def _shared(sender: Sender) -> dict[str, tuple[str, int]]:
    if sender.kind.record != "losses":
        return {}
    found = PoolEntry.objects.filter(act=PoolEntry.Act.LOSE, line__filer=sender.filer)
    told = [values for (values,) in found.values_list("line__values")]
    return {one["number"]: (one["lost_on"], one["amount"]) for one in told}


def _granted(sender: Sender) -> dict[int, int]:
    if sender.kind.record != "balances":
        return {}
    lines = FiledLine.objects.filter(
        filer=sender.filer, record="loans", values__kind="bottleneck", ended_at__isnull=True
    )
    found: defaultdict[int, int] = defaultdict(int)
    for (values,) in lines.values_list("values"):
        found[date.fromisoformat(values["signed_on"]).year] += values["principal"]
    return found


def _interest(sender: Sender, organisations: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    if sender.kind.record == "interests":
        lines = FiledLine.objects.filter(
            filer=sender.filer,
            organisation_id__in=organisations,
            record="interests",
            values__kind=BRANCH,
            ended_at__isnull=True,
        )
        for organisation, values in lines.values_list("organisation_id", "values"):
            found[organisation].append((int(values["year"]), int(values.get("subsidy_years") or 0)))
    return found


def _awarded(sender: Sender, organisations: Sequence[int]) -> dict[int, list[int]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    if sender.kind.record == "interests":
        cases = Case.objects.filter(
            organisation_id__in=organisations, call__benefit__in=SUBSIDISED, award__isnull=False
        )
        for organisation, year in cases.values_list("organisation_id", "call__year"):
            found[organisation].append(year)
    return found


_Wrong = tuple[str, str, Words, Words]


def wrong(said: Said, organisation: int, sender: Sender, book: Book) -> Iterable[_Wrong]:
    """What is wrong with a line that is well written: column, found, expected, what to do."""
    kind, after = sender.kind, said.after
    fields = kind.sheet.fields
    place = (organisation, str(after.get("number")))
    if (kind.of == "loans" and place not in book.loans) or (kind.of == "covers" and place not in book.covers):
        words = Words("本单位已报送的贷款或保单", "a loan or policy that your organisation has filed")
        remedy = Words("请先报送这笔贷款或保单", "file the loan or policy first")
        yield fields["number"].title.zh, shown(without_code(after["number"])), words, remedy
    if kind.record == "balances":
        yield from _whose_balance(said, organisation, sender)
        if organisation == sender.filer.pk:
            yield from _granted_enough(after, fields, book)
    yield from _not_yet(after, fields, kind, sender.today)
    if kind.record == "claims":
        known = book.claims.get((organisation, said.key), {})
        yield from _against_cover({**known, **after}, book.covers.get(place, ()), fields)
    if kind.record == "covers":
        yield from _still_covers(after, organisation, fields, book)
    first, last = STARTS.get(kind.record, ("", ""))
    if after.get(first) and after.get(last) and after[last] < after[first]:
        words = Words(f"不早于{fields[first].title.zh}", f"no earlier than {fields[first].title.en}")
        yield fields[last].title.zh, after[last], words, CHECK
    loan = book.loans.get(place, {}) if kind.record != "loans" or kind.of else {}
    yield from against_loan(after, loan, fields, kind)
    if kind.record == "interests" and after["kind"] == BRANCH:
        yield from _counts_on(after, organisation, fields, book)
    yield from _shared_already(after, fields, book)
    balance, principal = after.get("balance"), after.get("principal", loan.get("principal"))
    if balance is not None and principal is not None and balance > principal:
        words = Words(f"不超过本金 {yuan(principal)} 元", f"at most the principal of {yuan(principal)} yuan")
        yield fields["balance"].title.zh, yuan(balance), words, CHECK


def _not_yet(
    after: Mapping[str, Any], fields: Mapping[str, Field], kind: FilingKind, today: date
) -> Iterable[_Wrong]:
    """Days and years of what has happened that lie after the day of the filing."""
    for name in HAPPENED.get(kind.record, ()):
        if name in fields and after.get(name) and date.fromisoformat(after[name]) > today:
            words = Words(f"不晚于报送当日 {today}", f"no later than the day of the filing, {today}")
            yield fields[name].title.zh, after[name], words, CHECK
    if "year" in fields and after.get("year") and int(after["year"]) > today.year:
        words = Words(f"不晚于报送当年 {today.year}", f"no later than the year of the filing, {today.year}")
        yield fields["year"].title.zh, str(after["year"]), words, CHECK


def _against_cover(
    claim: Mapping[str, Any], covers: Sequence[Mapping[str, Any]], fields: Mapping[str, Field]
) -> Iterable[_Wrong]:
    """A claim arises within its policy, is paid no earlier, and is no more than what the policy insures.

    A policy of several kinds of cover insures the sum of them all; one whose sum is not filed sets no limit.
    """
    arose, paid, amount = claim["claimed_on"], claim.get("paid_on"), claim.get("amount")
    if paid and paid < arose:
        words = Words(f"不早于出险日 {arose}", f"no earlier than the day of the loss, {arose}")
        yield fields["paid_on"].title.zh, paid, words, CHECK
    if not covers:
        return
    if not any(one["starts_on"] <= arose <= one["ends_on"] for one in covers):
        first, last = min(one["starts_on"] for one in covers), max(one["ends_on"] for one in covers)
        words = Words(f"在保险期内：{first} 至 {last}", f"within the cover, from {first} to {last}")
        remedy = Words("请核对后改正；保险期有误的先更正保单", "check and correct it, or the policy first")
        yield fields["claimed_on"].title.zh, arose, words, remedy
    if not all("sum_insured" in one for one in covers):
        return
    most = sum(one["sum_insured"] for one in covers)
    if amount is not None and amount > most:
        words = Words(f"不超过保额 {yuan(most)} 元", f"at most the sum insured of {yuan(most)} yuan")
        remedy = Words("请核对后改正；保额有误的先更正保单", "check and correct it, or the policy first")
        yield fields["amount"].title.zh, yuan(amount), words, remedy


def _still_covers(
    after: Mapping[str, Any], organisation: int, fields: Mapping[str, Field], book: Book
) -> Iterable[_Wrong]:
    """Claims that were filed of the policy lie within it and below what it insures, once it is filed so."""
    covers = book.covers.get((organisation, after["number"]), ())
    remedy = Words("请核对后改正；赔案有误的先更正赔案", "check and correct it, or the claim first")
    for claim in book.claimed.get((organisation, after["number"]), ()):
        name, arose, amount = shown(claim["claim"]), claim["claimed_on"], claim.get("amount")
        if not any(one["starts_on"] <= arose <= one["ends_on"] for one in covers):
            column = "starts_on" if arose < after["starts_on"] else "ends_on"
            words = Words(
                f"含已报送的赔案 {name} 的出险日 {arose}",
                f"to hold claim {name} on file, which arose on {arose}",
            )
            yield fields[column].title.zh, after[column], words, remedy
        most = sum(one.get("sum_insured", 0) for one in covers)
        if amount is not None and amount > most and all("sum_insured" in one for one in covers):
            words = Words(
                f"保单各险种合计不低于已报送的赔案 {name} 的赔付金额 {yuan(amount)} 元",
                f"the policy insures at least the {yuan(amount)} yuan of claim {name} on file",
            )
            yield fields["sum_insured"].title.zh, yuan(after.get("sum_insured", 0)), words, remedy


def against_loan(
    after: Mapping[str, Any], loan: Mapping[str, Any], fields: Mapping[str, Any], kind: FilingKind
) -> Iterable[_Wrong]:
    """What does not agree with one's own loan of that number, where one is filed."""
    if not loan:
        return
    signed, other = after.get("signed_on"), loan.get("signed_on")
    if signed and other and signed != other:
        words = Words(f"与贷款报送的一致：{other}", f"as filed for the loan: {other}")
        yield fields["signed_on"].title.zh, signed, words, CHECK
    if kind.record == "interests":
        yield from _bears_interest(after, loan, fields)
        yield from _at_most(after, "principal", loan.get("principal"), fields, Words("借款本金", "principal"))
    if kind.record == "losses":
        whole = loan.get("balance", loan.get("principal"))
        yield from _at_most(after, "amount", whole, fields, Words("贷款余额", "balance"))
        if other and after["lost_on"] < other:
            words = Words(f"不早于合同签订日 {other}", f"no earlier than the contract of {other}")
            yield fields["lost_on"].title.zh, after["lost_on"], words, CHECK


def _at_most(
    after: Mapping[str, Any], name: str, most: int | None, fields: Mapping[str, Field], of: Words
) -> Iterable[_Wrong]:
    """A sum of a line that is no more than its loan's principal or balance."""
    given = after.get(name)
    if given is not None and most is not None and given > most:
        words = Words(f"不超过{of.zh} {yuan(most)} 元", f"at most the loan's {of.en} of {yuan(most)} yuan")
        yield fields[name].title.zh, yuan(given), words, CHECK


def _bears_interest(
    after: Mapping[str, Any], loan: Mapping[str, Any], fields: Mapping[str, Field]
) -> Iterable[_Wrong]:
    """The kind is the loan's; the days are no more than the loan's period shares with the year."""
    if after["kind"] != loan.get("kind"):
        words = Words("与贷款报送的类别一致", "the kind that was filed for the loan")
        yield fields["kind"].title.zh, shown(str(after["kind"])), words, CHECK
    first, last, year = loan.get("signed_on"), loan.get("due_on"), int(after["year"])
    if first is None or last is None:
        return
    begins = max(date.fromisoformat(first), date(year, 1, 1))
    ends = min(date.fromisoformat(last), date(year + 1, 1, 1))
    most = max((ends - begins).days, 0)
    if after["interest_days"] > most:
        words = Words(
            f"至多 {most} 天：{year} 年与借款期 {first} 至 {last} 共有的天数",
            f"at most {most} days: what {year} shares with the loan from {first} to {last}",
        )
        yield fields["interest_days"].title.zh, str(after["interest_days"]), words, CHECK


def _counts_on(
    after: Mapping[str, Any], organisation: int, fields: Mapping[str, Field], book: Book
) -> Iterable[_Wrong]:
    """The years of subsidy are no fewer than what the city has granted and what was filed for earlier years."""
    given, year = after.get("subsidy_years"), int(after["year"])
    if given is None:
        return
    granted = len({one for one in book.awarded.get(organisation, ()) if one < year})
    filed = max((count for one, count in book.interest.get(organisation, ()) if one < year), default=0)
    least = max(granted, filed) + 1
    if given < least:
        words = Words(
            f"至少第 {least} 年：此前已兑付 {granted} 年，已报送至第 {filed} 年",
            f"at least year {least}: {granted} earlier years are granted, year {filed} is filed",
        )
        yield fields["subsidy_years"].title.zh, str(given), words, CHECK


def _shared_already(after: Mapping[str, Any], fields: Mapping[str, Field], book: Book) -> Iterable[_Wrong]:
    """A loss that a pool has shared stays as it was filed."""
    before = book.shared.get(str(after.get("number")))
    if before is None or before == (after["lost_on"], after["amount"]):
        return
    lost_on, amount = before
    words = Words(
        f"已由资金池分担：{lost_on}，{yuan(amount)} 元", f"shared by a pool: {lost_on}, {yuan(amount)} yuan"
    )
    remedy = Words(
        "不再报送；有误的请联系主管部门", "do not file it again; ask the department if it is wrong"
    )
    yield fields["amount"].title.zh, yuan(after["amount"]), words, remedy


def _granted_enough(after: Mapping[str, Any], fields: Mapping[str, Field], book: Book) -> Iterable[_Wrong]:
    """What a bank states as newly granted is no more than the loans that it has filed."""
    if after["kind"] != "bottleneck_new":
        return
    most = book.granted.get(int(after["year"]), 0)
    if after["amount"] > most:
        words = Words(
            f"不超过已报送的当年攻关贷本金合计 {yuan(most)} 元",
            f"at most the {yuan(most)} yuan of bottleneck loans of the year that you have filed",
        )
        remedy = Words("请先报送这些贷款，或更正余额", "file these loans first, or correct the balance")
        yield fields["amount"].title.zh, yuan(after["amount"]), words, remedy


def _whose_balance(said: Said, organisation: int, sender: Sender) -> Iterable[_Wrong]:
    """Newly granted bottleneck loans are the bank's own figure; what is owed is the debtor's."""
    own = organisation == sender.filer.pk
    if (said.after["kind"] == "bottleneck_new") == own:
        return
    words = Words(
        "新增攻关贷余额填本行代码，企业贷款余额填企业代码",
        "your own code for newly granted bottleneck loans, the enterprise's code for what it owes",
    )
    yield "主体代码", shown(said.code), words, CHECK
