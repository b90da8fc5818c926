"""Risk pools from their moves, letters from the facts and filed lines of their moment: checks for `kechuang verify`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from django.db.models import Q

from kechuang.entitlements import results
from kechuang.entitlements.standing import assess_organisation
from kechuang.finance import letters
from kechuang.finance.filing.kinds import number_of
from kechuang.finance.models import FiledLine, Letter, Pool, PoolEntry, Share
from kechuang.finance.splitting import split
from kechuang.fulfilment.problems import Check, Problem, replayed, told
from kechuang.journal.models import Event
from kechuang.policy.language.values import Words
from kechuang.policy.language.vocabulary import load_vocabulary
from kechuang.registry.models import Fact

Act = PoolEntry.Act
CHUNK: Final = 500
_MOVES: Final[Mapping[str, Mapping[str, int]]] = {
    Act.CONTRIBUTE: {"balance_fen": 1},
    Act.WITHDRAW: {"balance_fen": -1},
    Act.RESERVE: {"reserved_fen": 1},
    Act.RELEASE: {"reserved_fen": -1},
    Act.LOSE: {"balance_fen": -1, "lost_fen": 1},
    Act.RECOVER: {"balance_fen": 1, "recovered_fen": 1},
}
"""What each act moves, and in which direction."""
_TAKES: Final = frozenset({Act.WITHDRAW, Act.RESERVE, Act.LOSE})
"""Acts after which a pool holds what it owes, unless a finding says why not."""


def checks() -> list[Check]:
    """The checks of this room."""
    return [
        Check(
            Words("风险资金池", "risk pools"),
            pools,
            Words(
                "暂停这个资金池的出款，与银行对账单、出资和损失的原始文件核对，以冲正的办法更正",
                "pay nothing from the pool, compare with bank statements and the papers of its moves, "
                "correct by an entry",
            ),
        ),
        Check(
            Words("推荐函和确认函", "letters"),
            letters_written,
            Words(
                "不要据此放款或推荐：与已发出的函和银行报送的原表核对，作废后重新出函",
                "lend and recommend nothing by it: compare with the letter as sent and the filed file, write it anew",
            ),
        ),
    ]


def pools() -> Iterator[Problem | None]:
    """Every total of every pool from its entries, every shared loss and recovery by the declared ratios."""
    for pool in Pool.objects.order_by("pk"):
        entries = list(pool.entries.order_by("pk").select_related("line", "answers"))
        shares = list(pool.shares.all())
        yield from _totals(pool, entries)
        yield from _parts(pool, entries, shares)
        yield from _as_told(pool, entries)
        yield from [None] * (1 + len(entries))


def _totals(pool: Pool, entries: Sequence[PoolEntry]) -> Iterator[Problem]:
    """The totals entry by entry: never below zero, nor below what is reserved, without a finding."""
    totals: Counter[str] = Counter()
    held: Counter[int | None] = Counter()
    for one in entries:
        for name, sign in _MOVES[one.act].items():
            totals[name] += sign * one.amount_fen
        held[one.organisation_id] += _MOVES[one.act].get("reserved_fen", 0) * one.amount_fen
        least = max(totals["reserved_fen"], 0)
        if one.act in _TAKES and not one.finding and totals["balance_fen"] < least:
            yield Problem(f"pool_entry:{one.pk}", "balance_fen", str(totals["balance_fen"]), f">= {least}")
        if held[one.organisation_id] < 0:
            yield Problem(f"pool_entry:{one.pk}", "reserved_fen", str(held[one.organisation_id]), ">= 0")
    names = ("balance_fen", "reserved_fen", "lost_fen", "recovered_fen")
    kept = {name: getattr(pool, name) for name in (*names, "entries_counted")}
    again = {name: totals[name] for name in names} | {"entries_counted": len(entries)}
    yield from told(f"pool:{pool.pk}", kept, again)


def _parts(pool: Pool, entries: Sequence[PoolEntry], shares: Sequence[Share]) -> Iterator[Problem]:
    """What each party bears of a loss and gets of a recovery, and what of it is the pool's."""
    ratios = [Fraction(one.numerator, one.denominator) for one in shares]
    if sum(ratios) != 1:
        yield Problem(f"pool:{pool.pk}", "ratios", str(sum(ratios)), "1")
        return
    borne = {one.party for one in shares if one.borne_by_pool}
    left: dict[int, dict[str, int]] = {}
    for one in entries:
        if one.act not in {Act.LOSE, Act.RECOVER}:
            continue
        whole = one.whole_fen or 0
        if one.act == Act.LOSE:
            made = dict(zip((share.party for share in shares), split(whole, ratios), strict=True))
            left[one.pk] = dict(made)
            yield from _of_line(one)
        else:
            open_ = left.get(one.answers_id or 0, {})
            if whole > sum(open_.values()):
                yield Problem(f"pool_entry:{one.pk}", "whole_fen", str(whole), f"<= {sum(open_.values())}")
                continue
            made = dict(zip(open_, split(whole, list(open_.values())), strict=True))
            left[one.answers_id or 0] = {party: fen - made[party] for party, fen in open_.items()}
        kept = {"amount_fen": one.amount_fen, "parts": one.parts}
        again = {"amount_fen": sum(fen for party, fen in made.items() if party in borne), "parts": made}
        yield from told(f"pool_entry:{one.pk}", kept, again)


