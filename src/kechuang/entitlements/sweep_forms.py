"""What an officer asks of a sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kechuang.policy.encoding.pack import Benefit, Pack, Reading
from kechuang.reader.templatetags.kechuang import language


class SweepForm(forms.Form):
    """A benefit, the day of assessment, the assessed year, and the readings of its measure (`reading-<id>`)."""

    benefit = forms.ChoiceField(
        label=_("政策事项"),
        error_messages={"required": _("请选择政策事项。"), "invalid_choice": _("请选择列出的政策事项。")},
    )
    on = forms.DateField(
        label=_("测算日"),
        input_formats=["%Y-%m-%d"],
        error_messages={"required": _("请填写测算日。"), "invalid": _("测算日请写成 2026-03-01 的样子。")},
    )
    year = forms.IntegerField(
        label=_("测算年度"),
        min_value=2000,
        max_value=2099,
        error_messages={
            "required": _("请填写测算年度。"),
            "invalid": _("测算年度请写成 2025 的样子。"),
            "min_value": _("测算年度请写成 2025 的样子。"),
            "max_value": _("测算年度请写成 2025 的样子。"),
        },
    )

    def __init__(
        self, pack: Pack, benefits: Sequence[Benefit], data: Mapping[str, Any] | None = None, **more: Any
    ) -> None:
        super().__init__(data, **more)
        self.pack, self.benefits = pack, benefits
        self.fields["benefit"].choices = [(one.id, one.title.pick(language())) for one in benefits]  # type: ignore[attr-defined]
        keys = {one.measure for one in benefits}
        for reading in pack.readings.values():
            if reading.measure in keys:
                options = [(key, option.title.pick(language())) for key, option in reading.options.items()]
                self.fields[f"reading-{reading.id}"] = forms.ChoiceField(
                    choices=options,
                    required=False,
                    initial=reading.chosen,
                    label=reading.title.pick(language()),
                )

    def measures(self) -> list[tuple[str, list[Benefit]]]:
        """The measures with their benefits, in the order of the document."""
        found: dict[str, list[Benefit]] = {}
        for one in self.benefits:
            found.setdefault(one.measure, []).append(one)
        return [
            (f"{key}. {self.pack.measures[key].title.pick(language())}", ones) for key, ones in found.items()
        ]

    def readings(self) -> list[tuple[Reading, forms.BoundField]]:
        """The phrases that may be read in several ways, each with its field."""
        return [
            (reading, self[f"reading-{reading.id}"])
            for reading in self.pack.readings.values()
            if f"reading-{reading.id}" in self.fields
        ]

    def asked(self) -> dict[str, Any]:
        """What `sweeping.start` takes; only readings that differ from the pack's own."""
        given = self.cleaned_data
        readings = {
            reading.id: given[name]
            for reading in self.pack.readings.values()
            if given.get(name := f"reading-{reading.id}", "") not in ("", reading.chosen)
        }
        return {"benefit": given["benefit"], "on": given["on"], "year": given["year"], "readings": readings}
