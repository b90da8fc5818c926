"""The room as Django knows it."""

from django.apps import AppConfig


class FulfilmentConfig(AppConfig):
    """Fulfilment."""

    name = "kechuang.fulfilment"
    verbose_name = "兑现"
