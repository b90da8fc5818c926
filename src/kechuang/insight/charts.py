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
            found[f"distribution_{strand}"] = _bars(
                names, [_series(_("户数"), counts, _COLOURS[strand])], _("户")
            )
    if data.get("sensitivity"):
        found["sensitivity"] = _tornado(data["sensitivity"], language)
    if data.get("solution"):
        found["solution"] = _curve(data["solution"], language)
    return found


def _drawn(fen: int, language: str) -> float:
    """A sum as a place on a drawing: in 万元, on English pages in thousands of yuan."""
    return round(fen / (100_000 if language == "en" else 1_000_000), 2)


def _unit(language: str) -> str:
    return "thousand yuan" if language == "en" else "万元"


def _groups(data: Data, group: Data, strands: list[str]) -> Any:

    def drawn(row: Data, strand: str) -> float:
        return _drawn(group_change(row, strand), data["language"])

    rows = [row for row in group["rows"] if any(group_change(row, one) for one in strands)]
    series = [
        _series(data["strands"][strand]["title"], [drawn(row, strand) for row in rows], _COLOURS[strand])
        for strand in strands
    ]
    return _bars([row["name"] for row in rows], series, _unit(data["language"]))


def _tornado(effects: list[Data], language: str) -> Any:
    shown = [one for one in effects if one["strand"] != NO_MONEY][:SHOWN]
    names = [f"{one['benefit']} · {one['title']}" for one in shown]

    def side(key: str) -> list[float]:
        return [_drawn(one[key]["change_fen"], language) if one[key] else 0 for one in shown]

    series = [
        _series(_("低一步"), side("at_down"), "var(--undetermined)", stack="one"),
        _series(_("高一步"), side("at_up"), "var(--accent)", stack="one"),
    ]
    return _bars(names, series, _unit(language))


def _series(name: str, values: list[Any], colour: str, **more: Any) -> Any:
    return {
        "type": "bar",
        "name": name,
        "data": values,
        "itemStyle": {"color": colour},
        "barMaxWidth": 22,
        **more,
    }


def _bars(names: list[str], series: list[Any], unit: str) -> Any:
    """Lying bars from top to bottom."""
    legend = {"legend": {"top": 0, "textStyle": {"color": "var(--ink)"}}} if len(series) > 1 else {}
    return {
        "xAxis": _axis({"type": "value", "name": unit, "nameLocation": "middle", "nameGap": 28}),
        "yAxis": _axis(
            {
                "type": "category",
                "data": names,
                "inverse": True,
                "axisTick": {"show": False},
                "axisLabel": {"color": "var(--ink)", "width": 190, "overflow": "break", "lineHeight": 15},
            }
        ),
        "tooltip": {
            "trigger": "axis",
            "renderMode": "richText",
            "confine": True,
            "axisPointer": {"type": "shadow"},
        },
        "grid": {"left": 8, "right": 24, "top": 36 if legend else 12, "bottom": 32, "containLabel": True},
        "series": series,
        **legend,
    }


def _axis(more: Data) -> Data:
    return {
        "axisLabel": {"color": "var(--ink)"},
        "nameTextStyle": {"color": "var(--quiet)"},
        "axisLine": {"lineStyle": {"color": "var(--hairline)"}},
        "splitLine": {"lineStyle": {"color": "var(--hairline)"}},
        **more,
    }


def _curve(one: Data, language: str) -> Any:
    """The total at every value tried, and the appropriation as a line across."""
    line = {"yAxis": _drawn(one["appropriation_fen"], language), "name": _("拨款")}
    points, now = one["curve"], one["now"]
    heights = [_drawn(point["sum_fen"], language) for point in points]
    by_number = now["at"] is not None
    unit = {"rate": "%", "money": "万元"}.get(one["type"], "") if by_number else ""
    across: Data = {"type": "category", "data": [p["value"] for p in points]}
    if by_number:
        across = {"type": "value", "name": unit, "nameLocation": "middle", "nameGap": 28}
    return {
        "xAxis": _axis(across),
        "yAxis": _axis({"type": "value", "name": _unit(language)}),
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 32, "containLabel": True},
        "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True},
        "series": [
            {
                "type": "line",
                "name": one["strand_title"],
                "data": [
                    [p["at"], drawn] if by_number else drawn for p, drawn in zip(points, heights, strict=True)
                ],
                "lineStyle": {"color": "var(--accent)"},
                "itemStyle": {"color": "var(--accent)"},
                "markLine": {
                    "symbol": "none",
                    "data": [line],
                    "label": {"formatter": "{b}", "color": "var(--ink)", "position": "insideEndTop"},
                    "lineStyle": {"color": "var(--undetermined)"},
                },
            }
        ],
    }
