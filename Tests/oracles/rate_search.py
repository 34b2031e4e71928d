"""Drives MLRsearch, the reference controller of RFC 9971, over pipes.

Reads one line with goals and limits, then writes a line {"load", "seconds"} for each trial that is to be made
and reads a line {"loss_ratio"}; at last it writes {"results": [...]}, a result for each goal.
"""

import json
import sys

from MLRsearch import AbstractMeasurer, Config, MeasurementResult, MultipleLossRatioSearch, SearchGoal


class Measurer(AbstractMeasurer):
    def measure(self, intended_duration, intended_load):
        print(json.dumps({"load": intended_load, "seconds": intended_duration}), flush=True)
        loss = json.loads(sys.stdin.readline())["loss_ratio"]
        # So many that the rounding to whole frames changes no loss ratio.
        count = 10**12
        return MeasurementResult(
            intended_duration=intended_duration,
            intended_load=intended_load,
            offered_count=count,
            loss_count=round(loss * count),
            duration_with_overheads=intended_duration + 0.5,
        )


setup = json.loads(sys.stdin.readline())
config = Config()
config.goals = [
    SearchGoal(
        loss_ratio=goal["lossRatio"],
        exceed_ratio=goal["exceedRatio"],
        relative_width=goal["width"],
        initial_trial_duration=goal["initialTrialSeconds"],
        final_trial_duration=goal["finalTrialSeconds"],
        duration_sum=goal["durationSumSeconds"],
    )
    for goal in setup["goals"]
]
config.max_load = setup["maxLoad"]
config.min_load = setup["minLoad"]
config.search_duration_max = setup["secondsMax"]
config.warmup_duration = 0.0
found = MultipleLossRatioSearch(config=config).search(Measurer(), debug=None)


def number(value):
    return None if value is None else float(value)


print(
    json.dumps(
        {
            "results": [
                {
                    "lower": number(result.relevant_lower_bound),
                    "upper": number(result.relevant_upper_bound),
                    "conditionalThroughput": number(result.conditional_throughput),
                }
                for result in found.values()
            ]
        }
    ),
    flush=True,
)
