"""The room as Django knows it."""

from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    """Treasury."""

    name = "kechuang.treasury"
    verbose_name = "资金"
