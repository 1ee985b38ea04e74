"""Word against deed: how probable it is that a school's record and its staff's answers contradict each other.

The record claims that a share ``r`` of the staff was reached. The survey's released class leaves some shares possible
of those who say that they were. They contradict each other where the true share ``t`` of staff who say so lies below
the claim by more than a margin ``m`` that is left to forgetting and misunderstanding::

    P(t < r - m | class)

with the prior and the posterior of `wellbeing.ledger.likelihood`: every share equally likely beforehand. Of a record
that is told as a class, ``r`` is the least that it may claim; so the probability never speaks against a school for what
its class leaves open. Those who were there and did not answer are taken to be like those who did.
"""

from wellbeing.ledger.likelihood import Possible


def contradiction(claim: float, seen: Possible, margin: float) -> float:
    """Give the probability that the share of staff who met with it lies below the claim by more than the margin.

    Parameters
    ----------
    claim : float
        The share of staff that the record claims, 0 to 1; of a class the least.
    seen : Possible
        What the released class of the answers leaves possible.
    margin : float
        0 to 1.

    Returns
    -------
    float
        0 where the claim is no larger than the margin: then nothing could contradict it.
    """
    return seen.below(claim - margin)
