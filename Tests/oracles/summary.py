"""Makes the figures of a run's summary.csv anew from its samples.csv, with nothing but Python's library.

usage: python3 summary.py RUN-DIR

Prints every figure that differs and ends with status 1 if there is one.
"""

import csv
import math
import pathlib
import statistics
import sys


def student_t(degrees):
    """The two-sided 95 % quantile: the density integrated by Simpson's rule, the end found by bisection."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2))
    scale /= math.sqrt(degrees * math.pi)

    def within(end, steps=2_000):
        # Under x = tan(u) the heavy tails of few degrees of freedom become short.
        top = math.atan(end)
        def density(u):
            return scale * (1 + math.tan(u) ** 2 / degrees) ** (-(degrees + 1) / 2) / math.cos(u) ** 2
        width = top / steps
        inner = sum((4 if k % 2 else 2) * density(k * width) for k in range(1, steps))
        return 2 * (density(0) + inner + density(top)) * width / 3

    low, high = 0.0, 20.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < 0.95 else (low, middle)
    return (low + high) / 2


def figures(values, quantile):
    """What a row of the summary must say about these values."""
    mean = statistics.fmean(values)
    told = {
        "mean": mean, "median": statistics.median(values), "min": min(values), "max": max(values),
        "samples": len(values),
    }
    if len(values) > 1:
        margin = quantile(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
        told |= {"ci95_low": mean - margin, "ci95_high": mean + margin}
        # Nineteen cuts, of which the first is the 5th percentile.
        cuts = statistics.quantiles(values, n=20, method="inclusive")
        told |= {"p5": cuts[0], "p25": cuts[4], "p75": cuts[14], "p95": cuts[18]}
    return told


CAPACITIES = {
    "goodput_gbps", "goodput_per_thread_gbps", "packet_rate_mpps", "seal_mpps", "open_mpps",
    "unlimited_goodput_gbps", "capacity_gbps", "capacity_per_thread_gbps", "unlimited_capacity_gbps",
}


def estimate(row, values):
    """The figure that readers take."""
    metric = row["metric"]
    if not row.get("estimate"):
        return {}
    if len(values) == 1:
        return {"estimate": values[0]}
    tenths = statistics.quantiles(values, n=10, method="inclusive")
    if metric.endswith(("_cycles_per_packet", "_ns_per_packet")) and "_mean_" not in metric:
        return {"estimate": tenths[0]}
    if metric in CAPACITIES and row["basis"] != "measured":
        return {"estimate": tenths[8]}
    return {"estimate": statistics.median(values)}


def main(folder):
    """Compares every row."""
    def read(name):
        with open(folder / name, newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    samples = [row for row in read("samples.csv") if row["valid"] == "true" and not row.get("gaps")]
    quantiles = {}
    wrong = []
    count = 0
    for row in read("summary.csv"):
        own = [s for s in samples if (s["case"], s["basis"]) == (row["case"], row["basis"])]
        values = [float(s[row["metric"]]) for s in own if s[row["metric"]]]
        def quantile(degrees):
            return quantiles.setdefault(degrees, student_t(degrees))
        told = figures(values, quantile)
        for name, expected in (told | estimate(row, values)).items():
            count += 1
            if not math.isclose(float(row[name]), expected, rel_tol=1e-6, abs_tol=1e-9):
                wrong.append(f"{row['case']}, {row['metric']}: {name} is {row[name]}, not {expected}")
    print("\n".join(wrong) or f"{count} figures agree")
    return 1 if wrong or not count else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
