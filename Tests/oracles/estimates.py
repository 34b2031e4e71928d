"""Figures over launches and their standard errors, by NumPy and SciPy.

Reads a line of JSON for each question: numerators, and perhaps denominators, each a list of launches with
their samples, and a percentile; with denominators it is that of the samples' ratios. Writes the figure, the
standard error of its logarithm by SciPy's bootstrap over launches, and Student's quantile for an interval of
95 %.
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
        if below:
            above = [numpy.divide(own, other) for own, other in zip(above, below, strict=True)]

        def statistic(chosen):
            return figure(above, [int(launch) for launch in chosen], percent)

        everything = numpy.arange(len(above))
        found = scipy.stats.bootstrap(
            (everything,), statistic, vectorized=False, n_resamples=4000, method="percentile",
            rng=numpy.random.default_rng(1))
        # Resamples of n launches vary by (n - 1)/n of what launches do.
        error = numpy.log(found.bootstrap_distribution).std() * (len(above) / (len(above) - 1)) ** 0.5
        quantile = scipy.stats.t.ppf(0.975, len(above) - 1)
        print(json.dumps([statistic(everything), error, quantile]))


if __name__ == "__main__":
    main()
