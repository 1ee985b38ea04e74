"""What Windows does otherwise, as far as it can be simulated here: paths, consoles, line ends, names, processes.

Nothing of this ran on Windows; docs/start/installer.md says so.
"""

import ast
import io
import multiprocessing
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path, PureWindowsPath

import pytest

from wellbeing.cli import call
from wellbeing.surveys import load_survey
from wellbeing.synthetic import make_county
from wellbeing.workspace import Workspace, kit_root, unpack

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "wellbeing"
SOURCES = sorted(PACKAGE.rglob("*.py"))
WAVE = "2026-autumn"

#: Names that Windows keeps for devices, whatever their ending.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    """A county in a folder such as `C:\\Users\\张 老师\\我的 文档`."""
    workspace = unpack(tmp_path_factory.mktemp("张 老师") / "我的 文档（县）")
    return make_county(workspace.root, schools=3)


def calls(tree: ast.AST):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


def test_every_text_file_is_opened_in_an_encoding_that_is_named():
    bare = []
    for path in SOURCES:
        for name, node in calls(ast.parse(path.read_text(encoding="utf-8"))):
            words = {keyword.arg for keyword in node.keywords}
            if name == "read_text" and not node.args and "encoding" not in words:
                bare.append(f"{path.name}:{node.lineno}")
            if name == "write_text" and len(node.args) < 2 and "encoding" not in words:
                bare.append(f"{path.name}:{node.lineno}")
            if name == "open" and "encoding" not in words:
                place = 0 if isinstance(node.func, ast.Attribute) else 1
                mode = node.args[place] if len(node.args) > place else None
                binary = isinstance(mode, ast.Constant) and isinstance(mode.value, str) and "b" in mode.value
                foreign = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in FOREIGN_OPEN
                if not binary and not foreign:
                    bare.append(f"{path.name}:{node.lineno}")
    assert bare == []


#: What has an `open` that opens no text file.
FOREIGN_OPEN = {"package", "seen", "prover", "os", "webbrowser", "zipfile", "tarfile", "Image"}


def test_what_windows_lacks_is_asked_for_only_where_it_is_known_to_be_there():
    """`os.fork`, `resource`, `fcntl`, `pwd` and process groups: only behind a look at the system."""
    guarded = re.compile(r"hasattr\(os|sys\.platform|os\.name|platform\.system|find_spec|ImportError|getattr\(os")
    for path in SOURCES:
        code = path.read_text(encoding="utf-8")
        used = re.findall(r"\bos\.(?:fork|getuid|geteuid|killpg|setsid|getpgid|mkfifo|chown)\b", code)
        used += re.findall(r"^\s*import (?:fcntl|resource|pwd|grp|termios)\b", code, flags=re.M)
        assert not used or guarded.search(code) or "forking" in path.name or path.name in FORKED, (path.name, used)
        # At the head of a module such an import stops Windows before anything can be asked.
        tree = ast.parse(code)
        heads = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
        assert not heads & {"fcntl", "resource", "pwd", "grp", "termios"}, path.name


#: Modules of the engine that run only inside a process that was forked.
FORKED = {"parent.py", "warm.py"}


def test_no_name_in_the_kit_is_one_that_windows_refuses():
    for folder in ("src", "surveys", "notebooks", "reports/templates", "docs", "tests", "benchmarks", "tools"):
        lower: dict[str, str] = {}
        for path in (ROOT / folder).rglob("*"):
            if "__pycache__" in path.parts:
                continue
            here = path.relative_to(ROOT).as_posix()
            assert not re.search(r'[<>:"\\|?*]', here), here
            assert path.name.split(".")[0].lower() not in DEVICES, here
            assert not path.name.endswith((".", " ")), here
            # Windows tells no large letters from small ones.
            assert lower.setdefault(here.lower(), here) == here, here
            assert len(here) < 140, here


def test_nothing_that_is_written_has_a_name_that_windows_refuses(county):
    assert call_in(county.folder, ["import", str(county.exports[WAVE]), "--survey", "screening", "--wave", WAVE]) == 0
    for path in (county.folder / "data").rglob("*"):
        assert PureWindowsPath(path.name).name == path.name
        assert not re.search(r'[<>:"\\|?*]', path.name), path.name
        assert len(str(path.relative_to(county.folder))) < 140


