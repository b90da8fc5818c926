"""The room as Django knows it."""

from django.apps import AppConfig


class FinanceConfig(AppConfig):
    """Finance."""

    name = "kechuang.finance"
    verbose_name = "金融"

    def ready(self) -> None:
        """Let assessments read the series as known; hold a case while an overlap of its organisation is open."""
        from kechuang.entitlements import versions
        from kechuang.finance import overlaps, series
        from kechuang.fulfilment import guards

        versions.series_known.append(series.known)
        guards.open_questions.append(overlaps.question_about)
