"""What a run tells of its pace."""

import pytest

from wellbeing.batch.progress import Pace
from wellbeing.batch.render import Job, Outcome


def test_done_failed_rate_and_time_left():
    now = [100.0]
    pace = Pace(10, clock=lambda: now[0])
    assert (pace.rate, pace.left) == (0.0, None)
    job = Job("S001", "S001", "n.ipynb", {})
    now[0] += 2
    for error in (None, None, "KeyError", None):
        pace.add(Outcome(job, error, None, 0.5))
    assert (pace.done, pace.failed) == (4, 1)
    assert pace.rate == pytest.approx(2.0)
    assert pace.left == pytest.approx(3.0)
