"""Triggers in migrations, without what the library does for each: rendering anew every model that is related to one.

A trigger changes no field and no relation, so the rendered models stay right; only their state has to know of it. With
160 triggers and as many models that rendering took a quarter of a minute at each first start.
"""

from __future__ import annotations

from django.db.migrations.state import ProjectState
from pgtrigger import migrations


class AddTrigger(migrations.AddTrigger):
    """Add a trigger to a model."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Note the trigger in the model's state."""
        options = state.models[app_label, self.model_name].options
        options["triggers"] = [*options.get("triggers", []), self.trigger]


class RemoveTrigger(migrations.RemoveTrigger):
    """Remove a trigger from a model."""

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Take the trigger out of the model's state."""
        options = state.models[app_label, self.model_name].options
        options["triggers"] = [one for one in options.get("triggers", []) if one.name != self.name]
