"""The room as Django knows it."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registry."""

    name = "kechuang.registry"
    verbose_name = "档案"
