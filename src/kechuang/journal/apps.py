"""The room as Django knows it."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """Journal."""

    name = "kechuang.journal"
    verbose_name = "留痕"
