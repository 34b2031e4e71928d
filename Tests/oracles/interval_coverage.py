"""How often the 95 % interval of a run's figure holds the true value, in made-up noise (docs/method.md).

Each launch has a level of its own (2 %), each sample another 1 %, and up to 80 % of the samples of a launch
costs 1.3 times as much. The figure is the lower quartile of all samples, its interval Student's with the
standard error of a bootstrap over launches; beside it that bootstrap's percentile interval.
"""

import numpy
import scipy.stats

RUNS, RESAMPLES = 1500, 400


def samples(generator, launches, each):
    """Costs by launch and sample."""
    level = 1 + 0.02 * generator.standard_normal((launches, 1))
    disturbed = generator.uniform(size=(launches, each)) < generator.uniform(0, 0.8, (launches, 1))
    return level * (1 + 0.01 * generator.standard_normal((launches, each))) * numpy.where(disturbed, 1.3, 1)


def coverage(launches, each):
    """The share of runs whose intervals hold the true value."""
    generator = numpy.random.default_rng(1)
    truth = numpy.percentile(samples(generator, 20_000, each), 25)
    student, percentile = 0, 0
    quantile = scipy.stats.t.ppf(0.975, launches - 1) * (launches / (launches - 1)) ** 0.5
    for _ in range(RUNS):
        found = samples(generator, launches, each)
        chosen = generator.integers(0, launches, (RESAMPLES, launches))
        figures = numpy.percentile(found[chosen].reshape(RESAMPLES, -1), 25, axis=1)
        low, high = numpy.percentile(figures, [2.5, 97.5])
        percentile += low <= truth <= high
        distance = numpy.log(numpy.percentile(found, 25) / truth)
        student += abs(distance) <= quantile * numpy.log(figures).std()
    return student / RUNS, percentile / RUNS


if __name__ == "__main__":
    for launches, each in [(5, 3), (10, 1), (10, 2), (10, 6), (25, 1)]:
        student, percentile = coverage(launches, each)
        print(f"{launches} launches of {each} samples: {student:.2f}, percentile {percentile:.2f}")
