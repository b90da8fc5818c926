"""The Django app of uploads and results."""

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    """Uploaded files, their assessments, their pages."""

    name = "kechuang.entitlements"
    label = "entitlements"

    def ready(self) -> None:
        """Be told by the registry when something else is known of an organisation."""
        from kechuang.entitlements.renewing import mark_stale
        from kechuang.registry.actions import on_change

        on_change.append(mark_stale)
