"""The Django app of drafts."""

from django.apps import AppConfig


class DraftingConfig(AppConfig):
    """Drafts of policy packs, their versions, their pages."""

    name = "kechuang.drafting"
    label = "drafting"

    def ready(self) -> None:
        """Let a draft be proposed for the live site."""
        from kechuang.drafting.releases import pack_of_draft
        from kechuang.entitlements.releasing import draft_packs

        draft_packs.append(pack_of_draft)
