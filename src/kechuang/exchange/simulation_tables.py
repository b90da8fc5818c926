"""The tables of a simulation, from what it says: one form for terminal, workbook, paper and page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from kechuang.exchange.simulation_words import about
from kechuang.policy.language.values import Words, yuan
from kechuang.policy.reforms.strands import NO_MONEY, STRANDS

TEXT: Final = "text"
COUNT: Final = "count"
SUM: Final = "sum"
CHANGE: Final = "change"  # a sum with its sign
Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A title that answers a question, columns (heading, kind), rows of texts, counts and fen (None: none)."""

    key: str
    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""


def tables_of(data: Data) -> tuple[Table, ...]:
    """Every table of what a simulation says, in the order in which people ask."""
    language = data["language"]
    if not data["changes"]:
        main: list[Table] = [_totals(data, language)]
    else:
        main = [_totals(data, language), _benefits(data, language)]
        main += [_groups(data, group, language) for group in data["groups"]]
        main += _distributions(data, language)
        main += _largest(data, language)
    main += _sensitivity(data, language)
    main += _solution(data, language)
    return tuple(main)


def cell(value: Any, kind: str, language: str) -> str:
    """A cell as text: sums in yuan to the fen, changes with their sign, a dash for none."""
    if value is None:
        return "—"
    if kind == COUNT:
        return f"{value:,}"
    if kind == SUM:
        return yuan(value)
    if kind == CHANGE:
        return f"{'+' if value > 0 else ''}{yuan(value)}"
    return str(value) if language else ""


def active(data: Data) -> list[str]:
    """The strands in which the touched benefits have any sum, before or after."""
    strands = data["strands"]
    return [one for one in STRANDS if strands[one]["touched_before_fen"] or strands[one]["touched_after_fen"]]


