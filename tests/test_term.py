"""A counsellor's term, played twice: from the export to closed cases, the second term knowing the first."""

import pytest

from wellbeing.batch.analysis import analyse
from wellbeing.counsellor import Desk, open_desk
from wellbeing.counsellor.issued import pages_as_pictures
from wellbeing.disclosure.state import advance
from wellbeing.followup import open_register
from wellbeing.keys import envelope
from wellbeing.keys.holders import Holder, add_holder
from wellbeing.reports import write_school_report
from wellbeing.synthetic import make_county
from wellbeing.workspace import unpack

pytestmark = pytest.mark.slow

SPRING, AUTUMN = "2026-spring", "2026-autumn"


@pytest.fixture(scope="module")
def county(tmp_path_factory):
    workspace = unpack(tmp_path_factory.mktemp("term") / "county")
    made = make_county(workspace.root, schools=2, waves=(SPRING, AUTUMN))
    secret, public = envelope.new_identity()
    add_holder(workspace, Holder("zhang", "counsellor", public, "2026-01-01"))
    return workspace, made, envelope.identity_of(secret)


def sit_down(workspace, made, identity, wave):
    """Open the desk, read the wave's export, and open the list; without a passphrase, which takes two seconds."""
    desk = open_desk(wave, workspace=workspace)
    desk.take_in(made.exports[wave])
    desk.register = open_register(workspace, desk.survey, wave, [identity])
    return desk


def work_through(desk, day, end):
    """Reach everybody in the order of the list, refer the severe, print a page for the first, and close everything."""
    first = desk.week().now[0].entry.code
    page = desk.make_page(first)
    while new := [*desk.week().now, *desk.week().waiting]:
        case = new[0]
        desk.record(case.entry.code, "referred" if case.entry.level <= 2 else "reached", day)
    for case in desk.week().in_touch:
        desk.record(case.entry.code, "closed", end)
    return page


def test_two_terms_from_export_to_closed_cases(county, monkeypatch):
    workspace, made, identity = county
    (workspace.root / "data" / "confidential").mkdir(parents=True, exist_ok=True)
    monkeypatch.chdir(workspace.root / "data" / "confidential")
    monkeypatch.setattr(Desk, "today", "2026-12-31")

    # The first term: nobody has a history.
    spring = sit_down(workspace, made, identity, SPRING)
    began = {case.entry.code for case in spring.opened().cases()}
    assert len(began) > 20
    assert not any(case.earlier for case in spring.opened().cases())
    assert spring.line(spring.week().now[0]).changes == ("没有上学期的分数",)
    page = work_through(spring, "2026-05-25", "2026-06-30")
    assert not page.exists()
    week = spring.week()
    assert (week.now, week.waiting, week.in_touch) == ((), (), ())
    assert {case.entry.code for case in week.closed} == began

    # The second: the same codes are known again, with what was recorded and the change since.
    autumn = sit_down(workspace, made, identity, AUTUMN)
    cases = {case.entry.code: case for case in autumn.opened().cases()}
    known = began & set(cases)
    assert len(known) > 10
    for code in known:
        assert [contact.state for _, contact in cases[code].earlier][-1] == "closed"
        assert cases[code].state == "to_contact"
        line = autumn.line(cases[code])
        assert line.last == "2026-spring：已结案（2026-06-30）"
        assert any("上学期" in part or "变" in part or "好转" in part for part in line.changes)
    assert not any(case.earlier for code, case in cases.items() if code not in began)
    rise = autumn.line(cases[made.planted.rise])
    # PHQ-9 from 3 to 13.
    assert "PHQ-9：+10 分，明显变差" in rise.changes
    assert rise.when == "this_week"
    today = [case.entry.code for case in autumn.week().now if case.entry.when == "today"]
    assert set(made.planted.critical) <= set(today)
    work_through(autumn, "2026-11-25", "2026-12-20")
    assert {case.state for case in autumn.opened().cases()} == {"closed"}
    assert not list((workspace.confidential("screening", AUTUMN) / "pages").iterdir())

    # The school's report is shown once it is issued, and not before.
    school = made.planted.raised_school
    autumn.choose_school(school)
    assert autumn.report().pdf is None
    release = analyse(workspace, "screening", AUTUMN, "2026-11-20", False, lambda _: None)
    output = workspace.output("screening", AUTUMN) / "zh"
    made_by_the_bureau = write_school_report(release, school, "zh", output, workspace.templates)
    assert autumn.report().pdf is None
    folder = workspace.released("screening", AUTUMN)
    advance(folder, "approved", "officer")
    advance(folder, "issued", "officer")
    shown = autumn.report()
    assert shown.pdf == made_by_the_bureau
    pictures = pages_as_pictures(shown.pdf)
    assert len(pictures) >= 2
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
