"""Does scoring grow with the country? Two waves of 18.9 million teachers, streamed in pieces.

Answers lie in a Parquet file, one byte each, null where missing; a piece is read, scored with the kit, and its scores
are written to another. Each size runs in a process of its own, so that its peak memory is its own. Needs pyarrow
(``constraints-bench.txt``), which the kit does not. Run ``python benchmarks/scale_scoring.py``; it writes
``benchmarks/results/scoring_scale.json`` and ``.md``.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scoring import RESULTS, battery
from wellbeing.scoring import score

SIZES = (100_000, 1_000_000, 5_000_000, 18_900_000)
WAVES = 2
PIECE = 200_000


def peak_mib() -> float:
    """Give the most memory that this process ever held."""
    try:
        import resource
    except ImportError:  # Windows has no such module; the figure is then left out.
        return float("nan")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def write_wave(path: Path, people: int, seed: int) -> None:
    """Write made-up answers, one in a hundred missing, a row group for each piece."""
    rng = np.random.default_rng(seed)
    items = [item for part in battery() for item in part.items]
    codes = [np.array(item.codes, dtype=np.uint8) for item in items]
    schema = pa.schema([(item.column, pa.uint8()) for item in items])
    with pq.ParquetWriter(path, schema) as writer:
        for start in range(0, people, PIECE):
            n = min(PIECE, people - start)
            answers = [code[rng.integers(0, len(code), n, dtype=np.uint8)] for code in codes]
            columns = [pa.array(column, mask=rng.random(n, dtype=np.float32) < 0.01) for column in answers]
            writer.write_batch(pa.record_batch(columns, schema=schema), row_group_size=PIECE)


def score_wave(path: Path, out: Path) -> tuple[int, dict[str, int]]:
    """Score one wave in pieces; give the number of people and of those in a band that needs attention."""
    parts = battery()
    names = [f"{part.instrument.id}_{scale.id}" for part in parts for scale in part.scales]
    people, attention = 0, dict.fromkeys(("phq9_total", "gad7_total", "who5_total"), 0)
    schema = pa.schema([(name, pa.float32()) for name in names])
    # Without pre_buffer, which would keep what it has read of the whole file.
    with pq.ParquetFile(path, pre_buffer=False) as file, pq.ParquetWriter(out, schema) as writer:
        for piece in file.iter_batches(batch_size=PIECE):
            columns = {
                name: column.cast(pa.float32()).to_numpy(zero_copy_only=False)
                for name, column in zip(piece.schema.names, piece.columns, strict=True)
            }
            frame = pd.DataFrame(columns)
            scored: list[pa.Array] = []
            for part in parts:
                scores = score(frame, part)
                for scale in part.scales:
                    name = f"{part.instrument.id}_{scale.id}"
                    scored.append(pa.array(scores[name].to_numpy(dtype=np.float32), from_pandas=True))
                    if name in attention:
                        attention[name] += int(scores[f"{name}_band"].isin(scale.attention).sum())
            writer.write_batch(pa.record_batch(scored, schema=schema))
            people += len(frame)
    return people, attention


def one_size(people: int) -> None:
    """Write the waves, score them, and print what was measured as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        waves = [Path(folder) / f"wave{wave}.parquet" for wave in range(WAVES)]
        for seed, path in enumerate(waves):
            write_wave(path, people, seed)
        before = peak_mib()
        start, cpu = perf_counter(), process_time()
        done = [score_wave(path, path.with_name(f"scores-{path.name}")) for path in waves]
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
    machine = (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}, "
        f"pandas {pd.__version__}, pyarrow {pa.__version__}."
    )
    page = (
        f"# Scoring the country's teachers, two waves\n\n{machine}\n\n"
        "PHQ-9, GAD-7, WHO-5 and CBI, read from Parquet, scored and "
        f"written to Parquet in pieces of {PIECE:,} rows; one process, one core.\n\n"
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
