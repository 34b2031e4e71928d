"""How often the 95 % interval of a run's figure holds the true value, in made-up noise (docs/method.md).

Each launch has a level of its own (2 %), each sample another 1 %, and up to 80 % of the samples of a launch
costs 1.3 times as much. The figure is the 10th percentile of all samples, its interval Student's with the
standard error of a bootstrap over launches; beside it that bootstrap's percentile interval. Then the same of
the ratio of two such cases, of which one costs a tenth more: the median of the repetitions' ratios, where a
disturbance is over both samples of a repetition in four of five.
"""

import numpy
import scipy.stats

RUNS, RESAMPLES = 1500, 400


def samples(generator, launches, each):
    """Costs by launch and sample."""
    level, noise, disturbed = parts(generator, launches, each)
    return level * noise * numpy.where(disturbed, 1.3, 1)


def parts(generator, launches, each):
    """The level of each launch, the noise of each sample, and whether it is disturbed."""
    level = 1 + 0.02 * generator.standard_normal((launches, 1))
    disturbed = generator.uniform(size=(launches, each)) < generator.uniform(0, 0.8, (launches, 1))
    return level, 1 + 0.01 * generator.standard_normal((launches, each)), disturbed


def ratios(generator, launches, each):
    """Ratios by launch and repetition: each side has a level of its own in a launch."""
    level, noise, disturbed = parts(generator, launches, each)
    others, its, alone = parts(generator, launches, each)
    shared = generator.uniform(size=(launches, each)) < 0.8
    below = numpy.where(shared, disturbed, alone)
    factor = numpy.where(disturbed, 1.3, 1) / numpy.where(below, 1.3, 1)
    return 1.1 * level * noise / (others * its) * factor


def coverage(launches, each, make, percent):
    """The share of runs whose intervals hold what such a run finds in the middle."""
    generator = numpy.random.default_rng(1)
    truth = numpy.median([figure(make(generator, launches, each), percent) for _ in range(RUNS)])
    student, percentile = 0, 0
    quantile = scipy.stats.t.ppf(0.975, launches - 1) * (launches / (launches - 1)) ** 0.5
    for _ in range(RUNS):
        found = make(generator, launches, each)
        chosen = generator.integers(0, launches, (RESAMPLES, launches))
        figures = numpy.percentile(found[chosen].reshape(RESAMPLES, -1), percent, axis=1)
        low, high = numpy.percentile(figures, [2.5, 97.5])
        percentile += low <= truth <= high
        student += abs(numpy.log(figure(found, percent) / truth)) <= quantile * numpy.log(figures).std()
    return student / RUNS, percentile / RUNS


def figure(found, percent):
    return numpy.percentile(found, percent)


if __name__ == "__main__":
    for title, make, percent in [("cost", samples, 10), ("ratio", ratios, 50)]:
        for launches, each in [(5, 3), (10, 1), (10, 2), (10, 6), (25, 1)]:
            student, percentile = coverage(launches, each, make, percent)
            place = f"{title}, {launches} launches of {each} samples"
            print(f"{place}: {student:.2f}, percentile {percentile:.2f}")
