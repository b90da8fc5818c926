"""The room as Django knows it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "kechuang.accounts"
    verbose_name = "账户"
