"""Rows of the fault table are repeated: once as a rule, 20 times under FAIRLEAD_SOAK."""

import functools
import os
import time

ROUNDS = 20 if "FAIRLEAD_SOAK" in os.environ else 1


def in_rounds(test):
    """Repeats a test of a YardCase; what it started is removed after each round."""
    @functools.wraps(test)
    def repeated(self):
        for _ in range(ROUNDS):
            self.began = time.time()
            test(self)
            self.doCleanups()
    return repeated
