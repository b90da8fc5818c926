"""The room as Django knows it."""

from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    """Experts."""

    name = "kechuang.experts"
    verbose_name = "专家"

    def ready(self) -> None:
        """Be told who accepts an invitation to the pool; keep files of experts to those who may see the entry."""
        from kechuang.accounts.actions import on_accept
        from kechuang.experts import actions, rules
        from kechuang.registry.rules import evidence_kept_from, evidence_shown_to

        on_accept.append(actions.join)
        evidence_kept_from.append(rules.without_foreign_files)
        evidence_shown_to.append(rules.shows_evidence)
