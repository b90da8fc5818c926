"""Answers to questions about facts are saved: those that differ from what the form showed, and over nobody's else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from kechuang.accounts.models import Membership, Organisation
from kechuang.accounts.refusals import Refused
from kechuang.policy.language.values import Value
from kechuang.reader.templatetags.kechuang import language
from kechuang.registry import actions, queries, showing, values
from kechuang.registry.actions.stating import lock_organisation
from kechuang.registry.forms import Asked, FactForm


def saved(
    form: FactForm, organisation: Organisation, names: Iterable[str], *, actor: Membership, at: datetime
) -> bool:
    """State what was answered to these questions, and take back what was emptied; all or nothing.

    False, with the sentence beside its question in the form, where a colleague has changed the value since the form was
    shown, and for what cannot be.
    """
    changed = [form.asked[name] for name in names if form.differs(name)]
    try:
        with transaction.atomic():
            lock_organisation(organisation.pk)
            for one in changed:
                _check_unchanged(organisation, one, form.shown(one.name), form.cleaned_data.get(one.name))
            _say(form, organisation, changed, actor, at)
    except Refused as refused:
        place = next((one.name for one in changed if refused.field in {one.name, one.field}), None)
        form.add_error(place, refused.words.pick(language()))
        return False
    return True


def _say(
    form: FactForm, organisation: Organisation, changed: list[Asked], actor: Membership, at: datetime
) -> None:
    names = {one.name for one in changed}
    said = [one for one in form.statements() if one.name in names]
    actions.state_many(organisation, said, actor=actor, at=at)
    for one in changed:
        if form.cleaned_data.get(one.name) is None:
            for fact in queries.declared(organisation.pk, one.record, one.key, one.field):
                actions.withdraw(fact, actor=actor, at=at)


def _check_unchanged(organisation: Organisation, one: Asked, shown: str, given: Value) -> None:
    """Raise Refused where another value stands than was shown, unless it is the one given: saved as it was typed."""
    fact = queries.declared(organisation.pk, one.record, one.key, one.field).first()
    if json.dumps(fact.value if fact else None) in {shown, json.dumps(values.plain_of(given))}:
        return
    stands = values.typed_of(fact.value, one.about.type) if fact else None
    said = showing.said_of(one.about, stands)
    raise Refused(
        f"{one.named.zh}：您打开页面之后，这一项已改为“{said.zh or '—'}”。请核对后再保存。",
        f"{one.named.en}: since you opened this page, it was changed to '{said.en or '—'}'. Check and save again.",
        one.name,
    )
