"""The Django app of uploads and results."""

from django.apps import AppConfig


class EntitlementsConfig(AppConfig):
    """Uploaded files, their assessments, their pages."""

    name = "kechuang.entitlements"
    label = "entitlements"

    def ready(self) -> None:
        """Be told by the registry when something else is known; tell the reader which version has been released."""
        from kechuang.entitlements.renewing import mark_stale
        from kechuang.entitlements.versions import pack_marked
        from kechuang.reader.packs import released
        from kechuang.registry.actions import on_change

        on_change.append(mark_stale)
        released.append(pack_marked)
