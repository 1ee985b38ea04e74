"""The warm process: ``python -m wellbeing.engine.parent ASKS TELLS`` imports everything and then forks kernels.

It is asked in lines of JSON on the pipe ASKS and answers each with a line on TELLS; it ends when ASKS does.
"""

import json
import os
import signal
import sys
from collections.abc import Callable

from wellbeing.engine.forking import Forks, run_kernel
from wellbeing.engine.warm import draw_once, import_all, settle


def main(asks: int, tells: int) -> None:
    """Serve until nobody asks any more."""
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder it was started in, which a kernel does not keep either
    # Ctrl-C is for whoever asked; the kernels that it interrupts are told by that process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import_all()
    draw_once()
    settle()
    forks = Forks({asks, tells})
    with os.fdopen(asks, encoding="utf-8") as requests, os.fdopen(tells, "w", encoding="utf-8") as answers:
        for line in requests:
            answers.write(json.dumps(answer_to(forks, json.loads(line))) + "\n")
            answers.flush()


def answer_to(forks: Forks, request: dict[str, object], kernel: Callable[..., int] = run_kernel) -> int | None:
    """Do what was asked for: start a kernel, tell how it ended, or send it a signal.

    Parameters
    ----------
    forks : Forks
    request : dict
        ``do`` is ``start``, ``poll`` or ``signal``.
    kernel : callable
        What a new process does, as `run_kernel` does.

    Returns
    -------
    int or None
        The number of a new kernel, or an exit code.
    """

    match request:
        case {"do": "start", "arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}:
            return forks.fork(lambda tie: kernel(arguments, folder, environment, tie))
        case {"do": "poll", "kernel": int(number)}:
            return forks.poll(number)
        case {"do": "signal", "kernel": int(number), "number": int(which)}:
            forks.signal(number, which)
            return None
    raise ValueError(request)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
