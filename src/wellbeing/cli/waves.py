"""Commands that take a wave the whole way: the demo and the run."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from wellbeing.cli.app import LangOption, SurveyArgument, WaveOption, WorkersOption, app, check_language
from wellbeing.cli.counsellor import write_list
from wellbeing.cli.shown import Bar, show_result
from wellbeing.errors import SchoolsFailed
from wellbeing.texts import current_language, say
from wellbeing.workspace import Workspace


@app.command(help=say("cli.demo.help"))
def demo(
    schools: Annotated[int, typer.Option("--schools", min=1, max=600, help=say("cli.demo.schools"))] = 60,
    lang: LangOption = "zh",
    out: Annotated[Path, typer.Option("--out", help=say("cli.demo.out"))] = Path("demo-county"),
) -> None:
    """A synthetic county, the whole way to PDFs."""
    from wellbeing.demo import PASSPHRASE, WAVES, demo_key, make_demo, make_demo_keys
    from wellbeing.surveys import load_survey

    check_language(lang)

    def write_lists(workspace: Workspace) -> None:
        make_demo_keys(workspace)
        for term in WAVES:
            write_list(workspace, "screening", term)

    with Bar() as progress:
        results = make_demo(out, schools=schools, lang=lang, progress=progress, imported=write_lists)
    workspace = Workspace.find(out)
    key = demo_key(workspace)
    for result in results.values():
        show_result(result)
    for survey, result in results.items():
        pdfs = sorted(path for path in result.output.glob("*.pdf") if not path.name.startswith("county"))
        county = next(result.output.glob("county_*.pdf"), result.output)
        shown = os.path.relpath(pdfs[0] if pdfs else result.output)
        title = load_survey(workspace, survey).title.in_(current_language())
        typer.echo(say("cli.demo.done", survey=title, report=os.path.relpath(county), school=shown))
    keys = {"folder": os.path.relpath(key.parent), "file": key.relative_to(workspace.root).as_posix()}
    typer.echo(
        say("keys.demo", passphrase=PASSPHRASE, county=os.path.relpath(workspace.root), wave=list(WAVES)[-1], **keys)
    )
    if failed := sum(len(result.failed) for result in results.values()):
        raise SchoolsFailed("schools_failed", count=failed, log="run.jsonl")


@app.command(help=say("cli.run.help"))
def run(
    survey: SurveyArgument,
    wave: WaveOption,
    school: Annotated[list[str] | None, typer.Option("--school", help=say("cli.run.school"))] = None,
    workers: WorkersOption = None,
    resume: Annotated[bool, typer.Option("--resume", help=say("cli.run.resume"))] = False,
    cluster: Annotated[str | None, typer.Option("--cluster", help=say("cli.run.cluster"))] = None,
    lang: LangOption = "zh",
) -> None:
    """Score, release, and make every report of a wave."""
    from wellbeing.batch.render import Renderers
    from wellbeing.batch.run import run as run_wave
    from wellbeing.cluster.rendering import rendering_on

    workspace = Workspace.find()
    check_language(lang)
    # First, and whatever becomes of the release: nobody who needs somebody waits for statistics.
    warnings = write_list(workspace, survey, wave)
    for line in warnings:
        typer.echo(line, err=True)
    with Bar() as progress:
        result = run_wave(
            workspace,
            survey,
            wave,
            frozen=datetime.now(UTC).date().isoformat(),
            schools=school or (),
            lang=lang,
            workers=workers,
            resume=resume,
            progress=progress,
            rendering=rendering_on(cluster) if cluster else Renderers,
        )
    show_result(result)
    for line in warnings:
        typer.echo(line, err=True)
    if result.failed:
        log = workspace.working(survey, wave).relative_to(workspace.root) / "run.jsonl"
        raise SchoolsFailed("schools_failed", count=len(result.failed), log=log.as_posix())
