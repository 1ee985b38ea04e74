"""What is installed, and from where: the two environment files agree, the wheel carries the kit's files."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


def named(requirement: str) -> tuple[str, str]:
    name, bounds = re.fullmatch(r"([A-Za-z0-9_.-]+)\s*(.*)", requirement).groups()
    return name.lower().replace("_", "-"), bounds.replace(" ", "")


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_conda_and_pip_name_the_same_packages_with_the_same_bounds():
    project = pyproject()
    wanted = dict(named(r) for r in project["dependencies"] + project["optional-dependencies"]["notebooks"])
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    conda = dict(named(r) for r in listed if isinstance(r, str) and named(r)[0] not in {"python", "pip"})
    found = conda | dict(named(r) for r in by_pip if not r.startswith("-"))
    assert found == wanted


def test_the_packages_that_were_asked_for_are_there():
    project = pyproject()
    names = {named(r)[0] for r in project["dependencies"] + project["optional-dependencies"]["notebooks"]}
    asked = {"jupyterlab", "pandas", "scipy", "statsmodels", "pingouin", "matplotlib", "papermill"}
    assert asked <= names


def test_constraints_pin_every_direct_package_by_hash_and_name_no_address():
    text = "\n".join((ROOT / f"constraints{part}.txt").read_text(encoding="utf-8") for part in ("", "-bench"))
    assert "://" not in text
    pins = {named(m)[0] for m in re.findall(r"^([A-Za-z0-9_.-]+)==", text, flags=re.M)}
    project = pyproject()
    direct = project["dependencies"] + [r for extra in project["optional-dependencies"].values() for r in extra]
    assert {named(r)[0] for r in direct} <= pins
    entries = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_definitions_notebooks_and_templates_travel_in_the_wheel(wheel):
    inside = set(wheel.namelist())
    for folder, pattern in (("surveys", "**/*.yaml"), ("notebooks", "*.ipynb"), ("reports/templates", "*.typ")):
        files = [p for p in (ROOT / folder).glob(pattern) if ".ipynb_checkpoints" not in p.parts]
        assert files, folder
        for path in files:
            assert f"wellbeing/kit/{path.relative_to(ROOT).as_posix()}" in inside


def test_the_wheel_carries_no_data_and_no_output(wheel):
    assert not [name for name in wheel.namelist() if re.search(r"kit/(data|reports/output)|\.xlsx?$|checkpoint", name)]


def test_the_package_imports_without_the_heavy_libraries():
    code = (
        "import sys, wellbeing, wellbeing.cli; "
        "print([m for m in ('numpy','pandas','scipy','statsmodels','matplotlib','papermill','openpyxl','typst') "
        "if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
