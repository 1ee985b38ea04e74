"""What is split before pypdf is split as pypdf does it; what is odd is left to pypdf."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf.generic import ContentStream, DecodedStreamObject

from wellbeing.scan.contents import operations_of
from wellbeing.scan.syntax import is_plain_object

#: The operators that pypdf takes text from.
TEXT = {b"q", b"Q", b"cm", b"BT", b"ET", b"Tm", b"Td", b"TD", b"T*", b"Tf", b"Tj", b"TJ", b"'", b'"', b"Do"}
TEXT |= {b"Tc", b"Tw", b"Tz", b"TL"}


def by_pypdf(data: bytes):
    stream = DecodedStreamObject()
    stream.set_data(data)
    operations = ContentStream(stream, None, "bytes").operations
    return [(operands, operator) for operands, operator in operations if operator in TEXT]


USUAL = [
    b"BT /F1 12 Tf 20 100 Td (about 45) Tj ET",
    rb"BT(a\(b\)c\\d\n\101\7\12x)Tj <00 4f6> Tj[(7Q4K)-20 .5(2291)+3.(a(b(c)d)e)<41>]TJ T* (x)' ET",
    b"q 1 0 0 -1 51.02 787.1038 cm/c0 cs 0.3 0.3 0.3 scn\nBT 0 Tr/f0 9 Tf 1 0 0 -1 0 0 Tm[(\\000#\\001)]TJ\nET\nQ",
    b"/Span<</MCID 0/ActualText<FEFF0041>>>BDC (x) Tj EMC/P BMC EMC [1 2] 0 d 4 M 1 w",
    b"BT 14 TL 1 Tc 2 Tw 90 Tz 3 -4 TD (x) Tj ET /Fm1 Do",
    b"0 0 m 1 2 l 1 2 3 4 5 6 c h W* n 0 0 9 9 re f* 1 0 0 rg B (after) Tj",
]
ODD = [
    b"BT % a comment\n(x) Tj ET",
    b"BI /W 1 /H 1 /BPC 8 /CS /G ID \x00 EI (x) Tj",
    rb"(\q) Tj",
    rb"(\777) Tj",
    b"(((((deep))))) Tj",
    b"(open Tj",
    b"1 0 0 cm (x) Tj",
    b'2 1 (x) " ',
    b"(left over) EMC",
    b"/F#31 12 Tf (x) Tj",
    b"1-2 Td",
]


@pytest.mark.parametrize("data", USUAL)
def test_usual_content_is_split_as_pypdf_does(data):
    split = operations_of(data)
    assert split is not None
    assert split == by_pypdf(data)


@pytest.mark.parametrize("data", ODD)
def test_odd_content_is_left_to_pypdf(data):
    assert operations_of(data) is None


WRITTEN = [
    *(data.split(b" ") for data in USUAL),
    [b"(", b")", b"\\", b"<", b">", b"[", b"]", b"/", b"%", b"12", b".", b"ET"],
]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from([word for words in WRITTEN for word in words]), max_size=12), st.sampled_from(USUAL))
def test_whatever_is_split_is_split_as_pypdf_does(words, usual):
    for data in (b" ".join(words), b"".join(words), usual + b" " + b" ".join(words)):
        split = operations_of(data)
        if split is not None:
            # A state in which nothing is shown is left out here.
            assert [one for one in split if one[1] not in {b"q", b"Q", b"cm"}] == [
                one for one in by_pypdf(data) if one[1] not in {b"q", b"Q", b"cm"}
            ]


def test_a_state_in_which_nothing_is_shown_is_left_out():
    assert operations_of(b"q 1 0 0 1 5 5 cm q 0 0 m 1 1 l S Q Q (x) Tj Q") == [([b"x"], b"Tj"), ([], b"Q")]


PLAIN = [
    b"<</Type/StructElem/S/TD/P 27 0 R/A[<</O/Table/Headers[(U1x3y0)]>>]/K[214]>>",
    b"[19 0 R null true -1.5 /Name (text) <FEFF0041>]",
    b"(a \\(b\\) c)",
    b"42",
]
NOT_PLAIN = [
    b"<</Length 1>>\nstream\nx\nendstream",
    b"<</A>>",
    b"<</A 1",
    b"[1 2",
    b"<<(key) 1>>",
    b"(open",
    b"<xyz>",
    b"[" * 6 + b"]" * 6,
    b"<</A 1>> <</B 2>>",
    b"",
]


@pytest.mark.parametrize("body", PLAIN)
def test_a_plain_object_is_one_that_pypdf_reads_too(body):
    content = b"%PDF-1.7\n7 0 obj\n" + body + b"\nendobj\n"
    assert is_plain_object(content, 9, 7)
    assert not is_plain_object(content, 9, 8)
    assert not is_plain_object(content, 8, 7)
    assert not is_plain_object(content.replace(b"7 0 obj", b"7 1 obj"), 9, 7)


@pytest.mark.parametrize("body", NOT_PLAIN)
def test_what_is_a_stream_or_broken_is_not_plain(body):
    assert not is_plain_object(b"%PDF-1.7\n7 0 obj\n" + body + b"\nendobj\n", 9, 7)
