"""The room as Django knows it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts."""

    name = "kechuang.accounts"
    verbose_name = "账户"

    def ready(self) -> None:
        """Listen to what changes a person's way in."""
        from kechuang.accounts import noting  # noqa: F401 - its receivers are the effect