def _of_line(loss: PoolEntry) -> Iterator[Problem]:
    """The loss that was shared is the one that its bank has filed."""
    if loss.line is not None:
        filed = {"whole_fen": loss.line.values["amount"], "loan": loss.line.values["number"]}
        yield from told(f"pool_entry:{loss.pk}", {"whole_fen": loss.whole_fen, "loan": loss.loan}, filed)


def _as_told(pool: Pool, entries: Sequence[PoolEntry]) -> Iterator[Problem]:
    """Entries and events tell the same, one by one; what a loss releases by itself has no event of its own."""
    moves = [
        one
        for one, after in zip(entries, [*entries[1:], None], strict=True)
        if not (after and _releases_for(one, after))
    ]
    kinds = [f"pool.{act}" for act in _MOVES]
    events = list(Event.objects.filter(subject=f"pool:{pool.pk}", kind__in=kinds).order_by("number"))
    if len(events) != len(moves):
        yield Problem(f"pool:{pool.pk}", "entries", str(len(moves)), f"{len(events)} events")
        return
    for one, event in zip(moves, events, strict=True):
        kept = {"act": one.act, "amount_fen": one.amount_fen, "parts": one.parts, "finding": one.finding}
        yield from told(
            f"pool_entry:{one.pk}", kept, {name: event.data.get(name) for name in kept}, "as told: "
        )


def _releases_for(one: PoolEntry, after: PoolEntry) -> bool:
    same = one.organisation_id == after.organisation_id and one.made_at == after.made_at
    return same and one.act == Act.RELEASE and after.act == Act.LOSE


def letters_written() -> Iterator[Problem | None]:
    """Every letter once more by its version, day and facts; of measure 23 from the filed lines of its moment too."""
    found = Letter.objects.select_related("organisation", "version").order_by("pk")
    for letter in found.iterator(chunk_size=CHUNK):
        yield from _of_letter(letter)
        yield None


def _of_letter(letter: Letter) -> Iterator[Problem]:
    place, benefit = f"letter:{letter.number}", letters.benefit_of(letter)
    again = assess_organisation(
        letter.organisation,
        letter.version_id,
        on=letter.on,
        year=letter.year,
        known_at=letter.known_at,
    ).results[letter.benefit]
    yield from replayed(place, letter.result, results.as_plain(again))
    kept = {"amount_fen": letter.amount_fen, "once": letter.once}
    yield from told(place, kept, {"amount_fen": again.amount, "once": letters.is_once(benefit)})
    event = Event.objects.filter(subject=f"letter:{letter.pk}", kind="letter.prepared").first()
    if event is None:
        yield Problem(place, "event", "none", "letter.prepared")
    elif event.data.get("hash") and event.data["hash"] != letters.content_hash(letter):
        yield Problem(place, "content", letters.content_hash(letter), event.data["hash"])
    if benefit.measure == "23":
        yield from _lines(letter)
    if benefit.id in letters.OF_ONE_LOAN:
        day = letters.Day(letter.on, letter.year, letter.known_at)
        good = [
            str(one["number"])
            for one in letters.qualifying(benefit, letter.organisation, day, letter.version_id)
        ]
        if letter.loan not in good:
            yield Problem(place, "loan", letter.loan, " / ".join(good) or "none qualifies")


def _lines(letter: Letter) -> Iterator[Problem]:
    """What stood in the banks' books when the letter was prepared is what was known of the organisation's loans.

    A fact that the city has corrected after a dispute rests on no filing, and is left as the city has it.
    """
    at, own = (
        letter.known_at,
        Q(organisation=letter.organisation_id, record="loans", known_from__lte=letter.known_at),
    )
    lines = FiledLine.objects.filter(own, Q(ended_at__isnull=True) | Q(ended_at__gt=at))
    facts = Fact.objects.filter(own, Q(known_to__isnull=True) | Q(known_to__gt=at), source=Fact.Source.LIST)
    known = {(one.key, one.field): one for one in facts}
    fields = load_vocabulary().records["loans"].fields
    for line in lines:
        for name, filed in line.values.items():
            fact = known.get((line.key, name))
            if name not in fields or (fact is not None and fact.list_import_id is None):
                continue
            value = None if fact is None else fact.value
            if value != filed:
                yield Problem(
                    f"letter:{letter.number}",
                    f"loan {number_of(line.values)}: {name}",
                    str(value),
                    str(filed),
                )
