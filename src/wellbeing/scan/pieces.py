"""What a reader finds inside a file: a piece of text at a place, bytes that may hold text, or something it cannot read.

A place is a chain of steps, each a word of ``texts/auditing.yaml`` and a number: never a name from the file itself,
for a name may be what is looked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass

#: A step towards a place: a word under ``auditing.place_`` and the number of the page, object or member.
Step = tuple[str, int]
Place = tuple[Step, ...]


@dataclass(frozen=True)
class Piece:
    """Something that was read. `raw` says that it is bytes which may be anything: only sure marks count there.

    `wide` says that it is text only if what is looked for is Chinese.
    """

    place: Place
    text: str
    raw: bool = False
    wide: bool = False


@dataclass(frozen=True)
class Mark:
    """Something about a file that is a finding by itself: ``unread``, ``revision``, ``after_end``."""

    place: Place
    kind: str


Found = Iterator[Piece | Mark]


def raw_pieces(place: Place, content: bytes) -> Iterator[Piece]:
    """Give bytes as text in every encoding that an office machine writes.

    UTF-16 is tried at both byte offsets by leaving out what does not decode; Latin letters in it are found by leaving
    out the zero bytes.
    """
    yield Piece(place, content.decode("utf-8", "ignore"), raw=True)
    if b"\0" in content:
        yield Piece(place, content.replace(b"\0", b"").decode("utf-8", "ignore"), raw=True)
    if not content.isascii():
        for start in (0, 1):
            yield Piece(place, content[start:].decode("utf-16-le", "ignore"), raw=True, wide=True)
        yield Piece(place, content.decode("gb18030", "ignore"), raw=True, wide=True)
