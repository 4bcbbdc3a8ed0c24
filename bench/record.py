#!/usr/bin/env python3
"""Runs the benchmarks beside their rivals and writes docs/reference/benchmarks.md and its plots from what they say.

    record.py BUILD_DIR                        everything; BUILD_DIR is a release build of everything
    record.py BUILD_DIR --only ledger,redis    some runs; the others keep their last results
    record.py BUILD_DIR --resume               goes on where it was interrupted
    record.py BUILD_DIR --list                 the runs, what each takes, and what it needs
    record.py --page                           the page and the plots anew, from the results that there are

Raw results go to bench/results/. What a rival needs is installed with apt-get, after saying so; --no-install only says so. See
bench/README.md.
"""

import argparse
import math
import pathlib
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))
sys.dont_write_bytecode = True

from recording import http_load, page, programs, recorder, sales, servers  # noqa: E402

RIVAL_CLIENTS = ["libhiredis-dev", "libmariadb-dev", "libpq-dev", "libcli11-dev", "pkg-config"]
UNFINISHED = 3


class Run:
    """A part of the whole that can be recorded by itself. needs: Debian packages; versions: commands that tell them."""

    def __init__(self, name, seconds, record, needs=(), versions=(), clients=False):
        """seconds: of three rounds."""
        self.name, self.seconds, self.record, self.needs = name, seconds, record, list(needs)
        self.versions, self.clients = versions, clients


def of_programs(name, seconds, patterns):
    def record(to, build, rounds):
        found = sorted(path for pattern in patterns for path in (build / "bench").glob(pattern) if path.is_file())
        programs.record_programs(to, found, rounds)

    return Run(name, seconds, record)


def of_sale(name, seconds, contenders, needs, versions=()):
    return Run(name, seconds, lambda to, build, rounds: sales.record_sale(to, contenders(build, ROOT), rounds), needs + RIVAL_CLIENTS, versions, True)


RUNS = [
    of_programs("ledger", 240, ["ledger_bench", "board_bench"]),
    of_programs("engine", 120, ["engine_bench"]),
    of_programs("open_loop", 120, ["open_loop*_bench"]),
    of_programs("recovery", 120, ["recovery*_bench", "snapshot*_bench"]),
    of_programs("journal", 60, ["journal_bench", "orders_bench"]),
    of_programs("policies", 240, ["policy_*_bench"]),
    of_sale("maps", 60, sales.maps, []),
    of_sale("redis", 240, sales.redis, ["redis-server"], [["redis-server", "--version"]]),
    of_sale("mariadb", 240, sales.mariadb, ["mariadb-server"], [["mariadbd", "--version"]]),
    of_sale("postgresql", 240, sales.postgresql, ["postgresql-15"], [[str(servers.POSTGRESQL / "postgres"), "--version"]]),
    Run("http", 150, lambda to, build, rounds: http_load.record_http(to, build, ROOT, rounds), ["nginx-core", "wrk"], [["nginx", "-v"]]),
]


def install(packages, allowed):
    def state(package):
        return subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}", package], check=False, capture_output=True, text=True).stdout

    missing = [each for each in packages if state(each) != "installed"]
    if not missing:
        return
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "--no-remove", *missing]
    if not allowed:
        sys.exit("record.py: missing: " + " ".join(missing) + "\n  Install with:  " + " ".join(command))
    print(f"== Installing the rivals: {' '.join(missing)}\n   Debian may start them as services; stop those, they would be in the way.",
          flush=True)
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit("record.py: installing failed; as root, try:  apt-get update && " + " ".join(command))


def build_clients(build):
    print("== Building the rivals' clients", flush=True)
    subprocess.run(["cmake", build, "-DSECKILL_BENCH_RIVALS=ON"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", build, "--target", "rivals"], check=True, stdout=subprocess.DEVNULL)


def tell_versions(commands):
    said = {}
    for command in commands:
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        said[pathlib.Path(command[0]).name] = (done.stdout + done.stderr).splitlines()[0]
    return said


def choose(only):
    names = only.split(",") if only else [run.name for run in RUNS]
    unknown = set(names) - {run.name for run in RUNS}
    if unknown:
        sys.exit(f"record.py: no such run: {', '.join(sorted(unknown))}; see --list")
    return [run for run in RUNS if run.name in names]


def record(run, arguments, deadline):
    kept = arguments.build / "recording"
    kept.mkdir(exist_ok=True)
    if not arguments.resume:
        (kept / f"{run.name}.jsonl").unlink(missing_ok=True)
    elif not (kept / f"{run.name}.jsonl").exists() and (kept / f"{run.name}.done").exists():
        return
    (kept / f"{run.name}.done").unlink(missing_ok=True)
    print(f"== {run.name}, about {run.seconds * arguments.rounds // 3} s", flush=True)
    to = recorder.Recorder(run.name, kept, arguments.scratch, deadline)
    run.record(to, arguments.build, arguments.rounds)
    to.finish(tell_versions(run.versions))
    (kept / f"{run.name}.done").touch()


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path, metavar="BUILD_DIR")
    parser.add_argument("--only", metavar="RUN,...")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default: 3")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--no-install", action="store_true")
    parser.add_argument("--scratch", type=pathlib.Path, metavar="DIR", help="on the disk to be measured; default: BUILD_DIR/recording")
    parser.add_argument("--stop-after-s", type=float, default=math.inf, metavar="S",
                        help=f"begin no step after so many seconds, and end with status {UNFINISHED}")
    arguments = parser.parse_args()
    if not arguments.build and not arguments.page and not arguments.list:
        parser.error("which build? A release build of everything: cmake --preset release && cmake --build build/release")
    return arguments


def main():
    arguments = parse()
    chosen = choose(arguments.only)
    if arguments.list:
        for run in chosen:
            print(f"{run.name:12} about {run.seconds:4} s  {' '.join(run.needs)}")
        return 0
    if not arguments.page:
        arguments.build = arguments.build.resolve()
        arguments.scratch = (arguments.scratch or arguments.build / "recording").resolve()
        arguments.scratch.mkdir(exist_ok=True)
        install(sorted({package for run in chosen for package in run.needs}), not arguments.no_install)
        if any(run.clients for run in chosen):
            build_clients(arguments.build)
        print(f"== {len(chosen)} runs, about {sum(run.seconds for run in chosen) * arguments.rounds / 180:.0f} minutes in all", flush=True)
        deadline = time.monotonic() + arguments.stop_after_s
        try:
            for run in chosen:
                record(run, arguments, deadline)
        except recorder.Interrupted as where:
            print(f"== stopped at {where}; go on with --resume", flush=True)
            return UNFINISHED
        except servers.Failed as failure:
            sys.exit(f"record.py: {failure}")
    page.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
