"""What clients were told, held against what a site has kept: `python -m treasury.site_check ACTS`, a file of JSON.

Prints what does not hold. An act whose answer came is in the journal, once; one that was refused is not; and of one
that was sent again and again there is never a second.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import django

from treasury.clients import DONE, MOVES, Act

Done = tuple[str, str]
"""What an act leaves in the journal: the kind of its event, and what it is about."""
ONCE = {
    "batch.prepared",
    "batch.sent",
    "batch.withdrawn",
    "payment.paid",
    "payment.returned",
    "payment.withdrawn",
}
ONCE |= {f"case.{command}" for commands in MOVES.values() for command in commands}  # at one revision
KINDS = ONCE | {"batch.approved"}  # again after a payment was taken out
OF_BATCHES = {"approve": "batch.approved", "sent": "batch.sent", "withdraw": "batch.withdrawn"}


def unkept(acts: list[Act]) -> list[str]:
    """Acts that are lost, were done though refused, or were done twice."""
    journal, withdrawn = _journal(), _withdrawn()
    times = Counter[Done]()
    for (_, done), many in journal.items():
        times[done] += many
    found, asked = [], Counter[tuple[int, Done]]()
    for act in acts:
        for done in left_by(act):
            if act.status == DONE and not times[done] and done[1] not in withdrawn:
                found.append(f"acknowledged and lost: {done} {act}")
            if act.status == DONE or act.unanswered:
                asked[act.user, done] += 1
    _grant_late_batches(acts, journal, asked)
    people = {act.user for act in acts}
    found += [
        f"{many} times by {user}, asked for {asked[user, done]} times: {done}"
        for (user, done), many in journal.items()
        if user in people and many > asked[user, done]
    ]
    return found + [f"twice: {done}" for done, many in times.items() if many > 1 and done[0] in ONCE]


def _grant_late_batches(
    acts: list[Act], journal: Counter[tuple[int | None, Done]], asked: Counter[tuple[int, Done]]
) -> None:
    """A first asking may be done after its second was refused: one batch for each that was met with silence."""
    silent = Counter(
        act.user for act in acts if act.path == "treasury/batches" and act.unanswered and act.status != DONE
    )
    for user, done in journal:
        if user in silent and done[0] == "batch.prepared" and not asked[user, done] and silent[user] > 0:
            silent[user] -= 1
            asked[user, done] += 1


def left_by(act: Act) -> Iterator[Done]:
    """The events that an act leaves. Of a batch its number is known from the answer only."""
    match act.path.split("/"):
        case ["cases", number, "acts", command]:
            yield f"case.{command}", f"{number} {act.body['revision'] + 1}"
        case ["treasury", "batches"] if act.status == DONE:
            yield "batch.prepared", act.answer["number"]
        case ["treasury", "batches", _, "results"]:
            for one in act.body["results"]:
                yield f"payment.{'paid' if one['paid'] else 'returned'}", one["number"]
        case ["treasury", "batches", _, "payments", number, "withdraw"]:
            yield "payment.withdrawn", number
        case ["treasury", "batches", number, command]:
            yield OF_BATCHES[command], number


def _withdrawn() -> set[str]:
    """Batches and payments that were taken back: a payment with its batch, a batch with its last payment."""
    from kechuang.treasury.models import Batch, Payment

    return {
        one
        for model in (Batch, Payment)
        for one in model.objects.filter(state="withdrawn").values_list("number", flat=True)
    }


def _journal() -> Counter[tuple[int | None, Done]]:
    """How often who did what, of the kinds that clients do."""
    from kechuang.journal.models import Event
    from kechuang.treasury.models import Batch

    numbers = {f"batch:{pk}": number for pk, number in Batch.objects.values_list("pk", "number")}
    found: Counter[tuple[int | None, Done]] = Counter()
    for user, kind, subject, data in Event.objects.values_list("user_id", "kind", "subject", "data"):
        if kind.startswith("payment."):
            about = data["payment"]
        elif subject in numbers:
            about = numbers[subject]
        elif kind.startswith("case.") and "revision" in data:
            about = f"{data['number']} {data['revision']}"
        else:
            continue
        if kind in KINDS:
            found[user, (kind, about)] += 1
    return found


def main(file: Path) -> None:
    from treasury.sound import unsound

    acts = [Act(**one) for one in json.loads(file.read_text())]
    sys.stdout.write(json.dumps(unkept(acts) + unsound(), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    django.setup()
    main(Path(sys.argv[1]))
