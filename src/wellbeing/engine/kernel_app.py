"""ipykernel's application, started in a fork: without a parser for a command line that is always the same."""

import sys
from types import ModuleType
from typing import Any

from ipykernel import ipkernel
from ipykernel.kernelapp import IPKernelApp
from traitlets.config import Config
from traitlets.config.loader import DeferredConfigString

#: What nbclient adds to the command line of a kernel.
_NO_HISTORY = "--HistoryManager.hist_file="


class ForkedApp(IPKernelApp):
    """A kernel's application that knows what a client says to it.

    To read a command line, traitlets makes an argument of every setting of every class: a quarter of the time that a
    forked kernel takes to come up. Anything but the two arguments that jupyter_client and nbclient give is read by it.
    """

    def init_poller(self) -> None:
        """Have nobody look every second whether the parent is there: a fork is tied to it already (`forking.Tie`)."""

    def parse_command_line(self, argv: list[str] | None = None) -> None:
        """Take up what the command line says."""
        said = None if argv is None else usual(argv)
        if said is None:
            super().parse_command_line(argv)
            return
        self.argv = list(argv or ())
        self.extra_args = []
        self.cli_config = said
        self.update_config(said)


class SingleApp(ForkedApp):
    """One for a single client that asks one thing after the other, as nbclient does.

    It has no thread that would take in two things at once (subshells), and none that says that it lives: whoever
    forked it knows.
    """

    def init_heartbeat(self) -> None:
        """Have no heart beat."""

    def init_control(self, context: Any) -> None:
        """Make the control channel, and no thread for subshells."""
        super().init_control(context)  # type: ignore[no-untyped-call]
        self.shell_channel_thread = None

    def init_kernel(self) -> None:
        """Make the kernel, which nobody will debug.

        For a debugger it would note the file of every module there is. To look at one is to have a page of memory
        copied that was the parent's too: a quarter of all that a kernel copies while it comes up.
        """
        stand_in: Any = ModuleType(sys.__name__)
        stand_in.__dict__.update(vars(sys), modules={})
        names = vars(ipkernel)
        names["sys"] = stand_in
        try:
            super().init_kernel()  # type: ignore[no-untyped-call]
        finally:
            names["sys"] = sys


def usual(arguments: list[str]) -> Config | None:
    """Give what a kernel's usual arguments say, as the parser gives it; None if they say anything else."""
    match arguments:
        case ["-f", str(file)]:
            history = None
        case ["-f", str(file), str(second)] if second.startswith(_NO_HISTORY):
            history = second.removeprefix(_NO_HISTORY)
        case _:
            return None
    said: Config = Config()
    said.IPKernelApp.connection_file = DeferredConfigString(file)
    if history is not None:
        said.HistoryManager.hist_file = DeferredConfigString(history)
    return said
