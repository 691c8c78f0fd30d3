"""How long state machines run: some seconds in the suite, as long as one likes in a campaign."""

import os

from hypothesis import HealthCheck, settings

# 1 in the suite; a campaign asks for that many times as many examples.
TIMES = int(os.environ.get("TESSERA_TEST_EXAMPLES", "1"))


def bounds(*, examples: int, steps: int) -> settings:
    """The same examples every time in the suite, new ones in a campaign."""
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=steps,
        deadline=None,
        derandomize=TIMES == 1,
        suppress_health_check=list(HealthCheck),
    )
