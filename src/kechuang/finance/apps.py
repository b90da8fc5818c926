"""The room as Django knows it."""

from django.apps import AppConfig


class FinanceConfig(AppConfig):
    """Finance."""

    name = "kechuang.finance"
    verbose_name = "金融"

    def ready(self) -> None:
        """Let assessments read the series as known, cases wait for open overlaps, `verify` check pools and letters."""
        from kechuang.entitlements import versions
        from kechuang.finance import newly_granted, overlaps, series, verifying
        from kechuang.finance.filing import resting, talents
        from kechuang.fulfilment import due, problems
        from kechuang.registry.actions import on_change

        versions.series_known.append(series.known)
        due.open_questions += [
            overlaps.question_about,
            newly_granted.question_about,
            resting.question_about,
            resting.past_the_years,
        ]
        problems.further += verifying.checks()
        on_change.append(talents.on_facts_changed)
