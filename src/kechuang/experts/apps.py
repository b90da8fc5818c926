"""The room as Django knows it."""

from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    """Experts."""

    name = "kechuang.experts"
    verbose_name = "专家"

    def ready(self) -> None:
        """Be told who accepts an invitation to the pool, and whose memberships begin and end; keep files of experts.

        Their files are for those who may see the entry.
        """
        from kechuang.accounts.actions import on_accept, on_membership
        from kechuang.accounts.queries import telling
        from kechuang.experts import actions, recusal, rules
        from kechuang.registry.rules import evidence_kept_from, evidence_shown_to

        on_accept.append(actions.join)
        on_membership.append(recusal.renew_for)
        telling.append(rules.of_organisations)
        evidence_kept_from.append(rules.without_foreign_files)
        evidence_shown_to.append(rules.shows_evidence)
