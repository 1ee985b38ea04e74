"""Many needles at once are found exactly where each by itself is; and the gate before them hides none."""

import random
import re
import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.scan.gate import Gate
from wellbeing.scan.grams import Needlework
from wellbeing.scan.needles import _LEFT_OUT, same

# Letters of one and of two units of UTF-16; few of them, so that needles overlap and nearly stand there.
LETTERS = "ab7金丝𠮷"


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(LETTERS, min_size=1, max_size=20), min_size=1, max_size=80),
    st.lists(st.text(LETTERS + "-", max_size=60), min_size=1, max_size=10),
    st.integers(0, 79),
)
def test_what_is_found_is_what_stands_there(needles, straws, chosen):
    kinds = {"code": needles[::2], "name": needles[1::2]}
    work = Needlework(kinds)
    hidden = needles[chosen % len(needles)]
    for straw in [*straws, *(straw + hidden + straw for straw in straws)]:
        expected = {kind for kind, texts in kinds.items() if any(text in straw for text in texts)}
        assert work.kinds_in(straw) == expected


def test_each_of_a_thousand_codes_at_every_place():
    rng = random.Random(5)
    codes = ["".join(rng.choices("0123456789abcdefghjkmnpqrstvwxyz", k=12)) for _ in range(1000)]
    work = Needlework({"code": codes, "path": ["/work/place/of/somebody"]})
    for at, code in enumerate(codes):
        assert work.kinds_in("." * (at % 9) + code) == {"code"}
        assert work.kinds_in("." * (at % 9) + code[:-1] + "!") == set()
    assert work.kinds_in("a/work/place/of/somebody-else") == {"path"}


def test_no_needle_is_found_in_nothing():
    many = Needlework({"code": [f"{number:09}" for number in range(50)]})
    assert many.kinds_in("") == set()
    assert Needlework({"code": []}).kinds_in("anything") == set()
    assert Needlework({"code": [""] * 40}).kinds_in("anything") == set()


# Ways in which the same letters may be written: the form in which they are compared undoes each.
WRITTEN = [
    lambda text: text,
    str.upper,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in text),
    "\u200b".join,
    " - ".join,
    lambda text: text.replace("ss", "ß").replace("ff", "\ufb00").replace("k", "\u212a"),
    # Mathematical letters beyond the basic plane
    lambda text: "".join(chr(0x1D41A + ord(letter) - 97) if "a" <= letter <= "z" else letter for letter in text),
]
NEEDLES = [
    "7q4k2291xm3t",
    "校长总是在会上点名批评我",
    "strassenoffizier",
    "한국어문장입니다",
    "ガギグゲゴパピプ",
    "éàüöñçêîôû",
]


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(NEEDLES), st.sampled_from(WRITTEN), st.binary(max_size=200), st.binary(max_size=200), st.booleans()
)
def test_the_gate_lets_every_way_of_writing_a_needle_through(needle, write, before, behind, inside):
    work = f"{before.decode('utf-16-le', 'ignore')}{write(needle)}{behind.decode('gb18030', 'ignore')}"
    text = work if inside else write(needle)
    needle = same(needle)
    if needle in same(text):  # a mark at the start of what is behind may change its last letter
        assert needle in same(GATE.near(text))
    else:
        assert inside


GATE = Gate(map(same, NEEDLES), _LEFT_OUT)


def test_every_letter_of_the_basic_plane_alone():
    # A gate for one letter must let through every letter that becomes it.
    for wanted in "7가é":
        needle = same(wanted)
        gate = Gate([needle], re.compile(_LEFT_OUT.pattern))
        plane = [chr(number) for number in range(0x10000) if not 0xD800 <= number < 0xE000]
        become = [letter for letter in plane if needle in same(letter)]
        assert become
        assert all(needle in same(gate.near(f"\0{letter}\0")) for letter in become)


def test_the_gate_keeps_letters_at_random_out():
    noise = random.Random(7).randbytes(40_000).decode("utf-16-le", "ignore")
    assert len(GATE.near(noise)) < len(noise) / 100
    assert Gate([], _LEFT_OUT).near("anything") == ""
