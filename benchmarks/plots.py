"""Plots of results, into ``build/``."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import matplotlib as mpl

from benchmarks.harness import OURS, Result

mpl.use("Agg")  # no display is needed
from matplotlib import pyplot as plt

__all__ = ["plot_bars"]

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
    figure.savefig(path, dpi=120)
    plt.close(figure)
