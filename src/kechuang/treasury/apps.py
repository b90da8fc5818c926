"""The room as Django knows it."""

from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    """Treasury."""

    name = "kechuang.treasury"
    verbose_name = "资金"

    def ready(self) -> None:
        """Show at /metrics where the money stands."""
        from kechuang.accounts.queries import telling
        from kechuang.operations.gauges import gauge
        from kechuang.treasury import queries, readings

        telling.append(queries.of_organisations)

        gauge("money_fen", "Sums over all appropriations in fen", ["which"], readings.money_readings)
        gauge("batches", "Payment batches by state", ["state"], readings.batch_readings)
        gauge("receivables_open_fen", "What must still come back, in fen", [], readings.due_readings)
