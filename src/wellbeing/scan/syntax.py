"""How PDF writes numbers, names and strings, and whole objects that are no streams (ISO 32000-1, 7.2 and 7.3).

What matches here is written as nearly every program writes it. What does not may still be PDF: then pypdf reads it,
which is slower and forgives more. So nothing is missed by what stands here, only read at once.
"""

import re

BLANK = r"[\x00\t\n\f\r ]"
NUMBER = r"[-+]?(?>\d++(?:\.\d*+)?|\.\d++)"
NAME = r"/[^\x00\t\n\f\r ()<>\[\]{}/%#]++"
#: Octal numbers above 255, and a backslash before anything else, mean different things to different programs.
ESCAPE = r"\\(?:[0-3][0-7]{2}|[0-7]{1,2}(?![0-7])|[nrtbf()\\])"
_LITERAL = rf"\((?>[^()\\]++|{ESCAPE})*+\)"
_HEX = r"<[0-9A-Fa-f\x00\t\n\f\r ]*+>"
#: A string; brackets within it stand for themselves where they are balanced, and so deep are they read here.
_DEPTH = 3
_NESTED_LITERAL = _LITERAL
for _ in range(_DEPTH):
    _NESTED_LITERAL = rf"\((?>[^()\\]++|{ESCAPE}|{_NESTED_LITERAL})*+\)"
STRING = rf"(?>{_NESTED_LITERAL}|{_HEX})"

#: What an object may be: a reference, a number, a word, a name, a string within which there is no bracket, or ...
_END = r"(?=[\x00\t\n\f\r ()<>\[\]/])"
_SIMPLE = rf"\d++ \d++ R{_END}|{NUMBER}{_END}|(?:true|false|null){_END}|{NAME}|{_LITERAL}|{_HEX}"
#: ... an array or a dictionary of such, within each other so deep; and in all no larger than any reader takes.
_NESTED, _MOST_BYTES = 4, 50_000
_ANY = rf"(?>{_SIMPLE}){BLANK}*+"
for _ in range(_NESTED):
    _ANY = rf"(?>{_SIMPLE}|\[{BLANK}*+(?:{_ANY})*+\]|<<{BLANK}*+(?:{NAME}{BLANK}*+{_ANY})*+>>){BLANK}*+"
_OBJECT = re.compile(rf"(\d++) 0 obj{BLANK}++{_ANY}endobj".encode())


def is_plain_object(content: bytes, at: int, number: int) -> bool:
    """Say whether an object stands at a place, whole, and is no stream: then only its strings tell anything.

    Parameters
    ----------
    content : bytes
        A whole file.
    at : int
        Where its table of objects says that the object begins.
    number : int
        The object's own, of its first generation.
    """
    match = _OBJECT.match(content, at, at + _MOST_BYTES)
    return match is not None and int(match[1]) == number
