"""Who may sit on a panel, and what about the people of one wants a written reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date

from kechuang.accounts.models import Membership
from kechuang.accounts.refusals import Refused
from kechuang.accounts.roles import Role
from kechuang.experts import drawing
from kechuang.experts import rules as of_experts
from kechuang.experts.catalogue import entry
from kechuang.experts.models import Draw, Expert
from kechuang.experts.recusal import People
from kechuang.fulfilment.judging.request_models import RecusalRequest
from kechuang.fulfilment.judging.rubrics import Rubric


def out_of_the_pool(people: Iterable[Membership], today: date) -> list[Membership]:
    """The experts among them whose entry has lapsed, expired or waits for its yearly check, or whose role has ended.

    Officials and reviewers have no entry, and are named by their office.
    """
    chosen = [one for one in people if one.role == Role.EXPERT]
    same, users = People(), {one.user_id for one in chosen}
    entries = Expert.objects.in_bulk(
        [who[1] for user in users if (who := same.of(None, user)) and who[0] == "expert"]
    )
    fit = {
        pk: one.state == Expert.State.CONFIRMED
        and (one.expires_on is None or one.expires_on >= today)
        and of_experts.check_due_on(one) >= today
        for pk, one in entries.items()
    }
    return [
        one
        for one in chosen
        if one.ended_at is not None or not fit.get((same.of(None, one.user_id) or ("", 0))[1], True)
    ]


def must_be_in_the_pool(people: Iterable[Membership], today: date) -> None:
    """Raise Refused, with the names, for whoever is out of the pool."""
    gone = [one.user.name for one in out_of_the_pool(people, today)]
    if gone:
        raise Refused(
            f"{'、'.join(gone)} 的在库资格已暂停、到期或待核对，不能评审：请另选专家。",
            f"{', '.join(gone)} may not judge: the entry in the pool has lapsed, expired or waits for its check. "
            "Choose others.",
            "people",
        )


def must_be_different(people: Iterable[Membership]) -> None:
    """Raise Refused where two of them are one person: by the account, or by entries of the pool that were merged."""
    same, seen = People(), set()
    for one in people:
        person = same.of(None, one.user_id)
        if person in seen:
            raise Refused("同一人只能占一席。", "One person takes one seat.", "people")
        seen.add(person)


def oddities(rubric: Rubric, people: Sequence[Membership], draw: Draw | None, today: date) -> list[str]:
    """What a panel has that wants a written reason: 'size', 'institution'; of a draw, the size alone."""
    found = ["size"] if len(people) != rubric.size else []
    if draw is None and _most_of_one(people, today) > entry().most_of_an_institution:
        found.append("institution")
    return found


def _most_of_one(people: Sequence[Membership], today: date) -> int:
    """How many of these people work at one institution, of those whose institution is known."""
    entries = Expert.objects.filter(user__in=[one.user_id for one in people], merged_into__isnull=True)
    names = Counter(name for some in drawing.institutions(list(entries), today).values() for name in some)
    return max(names.values(), default=0)


def unanswered(cases: Collection[int]) -> int:
    """How many requests on these cases that somebody be kept off wait for an answer."""
    return RecusalRequest.objects.filter(case__in=cases, state=RecusalRequest.State.OPEN).count()


def must_be_answered(cases: Collection[int]) -> None:
    """Refuse that a panel begins while a request on one of its cases is open."""
    left = unanswered(cases)
    if left:
        raise Refused(
            f"有 {left} 项回避申请没有答复，请先答复。",
            f"Requests to keep somebody off that are open: {left}. Answer them first.",
        )