def call_in(folder: Path, words: list[str]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return call(words)


def test_definitions_saved_with_crlf_and_a_byte_order_mark_are_the_same_definitions(tmp_path):
    plain, windows = unpack(tmp_path / "plain"), unpack(tmp_path / "windows")
    for path in windows.surveys.rglob("*.yaml"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    one, other = load_survey(windows, "screening"), load_survey(plain, "screening")
    # The digest tells the bytes of a file, which are others; all that is read from them is the same.
    for mine, theirs in zip(one.parts, other.parts, strict=True):
        assert replace(mine.instrument, digest="") == replace(theirs.instrument, digest="")
    assert (one.items, one.columns) == (other.items, other.columns)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_roster_saved_by_a_chinese_excel_is_read(tmp_path, monkeypatch, capfd, encoding):
    workspace = unpack(tmp_path / "青云 县")
    row = "school_id,name,town,kind,rural,staff\r\nS001,青云镇中心小学,青云镇,primary,yes,46\r\n"
    workspace.roster.write_bytes(row.encode(encoding))
    monkeypatch.chdir(workspace.root)
    assert call(["check"]) == 0
    assert "1 所学校单独报告" in capfd.readouterr().out


@pytest.mark.parametrize("encoding", ["cp936", "cp1252", "ascii"])
@pytest.mark.parametrize("words", [["--help"], ["check"], ["doctor"], ["instruments"], ["frobnicate"]])
def test_a_console_of_windows_stops_no_command(tmp_path, encoding, words):
    """Marks in place of what the console cannot show; in cp936 every Chinese sentence is whole."""
    workspace = kept(tmp_path)
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workspace.root)
        patch.delenv("WELLBEING_LANG", raising=False)
        patch.setattr(sys, "stdout", stream)
        patch.setattr(sys, "stderr", stream)
        code = call(words)
    assert code in (0, 2)
    # Where a console says that it knows ASCII alone, click takes it for one that was never set up, and writes UTF-8.
    shown = stream.buffer.getvalue().decode("utf-8" if encoding == "ascii" else encoding)
    assert shown.strip()
    assert "Traceback" not in shown
    if encoding == "cp936" and words[0] in ("--help", "doctor", "check"):
        assert "?" not in shown


_KEPT: dict[str, Workspace] = {}


def kept(folder: Path) -> Workspace:
    """One workspace for all consoles: nothing is written to it."""
    if "workspace" not in _KEPT:
        _KEPT["workspace"] = unpack(folder / "县")
    return _KEPT["workspace"]


def test_every_sentence_of_the_kit_can_be_shown_by_a_console_in_cp936():
    """GBK, the code page of a Chinese Windows; what it lacks would be a question mark in the middle of a sentence."""
    import yaml

    lacking = {}
    for path in (PACKAGE / "texts").glob("*.yaml"):
        for key, told in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            for sign in told["zh"]:
                try:
                    sign.encode("cp936")
                except UnicodeEncodeError:
                    lacking.setdefault(sign, f"{path.stem}.{key}")
    assert set(lacking) <= SHOWN_ON_PAPER, {
        sign: where for sign, where in lacking.items() if sign not in SHOWN_ON_PAPER
    }


#: Signs that GBK lacks and that stand only in reports and files, which are Unicode.
SHOWN_ON_PAPER = {"✓", "²"}


def test_a_spawned_process_can_import_whatever_a_worker_is_given():
    """Windows starts processes anew: what they run must be found by name, at the top of a module."""
    from wellbeing.batch import worker

    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.apply(_name_of, (worker.__name__,)) == worker.__name__


def _name_of(module: str) -> str:
    from importlib import import_module

    return import_module(module).__name__


def test_the_command_runs_under_a_path_with_spaces_and_chinese_and_without_utf8_mode(tmp_path):
    workspace = unpack(tmp_path / "张 老师" / "我的 文档")
    environment = {
        "PATH": "",
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONIOENCODING": "cp936",
    }
    command = [sys.executable, "-c", "from wellbeing.cli import main; main()", "check"]
    done = subprocess.run(command, cwd=workspace.root, env=environment, capture_output=True)
    told = (done.stdout + done.stderr).decode("cp936")
    assert done.returncode == 0, told
    assert "学校名册" in told or "roster" in told


def test_the_set_up_without_make_finds_its_programs_on_windows():
    code = (ROOT / "tools" / "setup.py").read_text(encoding="utf-8")
    assert "Scripts" in code
    assert kit_root().is_dir()
