"""`wellbeing doctor`: what is lacking is told with its remedy, in both languages, and nothing about persons."""

import json
import os
import re
import secrets
import time
from collections import namedtuple
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from wellbeing import doctor
from wellbeing.cli import call
from wellbeing.doctor import examine
from wellbeing.keys.envelope import new_identity
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.texts import area
from wellbeing.workspace import unpack

SOURCE = Path(doctor.__file__).read_text(encoding="utf-8")
posix = pytest.mark.skipif(os.name == "nt", reason="rights of access are told by mode bits on POSIX only")


@pytest.fixture
def county(tmp_path):
    # A folder whose path has a space and Chinese characters, as a user's has.
    return unpack(tmp_path / "青云 县")


def states(found, check):
    return {one.said: one.state for one in found if one.check == check}


def listed(role, number=1):
    publics = [public_half(role) for _ in range(number)]
    return [Holder(f"{role} {n}", role, public, "2026-09-01") for n, public in enumerate(publics)]


def public_half(role):
    return new_identity()[1] if role in ("counsellor", "escrow") else secrets.token_hex(32)


def test_every_check_is_told_once_at_least_and_in_order(county):
    order = [one.check for one in examine(county.root)]
    assert list(dict.fromkeys(order)) == list(doctor.ORDER)
    assert order == sorted(order, key=doctor.ORDER.index)


def test_every_finding_has_its_sentence_and_whatever_is_not_fine_its_remedy():
    told = re.findall(r'Finding\(\s*(?:"\w+"|name), "(\w+)", "(\w+)"', SOURCE)
    assert len(told) > 25
    entries = area("doctor")
    assert [said for _, said in told if said not in entries] == []
    assert [said for state, said in told if state != "fine" and f"{said}.remedy" not in entries] == []
    assert {f"state_{state}" for state, _ in told} | {f"name_{check}" for check in doctor.ORDER} <= set(entries)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_and_remedy_can_be_said(county, lang):
    lines = list(doctor.as_lines(examine(county.root), lang))
    assert all(line.strip() for line in lines)
    assert not [line for line in lines if "{" in line]


@pytest.mark.parametrize(
    ("version", "state"), [((3, 10), "lacking"), ((3, 11), "fine"), ((3, 13), "fine"), ((3, 14), "lacking")]
)
def test_a_python_that_was_never_tried_is_told(version, state):
    assert [one.state for one in doctor.check_python(version)] == [state]


def test_a_missing_and_an_old_package_are_named(monkeypatch):
    asked = ["here>=2.0", "gone>=1", "old>=10.2", 'other>=1; extra == "dev"']
    there = {"here": "2.0.1", "old": "9.30"}

    def version(name):
        if name not in there:
            raise metadata.PackageNotFoundError(name)
        return there[name]

    monkeypatch.setattr(doctor.metadata, "requires", lambda _: asked)
    monkeypatch.setattr(doctor.metadata, "version", version)
    (found,) = doctor.check_packages()
    assert (found.state, found.fields["names"]) == ("lacking", "gone, old (9.30)")


def test_the_kits_own_requirements_have_the_one_form_that_is_read():
    needed = [one for one in metadata.requires("wellbeing") if "extra ==" not in one]
    assert needed
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+>=[0-9.]+", one) for one in needed)
    assert [one.state for one in doctor.check_packages()] == ["fine"]


def test_a_font_that_is_gone_and_one_that_is_damaged_are_told(tmp_path, monkeypatch):
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a font")
    places = {"justmytype_intl_cjk": tmp_path / "gone.ttf", "pylopdf_fonts_zh_cn": broken}
    monkeypatch.setattr(doctor, "_font_file", lambda package, _: places[package])
    assert {one.said for one in doctor.check_fonts()} == {"font_gone", "font_broken"}


