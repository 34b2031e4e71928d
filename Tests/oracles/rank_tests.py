"""Wilcoxon's signed-rank test, its estimate and its interval, and corrections for many tests, by SciPy.

Reads a line of JSON for each question: {"values": […]} or {"pValues": […]}. Writes for values the estimate of
Hodges and Lehmann, both one-sided p values, and the ends of the 95 % interval as the outermost centres that
the exact test does not refuse; for p values those adjusted by Holm, and by Benjamini and Hochberg.
"""

import json
import sys

import numpy
import scipy.stats


def p_value(values, side):
    """Exact; where values tie or are 0, over all signs."""
    return scipy.stats.wilcoxon(
        values, alternative=side,
        method="exact" if len(set(numpy.abs(values))) == len(values) and all(values)
        else scipy.stats.PermutationMethod(n_resamples=numpy.inf)).pvalue


def centre(values):
    """Hodges and Lehmann, and the interval by a search through all pairs' means."""
    means = sorted((a + b) / 2 for i, a in enumerate(values) for b in values[i:])
    kept = []
    for low, high in zip([means[0] - 1, *means], [*means, means[-1] + 1]):
        # Between two means the test's answer stays the same.
        p = scipy.stats.wilcoxon(numpy.array(values) - (low + high) / 2, method="exact").pvalue
        if p > 0.05:
            kept += [low, high]
    return numpy.median(means), min(kept), max(kept)


def holm(p_values):
    """Holm (1979), as he wrote it."""
    adjusted, bound = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(numpy.argsort(p_values, kind="stable")):
        bound = max(bound, min(1, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = bound
    return adjusted


def main():
    """Answers every question."""
    for line in sys.stdin:
        asked = json.loads(line)
        if "pValues" in asked and asked["pValues"] is not None:
            found = asked["pValues"]
            print(json.dumps([holm(found), list(scipy.stats.false_discovery_control(found))]))
            continue
        values = asked["values"]
        sides = [p_value(values, side) for side in ("greater", "less")]
        print(json.dumps([[float(x) for x in centre(values)], [float(x) for x in sides]]))


if __name__ == "__main__":
    main()
