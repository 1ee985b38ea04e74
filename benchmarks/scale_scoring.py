"""Does scoring grow with the country? Two waves of 18.9 million teachers, streamed in pieces.

Answers lie on disk as one byte each (255: missing), as a province would keep them; a piece is read, scored with
the kit and its scores are written. Each size runs in a process of its own, so that its peak memory is its own. Run
``python benchmarks/scale_scoring.py``; it writes ``benchmarks/results/scoring_scale.json`` and ``.md``.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd

from scoring import RESULTS, battery
from wellbeing.scoring import score

SIZES = (100_000, 1_000_000, 5_000_000, 18_900_000)
WAVES = 2
PIECE = 200_000
MISSING = 255


def peak_mib() -> float:
    """Give the most memory that this process ever held."""
    try:
        import resource
    except ImportError:  # Windows has no such module; the figure is then left out.
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def write_wave(path: Path, people: int, seed: int) -> None:
    """Write made-up answers, one in a hundred missing, in pieces."""
    rng = np.random.default_rng(seed)
    codes = [np.array(item.codes, dtype=np.uint8) for part in battery() for item in part.items]
    with path.open("wb") as file:
        for start in range(0, people, PIECE):
            n = min(PIECE, people - start)
            answers = np.column_stack([code[rng.integers(0, len(code), n, dtype=np.uint8)] for code in codes])
            answers[rng.random(answers.shape, dtype=np.float32) < 0.01] = MISSING
            answers.tofile(file)


def score_wave(path: Path, out: Path) -> tuple[int, dict[str, int]]:
    """Score one wave in pieces; give the number of people and of those in a band that needs attention."""
    parts = battery()
    columns = [item.column for part in parts for item in part.items]
    people, attention = 0, dict.fromkeys(("phq9_total", "gad7_total", "who5_total"), 0)
    with path.open("rb") as file, out.open("wb") as written:
        while len(block := np.fromfile(file, dtype=np.uint8, count=PIECE * len(columns))):
            answers = block.reshape(-1, len(columns)).astype(np.float32)
            answers[answers == MISSING] = np.nan
            frame = pd.DataFrame(answers, columns=columns)
            for part in parts:
                scores = score(frame, part)
                for scale in part.scales:
                    name = f"{part.instrument.id}_{scale.id}"
                    scores[name].to_numpy().astype(np.float32).tofile(written)
                    if name in attention:
                        attention[name] += int(scores[f"{name}_band"].isin(scale.attention).sum())
            people += len(answers)
    return people, attention


def one_size(people: int) -> None:
    """Write the waves, score them, and print what was measured as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        waves = [Path(folder) / f"wave{wave}.bin" for wave in range(WAVES)]
        for seed, path in enumerate(waves):
            write_wave(path, people, seed)
        before = peak_mib()
        start, cpu = perf_counter(), process_time()
        done = [score_wave(path, path.with_suffix(".scores")) for path in waves]
        spent, busy = perf_counter() - start, process_time() - cpu
    assert [count for count, _ in done] == [people] * WAVES
    rows = people * WAVES
    print(
        json.dumps(
            {
                "people": people,
                "rows": rows,
                "seconds": spent,
                "processor seconds": busy,
                "rows per second": rows / spent,
                "peak MiB": peak_mib(),
                "peak MiB before scoring": before,
                "positive in the last wave": done[-1][1],
            }
        )
    )


def main() -> int:
    """Run every size in a process of its own and write the results down."""
    results = []
    for people in SIZES:
        ran = subprocess.run([sys.executable, __file__, str(people)], capture_output=True, text=True, check=True)
        results.append(json.loads(ran.stdout))
        print(results[-1], file=sys.stderr)
    first, last = results[0], results[-1]
    # By processor time: other work on the machine stretches the clock but not this.
    growth = (last["processor seconds"] / last["rows"]) / (first["processor seconds"] / first["rows"])
    text = (
        json.dumps({"piece": PIECE, "sizes": results, "processor time per row, last / first": growth}, indent=2) + "\n"
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scoring_scale.json").write_text(text, encoding="utf-8", newline="\n")
    table = "".join(
        f"| {r['people']:,} | {r['rows']:,} | {r['seconds']:.1f} | {r['processor seconds']:.1f} "
        f"| {r['rows per second']:,.0f} | {r['peak MiB']:.0f} |\n"
        for r in results
    )
    page = (
        "# Scoring the country's teachers, two waves\n\nPHQ-9, GAD-7, WHO-5 and CBI, read from disk, scored and "
        f"written in pieces of {PIECE:,} rows; one process, one core.\n\n"
        "| teachers | rows | seconds | of processor time | rows per second | peak memory, MiB |\n"
        f"|---|---|---|---|---|---|\n{table}\n"
        f"Processor time per row at {last['people']:,} teachers is {growth:.2f} times that at {first['people']:,}.\n"
    )
    (RESULTS / "scoring_scale.md").write_text(page, encoding="utf-8", newline="\n")
    print(page)
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        one_size(int(sys.argv[1]))
        sys.exit(0)
    sys.exit(main())
