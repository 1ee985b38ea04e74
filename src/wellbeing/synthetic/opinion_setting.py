"""What a county does before the opinion survey, for a made-up one: its staff by sex, age and role, the list read."""

import csv
import io

from wellbeing.free_text.word_lists import load_themes
from wellbeing.surveys import Roster
from wellbeing.whole_files import write_whole
from wellbeing.workspace import Workspace, kit_root

#: Shares of the staff. Of those who answer (`opinion_answers.people_of`) some more are women, and fewer are young.
_SEX = {"female": 0.64, "male": 0.36}
_AGE = {"under_35": 0.41, "from_35_to_49": 0.40, "from_50": 0.19}


def write_margins(workspace: Workspace, roster: Roster) -> None:
    """Write ``data/margins.csv``: the county's staff by sex, age band and role."""
    staff = [int(count) for count in roster.schools["staff"]]
    whole = sum(staff)
    leaders, middle = (sum(max(1, round(count * share)) for count in staff) for share in (0.04, 0.12))
    counts = {
        "sex": {level: round(whole * share) for level, share in _SEX.items()},
        "age_band": {level: round(whole * share) for level, share in _AGE.items()},
        "role": {"leader": leaders, "middle": middle, "staff": 0},
    }
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("variable", "level", "count"))
    for variable, levels in counts.items():
        last = list(levels)[-1]
        levels[last] = whole - sum(count for level, count in levels.items() if level != last)
        writer.writerows((variable, level, count) for level, count in levels.items())
    write_whole(workspace.root / "data" / "margins.csv", out.getvalue().encode("utf-8"))


def review_themes(workspace: Workspace, day: str) -> None:
    """Write into the workspace's word list that somebody has read it: in a made-up county nobody has to.

    Raises
    ------
    ValueError
        If the list has a line about that already.
    """
    path = workspace.surveys / "themes.yaml"
    text = (path if path.exists() else kit_root() / "surveys" / "themes.yaml").read_text(encoding="utf-8")
    if "\nreviewed:" in text or text.count("\nversion: ") != 1:
        raise ValueError("the word list has been changed: write the day of reading into it")
    line = f"reviewed: {{day: '{day}', mark: '{load_themes(workspace).mark}'}}"
    write_whole(path, text.replace("\nversion: ", f"\n{line}\nversion: ").encode("utf-8"))
