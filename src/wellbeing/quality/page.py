"""A wave's quality as files in the working zone: ``quality.csv`` and a page of words, ``quality.md``."""

from pathlib import Path

from wellbeing.errors import UsageError
from wellbeing.quality import FALSE_OUTLIERS, LEAST_CONSISTENT, SECONDS_PER_ITEM, SIGNS, Quality
from wellbeing.surveys import Survey
from wellbeing.texts import say
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace


def write_quality(workspace: Workspace, survey: Survey, wave: str, quality: Quality) -> Path:
    """Write both files and give the page's place.

    Raises
    ------
    UsageError
        If they cannot be written.
    """
    folder = workspace.working(survey.id, wave)
    table = quality.respondents.round(4).to_csv(index_label="row", lineterminator="\n")
    try:
        write_whole(folder / "quality.csv", table.encode("utf-8"))
        write_whole(folder / "quality.md", page(quality, survey, wave).encode("utf-8"))
    except OSError:
        raise UsageError("cannot_write", path=str(folder)) from None
    return folder / "quality.md"


def page(quality: Quality, survey: Survey, wave: str, lang: str | None = None) -> str:
    """Write the page: what was noticed about how people answered, and what was left blank."""
    people = quality.respondents
    timed, compared = int(people["seconds_per_item"].notna().sum()), int(people["mahalanobis"].notna().sum())
    halves = int(people["even_odd"].notna().sum())
    known = {"fast": timed, "straight": len(people), "inconsistent": halves, "outlier": compared}
    lines = [
        f"# {say('quality.title', lang, wave=wave)}",
        "",
        say("quality.lead", lang, count=len(people)),
        "",
        f"| {say('quality.head_sign', lang)} | {say('quality.head_count', lang)} | {say('quality.head_of', lang)} |",
        "|---|---:|---:|",
    ]
    counts = quality.counts()
    lines += [f"| {say(f'quality.sign_{sign}', lang)} | {counts[sign]} | {known[sign] or '-'} |" for sign in SIGNS]
    lines += [
        "",
        say(
            "quality.rules",
            lang,
            seconds=f"{SECONDS_PER_ITEM:g}",
            least=f"{LEAST_CONSISTENT:g}",
            outliers=f"{FALSE_OUTLIERS:.1%}",
        ),
        "",
        f"## {say('quality.blanks', lang)}",
        "",
        f"| {say('quality.head_item', lang)} | {say('quality.head_asked', lang)} "
        f"| {say('quality.head_missing', lang)} | % |",
        "|---|---:|---:|---:|",
    ]
    for column, row in quality.items.iterrows():
        missing = int(row["not_answered"] + row["refused"] + row["unreadable"])
        share = "-" if row["missing_share"] != row["missing_share"] else f"{100 * row['missing_share']:.1f}"
        lines.append(f"| {column} | {int(row['asked'])} | {missing} | {share} |")
    return "\n".join(lines) + "\n"