def _heads(language: str, *columns: tuple[str, str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((Words(zh, en).pick(language), kind) for zh, en, kind in columns)


def _totals(data: Data, language: str) -> Table:
    rows = []
    for strand in STRANDS:
        one, moved = data["strands"][strand], data["movements"][strand]
        rows.append(
            (
                one["title"],
                one["before_fen"],
                one["after_fen"],
                one["change_fen"],
                moved["winners"],
                moved["gained_fen"],
                moved["losers"],
                moved["lost_fen"],
                moved["unchanged"],
            )
        )
    columns = _heads(
        language,
        ("", "", TEXT),
        ("改前（元）", "before (yuan)", SUM),
        ("改后（元）", "after (yuan)", SUM),
        ("增减（元）", "change (yuan)", CHANGE),
        ("受益户", "winners", COUNT),
        ("共多得（元）", "gain in all (yuan)", SUM),
        ("受损户", "losers", COUNT),
        ("共少得（元）", "loss in all (yuan)", SUM),
        ("不变户", "unchanged", COUNT),
    )
    title = Words(
        "合计：可享与最高分开，不相加", "Totals: entitlements and ceilings apart, never added"
    ).pick(language)
    reached, opened = data["reached"], data["undetermined"]
    note = Words(
        f"受影响的事项惠及 {reached['before']:,} → {reached['after']:,} 户（新增 {reached['newly']:,}，"
        f"不再 {reached['no_longer']:,}）；因缺信息待定 {opened['before']:,} → {opened['after']:,} 户，其金额未计入。",
        f"The benefits touched reach {reached['before']:,} → {reached['after']:,} subjects "
        f"({reached['newly']:,} newly, {reached['no_longer']:,} no longer); "
        f"{opened['before']:,} → {opened['after']:,} are undetermined for want of facts; their sums are not counted.",
    ).pick(language)
    return Table("totals", title, columns, tuple(rows), note if data["changes"] else "")


def _benefits(data: Data, language: str) -> Table:
    rows = []
    for one in data["benefits"]:
        before, after = one["before"] or {}, one["after"] or {}
        money = one["strand"] != NO_MONEY
        same = one["strand"] == one["strand_after"] or not before or not after
        sums = (before.get("sum_fen", 0), after.get("sum_fen", 0))
        rows.append(
            (
                f"{one['id']} {one['title']}",
                one["strand_title"],
                before.get("passing", 0),
                after.get("passing", 0),
                one["newly"],
                one["no_longer"],
                before.get("undetermined", 0),
                after.get("undetermined", 0),
                *(sums if money else (None, None)),
                sums[1] - sums[0] if money and same else None,
            )
        )
    columns = _heads(
        language,
        ("事项", "benefit", TEXT),
        ("性质", "kind of sum", TEXT),
        ("改前户", "before", COUNT),
        ("改后户", "after", COUNT),
        ("新符合", "newly pass", COUNT),
        ("不再符合", "no longer", COUNT),
        ("改前待定", "undetermined before", COUNT),
        ("改后待定", "undetermined after", COUNT),
        ("改前（元）", "before (yuan)", SUM),
        ("改后（元）", "after (yuan)", SUM),
        ("增减（元）", "change (yuan)", CHANGE),
    )
    count = len(rows)
    title = Words(f"受影响的事项有 {count} 项", f"Benefits touched: {count}").pick(language)
    return Table("benefits", title, columns, tuple(rows))


def group_change(row: Data, strand: str) -> int:
    """How much a group's sum changes, in fen."""
    return int(row[strand]["after_fen"] - row[strand]["before_fen"])


def _is_reached(row: Data) -> bool:
    """Whether any touched benefit reaches the group, before or after; whom none reaches has no sum either."""
    return bool(row["reached_before"] or row["reached_after"])


def _groups(data: Data, group: Data, language: str) -> Table:
    """A row for each group; those that nothing touched reaches are one row at the end, if there are several."""
    strands = active(data)
    touched = [row for row in group["rows"] if _is_reached(row)]
    rest = [row for row in group["rows"] if not _is_reached(row)]
    if len(rest) > 1:
        subjects = sum(row["subjects"] for row in rest)
        words = Words(f"其余 {len(rest)} 组", f"the other {len(rest)} groups")
        rest = [{**rest[0], "name": words.pick(language), "subjects": subjects}]
    rows = []
    for row in touched + rest:
        cells: list[Any] = [row["name"], row["subjects"], row["reached_before"], row["reached_after"]]
        for strand in strands:
            one = row[strand]
            cells += [
                one["before_fen"],
                one["after_fen"],
                group_change(row, strand),
                one["winners"],
                one["losers"],
            ]
        rows.append(tuple(cells))
    columns = [
        *_heads(
            language,
            (group["title"], group["title"], TEXT),
            ("户数", "subjects", COUNT),
            ("改前惠及", "reached before", COUNT),
            ("改后惠及", "reached after", COUNT),
        )
    ]
    for strand in strands:
        lead = f"{data['strands'][strand]['title']} " if len(strands) > 1 else ""
        columns += [
            (lead + head, kind)
            for head, kind in _heads(
                language,
                ("改前（元）", "before (yuan)", SUM),
                ("改后（元）", "after (yuan)", SUM),
                ("增减（元）", "change (yuan)", CHANGE),
                ("受益户", "winners", COUNT),
                ("受损户", "losers", COUNT),
            )
        ]
    return Table(f"by_{group['key']}", _group_title(group, strands, language), tuple(columns), tuple(rows))


def _group_title(group: Data, strands: list[str], language: str) -> str:
    """The question 'where does it change most?', answered."""
    title = group["title"]
    moved = [(abs(group_change(row, one)), row, one) for row in group["rows"] for one in strands]
    most = max(moved, key=lambda found: found[0], default=None)
    if most is None or not most[0]:
        return Words(f"按{title}：金额都不变", f"By {title}: no sum changes").pick(language)
    change = group_change(most[1], most[2])
    name, size = most[1]["name"], about(abs(change), language)
    return Words(
        f"按{title}：{name}{'多得' if change > 0 else '少得'}最多，{size}",
        f"By {title}: {name} {'gains' if change > 0 else 'loses'} most, {size}",
    ).pick(language)


def bin_name(one: Data, language: str) -> str:
    """A class of changes in words: '多得 1 万元以下', '少得 500 万元以上'."""
    gain = one["sign"] > 0
    low = one["above_fen"] // 10**6
    high = None if one["up_to_fen"] is None else one["up_to_fen"] // 10**6
    if language == "en":
        size = (
            f"over {low * 10_000:,} yuan" if high is None else f"{low * 10_000:,} to {high * 10_000:,} yuan"
        )
        return f"{'gain' if gain else 'loss'} {size}"
    size = f"{low} 万元以上" if high is None else f"{low}～{high} 万元"
    return f"{'多得' if gain else '少得'} {size}"


def _distributions(data: Data, language: str) -> Iterator[Table]:
    for strand in active(data):
        moved = data["movements"][strand]
        changed = moved["winners"] + moved["losers"]
        if not changed:
            continue
        rows = tuple(
            (bin_name(one, language), one["subjects"]) for one in moved["histogram"] if one["subjects"]
        )
        middle = next(one["change_fen"] for one in moved["quantiles"] if one["per_mille"] == 500)  # noqa: PLR2004
        name = data["strands"][strand]["title"]
        word = Words("多得" if middle > 0 else "少得", "gain" if middle > 0 else "loss").pick(language)
        title = Words(
            f"{changed:,} 户有变化，一半以上至少{word} {about(abs(middle), language)}（{name}）"
            if middle > 0 and not moved["losers"]
            else f"{changed:,} 户有变化，中间一户{word} {about(abs(middle), language)}（{name}）",
            f"{changed:,} change; the one in the middle: a {word} of {about(abs(middle), language)} ({name})",
        ).pick(language)
        points = "；".join(
            f"{one['per_mille'] / 10:g}% {yuan(one['change_fen'])}" for one in moved["quantiles"]
        )
        note = Words(
            f"分位数（最近秩，元）：{points}", f"Quantiles (nearest rank, yuan): {points.replace('；', '; ')}"
        ).pick(language)
        columns = _heads(language, ("增减", "change", TEXT), ("户数", "subjects", COUNT))
        yield Table(f"distribution_{strand}", title, columns, rows, note)


def _largest(data: Data, language: str) -> Iterator[Table]:
    columns = _heads(
        language,
        ("名称", "name", TEXT),
        ("主体代码", "subject code", TEXT),
        ("区市", "district", TEXT),
        ("规模", "size", TEXT),
        ("增减（元）", "change (yuan)", CHANGE),
    )
    words = {
        "largest_gains": Words("多得最多的", "Largest gains"),
        "largest_losses": Words("少得最多的", "Largest losses"),
    }
    for strand in active(data):
        for key, title in words.items():
            found = data["movements"][strand][key]
            if found:
                rows = tuple((o["name"], o["code"], o["district"], o["size"], o["change_fen"]) for o in found)
                name = f"{title.pick(language)} · {data['strands'][strand]['title']}"
                yield Table(f"{key}_{strand}", name, columns, rows)


def _sensitivity(data: Data, language: str) -> Iterator[Table]:
    found = data.get("sensitivity")
    if not found:
        return
    rows = tuple(
        (
            f"{one['benefit']}：{one['title']}" if language == "zh" else f"{one['benefit']}: {one['title']}",
            one["strand_title"],
            one["value"],
            one["down"] or "—",
            *_at(one, "at_down"),
            one["up"] or "—",
            *_at(one, "at_up"),
        )
        for one in found
    )
    columns = _heads(
        language,
        ("数值", "parameter", TEXT),
        ("性质", "kind of sum", TEXT),
        ("现为", "now", TEXT),
        ("低一步", "a step down", TEXT),
        ("增减（元）", "change (yuan)", CHANGE),
        ("户数增减", "change in number", COUNT),
        ("高一步", "a step up", TEXT),
        ("增减（元）", "change (yuan)", CHANGE),
        ("户数增减", "change in number", COUNT),
    )
    first = found[0]
    swing = max(abs(one["change_fen"]) for one in (first["at_down"], first["at_up"]) if one)
    title = Words(
        f"最敏感的是{first['benefit']}的{first['title']}：一步之差 {about(swing, language)}",
        f"Most hangs on {first['benefit']}, {first['title']}: {about(swing, language)} a step",
    ).pick(language)
    note = Words(
        "一步：金额和比例为现值的 10%，人数、次数、期限为 1，日期为 30 天；其余数值不动。",
        "A step: a tenth of sums and rates, one for whole numbers, 30 days for dates; all else stays as it is.",
    ).pick(language)
    yield Table("sensitivity", title, columns, rows, note)


def _at(one: Data, side: str) -> tuple[int | None, int | None]:
    found = one[side]
    if found is None:
        return None, None
    return (found["change_fen"] if one["strand"] != NO_MONEY else None), found["passing"]


def _solution(data: Data, language: str) -> Iterator[Table]:
    one = data.get("solution")
    if not one:
        return
    names = {
        "now": Words("现行", "as it stands"),
        "best": Words("求得", "found"),
        "beyond": Words("再走一步", "one step beyond"),
    }
    rows = tuple(
        (
            names[key].pick(language),
            one[key]["value"],
            one[key]["sum_fen"],
            one[key]["passing"],
            one[key]["undetermined"],
        )
        for key in names
        if one[key]
    )
    columns = _heads(
        language,
        ("", "", TEXT),
        (one["title"], one["title"], TEXT),
        (f"{one['strand_title']}（元）", f"{one['strand_title']} (yuan)", SUM),
        ("惠及户", "reached", COUNT),
        ("待定户", "undetermined", COUNT),
    )
    note = Words(
        f"取值：{one['first']} 至 {one['last']}，每步 {one['step']}；只算这一事项，待定的未计入。",
        f"Values: {one['first']} to {one['last']} in steps of {one['step']}; "
        "this benefit alone, without the undetermined.",
    ).pick(language)
    yield Table("solution", one["sentence"], columns, rows, note)
