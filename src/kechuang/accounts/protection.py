"""The trigger that keeps who must stay away (models.Recusal) from writing, whoever asks the database.

Any table on which a person says something about an organisation declares it in its model's Meta:

    triggers = [
        recused_may_not_write(
            "given_by_id",
            "SELECT organisation_id FROM fulfilment_case WHERE id = NEW.case_id",
            when_changed=("given_by_id", "result", "note"),
        ),
    ]

person_column: the column that holds the number of the membership who writes. organisation_sql: a query that gives the
numbers of the organisations that the row is about; NEW is the row. when_changed: columns whose change by an UPDATE is
a word of that person; other changes, such as an approval that is voided later by somebody else, pass. An INSERT is
always looked at. An applicant's own membership passes: in its own affairs it is a party, not a judge.

Actions look beforehand and refuse with a sentence (queries.recused_from); what the database refuses nevertheless
carries the constraint name `REFUSES`, which `plainly` puts into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import pgtrigger
from django.db import IntegrityError, transaction

from kechuang.accounts.models import Membership
from kechuang.accounts.queries import stays_away
from kechuang.accounts.refusals import Refused

REFUSES: Final = "recused_may_not_write"


def recused_may_not_write(
    person_column: str, organisation_sql: str, *, when_changed: Sequence[str] = (), name: str = REFUSES
) -> pgtrigger.Trigger:
    """A trigger for a model's Meta, see above; `name` tells several triggers of one table apart."""
    columns = when_changed or (person_column,)
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.Update,
        when=pgtrigger.Before,
        condition=pgtrigger.Condition(f"NEW.{person_column} IS NOT NULL"),
        func=f"""
            IF TG_OP = 'UPDATE' THEN
                IF NOT ({changed}) THEN RETURN NEW; END IF;
            END IF;
            IF EXISTS (
                SELECT 1 FROM accounts_membership m JOIN accounts_recusal r ON r.user_id = m.user_id
                WHERE m.id = NEW.{person_column} AND m.role NOT IN ('manager', 'clerk') AND r.ended_at IS NULL
                  AND r.organisation_id IN ({organisation_sql})
            ) THEN
                RAISE EXCEPTION '% of %: this person stays away from the organisation', TG_OP, TG_TABLE_NAME
                    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = '{REFUSES}';
            END IF;
            RETURN NEW;
        """,  # noqa: S608 - columns and query are written in a model, nobody's input
    )


def must_not_stay_away(actor: object, organisations: Iterable[int]) -> None:
    """Raises Refused when whoever acts stays away from one of these organisations; the clock never does."""
    if isinstance(actor, Membership) and stays_away(actor, organisations):
        raise recused()


@contextmanager
def plainly() -> Iterator[None]:
    """Undo and put into words what the trigger refuses inside; other faults of the database pass."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != REFUSES:
            raise
        raise recused() from error


def recused() -> Refused:
    """The sentence that whoever stays away gets."""
    return Refused(
        "您需回避该单位的事项，请交由同事办理。",
        "You stay away from this organisation; a colleague does this.",
    )
