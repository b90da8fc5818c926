"""The Django app of drafts."""

from django.apps import AppConfig


class DraftingConfig(AppConfig):
    """Drafts of policy packs, their versions, their pages."""

    name = "kechuang.drafting"
    label = "drafting"
