"""The room as Django knows it."""

from django.apps import AppConfig


class ExpertsConfig(AppConfig):
    """Experts."""

    name = "kechuang.experts"
    verbose_name = "专家"
