"""The room as Django knows it."""

from django.apps import AppConfig


class ChainsConfig(AppConfig):
    """Needs and challenges."""

    name = "kechuang.chains"
    verbose_name = "需求和榜单"
