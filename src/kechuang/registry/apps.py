"""The room as Django knows it."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Registry."""

    name = "kechuang.registry"
    verbose_name = "档案"

    def ready(self) -> None:
        """Let periods be counted in years that were entered since."""
        from kechuang.reference import workdays
        from kechuang.registry import calendar

        workdays.further.append(calendar.entered)
