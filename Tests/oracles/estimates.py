"""Figures over launches and their intervals, by NumPy and SciPy.

Reads a line of JSON for each question: numerators, and perhaps denominators, each a list of launches with
their samples, and a percentile. Writes the figure, and of each end of its 95 % interval the range in which
another bootstrap with a thousand resamples may find it: that of 1.2 to 4 % of SciPy's resamples, and its
mirror image.
"""

import json
import sys

import numpy
import scipy.stats


def figure(launches, chosen, percent):
    """The percentile of all samples of the chosen launches."""
    return numpy.percentile(numpy.concatenate([launches[launch] for launch in chosen]), percent)


def main():
    """Answers every question."""
    for line in sys.stdin:
        asked = json.loads(line)
        above, below, percent = asked["numerators"], asked.get("denominators"), asked["percent"]

        def statistic(chosen):
            chosen = [int(launch) for launch in chosen]
            value = figure(above, chosen, percent)
            return value / figure(below, chosen, percent) if below else value

        everything = numpy.arange(len(above))
        found = scipy.stats.bootstrap(
            (everything,), statistic, vectorized=False, n_resamples=4000, method="percentile",
            rng=numpy.random.default_rng(1))
        ends = numpy.percentile(found.bootstrap_distribution, [1.2, 4, 96, 98.8])
        print(json.dumps([statistic(everything), *ends]))


if __name__ == "__main__":
    main()
