"""Least squares by NumPy.

Reads a line of JSON for each question: rows of quantities, and values. Writes the coefficients.
"""

import json
import sys

import numpy

for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps(list(numpy.linalg.lstsq(numpy.array(asked["rows"]), numpy.array(asked["values"]))[0])))
