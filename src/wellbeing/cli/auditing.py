"""Commands that try to find out what must stay hidden: from releases, and from finished files."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wellbeing.cli.app import app
from wellbeing.errors import DisclosureError, UsageError
from wellbeing.texts import say
from wellbeing.workspace import Workspace

if TYPE_CHECKING:
    from wellbeing.attack import AuditResult
    from wellbeing.scan import Finding, ScanResult

JsonOption = Annotated[bool, typer.Option("--json", help=say("cli.json"))]


@app.command(help=say("cli.audit.help"))
def audit(
    folders: Annotated[list[Path], typer.Argument(help=say("cli.audit.folders"), metavar="RELEASE_DIR...")],
    known: Annotated[Path | None, typer.Option("--known", help=say("cli.audit.known"))] = None,
    as_json: JsonOption = False,
) -> None:
    """Attack releases; exit code 4 where one leaks."""
    from wellbeing.attack import audit_release, read_known

    result = audit_release(folders, read_known(known) if known else None)
    if as_json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, indent=1))
    else:
        _show_audit(result)
    if result.leaks:
        raise typer.Exit(DisclosureError.exit_code)


@app.command(help=say("cli.scan.help"))
def scan(
    folder: Annotated[Path, typer.Argument(help=say("cli.scan.folder"))],
    as_json: JsonOption = False,
) -> None:
    """Search finished files; exit code 4 where something is found."""
    from wellbeing.scan import machine_needles, needles_of, scan_folder

    if not folder.exists():
        raise UsageError("no_such_folder", folder=str(folder))
    workspace = _workspace_of(folder)
    if workspace is None and not as_json:
        typer.echo(say("auditing.scan_no_workspace"), err=True)
    needles = needles_of(workspace) if workspace else machine_needles()
    result = scan_folder(folder, needles)
    if as_json:
        typer.echo(json.dumps(asdict(result), ensure_ascii=False, indent=1))
    else:
        _show_scan(result)
    if result.findings:
        raise typer.Exit(DisclosureError.exit_code)


def _workspace_of(folder: Path) -> Workspace | None:
    """Find the workspace that the folder lies in, or the one that the user stands in."""
    for start in (folder, Path.cwd()):
        try:
            return Workspace.find(start)
        except UsageError:  # it lies in none: finished files may be looked at anywhere
            continue
    return None


def _show_audit(result: "AuditResult") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False)
    if result.leaks:
        table = Table(box=None, pad_edge=False)
        for head in ("release", "unit", "group", "measure", "kind"):
            table.add_column(say(f"auditing.audit_head_{head}"))
        table.add_column(say("auditing.audit_head_values"), justify="right")
        for leak in result.leaks:
            kind = say(f"auditing.leak_{leak.kind}")
            table.add_row(leak.release, leak.unit, leak.group, leak.measure, kind, str(leak.values))
        console.print(table)
    for name in result.unread:
        console.print(say("auditing.audit_unread", name=name))
    for measure, count in result.informative.items():
        console.print(say("auditing.audit_informative", measure=measure, count=count, units=result.units))
    console.print(
        say(
            "auditing.audit_figures",
            count=result.figures,
            releases=len(result.releases),
            seconds=f"{result.seconds:.1f}",
            solver=result.solver,
        )
    )
    console.print(say("auditing.audit_artefacts", count=result.artefacts, numbers=result.numbers))
    if result.narrowest is None:
        console.print(say("auditing.audit_narrowest_none"))
    else:
        console.print(say("auditing.audit_narrowest", values=result.narrowest))
    console.print(say("auditing.audit_leaks", count=len(result.leaks)))
    if result.leaks:
        console.print(say("auditing.audit_refused"))


def _show_scan(result: "ScanResult") -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False, soft_wrap=True)
    for finding in result.findings:
        console.print(f"{finding.file}  {say(f'auditing.kind_{finding.kind}')}  {_place(finding)}")
    console.print(
        say(
            "auditing.scan_done",
            files=result.files,
            size=f"{result.bytes / 2**20:.1f}",
            seconds=f"{result.seconds:.1f}",
            count=len(result.findings),
        )
    )
    if result.findings:
        console.print(say("auditing.scan_refused"))


def _place(finding: "Finding") -> str:
    steps = [say(f"auditing.place_{word}", number=number) for word, number in finding.place]
    return " > ".join(steps) or say("auditing.place_whole")
