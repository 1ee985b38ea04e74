"""Invent the schools of a county: townships, kinds, names and numbers of staff."""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd

SEAT = "城关镇"
#: Joined in pairs these make names of townships and villages that sound right and are nobody's.
_FIRST = "青石柳白双松云桃枫竹梅清"
_LAST = "云桥河沙溪岭坪湾塘泉峰坡"
_VILLAGE_FIRST = "上下东西南北前后大小新高"
_VILLAGE_LAST = "湾坪岭塘坡桥洼庄寨营"

_NAMES = {
    "kindergarten": ("中心幼儿园", "幼儿园"),
    "primary": ("中心小学", "小学"),
    "junior": ("初级中学", "初级中学"),
    "nine-year": ("九年一贯制学校", "学校"),
    "senior": ("高级中学", "高级中学"),
}
#: Kinds from which schools of at least so many staff are drawn; the likelier ones stand twice.
_KINDS_BY_STAFF = (
    (150, ("senior", "senior", "junior", "primary", "nine-year")),
    (80, ("junior", "primary", "primary", "nine-year")),
    (0, ("primary", "primary", "junior", "nine-year", "kindergarten")),
)
#: Kinds of the small schools that stand together in one township, lot by lot: rule R2 groups them by
#: township and kind, by township alone, or with the neighbours.
_LOTS = (
    ("kindergarten",) * 4,
    ("primary",) * 4,
    ("kindergarten", "primary", "primary", "kindergarten"),
)
_SMALL = 34
_MOST_IN_SEAT = 8


def make_schools(count: int, rng: np.random.Generator) -> pd.DataFrame:
    """Invent `count` schools, most of them rural, the median school with about 45 staff.

    The sizes are the quantiles of a log-normal distribution (median 45, sigma .75) cut at 8 and 250, the
    county of docs and benchmarks. With fewer than ten schools none has under 45 staff, so that a small demo
    has something to report.

    Returns
    -------
    DataFrame, one row per school, index ``school_id``
        ``name``, ``town``, ``kind``, ``rural`` (bool), ``staff``; neighbouring townships follow each other.
    """
    floor = 45 if count < 10 else 8
    quantiles = [NormalDist().inv_cdf((i + 0.5) / count) for i in range(count)]
    sizes = [min(max(round(45 * math.exp(0.75 * z)), floor), 250) for z in quantiles]
    towns = _town_names(max(1, round(count / 6)), rng)
    small = [size for size in sizes if size < _SMALL]
    large = sorted((size for size in sizes if size >= _SMALL), reverse=True)
    placed = _place_small(small, len(towns), rng) + _place_large(large, len(towns), rng)
    placed.sort(key=lambda school: school[0])
    names = _school_names(placed, towns, rng)
    return pd.DataFrame(
        {
            "name": names,
            "town": [towns[town] for town, _, _ in placed],
            "kind": [kind for _, kind, _ in placed],
            "rural": [town > 0 for town, _, _ in placed],
            "staff": [size for _, _, size in placed],
        },
        index=pd.Index([f"S{i + 1:03d}" for i in range(count)], name="school_id"),
    )


def _town_names(count: int, rng: np.random.Generator) -> list[str]:
    pairs = [a + b for a in _FIRST for b in _LAST if a != b]
    chosen = rng.permutation(len(pairs))[: count - 1]
    return [SEAT] + [pairs[i] + ("乡" if place % 4 == 3 else "镇") for place, i in enumerate(chosen)]


def _place_small(sizes: list[int], towns: int, rng: np.random.Generator) -> list[tuple[int, str, int]]:
    """Put three quarters of the small schools into lots of four in one township, the rest here and there."""
    lots = len(sizes) * 3 // 4 // 4
    placed = []
    for lot in range(lots):
        town = 1 + lot % max(towns - 1, 1) if towns > 1 else 0
        kinds = _LOTS[lot % len(_LOTS)]
        placed += [(town, kind, size) for kind, size in zip(kinds, sizes[lot * 4 : lot * 4 + 4], strict=True)]
    for place, size in enumerate(sizes[lots * 4 :]):
        kind = ("primary", "kindergarten", "nine-year")[int(rng.integers(3))]
        placed.append(((lots + 1 + place) % towns, kind, size))
    return placed


def _place_large(sizes: list[int], towns: int, rng: np.random.Generator) -> list[tuple[int, str, int]]:
    """Put every other of the largest schools into the county seat, the rest round the townships."""
    placed, in_seat, turn = [], 0, 0
    for place, size in enumerate(sizes):
        choice = next(kinds for least, kinds in _KINDS_BY_STAFF if size >= least)
        kind = choice[int(rng.integers(len(choice)))]
        if towns == 1 or (place % 2 == 0 and in_seat < min(_MOST_IN_SEAT, len(sizes) // 4 + 1)):
            placed.append((0, kind, size))
            in_seat += 1
        else:
            placed.append((1 + turn % (towns - 1), kind, size))
            turn += 1
    return placed


def _school_names(placed: list[tuple[int, str, int]], towns: list[str], rng: np.random.Generator) -> list[str]:
    villages = [a + b for a in _VILLAGE_FIRST for b in _VILLAGE_LAST]
    order = rng.permutation(len(villages))
    seen: dict[tuple[int, str], int] = {}
    names = []
    for town, kind, _ in placed:
        central, other = _NAMES[kind]
        turn = seen.get((town, kind), 0)
        seen[town, kind] = turn + 1
        # The starting point differs by township, or every township would have the same villages.
        village = villages[order[(turn + 17 * town) % len(villages)]]
        names.append(towns[town] + (central if turn == 0 else village + other))
    return names
