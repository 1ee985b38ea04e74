"""docs/architecture.md against what there is: every room, the layers of the contracts, the picture of the flow."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "wellbeing"
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def contracts() -> dict[str, dict]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {one["name"]: one for one in settings["tool"]["importlinter"]["contracts"]}


def layers() -> dict[str, int]:
    """Give each room its height: 0 is what knows nothing of the others."""
    told = contracts()["Data flow one way"]["layers"]
    return {
        room.strip().removeprefix("wellbeing."): height
        for height, layer in enumerate(reversed(told))
        for room in re.split(r"[|:]", layer)
    }


def rows() -> list[list[str]]:
    table = PAGE.split("## The rooms")[1].split("\n## ")[0]
    first = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [re.findall(r"`([\w/]+)`", cell) for cell in first]


def picture() -> list[str]:
    return PAGE.split("```")[1].splitlines()


def flow() -> list[str]:
    """Give the steps from an export to a school's desk: the picture's two long lines, one after the other."""
    first = next(line for line in picture() if line.startswith("exports"))
    second = next(line for line in picture() if line.startswith("└▶"))
    return [step.strip(" ─┐└▶") for line in (first, second) for step in line.split("─▶")]


def test_every_room_has_its_row_and_every_row_its_room():
    there = {f"{path.name}/" for path in PACKAGE.iterdir() if (path / "__init__.py").exists()} | {
        path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"
    }
    told = [room for row in rows() for room in row]
    assert len(told) == len(set(told))
    # A package may be named without its stroke.
    assert {name.rstrip("/") for name in told} == {name.rstrip("/") for name in there}


def test_every_layer_of_the_contracts_is_a_room_that_is_there():
    for room in layers():
        assert (PACKAGE / room).is_dir() or (PACKAGE / f"{room}.py").is_file(), room


def test_the_table_goes_up_the_layers_row_by_row():
    height = layers()
    tops = [[height[room.rstrip("/")] for room in row if room.rstrip("/") in height] for row in rows()]
    lowest = [min(told) for told in tops if told]
    assert len(lowest) > 25
    # A row may hold rooms of several layers; where it begins never lies below where an earlier one began by more than
    # the neighbours that a reader is told of together.
    assert lowest[0] <= 3
    assert lowest[-1] >= max(lowest) - 1
    middle = lowest.index(height["disclosure"])
    assert all(below < height["disclosure"] for below in lowest[:middle] if below != height["exporters"])
    assert all(above > height["item_functioning"] for above in lowest[middle:])


def test_nothing_left_of_the_boundary_in_the_picture_may_be_imported_right_of_it():
    steps = flow()
    left = [step for step in steps[: steps.index("disclosure")] if (PACKAGE / step).exists() or is_module(step)]
    right = [step for step in steps[steps.index("disclosure") + 1 :] if step in ("figures", "reports")]
    assert left == ["importers", "responses", "scoring", "aggregates"]
    assert right == ["figures", "reports"]
    fence = contracts()["Figures and reports see releases only"]
    assert {f"wellbeing.{step}" for step in right} <= set(fence["source_modules"])
    assert {f"wellbeing.{step}" for step in left} | {"wellbeing.followup"} <= set(fence["forbidden_modules"])


def test_the_arrows_after_the_boundary_go_up_the_layers():
    steps = flow()
    height = layers()
    after = [height[step] for step in steps[steps.index("disclosure") :] if step in height]
    assert len(after) == 5
    assert after == sorted(after)
    before = [height[step] for step in ("responses", "scoring", "aggregates", "disclosure")]
    assert before == sorted(before)


def test_only_the_command_line_and_the_counsellors_room_lie_above_the_worklist():
    forbidden = contracts()["Only the command line reaches the worklist"]
    assert "wellbeing.followup" in forbidden["forbidden_modules"]
    assert any("└─▶ followup ─▶ data/confidential" in line for line in picture())


def is_module(step: str) -> bool:
    return (PACKAGE / f"{step}.py").is_file()
