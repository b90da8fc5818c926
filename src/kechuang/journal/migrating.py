"""Migrations without rendering anew, for each change, every model that is related to the one that is changed.

In this house all models are related, by way of organisations and memberships: each first start paid half a minute.
See docs/decisions/0032.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from django.db.migrations.state import ProjectState
from pgtrigger import migrations

ADDING: Final = ("add_model", "add_field", "add_index", "add_constraint")
"""What changes a project's state by something new, which no statement about another table depends on."""


@contextlib.contextmanager
def rendering_less() -> Iterator[None]:
    """Within, what is added to a model renders that model alone, and a new one itself.

    The models that point to it then point to its earlier self, which has the same table and key. Where Python is run
    Django first renders all anew, since the state says that it was delayed.
    """
    own: dict[str, Callable[..., None]] = {name: getattr(ProjectState, name) for name in ADDING}
    for name, add in own.items():
        setattr(ProjectState, name, _alone(add))
    try:
        yield
    finally:
        for name, add in own.items():
            setattr(ProjectState, name, add)


def _alone(add: Callable[..., None]) -> Callable[..., None]:
    def adding(state: Any, *given: Any, **named: Any) -> None:
        state._find_reload_model = lambda app, model, delay=False: {(app, model)}  # noqa: ARG005, SLF001
        state.is_delayed = True
        try:
            add(state, *given, **named)
        finally:
            del state._find_reload_model  # noqa: SLF001

    return adding


class AddTrigger(migrations.AddTrigger):
    """Add a trigger to a model: it changes no field and no relation, so the rendered models stay right."""

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
