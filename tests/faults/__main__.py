"""`python -m tests.faults`: many seeds, and a table of what was survived."""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.faults.run import command, run
from tests.faults.schedule import FAULTS, schedule
from tests.faults.storm import storm


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="so many of them, from 0 on")
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--submissions", type=int, default=500)
    parser.add_argument("--faults", type=int, default=25, help="so many a seed")
    parser.add_argument(
        "--storm", type=int, metavar="SECONDS", help="only kill the courier and a worker a second"
    )
    options = parser.parse_args()
    if options.storm is not None:
        return _storm(options.storm)
    seeds = range(options.seeds) if options.seed is None else [options.seed]
    survived, fatal = Counter[str](), 0
    for seed in seeds:
        names = schedule(seed, options.faults)
        kept = Path(tempfile.mkdtemp(prefix=f"frontdesk-faults-{seed}-"))
        try:
            problems, struck = run(seed, options.submissions, options.faults, kept)
        except Exception as error:  # noqa: BLE001 - the other seeds have something to say too
            problems = [f"{type(error).__name__}: {error}"]
        print(f"seed {seed}: {'FAILED' if problems else 'well'} ({', '.join(names)})", flush=True)
        if problems:
            fatal += 1
            repeat = command(seed, options.submissions, options.faults)
            print(*problems, f"look in {kept}", f"again: {repeat}", sep="\n", flush=True)
        else:
            survived.update(struck)
            shutil.rmtree(kept)
    width = max(map(len, FAULTS))
    print(f"\n{'fault':{width}}  survived", *_rows(survived, width), sep="\n")
    return 1 if fatal else 0


def _storm(seconds: int) -> int:
    kept = Path(tempfile.mkdtemp(prefix="frontdesk-storm-"))
    problems, killed = storm(seconds, kept)
    print(f"{killed} processes killed: {'FAILED' if problems else 'well'}")
    if problems:
        print(*problems, f"look in {kept}", sep="\n")
    else:
        shutil.rmtree(kept)
    return 1 if problems else 0


def _rows(survived: Counter[str], width: int) -> list[str]:
    return [f"{name:{width}}  {survived[name] or '-':>8}" for name in FAULTS]


if __name__ == "__main__":
    sys.exit(main())
