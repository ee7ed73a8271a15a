"""Random numbers that are the same on every machine and Python: everything is drawn from random()."""

import math
import random
from bisect import bisect_right
from itertools import accumulate


class Dice:
    def __init__(self, seed):
        self._random = random.Random(seed).random

    def chance(self, probability):
        return self._random() < probability

    def between(self, low, high):
        return low + (high - low) * self._random()

    def whole(self, low, high):
        """A whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def one_of(self, values):
        return values[int(self._random() * len(values))]

    def weighted(self, values, cumulative):
        """One of values; cumulative is the running sum of their weights."""
        at = bisect_right(cumulative, self._random() * cumulative[-1])
        return values[min(at, len(values) - 1)]

    def more(self, probability, most):
        """How often a coin with this probability came up before it did not; at most `most`."""
        count = 0
        while count < most and self._random() < probability:
            count += 1
        return count

    def waiting(self, mean):
        return -mean * math.log(1.0 - self._random())

    def shuffled(self, values):
        values = list(values)
        for i in range(len(values) - 1, 0, -1):
            j = self.whole(0, i)
            values[i], values[j] = values[j], values[i]
        return values


def running_sum(weights):
    return list(accumulate(weights))
