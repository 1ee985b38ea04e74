"""The small language in which a definition writes a formula, such as ``raw / 80`` or ``total > 160 or gsi > 2``.

Names, numbers, ``+ - * /``, comparisons, ``and``, ``or`` and the functions ``where``, ``min`` and ``max``; nothing
else, so a definition stays data. A formula is worked out for all respondents at once. What is unknown stays
unknown: an operation with a missing value gives a missing value, and only ``and`` and ``or`` may settle a question
without it (a positive part makes an ``or`` true whatever the missing part would have been).
"""

import ast
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def _divide(one: Numbers, other: Numbers) -> Numbers:
    # Not infinity, which a comparison would take for a very high score.
    return np.where(other == 0, np.nan, np.divide(one, other))


_OPERATIONS: dict[type[ast.operator], Callable[[Numbers, Numbers], Numbers]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: _divide,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Numbers, Numbers], NDArray[np.bool_]]] = {
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_FUNCTIONS = {"where": 3, "min": 2, "max": 2}
#: A formula longer than this is no formula.
_MOST = 2000
#: The deepest a formula may be nested: a sum of all items of the longest questionnaire is 90 deep.
_DEEPEST = 200


class FormulaError(ValueError):
    """A formula that is not in the language; the message names the part."""


@lru_cache(maxsize=1024)
def parse(formula: str) -> ast.expr:
    """Read a formula.

    Raises
    ------
    FormulaError
        If it is not in the language.
    """
    if len(formula) > _MOST:
        raise FormulaError("too long")
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError("not a formula") from None
    _check_depth(tree)
    _check(tree)
    if not any(isinstance(node, ast.Name) for node in ast.walk(tree)):
        # One number for everybody is no score, whatever the method says.
        raise FormulaError(ast.unparse(tree)[:60])
    return tree


@lru_cache(maxsize=1024)
def names(formula: str) -> frozenset[str]:
    """Give the names that a formula uses, without its functions."""
    tree = parse(formula)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called)


def evaluate(formula: str, values: Mapping[str, Numbers]) -> Numbers:
    """Work a formula out.

    Parameters
    ----------
    formula : str
        In the language of this module.
    values : mapping of str to array, shape (n_respondents,)
        What the names stand for; NaN where unknown.

    Returns
    -------
    array, shape (n_respondents,)
        NaN where unknown or undefined (a division by zero); a condition is 1 where true, 0 where false.

    Raises
    ------
    FormulaError
        If the formula is not in the language.
    KeyError
        If a name has no value.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return _value(parse(formula), values)


def _check_depth(tree: ast.expr) -> None:
    level: list[ast.AST] = [tree]
    for _ in range(_DEEPEST):
        level = [part for node in level for part in ast.iter_child_nodes(node)]
        if not level:
            return
    raise FormulaError("too deep")


def _check(node: ast.expr) -> None:
    match node:
        case ast.Constant(value=bool()):
            raise FormulaError("True and False")
        case ast.Constant(value=int() | float()) | ast.Name():
            return
        case ast.UnaryOp(op=ast.USub()):
            _check(node.operand)
        case ast.BinOp() if type(node.op) in _OPERATIONS:
            _check(node.left)
            _check(node.right)
        case ast.Compare() if len(node.ops) == 1 and type(node.ops[0]) in _COMPARISONS:
            _check(node.left)
            _check(node.comparators[0])
        case ast.BoolOp():
            for part in node.values:
                _check(part)
        case ast.Call(func=ast.Name(id=name)) if _FUNCTIONS.get(name) == len(node.args) and not node.keywords:
            for part in node.args:
                _check(part)
        case _:
            raise FormulaError(ast.unparse(node)[:60])


def _value(node: ast.expr, values: Mapping[str, Numbers]) -> Numbers:
    match node:
        case ast.Constant(value=int() | float() as number):
            return np.asarray(float(number))
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(operand=operand):
            return np.negative(_value(operand, values))
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATIONS[type(op)](_value(left, values), _value(right, values))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            one, other = _value(left, values), _value(right, values)
            told = _COMPARISONS[type(op)](one, other)
            return np.where(np.isnan(one) | np.isnan(other), np.nan, told)
        case ast.BoolOp(op=op, values=parts):
            return _together([_value(part, values) for part in parts], isinstance(op, ast.Or))
        case ast.Call(func=ast.Name(id=name), args=parts):
            return _call(name, [_value(part, values) for part in parts])
    raise FormulaError(ast.unparse(node)[:60])


def _together(parts: list[Numbers], either: bool) -> Numbers:
    """Three-valued ``or`` (`either`) and ``and``: one settling part is enough, else a missing part leaves it open."""
    settling = 1.0 if either else 0.0
    result = np.asarray(1.0 - settling)
    for part in parts:
        unknown = np.where(np.isnan(result) | np.isnan(part), np.nan, 1.0 - settling)
        result = np.where((result == settling) | (~np.isnan(part) & ((part != 0) == either)), settling, unknown)
    return result


def _call(name: str, parts: list[Numbers]) -> Numbers:
    if name == "where":
        asked, yes, no = parts
        return np.where(np.isnan(asked), np.nan, np.where(asked != 0, yes, no))
    return np.minimum(*parts) if name == "min" else np.maximum(*parts)
