"""Codes: keyed, with a check character that catches slips, and no trace in an anonymous wave."""

import hashlib
import hmac

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wellbeing.pseudonyms import (
    ALPHABET,
    LENGTH,
    canonical_code,
    check_character,
    code_of,
    grouped,
    is_whole,
    key_mark,
    untraceable,
)

KEY = bytes(range(32))
CODES = st.text(ALPHABET, min_size=12, max_size=12).map(lambda plain: plain + check_character(plain))


def test_a_code_is_base32_of_the_keyed_digest():
    digest = hmac.new(KEY, "screening|v1|示例县|10017".encode(), hashlib.sha256).digest()
    # Sixty bits by hand: the first 60 of the digest in fives, by Crockford's alphabet.
    bits = "".join(f"{byte:08b}" for byte in digest)[:60]
    expected = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[i : i + 5], 2)] for i in range(0, 60, 5))
    code = code_of(KEY, "示例县", "10017")
    assert code[:12] == expected
    assert len(code) == LENGTH == 13
    assert is_whole(code)


def test_another_key_or_county_or_person_gives_another_code():
    codes = {code_of(key, county, person) for key in (KEY, KEY[::-1]) for county in "甲乙" for person in ("1", "2")}
    assert len(codes) == 8


def test_ten_thousand_codes_differ():
    assert len({code_of(KEY, "县", str(number)) for number in range(10_000)}) == 10_000


def test_no_letter_that_is_misread():
    assert not set("ILOU") & set(ALPHABET)
    assert len(set(ALPHABET)) == 32


def test_every_single_slip_of_a_code_is_caught():
    code = code_of(KEY, "县", "10017")
    for place in range(LENGTH):
        for wrong in set(ALPHABET) - {code[place]}:
            assert not is_whole(code[:place] + wrong + code[place + 1 :])


@given(CODES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
@settings(max_examples=300, deadline=None)
def test_a_wrong_character_is_caught(code, place, wrong):
    changed = code[:place] + wrong + code[place + 1 :]
    assert is_whole(changed) == (changed == code)


@given(CODES, st.integers(0, LENGTH - 2))
@settings(max_examples=300, deadline=None)
def test_two_neighbours_that_changed_places_are_caught(code, place):
    changed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_whole(changed) == (changed == code)


def test_every_pair_of_neighbours_at_every_place():
    # Exhaustive: a transposition changes the sum by (weight - next weight) * (a - b), so two characters decide.
    for place in range(LENGTH - 1):
        for a in ALPHABET:
            for b in ALPHABET:
                if a != b:
                    plain = ["0"] * 12
                    for at, character in ((place, a), (place + 1, b)):
                        if at < 12:
                            plain[at] = character
                    code = "".join(plain) + check_character("".join(plain))
                    changed = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
                    assert is_whole(code)
                    assert changed == code or not is_whole(changed)


@given(CODES)
def test_a_code_is_read_however_it_is_copied(code):
    for copied in (grouped(code), grouped(code).lower(), f" {code[:5]} {code[5:]} ", code.replace("1", "I")):
        assert canonical_code(copied) == code


def test_a_code_of_this_scheme_with_a_slip_is_malformed():
    code = code_of(KEY, "县", "10017")
    assert canonical_code(code[1] + code[0] + code[2:]) is None
    assert canonical_code("U" + code[1:]) is None


@pytest.mark.parametrize("older", ["7Q4K-2291-XM3T", "A00017", "TEACHER01", "ABCD"])
def test_codes_of_another_make_are_taken_as_they_are(older):
    assert canonical_code(older) == older.replace("-", "")


def test_grouping():
    assert grouped("7Q4K2291XM3TF") == "7Q4K-2291-XM3TF"
    assert grouped("7Q4K2291XM3T") == "7Q4K-2291-XM3T"
    assert grouped("ABCD") == "ABCD"


def test_the_mark_of_a_key_says_nothing_of_the_key():
    assert key_mark(KEY) != key_mark(KEY[::-1])
    assert len(key_mark(KEY)) == 16
    assert KEY.hex()[:16] not in key_mark(KEY)


def test_an_anonymous_wave_keeps_no_code_no_time_and_no_order():
    answers = pd.DataFrame(
        {
            "code": pd.Series(["A1B2"] * 200, dtype="str"),
            "submitted": pd.Series([f"2026-06-01T09:{i % 60:02}:07" for i in range(200)], dtype="str"),
            "uwes3_1": [float(i) for i in range(200)],
        },
        index=range(2, 202),
    )
    beside = pd.DataFrame({"uwes3_1": [float(i) for i in range(200)]}, index=answers.index)
    mixed, mixed_beside = untraceable(answers, beside)
    assert mixed["code"].isna().all()
    assert mixed["submitted"].isna().all()
    assert mixed.index.tolist() == list(range(200))
    assert sorted(mixed["uwes3_1"]) == sorted(answers["uwes3_1"])
    assert mixed["uwes3_1"].tolist() != answers["uwes3_1"].tolist()
    # What stands beside a row stays beside it.
    assert mixed_beside["uwes3_1"].tolist() == mixed["uwes3_1"].tolist()
    again, _ = untraceable(answers, beside)
    assert again["uwes3_1"].tolist() != mixed["uwes3_1"].tolist()
