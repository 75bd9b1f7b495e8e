"""The command: ``python -m benchmarks [case …] [--quick | --smoke] [--url URL]``."""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.cases import Case, all_cases
from benchmarks.harness import Disagreement, Result
from benchmarks.lab import FULL, QUICK, SMOKE, open_lab
from benchmarks.plots import plot_bars
from benchmarks.report import circumstances, print_table, write_json, write_markdown

BUILD = Path("build")


def main() -> int:
    cases = all_cases()
    given = _arguments(cases)
    chosen = [case for case in cases if not given.case or case.name in given.case]
    results: list[Result] = []
    with open_lab(given.size, given.url) as lab:
        ((version,),) = lab.server.execute("show server_version")
        where = circumstances(version)
        print(where, flush=True)
        for case in chosen:
            print(f"== {case.name}: {case.title}", flush=True)
            try:
                results += case.measure(lab)
            except Disagreement as error:
                print(error, file=sys.stderr)
                return 1
    BUILD.mkdir(exist_ok=True)
    write_json(results, BUILD / "bench.json")
    write_markdown(results, where, BUILD / "bench.md")
    plot_bars(results, BUILD / "bench.png")
    if given.size is SMOKE:
        print(f"{len(results)} comparisons, and equal results in all of them")
        return 0
    print_table(results)
    print(f"written: {BUILD}/bench.json, {BUILD}/bench.md, {BUILD}/bench.png")
    return 0


def _arguments(cases: list[Case]) -> argparse.Namespace:
    names = [case.name for case in cases]
    parser = argparse.ArgumentParser("python -m benchmarks", description="exchange_db and its peers, side by side")
    parser.add_argument("case", nargs="*", help=f"all unless named: {', '.join(names)}", metavar="case")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", dest="size", action="store_const", const=QUICK, help="smaller tables, fewer turns")
    sizes.add_argument(
        "--smoke", dest="size", action="store_const", const=SMOKE, help="tiny: compares results, its times mean nothing"
    )
    parser.add_argument("--url", help="a server to use instead of a private one; its role may create databases")
    parser.set_defaults(size=FULL)
    parser.add_argument(
        "--rows", type=int, help="grow tables up to so many rows as well, and search so many profiles: 10000000"
    )
    given = parser.parse_args()
    if given.rows:
        given.size = replace(given.size, grown=(*(rows for rows in given.size.grown if rows < given.rows), given.rows))
    if unknown := set(given.case) - set(names):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    return given


if __name__ == "__main__":
    sys.exit(main())
