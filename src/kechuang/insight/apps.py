"""The Django app of simulations."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """Populations that are kept ready, and questions that take long."""

    name = "kechuang.insight"
    label = "insight"
