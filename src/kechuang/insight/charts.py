"""Charts of a simulation as ECharts options; beside each stands its table, and its title answers the question."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from kechuang.exchange.simulation_tables import Data, active, bin_name, group_change
from kechuang.policy.reforms.strands import NO_MONEY

SHOWN: Final = 12  # bars of the tornado
_COLOURS: Final = {"entitled": "var(--entitled)", "ceiling": "var(--apply)"}


def charts_of(data: Data) -> dict[str, Any]:
    """The chart of each table that has one, by the table's key."""
    strands, language = active(data), data["language"]
    found: dict[str, Any] = {}
    for group in data["groups"]:
        if data["changes"] and any(group_change(row, one) for row in group["rows"] for one in strands):
            found[f"by_{group['key']}"] = _groups(data, group, strands)
    for strand in strands:
        bins = [one for one in data["movements"][strand]["histogram"] if one["subjects"]]
        if bins:
            names, counts = [bin_name(one, language) for one in bins], [one["subjects"] for one in bins]
            found[f"distribution_{strand}"] = _bars(names, [_series(_("户数"), counts, _COLOURS[strand])], _("户"))
    if data.get("sensitivity"):
        found["sensitivity"] = _tornado(data["sensitivity"])
    if data.get("solution"):
        found["solution"] = _curve(data["solution"])
    return found


def _wan(fen: int) -> float:
    """A sum as a place on a drawing, in 万元 (or thousands of yuan on English pages)."""
    return round(fen / int(_("1000000")), 2)


def _groups(data: Data, group: Data, strands: list[str]) -> Any:
    rows = [row for row in group["rows"] if any(group_change(row, one) for one in strands)]
    series = [
        _series(
            data["strands"][strand]["title"], [_wan(group_change(row, strand)) for row in rows], _COLOURS[strand]
        )
        for strand in strands
    ]
    return _bars([row["name"] for row in rows], series, _("万元"))


def _tornado(effects: list[Data]) -> Any:
    shown = [one for one in effects if one["strand"] != NO_MONEY][:SHOWN]
    names = [f"{one['benefit']}\n{one['title']}" for one in shown]

    def side(key: str) -> list[float]:
        return [_wan(one[key]["change_fen"]) if one[key] else 0 for one in shown]

    series = [
        _series(_("低一步"), side("at_down"), "var(--undetermined)", stack="one"),
        _series(_("高一步"), side("at_up"), "var(--accent)", stack="one"),
    ]
    return _bars(names, series, _("万元"))


def _series(name: str, values: list[Any], colour: str, **more: Any) -> Any:
    return {"type": "bar", "name": name, "data": values, "itemStyle": {"color": colour}, "barMaxWidth": 22, **more}


def _bars(names: list[str], series: list[Any], unit: str) -> Any:
    """Lying bars from top to bottom."""
    legend = {"legend": {"top": 0, "textStyle": {"color": "var(--ink)"}}} if len(series) > 1 else {}
    return {
        "xAxis": _axis({"type": "value", "name": unit, "nameLocation": "end", "nameGap": 6}),
        "yAxis": _axis({"type": "category", "data": names, "inverse": True, "axisTick": {"show": False}}),
        "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True, "axisPointer": {"type": "shadow"}},
        "grid": {"left": 8, "right": 44, "top": 32 if legend else 12, "bottom": 8, "containLabel": True},
        "series": series,
        **legend,
    }


def _axis(more: Data) -> Data:
    return {
        "axisLabel": {"color": "var(--ink)", "width": 150, "overflow": "break"},
        "nameTextStyle": {"color": "var(--quiet)"},
        "axisLine": {"lineStyle": {"color": "var(--hairline)"}},
        "splitLine": {"lineStyle": {"color": "var(--hairline)"}},
        **more,
    }


def _curve(one: Data) -> Any:
    """The total at every value tried, and the appropriation as a line across."""
    line = {"yAxis": _wan(one["appropriation_fen"]), "name": _("拨款")}
    return {
        "xAxis": _axis({"type": "category", "data": [point["value"] for point in one["curve"]]}),
        "yAxis": _axis({"type": "value", "name": _("万元")}),
        "grid": {"left": 8, "right": 72, "top": 36, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True},
        "series": [
            {
                "type": "line",
                "name": one["strand_title"],
                "data": [_wan(point["sum_fen"]) for point in one["curve"]],
                "lineStyle": {"color": "var(--accent)"},
                "itemStyle": {"color": "var(--accent)"},
                "markLine": {
                    "symbol": "none",
                    "data": [line],
                    "label": {"formatter": "{b}", "color": "var(--ink)"},
                    "lineStyle": {"color": "var(--undetermined)"},
                },
            }
        ],
    }
