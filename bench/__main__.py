"""`python -m bench`: all benchmarks, or those that are named; then the targets."""

import argparse
import logging
import tempfile
from pathlib import Path

from bench import (
    append,
    captcha,
    crowd,
    growth,
    inbox,
    large,
    long,
    machines,
    outage,
    profile,
    restart,
    slow,
    submission,
    sustained,
    visitor,
)
from bench.common import Verdict, machine, table


def _size(scratch: Path, seconds: float, rounds: int) -> list[Verdict]:
    try:
        from bench import size
    except ImportError:
        print("skipped: playwright is not installed")
        return []
    return size.run(scratch, seconds, rounds)


BENCHMARKS = {
    "append": append.run,
    "submission": submission.run,
    "profile": profile.run,
    "captcha": captcha.run,
    "visitor": visitor.run,
    "outage": outage.run,
    "slow": slow.run,
    "crowd": crowd.run,
    "sustained": sustained.run,
    "restart": restart.run,
    "long": long.run,
    "growth": growth.run,
    "machines": machines.run,
    "large": large.run,
    "inbox": inbox.run,
    "size": _size,
}
QUICK = ("append", "submission", "profile", "crowd", "size")  # what two minutes are enough for
ON_DISK = Path("/var/tmp")  # /tmp is often memory, where a flush costs nothing


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="|".join(BENCHMARKS), default=[*BENCHMARKS])
    parser.add_argument("--seconds", type=float, default=1.0, help="per cell and round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--quick", action="store_true", help=f"in two minutes: {', '.join(QUICK)}, roughly"
    )
    parser.add_argument("--dir", type=Path, default=ON_DISK, help="a directory on a real disk")
    parser.add_argument(
        "--submissions",
        type=int,
        default=inbox.SUBMISSIONS,
        help=f"in the journal of the inbox, {inbox.SUBMISSIONS:,} unless it is said",
    )
    options = parser.parse_args()
    inbox.SUBMISSIONS = options.submissions
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    if options.quick:
        options.names = [name for name in options.names if name in QUICK]
        options.seconds, options.rounds = 0.5, 3
    logging.getLogger("frontdesk").setLevel(logging.CRITICAL)
    print(machine(options.dir))
    verdicts: list[Verdict] = []
    for name in options.names:
        with tempfile.TemporaryDirectory(
            prefix="frontdesk-bench-", dir=options.dir.resolve()
        ) as scratch:
            path = Path(scratch)
            path.chmod(0o755)  # PostgreSQL may have to run as a user of its own
            print()
            verdicts += BENCHMARKS[name](path, options.seconds, options.rounds)
    if verdicts:
        rows = [v._asdict() | {"met": "yes" if v.met else "**no**"} for v in verdicts]
        print(f"\n## Targets\n\n{table(rows)}")


if __name__ == "__main__":
    main()
