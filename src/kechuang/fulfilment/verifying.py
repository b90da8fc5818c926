"""Whether everything still is as it was done: events, ledger, evidence, packs, notices, decisions, panels (`verify`).

Each check derives again what is kept and compares; a problem names the place, what was found and what was expected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.db.models import Count, OuterRef, Subquery, Sum
from django.utils import timezone

from kechuang.entitlements import deriving, versions
from kechuang.entitlements.models import PackVersion
from kechuang.fulfilment import decisions, notices, tally
from kechuang.fulfilment.assessing import assess_case
from kechuang.fulfilment.judging import verifying as judged
from kechuang.fulfilment.judging.evaluated import BEST
from kechuang.fulfilment.models import Case, Decision, Notice, Tally
from kechuang.fulfilment.problems import Check, Problem, further, replayed, told
from kechuang.fulfilment.sealed import sealed_tables
from kechuang.fulfilment.table import transitions
from kechuang.journal import sealing
from kechuang.journal.checking import check_chain
from kechuang.journal.models import Event
from kechuang.policy.language.values import Words
from kechuang.registry.files import path_of
from kechuang.registry.models import Evidence
from kechuang.treasury.checking import check_ledger

CHUNK: Final = 500


def checks() -> tuple[Check, ...]:
    """All checks, in the order in which they are worth reading."""
    return (
        Check(Words("事件链", "events"), _events, _FROM_COPY),
        Check(Words("封签", "seals"), _seals, _ASK_WHO),
        Check(Words("台账", "ledger"), _ledger, _STOP_PAYING),
        Check(Words("政策版本", "pack versions"), _packs, _FROM_COPY),
        Check(Words("证明材料", "evidence"), _evidence, _FROM_COPY),
        Check(Words("公示", "public notices"), _notices, _STOP_PAYING),
        Check(Words("决定", "decisions"), _decisions, _STOP_PAYING),
        Check(Words("申报", "cases"), _cases, _ASK_WHO),
        Check(Words("件数和合计", "counts and sums"), _tally, _COUNT),
        Check(Words("惠企现状", "standings"), _standings, _RENEW),
        Check(Words("专家抽取", "draws of experts"), judged.draws, _DRAW),
        Check(Words("评分表和评审会", "sheets and meetings"), judged.concluded, _MEET),
        Check(Words("金额分配", "allocations"), judged.allocations, _STOP_PAYING),
        *further,
    )


_FROM_COPY: Final = Words(
    "与异地备份或已下载的卷宗比对，从备份恢复原件，查明是谁改动的",
    "compare with a backup or a downloaded dossier, restore what it holds, find out who changed it",
)
_ASK_WHO: Final = Words(
    "查数据库日志，看是谁绕过本站改了这一处；从备份取回原值，或由负责人按现值办理更正",
    "look into the database's log for who wrote past the site; take the value from a backup, or correct it by an act",
)
_STOP_PAYING: Final = Words(
    "先暂缓这一笔的支付，与决定书、银行回单和备份核对，查明后再办理",
    "hold its payment first, compare with the letter, the bank's voucher and a backup, then go on",
)
_COUNT: Final = Words(
    "列表件数以申报为准：从备份恢复件数表，或请运维人员重新计数",
    "cases are what counts: restore the table of counts from a backup, or have the operator count again",
)
_RENEW: Final = Words(
    "单位看到的应享金额以重新推算为准：查数据库日志，再请运维人员重新推算这一家",
    "what is derived again is what counts: look into the database's log, then have the operator renew this standing",
)
_DRAW: Final = Words(
    "本次抽取不得再用：通知相关方，作废后重新准备抽取",
    "use this draw no more: tell the parties, cancel it and prepare another",
)
_MEET: Final = Words(
    "暂停据此评定和拨款，与签字的会议记录和事件中的校验值核对，必要时重新开会",
    "grade and pay nothing by it, compare with the signed minutes and the hashes in the journal, meet again if need be",
)


def _events() -> Iterator[Problem | None]:
    for one in check_chain():
        yield Problem(f"event:{one.number}", one.what, one.found, one.expected)
    yield from [None] * Event.objects.count()


def _seals() -> Iterator[Problem | None]:
    """What the site wrote into each row, column by column, as the database hashed it then."""
    tables = sealed_tables()
    for one in sealing.check_seals(tables):
        yield Problem(f"{one.table}:{one.row}", one.column, one.found, one.expected)
    yield from [None] * sum(sealing.count(table) for table in tables)


def _ledger() -> Iterator[Problem | None]:
    found = check_ledger()
    for one in found:
        yield Problem(one.subject, one.what, one.found, one.expected)
    yield None


def _packs() -> Iterator[Problem | None]:
    for version in PackVersion.objects.iterator(chunk_size=1):
        try:
            versions.kept_pack(version.hash, version)
        except ValueError as error:
            yield Problem(f"pack:{version.hash}", "files", str(error), version.hash)
        else:
            yield None


def _evidence() -> Iterator[Problem | None]:
    for kept in Evidence.objects.values_list("hash", flat=True).distinct().iterator(chunk_size=CHUNK):
        try:
            with path_of(kept).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            found = "missing"
        yield None if found == kept else Problem(f"evidence:{kept}", "sha256", found, kept)


def _notices() -> Iterator[Problem | None]:
    for notice in Notice.objects.prefetch_related("lines__case").iterator(chunk_size=CHUNK):
        place = f"notice:{notice.number}"
        made = notices.hash_of(notice.content)
        if made != notice.hash:
            yield Problem(place, "hash", notice.hash, made)
        listed = [line["case"] for line in notice.content["lines"]]
        kept = [line.case.number for line in notice.lines.all()]
        total = sum(line["sum_fen"] or 0 for line in notice.content["lines"])
        if listed != kept:
            yield Problem(place, "lines", ", ".join(kept), ", ".join(listed))
        if total != notice.content["total_fen"]:
            yield Problem(place, "total_fen", str(notice.content["total_fen"]), str(total))
        yield None


def _decisions() -> Iterator[Problem | None]:
    found = Decision.objects.select_related("case__call", "case__organisation", "case__award", "notice")
    for decision in found.iterator(chunk_size=CHUNK):
        yield from _of_decision(decision)
        yield None


def _of_decision(decision: Decision) -> Iterator[Problem]:
    place, case = f"decision:{decision.number}", decision.case
    made = decisions.hash_of(decision.letter, decision.basis)
    if made != decision.hash:
        yield Problem(place, "hash", decision.hash, made)
    yield from _replayed(decision)
    ceiling = decision.basis["result"].get("case_amount_fen") or 0
    if decision.amount_fen > ceiling:
        yield Problem(place, "amount_fen", str(decision.amount_fen), f"<= {ceiling}")
    if (
        decision.revoked_at is None
        and case.award is not None
        and case.award.amount_fen != decision.amount_fen
    ):
        yield Problem(place, "award", str(case.award.amount_fen), str(decision.amount_fen))
    issued_on = timezone.localdate(decision.issued_at)
    last_day = decision.notice.last_day if decision.notice else None
    if last_day is None or issued_on <= last_day:
        yield Problem(place, "notice", str(issued_on), f"> {last_day}")


def _replayed(decision: Decision) -> Iterator[Problem]:
    """The assessment once more, by the version, day and facts that the decision names: the same bytes."""
    basis, case = decision.basis, decision.case
    graded = BEST if case.call.rubric else ""  # some grade was known: nothing is decided on a supposed one
    probe = Case(
        organisation=case.organisation,
        organisation_id=case.organisation_id,
        call=case.call,
        key=case.key,
        version_id=basis["pack"],
        on=datetime.fromisoformat(basis["on"]).date(),
        year=basis["year"],
        grade=graded,
    )
    again = assess_case(probe, datetime.fromisoformat(basis["known_at"])).as_plain()
    yield from replayed(f"decision:{decision.number}", basis["result"], again)


def _tally() -> Iterator[Problem | None]:
    """What lists count and sum without counting, counted and summed."""
    kept = tally.per_state(Tally.objects.all(), Sum("cases", default=0))
    counted = tally.per_state(Case.objects.all(), Count("pk"))
    for number, state in sorted(kept.keys() | counted.keys()):
        found, expected = kept.get((number, state)), counted.get((number, state))
        wrong = found != expected
        yield Problem(f"call:{number}", f"tally of {state}", str(found), str(expected)) if wrong else None


def _standings() -> Iterator[Problem | None]:
    """What each organisation stands to get, by the version, day and facts that it was worked out by."""
    for one, again in deriving.derived():
        kept = {name: getattr(one, name) for name in again}
        if kept == again:
            yield None
        else:
            yield from told(f"standing:{one.organisation.uscc} {one.year}", kept, again)


def _cases() -> Iterator[Problem | None]:
    """The state of every case is the one that its last move led to, and its revision the one of its last event."""
    moves = [f"case.{command}" for command in transitions()]
    moved = Event.objects.filter(subject=OuterRef("subject"), kind__in=moves).order_by("-number")
    said = Event.objects.filter(subject=OuterRef("subject"), data__has_key="revision").order_by("-number")
    last = {
        row["subject"]: row
        for row in Event.objects.filter(kind__in=["case.started", "case.offered"])
        .annotate(
            to=Subquery(moved.values("data__to")[:1]), revision=Subquery(said.values("data__revision")[:1])
        )
        .values("subject", "kind", "to", "revision")
    }
    for case in Case.objects.only("number", "state", "revision").iterator(chunk_size=CHUNK):
        row = last.get(f"case:{case.pk}")
        if row is None:
            yield Problem(f"case:{case.number}", "events", "none", "case.started")
            continue
        expected = row["to"] or {"case.started": "draft", "case.offered": "offered"}[row["kind"]]
        if case.state != expected:
            yield Problem(f"case:{case.number}", "state", case.state, expected)
        yield None