def test_every_font_that_the_kit_draws_with_is_looked_at():
    package = Path(doctor.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    used = set(re.findall(r'font_file\(\s*"(\w+)", "([^"]+)"', code))
    assert used
    assert used <= set(doctor.FONTS)
    assert [one.state for one in doctor.check_fonts()] == ["fine"] * len(doctor.FONTS)


def test_a_check_whose_package_is_missing_says_so_and_the_others_go_on(county, monkeypatch):
    def fail():
        raise ModuleNotFoundError("No module named 'fontTools'", name="fontTools")

    monkeypatch.setattr(doctor, "check_fonts", fail)
    found = examine(county.root)
    assert [(one.state, one.fields) for one in found if one.check == "fonts"] == [("unseen", {"module": "fontTools"})]
    assert states(found, "disk")


def test_without_a_browser_the_notebook_alone_is_touched(monkeypatch):
    def none():
        raise doctor.webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(doctor.webbrowser, "get", none)
    (found,) = doctor.check_browser()
    assert found.state == "mind"
    assert "--no-browser" in found.remedy("zh")


@pytest.mark.parametrize(
    ("encoding", "state"),
    [("utf-8", "fine"), ("cp936", "fine"), ("gb18030", "fine"), ("cp1252", "mind"), ("ascii", "mind"), (None, "mind")],
)
def test_a_console_that_cannot_show_chinese(encoding, state):
    assert [one.state for one in doctor.check_console(encoding)] == [state]


def test_outside_a_workspace_the_machine_is_looked_at_all_the_same(tmp_path):
    found = examine(tmp_path)
    assert states(found, "workspace") == {"no_workspace": "mind"}
    assert not states(found, "keys")
    assert states(found, "fonts")


@pytest.mark.parametrize("folder", ["OneDrive - 青云县教育局", "坚果云", "Dropbox", "WPS云盘"])
def test_a_workspace_in_a_folder_that_is_copied_elsewhere(tmp_path, folder):
    found = examine(unpack(tmp_path / folder / "county").root)
    assert states(found, "workspace")["synced"] == "lacking"


def test_a_path_too_long_for_windows_is_told_on_windows_only(tmp_path):
    workspace = unpack(tmp_path / ("x" * 130))
    assert "long_path" in {one.said for one in doctor.check_workspace_place(workspace, windows=True)}
    assert "long_path" not in {one.said for one in doctor.check_workspace_place(workspace, windows=False)}


def test_a_county_without_keys_hears_what_will_not_work(county):
    assert states(examine(county.root), "keys") == {
        "no_counsellor_key": "lacking",
        "no_escrow_key": "mind",
        "no_release_key": "mind",
        "few_signers": "mind",
    }


def test_a_county_with_every_key_hears_nothing_bad(county):
    for holder in [*listed("counsellor"), *listed("escrow"), *listed("release"), *listed("signer", 3)]:
        add_holder(county, holder)
    assert states(examine(county.root), "keys") == {"keys": "fine"}


def test_a_key_of_somebody_who_left_does_not_count(county):
    add_holder(county, replace(listed("counsellor")[0], left="2026-10-01"))
    assert "no_counsellor_key" in states(examine(county.root), "keys")


def test_a_persons_key_beside_the_answers_is_told(county):
    (county.root / "data" / "keys").mkdir()
    (county.root / "data" / "keys" / "zhang.key.age").write_bytes(b"age-encryption.org/v1\n")
    assert states(examine(county.root), "keys")["secret_inside"] == "mind"


def test_a_broken_list_of_keys(county):
    (county.root / "data" / "keys").mkdir()
    (county.root / "data" / "keys" / "holders.yaml").write_text("schema: 1\nholders: 3\n", encoding="utf-8")
    assert states(examine(county.root), "keys") == {"holders_broken": "lacking"}


@posix
def test_a_confidential_folder_open_to_others(county):
    zone = county.root / "data" / "confidential"
    zone.mkdir(mode=0o755)
    zone.chmod(0o755)
    found = [one for one in examine(county.root) if one.said == "open_to_others"]
    assert [one.fields["path"] for one in found] == ["data/confidential"]
    zone.chmod(0o700)
    assert "open_to_others" not in states(examine(county.root), "permissions")


def test_windows_rights_are_said_to_be_unseen(county):
    assert [one.said for one in doctor.check_permissions(county, windows=True)] == ["writable", "rights_unseen"]


def test_a_folder_that_cannot_be_written_to(county, monkeypatch):
    def refuse(**_):
        raise PermissionError(13, "denied")

    monkeypatch.setattr(doctor.tempfile, "TemporaryDirectory", refuse)
    assert [one.said for one in doctor.check_permissions(county)] == ["not_writable"]


@pytest.mark.parametrize(
    ("free", "said"), [(499_000_000, "disk_full"), (1_900_000_000, "disk_little"), (5_000_000_000, "disk")]
)
def test_room_on_the_drive(tmp_path, monkeypatch, free, said):
    usage = namedtuple("usage", "total used free")(10**12, 10**12 - free, free)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage)
    assert [one.said for one in doctor.check_disk(tmp_path)] == [said]


def test_a_clock_behind_what_was_written(county):
    later = county.root / "data" / "audit" / "log.jsonl"
    later.parent.mkdir()
    later.write_text("", encoding="utf-8")
    os.utime(later, (time.time() + 30 * 3600,) * 2)
    (found,) = doctor.check_clock(county.root)
    assert (found.state, found.said, found.fields) == ("lacking", "clock_behind", {"hours": 30})


def test_a_drive_whose_clock_is_another(county, monkeypatch):
    monkeypatch.setattr(doctor, "_drive_apart", lambda _: 600.0)
    assert states(doctor.check_clock(county.root), "clock")["clocks_apart"] == "mind"
    monkeypatch.setattr(doctor, "_drive_apart", lambda _: None)
    assert states(doctor.check_clock(county.root), "clock")["drive_clock_unseen"] == "unseen"


@posix
@pytest.mark.parametrize(("zone", "state"), [("Asia/Shanghai", "fine"), ("Europe/Berlin", "mind"), ("UTC", "mind")])
def test_the_zone_of_the_clock(county, monkeypatch, zone, state):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert [one.state for one in doctor.check_clock(county.root)] == [state]
    finally:
        monkeypatch.undo()
        time.tzset()


def test_nothing_is_left_behind(county):
    before = sorted(county.root.rglob("*"))
    examine(county.root)
    assert sorted(county.root.rglob("*")) == before


def test_the_command_tells_and_its_exit_code_says_whether_something_is_lacking(county, monkeypatch, capfd):
    monkeypatch.chdir(county.root)
    monkeypatch.setenv("WELLBEING_LANG", "zh")
    assert call(["doctor"]) == 2
    assert "[缺少] 钥匙" in capfd.readouterr().out
    for holder in [*listed("counsellor"), *listed("escrow"), *listed("release"), *listed("signer", 3)]:
        add_holder(county, holder)
    monkeypatch.setenv("WELLBEING_LANG", "en")
    assert call(["doctor"]) == 0
    assert capfd.readouterr().out.rstrip().endswith("Nothing is lacking.")


def test_json_names_no_place_above_the_workspace_and_is_plain_ascii(county, monkeypatch, capfd):
    monkeypatch.chdir(county.root)
    assert call(["doctor", "--json"]) == 2
    output = capfd.readouterr().out
    assert output.isascii()
    record = json.loads(output)
    assert (record["schema"], record["lacking"]) == (1, 1)
    assert {"check", "state", "what", "found", "remedy"} == set(record["findings"][0])
    assert str(county.root.parent) not in json.dumps(record, ensure_ascii=False)
