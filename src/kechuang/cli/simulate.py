"""`kechuang simulate`: changes parameters, readings or the pack, and shows what comes of it over a population."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from kechuang.cli.edge import bound_of, check_readings, day_of, progress_bar, readings_of
from kechuang.cli.main import OK
from kechuang.cli.packs import quick_pack
from kechuang.cli.printing import print_table
from kechuang.cli.words import UsageError
from kechuang.policy.encoding.binding import Bound
from kechuang.policy.encoding.changes import parse_change
from kechuang.policy.language.values import MONEY, Words, read_literal
from kechuang.policy.reforms.reform import Reform

_FORMATS: Final = (".json", ".xlsx", ".pdf", ".parquet")


def run(args: argparse.Namespace) -> int:
    """Compare, print, and write the report if one is asked for."""
    import sys

    from kechuang.exchange.simulation import told
    from kechuang.exchange.simulation_files import MAKERS, basis_lines, write_subjects
    from kechuang.exchange.simulation_tables import cell, tables_of

    out, appropriation = _out(args.out), _appropriation(args)
    switched, args.reading = readings_of(args), []
    law = bound_of(args)
    other = quick_pack(args.pack_after) if args.pack_after else None
    check_readings(other or law.pack, switched)
    parameters = dict(parse_change(other or law.pack, text) for text in args.set)
    simulation = _simulation(args, law, Reform(parameters, switched, other), appropriation)
    data = told(simulation, args.language)
    if out is not None and out.suffix == ".parquet":
        write_subjects(out, simulation)
    elif out is not None:
        out.write_bytes(MAKERS[out.suffix[1:]](data))
    print(data["headline"])
    for line in basis_lines(data):
        print(line)
    for table in tables_of(data):
        print(f"\n{table.title}")
        rows = [[head for head, _ in table.columns]]
        for row in table.rows:
            texts = zip(row, table.columns, strict=True)
            rows.append([cell(value, kind, args.language) for value, (_, kind) in texts])
        print_table(rows, sys.stdout)
        if table.note:
            print(table.note)
    if out is not None:
        print("\n" + Words(f"报告已写入 {out}", f"report written to {out}").pick(args.language))
    return OK


def _out(written: str | None) -> Path | None:
    out = None if written is None else Path(written)
    if out is not None and out.suffix not in _FORMATS:
        raise UsageError(
            Words(
                f"--out 应以 {'、'.join(_FORMATS)} 结尾，现为“{out.name}”",
                f"--out must end in {', '.join(_FORMATS)}, found '{out.name}'",
            )
        )
    return out


def _appropriation(args: argparse.Namespace) -> int | None:
    """The appropriation in fen; asked for together with what is to be solved."""
    if (args.solve is None) != (args.appropriation is None):
        raise UsageError(
            Words("--solve 与 --appropriation 须一同给出", "--solve and --appropriation go together")
        )
    if args.appropriation is None:
        return None
    literal = read_literal(args.appropriation)
    if literal.type != MONEY or not isinstance(literal.value, int):
        raise UsageError(
            Words(
                f"--appropriation 应为金额，如 6000万元，现为“{args.appropriation}”",
                f"--appropriation must be a sum such as 6000万元, found '{args.appropriation}'",
            )
        )
    return literal.value


def _simulation(args: argparse.Namespace, law: Bound, reform: Reform, appropriation: int | None) -> Any:
    from kechuang.exchange.simulation import Simulation
    from kechuang.exchange.simulation_groups import groupings_of
    from kechuang.policy.reforms.comparing import baseline, compare
    from kechuang.policy.reforms.sensitivity import sensitivity
    from kechuang.policy.reforms.solving import solve

    after = reform.applied_to(law)
    groups = [key.strip() for key in args.by.split(",") if key.strip()]
    population = _population(args, law)
    table, vocabulary = population.table, law.pack.vocabulary
    bar = progress_bar(
        Words("推演", "simulating").pick(args.language), Words(" 户", " subjects").pick(args.language)
    )
    done = 0

    def report(rows: int) -> None:
        nonlocal done
        done += rows
        bar(done, 2 * table.num_rows)

    try:
        base = baseline(law, table, progress=report)
        found = compare(base, after, table, groupings_of(table, vocabulary, groups), progress=report)
        effects = sensitivity(after, table, progress=bar) if args.sensitivity else None
        solution = None if appropriation is None else solve(after, table, args.solve, appropriation)
    finally:
        bar.close()
    return Simulation(population, found, effects, solution)


def _population(args: argparse.Namespace, law: Bound) -> Any:
    """The file's subjects, or a synthetic city."""
    from kechuang.exchange.simulation import Population

    reading = progress_bar(
        Words("读取", "reading").pick(args.language), Words(" 户", " subjects").pick(args.language)
    )
    try:
        if args.file is not None:
            from kechuang.exchange.reading import read_file

            table = read_file(args.file, law.pack.vocabulary, reading).as_table()
            made_up = (table.schema.metadata or {}).get(b"kechuang.synthetic") == b"true"
            return Population(Words(Path(args.file).name, Path(args.file).name), made_up, table)
        table = _city(args, law, reading)
    finally:
        reading.close()
    return Population(
        Words(f"虚构城市（种子 {args.seed}）", f"synthetic city (seed {args.seed})"),
        synthetic=True,
        table=table,
    )


def _city(args: argparse.Namespace, law: Bound, reading: Any) -> Any:
    import pyarrow as pa

    from kechuang.population.generate import batches_of

    batches: list[Any] = []
    for batch in batches_of(args.subjects, args.seed, law.year, day_of(args), law.pack.vocabulary):
        batches.append(batch)
        reading(sum(one.num_rows for one in batches), args.subjects)
    if not batches:
        raise UsageError(Words("--subjects 至少为 1", "--subjects must be at least 1"))
    return pa.Table.from_batches(batches).combine_chunks()
