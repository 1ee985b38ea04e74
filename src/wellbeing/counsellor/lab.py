"""JupyterLab for the counsellor: her pages laid out in the confidential zone, on this machine only, and quiet."""

import json
import shutil
from pathlib import Path

from wellbeing.errors import UsageError
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace

#: What is laid out for her; the first is where she lands.
PAGES = ("start.md", "screening.ipynb")

#: Widgets' state holds what was typed and shown, so it is never saved, whatever the user's other settings say. Nothing
#: is asked of the internet, and the start page is shown as a page and not as its source.
_SETTINGS = {
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": False},
    "@jupyterlab/apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
    "@jupyterlab/docmanager-extension/plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
    "@jupyterlab/extensionmanager-extension/plugin": {"enabled": False},
    # Every step stays on the page while another is looked at; the notebook is short.
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
}
#: ``-m jupyterlab``, without the seconds in which jsonschema gets ready for addresses that nothing here checks.
_LAB = (
    "import sys; from wellbeing.engine.schemas import import_jsonschema; import_jsonschema(); "
    "from jupyterlab.labapp import main; sys.exit(main())"
)


def lay_out(workspace: Workspace) -> Path:
    """Lay the counsellor's pages out in ``data/confidential``, anew every time; give the one she lands on.

    JupyterLab saves what a notebook shows in the notebook itself. The list is not among that, but what is must not
    outlast the day either: yesterday's copy is replaced. Changes belong into ``notebooks/`` of the workspace.

    Raises
    ------
    UsageError
        If the workspace lacks one of the pages.
    """
    zone = workspace.root / "data" / "confidential"
    zone.mkdir(parents=True, exist_ok=True)
    zone.chmod(0o700)
    for name in PAGES:
        source = workspace.notebooks / name
        if not source.is_file():
            raise UsageError("no_file", path=source.relative_to(workspace.root).as_posix())
        write_whole(zone / name, source.read_bytes(), 0o600)
        shutil.rmtree(zone / ".ipynb_checkpoints", ignore_errors=True)
    for name, settings in _SETTINGS.items():
        path = _settings_folder(workspace) / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(settings, indent=1).encode("utf-8"), 0o600)
    return zone / PAGES[0]


def lab_command(workspace: Workspace, start: Path, port: int, *, browser: bool) -> list[str]:
    """Give the arguments for Python that start JupyterLab on this machine's own address, behind a token."""
    page = start.relative_to(workspace.root).as_posix()
    return [
        "-c",
        _LAB,
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        f"--ServerApp.root_dir={workspace.root}",
        f"--ServerApp.open_browser={browser}",
        # The list of files begins where her pages are.
        f"--FileContentsManager.preferred_dir={start.parent}",
        f"--LabApp.default_url=/lab/tree/{page}",
        "--LabApp.extension_manager=readonly",
        # The address is told all the same; the rest would only frighten.
        "--ServerApp.log_level=WARN",
    ]


def lab_environment(workspace: Workspace) -> dict[str, str]:
    """Give the variables that keep her settings and layout in the confidential zone, apart from other projects'."""
    return {
        "JUPYTERLAB_SETTINGS_DIR": str(_settings_folder(workspace)),
        "JUPYTERLAB_WORKSPACES_DIR": str(_settings_folder(workspace).with_name("layouts")),
        # A history of what was run would outlast the day.
        "IPYTHONDIR": str(_settings_folder(workspace).with_name("ipython")),
    }


def _settings_folder(workspace: Workspace) -> Path:
    return workspace.root / "data" / "confidential" / ".lab" / "settings"
