"""A connection to a scheduler, or to one that is started here for the time of a run."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from wellbeing.errors import UsageError

#: In the place of an address: start a scheduler and workers on this machine.
LOCAL = "local"
#: Seconds to wait for a scheduler to answer, and for its first worker.
PATIENCE = 30


@contextmanager
def connected(address: str, workers: int, patience: float = PATIENCE) -> Iterator[Any]:
    """Connect to a scheduler that has workers.

    What is started here listens on this machine only, encrypted, with a certificate that is made for the run: whoever
    reaches a scheduler can run anything as its owner. For another one, ``tls://`` and the certificates of
    distributed's own settings do the same.

    Parameters
    ----------
    address : str
        ``tcp://host:8786``, ``tls://host:8786``, or ``local``.
    workers : int
        How many are started for ``local``.
    patience : float
        Seconds.

    Yields
    ------
    distributed.Client

    Raises
    ------
    UsageError
        If distributed is not installed, nothing answers at the address, or no worker is there.
    """
    if find_spec("distributed") is None:
        raise UsageError("no_distributed")
    # Its own annotations are in parts only.
    distributed: Any = import_module("distributed")
    with ExitStack() as used:
        try:
            client: Any = used.enter_context(
                distributed.Client(used.enter_context(_local(distributed, workers)), set_as_default=False)
                if address == LOCAL
                else distributed.Client(address, timeout=patience, set_as_default=False)
            )
        except (OSError, ValueError, ImportError, TypeError, RuntimeError):
            raise UsageError("cluster_silent", address=address[:80]) from None
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            raise UsageError("cluster_no_workers", address=address[:80]) from None
        yield client


def _local(distributed: Any, workers: int) -> Any:
    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        protocol="tls://",
        security=distributed.Security.temporary(),
        # No page that shows what is done here, and no other port than a free one of this machine.
        dashboard_address=None,
        scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
    )
