"""The room as Django knows it."""

from django.apps import AppConfig


class FinanceConfig(AppConfig):
    """Finance."""

    name = "kechuang.finance"
    verbose_name = "金融"

    def ready(self) -> None:
        """Let assessments read the series as known, cases wait for open overlaps, `verify` check pools and letters."""
        from kechuang.entitlements import versions
        from kechuang.finance import overlaps, series, verifying
        from kechuang.fulfilment import guards, problems

        versions.series_known.append(series.known)
        guards.open_questions.append(overlaps.question_about)
        problems.further += verifying.checks()
