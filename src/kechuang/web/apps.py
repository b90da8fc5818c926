"""The Django app of the base templates and of the house's own background tasks."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files, texts."""

    name = "kechuang.web"
    label = "web"

    def ready(self) -> None:
        """Announce the house's own figures."""
        from kechuang.web.metrics import announce

        announce()
