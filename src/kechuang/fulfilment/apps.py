"""The room as Django knows it."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FulfilmentConfig(AppConfig):
    """Fulfilment."""

    name = "kechuang.fulfilment"
    verbose_name = "兑现"

    def ready(self) -> None:
        """Be told when money of a case or a fact moves; show the files of a case to those before whom it lies."""
        from kechuang.accounts.queries import telling
        from kechuang.entitlements.standing_pages import due_for, held_by
        from kechuang.experts.drawing import on_decline, parties
        from kechuang.experts.recusal import institutions
        from kechuang.fulfilment import clockwork, holding, outgrown, queries, rules, sealed
        from kechuang.fulfilment.judging import minutes, requests, seats
        from kechuang.fulfilment.parties import subjects_of
        from kechuang.fulfilment.table import title_of_event
        from kechuang.journal.kinds import further
        from kechuang.journal.queries import hidden
        from kechuang.registry.actions import on_change
        from kechuang.registry.rules import evidence_kept_from, evidence_shown_to
        from kechuang.treasury import hooks

        post_migrate.connect(sealed.keep, sender=self)
        evidence_shown_to.append(rules.sees_evidence)
        parties.append(queries.parties_of_call)
        on_decline.append(seats.note_decline)
        institutions.append(requests.kept_institutions)
        evidence_kept_from += [rules.without_sealed, rules.without_foreign]
        evidence_shown_to.append(minutes.sees_minutes)
        evidence_kept_from.append(minutes.without_minutes)
        further.append(title_of_event)
        hidden.append(rules.of_sealed_cases)
        telling.append(rules.of_organisations)
        hooks.concerning.append(subjects_of)
        hooks.before_locks.append(clockwork.lock_cases)
        hooks.on_paid.append(clockwork.note_paid)
        hooks.on_returned.append(clockwork.note_returned)
        hooks.on_recovered.append(clockwork.note_recovered)
        on_change.append(outgrown.look_again_soon)
        due_for.append(queries.due_for)
        held_by.append(holding.held_by)
        hooks.subject_pages["case"] = queries.pages_of_cases
        hooks.subject_pages["call"] = queries.pages_of_calls
        hooks.notices_of["case"] = queries.notice_of_case
        hooks.subjects_called["case"] = queries.cases_called
        hooks.subjects_called["call"] = queries.calls_called
