"""The room as Django knows it; installed in a demonstration only."""

from django.apps import AppConfig


class DemonstrationConfig(AppConfig):
    """Demonstration."""

    name = "kechuang.demonstration"
    verbose_name = "演示"
