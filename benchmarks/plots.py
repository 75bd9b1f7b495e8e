"""Plots of results, into ``build/``."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path

import matplotlib as mpl

from benchmarks.harness import OURS, Result

mpl.use("Agg")  # no display is needed
from matplotlib import pyplot as plt

__all__ = ["plot_bars", "plot_growth"]

_OURS, _PEER = "#2a6f4e", "#9aa5b1"


def plot_bars(results: Sequence[Result], path: Path) -> None:
    """One panel for each case, one bar for each contender: milliseconds for one call."""
    cases = [(case, list(lines)) for case, lines in groupby(results, key=lambda result: result.case)]
    heights = [1 + len(lines) for _, lines in cases]
    figure, axes = plt.subplots(
        len(cases), 1, figsize=(10, 1 + 0.35 * sum(heights) + 0.5 * len(cases)), height_ratios=heights, squeeze=False
    )
    for (case, lines), axis in zip(cases, axes[:, 0], strict=True):
        names = [OURS, *(line.peer for line in lines)]
        times = [1e3 * lines[0].ours_s, *(1e3 * line.peer_s for line in lines)]
        bars = axis.barh(names, times, color=[_OURS, *[_PEER] * len(lines)])
        axis.bar_label(bars, fmt="%.3g", padding=3)
        axis.invert_yaxis()
        axis.set_title(case, loc="left")
        axis.set_xlabel("ms")
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)  # pyright: ignore[reportUnknownMemberType] # untyped keywords
    plt.close(figure)


def plot_growth(
    sizes: Sequence[int], courses: Mapping[str, tuple[Sequence[float], Sequence[float]]], path: Path
) -> None:
    """One panel for each domain: a line for each function over the rows of its tables. The server's time alone is drawn
    solid, and the whole call dashed above it; both axes are logarithmic, so that what is flat is flat."""
    domains = [(domain, list(names)) for domain, names in groupby(courses, key=lambda name: name.partition(".")[0])]
    figure, axes = plt.subplots(len(domains), 1, figsize=(10, 4 * len(domains)), squeeze=False)
    for (domain, names), axis in zip(domains, axes[:, 0], strict=True):
        for name in names:
            server, whole = courses[name]
            (line,) = axis.plot(sizes, [1e3 * seconds for seconds in server], marker="o", label=name.partition(".")[2])
            axis.plot(sizes, [1e3 * seconds for seconds in whole], linestyle="--", color=line.get_color(), alpha=0.4)
        axis.set(xscale="log", yscale="log", xlabel="rows", ylabel="ms")
        axis.set_title(domain, loc="left")
        axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small")
        axis.spines[["top", "right"]].set_visible(False)
    figure.tight_layout()
    figure.savefig(path, dpi=120)  # pyright: ignore[reportUnknownMemberType] # untyped keywords
    plt.close(figure)
