"""The room as Django knows it."""

from django.apps import AppConfig


class ChainsConfig(AppConfig):
    """Needs and challenges."""

    name = "kechuang.chains"
    verbose_name = "需求和榜单"

    def ready(self) -> None:
        """Keep out of the journal, until bids are opened, who prepares one."""
        from kechuang.accounts.queries import telling
        from kechuang.chains import rules
        from kechuang.fulfilment.projects.bids import kept_out
        from kechuang.journal.queries import hidden

        hidden.append(rules.of_bidders)
        telling.append(rules.of_organisations)
        kept_out.append(rules.not_its_own)
