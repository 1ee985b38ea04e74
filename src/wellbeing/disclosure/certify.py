"""Prove that nothing hidden can be worked out, and make coarser what stands in the way (R15).

The certificate is about what is printed and what colleagues know; it never sees a true figure but through the hand that
says one more coarsely. It gives evidence: solutions in whole numbers, each checked row by row, that show for every
figure attacked as many values as must stay possible. What no solution can show is pinned by printed figures, those with
a price in the dual of its bound; the one that costs least is widened, and the search goes on. Wider figures leave
everything possible that was, so evidence found stays evidence.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from wellbeing.disclosure.bounds import Prover
from wellbeing.disclosure.joint import Joint, side_by_side
from wellbeing.disclosure.solvers import Solver, System, solver

if TYPE_CHECKING:
    import numpy as np

#: What a printed figure leaves possible: fewest and most cases, least and greatest sum; None of it where withheld.
Ends = tuple[tuple[float, float], tuple[float, float]]
_ANYTHING: Ends = ((-inf, inf), (-inf, inf))


@dataclass
class Evidence:
    """What a certificate stands on: figures attacked, solutions looked for, and what had to be widened.

    ``narrowest`` is the fewest values shown for a figure that must keep as many as the policy asks; ``leaks`` are
    figures for which too few are left whatever is widened now. ``known`` are those that would have as few values if
    this release told nothing: by numbers of people alone, or by what was told before; no part of ``narrowest``.
    """

    figures: int = 0
    solutions: int = 0
    widened: int = 0
    known: int = 0
    leaks: int = 0
    narrowest: int | None = None
    seconds: float = 0.0
    solver: str = ""

    def add(self, other: "Evidence") -> None:
        """Take in another part's evidence."""
        self.figures += other.figures
        self.solutions += other.solutions
        self.widened += other.widened
        self.known += other.known
        self.leaks += other.leaks
        self.seconds += other.seconds
        self.solver = self.solver or other.solver
        if other.narrowest is not None:
            self.narrowest = other.narrowest if self.narrowest is None else min(self.narrowest, other.narrowest)


@dataclass(frozen=True)
class Hand:
    """Who can say printed figures more coarsely.

    ``cost`` gives what widening a figure costs, least first, or None where it is not for this release to widen (what
    earlier waves printed, and what is withheld already); ``widen`` says it more coarsely and gives what it leaves
    possible then, None where it is withheld now.
    """

    cost: Callable[[Hashable], tuple[int, str] | None]
    widen: Callable[[Hashable], Ends | None]


def certify(
    joint: Joint,
    hand: Hand,
    by: Callable[[System], Solver] = solver,
    seen: "tuple[np.ndarray, np.ndarray] | None" = None,
) -> Evidence:
    """Look for evidence until there is enough for every figure, widening what stands in the way.

    Parameters
    ----------
    joint : Joint
        Rows of printed figures are named ``(figure, "cases")`` and ``(figure, "sum")``.
    hand : Hand
    by : callable, optional
        What makes a solver.
    seen : tuple of ndarray, optional
        The least and the most that solutions have shown for every target already.

    Returns
    -------
    Evidence
        ``leaks`` above 0 only where nothing that this release prints can be widened any more, and it still matters.
    """
    started = monotonic()
    names = list(joint.targets)
    evidence = Evidence(figures=len(names))
    if not names:
        return evidence
    prover = Prover(joint.system, list(joint.targets.values()), list(joint.enough.values()), by)
    if seen is not None:
        prover.least, prover.most = seen
    settled: set[int] = set()
    while left := [number for number in prover.open() if number not in settled]:
        names, wide = prover.pins(left[0])
        # Whole numbers can be lacking where the reals are not, and no price says so: then whatever costs least.
        pinning = joint.system.names if wide else names
        figures = dict.fromkeys(name[0] for name in pinning if isinstance(name, tuple))
        costs = {figure: cost for figure in figures if (cost := hand.cost(figure)) is not None}
        if not costs:
            # Nothing of this release holds it there: numbers of people do, or what was told before.
            settled.add(left[0])
            evidence.leaks += wide
            evidence.known += not wide
            continue
        figure = min(costs, key=lambda figure: costs[figure])
        cases, sums = hand.widen(figure) or _ANYTHING
        prover.relax((figure, "cases"), *cases)
        prover.relax((figure, "sum"), *sums)
        evidence.widened += 1
    evidence.narrowest = prover.narrowest(settled)
    evidence.solutions = prover.solved
    evidence.solver = prover.solver.name
    evidence.seconds = monotonic() - started
    return evidence


def certify_all(joints: Sequence[Joint], hand: Hand, by: Callable[[System], Solver] = solver) -> Evidence:
    """Certify systems that share no unknown: first all side by side, then each of which something is left alone."""
    started = monotonic()
    evidence = Evidence()
    whole = side_by_side(joints)
    if not whole.targets:
        return evidence
    # Of every target, which of the systems it belongs to: their targets stand there one after another.
    homes = [place for place, joint in enumerate(joints) for _ in joint.targets]
    prover = Prover(whole.system, list(whole.targets.values()), list(whole.enough.values()), by)
    left = {homes[number] for number in prover.look_around()}
    rest = [number for number, place in enumerate(homes) if place in left]
    evidence.figures = len(homes) - len(rest)
    evidence.narrowest = prover.narrowest(rest)
    evidence.solutions, evidence.solver = prover.solved, prover.solver.name
    evidence.seconds = monotonic() - started
    for place in sorted(left):
        own = [number for number, home in enumerate(homes) if home == place]
        evidence.add(certify(joints[place], hand, by, (prover.least[own], prover.most[own])))
    return evidence
