"""Who proves the drafts of a wave: this process, or as many as there are cores where there is much to do.

Drafts that share no person's answer are proved each by itself, so it does not matter where: what is found is the same
on any number of cores. What other processes are given, true figures too, goes to them through pipes and lies nowhere.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing import get_context

from wellbeing.disclosure.certify import Evidence
from wellbeing.disclosure.draft import Draft
from wellbeing.disclosure.history import Look
from wellbeing.disclosure.options import certify_options
from wellbeing.disclosure.plan import Plan

#: For each so much work a process of its own: it takes some three seconds, and to start one takes one.
_MUCH = 75_000
#: A figure with cases and scores takes so many times as long as one without, and each earlier wave so many times more.
_SCORED, _BESIDE = 16, 2

#: Drafts that hang together, coarser where they had to be, and the evidence for them.
Proved = tuple[list[Draft], Evidence]


@dataclass(frozen=True, eq=False)
class Grounds:
    """What all drafts of a wave are proved beside: each measure's plan, overlaps, earlier waves, schools of units."""

    plans: Mapping[str, Plan]
    overlaps: Mapping[tuple[str, str], int]
    look: Look
    schools: Mapping[str, frozenset[str]]

    def prove(self, drafts: list[Draft]) -> Proved:
        """Prove drafts that hang together: each by itself, and all at once where they are several."""
        found = Evidence()
        for draft in drafts:
            own = self.plans[draft.desk.measure]
            found.add(draft.certify(own, self.overlaps))
            found.add(draft.certify_terms(own, self.look, self.schools))
        if len(drafts) > 1:
            own = self.plans[drafts[0].desk.measure]
            found.add(certify_options(drafts, own, self.overlaps, self.look, self.schools))
        return drafts, found

    def work(self, figures: int, scored: int) -> int:
        """Say how much there is to prove of so many `figures`, of which `scored` have cases and scores."""
        size = len(self.look.history.past) * _BESIDE + 1
        return (figures + (_SCORED - 1) * scored) * size


@contextmanager
def proving(grounds: Grounds, work: int) -> Iterator[Callable[[Sequence[list[Draft]]], list[Proved]]]:
    """Get ready to prove drafts; other processes, where they are asked, start while the drafts are still being made.

    Parameters
    ----------
    grounds : Grounds
    work : int
        As `Grounds.work` gives it.

    Yields
    ------
    callable
        Proves lots of drafts and gives what came of each, in their order. The drafts to go on with are those given.
    """
    processes = min(os.cpu_count() or 1, work // _MUCH)
    if processes < 2:
        yield lambda lots: _here(grounds, lots)
        return
    # Spawned everywhere: a forked process would hold what this one has in memory, and Windows knows no fork.
    lean = replace(grounds, look=grounds.look.without_frames())
    with ProcessPoolExecutor(processes, get_context("spawn"), _take, (lean,)) as pool:
        ready = [pool.submit(_get_ready) for _ in range(processes)]

        def prove(lots: Sequence[list[Draft]]) -> list[Proved]:
            try:
                for started in ready:
                    started.result()
                # The largest first, so that none is left for one process at the end.
                asked: dict[int, Future[Proved]] = {
                    place: pool.submit(_prove, lots[place])
                    for place in sorted(range(len(lots)), key=lambda place: -len(lots[place]))
                }
                return [asked[place].result() for place in range(len(lots))]
            except BrokenProcessPool:  # this process cannot be started again, as in a script without a main guard
                return _here(grounds, lots)

        yield prove


def _here(grounds: Grounds, lots: Sequence[list[Draft]]) -> list[Proved]:
    """Prove in this process; the solver leaves Python to the others meanwhile."""
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        return list(pool.map(grounds.prove, lots))


_GROUNDS: list[Grounds] = []


def _take(grounds: Grounds) -> None:
    _GROUNDS[:] = [grounds]


def _get_ready() -> None:
    """Load what proving needs, while there is nothing to prove yet."""
    import scipy.sparse

    from wellbeing.disclosure.solvers import System, solver

    system = System()
    system.unknown("ready", 0, 1)
    solver(system).real(scipy.sparse.csr_array([[1.0]]).toarray()[0])


def _prove(drafts: list[Draft]) -> Proved:
    return _GROUNDS[0].prove(drafts)
