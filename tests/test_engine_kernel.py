"""A forked kernel reads its command line without the parser, and must read what the parser reads."""

import sys

import pytest

pytest.importorskip("ipykernel.kernelapp")

from ipykernel import ipkernel
from ipykernel.kernelapp import IPKernelApp

from wellbeing.engine.kernel_app import ForkedApp, SingleApp, usual

USUAL = [
    pytest.param(["-f", "/tmp/k1/kernel.json"], id="jupyter_client's"),
    pytest.param(["-f", "/tmp/k1/kernel.json", "--HistoryManager.hist_file=:memory:"], id="nbclient's"),
    pytest.param(["-f", "kernel.json", "--HistoryManager.hist_file=a b"], id="another file for the history"),
]


@pytest.mark.parametrize("arguments", USUAL)
def test_the_usual_command_line_says_what_the_parser_reads_in_it(arguments):
    parsed = IPKernelApp()
    parsed.parse_command_line(arguments)
    assert usual(arguments) == parsed.cli_config
    ours = ForkedApp()
    ours.parse_command_line(arguments)
    assert (ours.connection_file, ours.config, ours.argv) == (parsed.connection_file, parsed.config, parsed.argv)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param([], id="nothing"),
        pytest.param(["--debug"], id="a flag"),
        pytest.param(["-f", "a.json", "--IPKernelApp.matplotlib=inline"], id="another setting"),
        pytest.param(["-f", "a.json", "--HistoryManager.hist_file=a", "--debug"], id="more"),
    ],
)
def test_any_other_command_line_is_the_parsers(arguments):
    assert usual(arguments) is None


def test_a_setting_that_somebody_asked_for_is_kept():
    app = ForkedApp()
    app.parse_command_line(["-f", "a.json", "--Session.key=known"])
    assert app.connection_file == "a.json"
    assert app.config.Session.key == b"known"


def test_ipykernel_sees_all_modules_again_when_its_kernel_is_made(monkeypatch):
    seen = []
    monkeypatch.setattr(IPKernelApp, "init_kernel", lambda app: seen.append(len(ipkernel.sys.modules)))
    SingleApp().init_kernel()
    assert seen == [0]
    assert ipkernel.sys is sys
