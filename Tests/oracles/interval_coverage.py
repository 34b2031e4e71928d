"""How often the 95 % interval of a run's figure holds the true value, in made-up noise (docs/method.md).

Each launch has a level of its own (2 %), each sample another 1 %, and a part of a launch's samples, up to
80 %, costs 1.3 times as much. The figure is the lower quartile of all samples, its interval the percentile
bootstrap over launches.
"""

import numpy

RUNS, RESAMPLES = 1500, 400


def samples(generator, launches, each):
    """Costs by launch and sample."""
    level = 1 + 0.02 * generator.standard_normal((launches, 1))
    disturbed = generator.uniform(size=(launches, each)) < generator.uniform(0, 0.8, (launches, 1))
    return level * (1 + 0.01 * generator.standard_normal((launches, each))) * numpy.where(disturbed, 1.3, 1)


def coverage(launches, each):
    """The share of runs whose interval holds the true value."""
    generator = numpy.random.default_rng(1)
    truth = numpy.percentile(samples(generator, 20_000, each), 25)
    held = 0
    for _ in range(RUNS):
        found = samples(generator, launches, each)
        chosen = generator.integers(0, launches, (RESAMPLES, launches))
        figures = numpy.percentile(found[chosen].reshape(RESAMPLES, -1), 25, axis=1)
        low, high = numpy.percentile(figures, [2.5, 97.5])
        held += low <= truth <= high
    return held / RUNS


if __name__ == "__main__":
    for launches, each in [(5, 3), (10, 1), (10, 2), (10, 6), (25, 1)]:
        print(f"{launches} launches of {each} samples: {coverage(launches, each):.2f}")
