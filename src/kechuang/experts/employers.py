"""Which institutions people work at, whether an employer is an organisation of the house or given by its name alone.

Somebody may have typed the name of an enterprise before it registered: a name stands for every organisation that bears
it exactly, blanks left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kechuang.accounts.models import Organisation
from kechuang.experts.models import Employment


def compact(name: str) -> str:
    """A name without blanks."""
    return "".join(name.split())


def organisations_of(rows: Iterable[Employment]) -> dict[int, set[int]]:
    """The organisations that employments mean, by the number of each; none where no organisation bears the name."""
    found = {one.pk: {one.organisation_id} if one.organisation_id else set() for one in rows}
    typed = {one.pk: one.employer for one in rows if not one.organisation_id}
    called: dict[str, set[int]] = {}
    spelt = {name for employer in typed.values() for name in (employer, compact(employer))}
    for pk, name in Organisation.objects.filter(name__in=spelt).values_list("pk", "name"):
        called.setdefault(compact(name), set()).add(pk)
    for pk, employer in typed.items():
        found[pk] |= called.get(compact(employer), set())
    return found


def names_of(rows: Iterable[Employment]) -> dict[int, set[str]]:
    """What the institutions of employments are called inside: organisations by number, others by name."""
    there = list(rows)
    organisations = organisations_of(there)
    return {
        one.pk: {f"organisation:{pk}" for pk in organisations[one.pk]} or {compact(one.employer)}
        for one in there
    }


def drawn_at_least(people: Iterable[Collection[str]], most: int) -> int:
    """How many of these people, each with institutions, a draw takes whatever its order: of each, `most` at most.

    People whose institutions hang together by somebody who works at two may keep each other off in an unlucky order,
    so that of each such group no more than `most` are sure.
    """
    groups: list[tuple[set[str], int]] = []
    alone = 0
    for institutions in people:
        if not institutions:
            alone += 1
            continue
        names, size, apart = set(institutions), 1, []
        for others, number in groups:
            if names & others:
                names, size = names | others, size + number
            else:
                apart.append((others, number))
        groups = [*apart, (names, size)]
    return alone + sum(min(size, most) for _, size in groups)
