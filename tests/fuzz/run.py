#!/usr/bin/python3
"""Runs a fuzzer for a while: what it kept in corpus/<name> first, then what it makes of that.

run.py PROGRAM [--seconds N] [--size-max BYTES]: what it finds new is kept beside the program, so that a longer run goes on where
the last one ended. What fails is written there as well, and printed with the command that repeats it.
"""
import argparse
import os
import pathlib
import subprocess
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("program", type=pathlib.Path)
    arguments.add_argument("--seconds", type=int, default=15)
    arguments.add_argument("--size-max", type=int, default=4096)
    asked = arguments.parse_args()
    program = asked.program.resolve()
    name = program.name.removesuffix("_fuzzer")
    kept = CORPUS / name
    if not any(kept.iterdir()):
        sys.exit(f"{kept} is empty: a fuzzer without a corpus shows little")
    fresh = program.parent / f"{name}_found"
    failures = program.parent / f"{name}_failures"
    for each in (fresh, failures):
        each.mkdir(exist_ok=True)
    seed = int.from_bytes(os.urandom(4), "little") | 1
    command = [program, f"-seed={seed}", f"-max_total_time={asked.seconds}", f"-max_len={asked.size_max}", "-timeout=10",
               "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={failures}/", fresh, kept]
    options = "detect_leaks=1:detect_stack_use_after_return=1"
    environment = {**os.environ, "ASAN_OPTIONS": options, "UBSAN_OPTIONS": "print_stacktrace=1"}
    dictionary = CORPUS.parent / f"{name}.dict"
    if dictionary.exists():
        command.insert(1, f"-dict={dictionary}")
    print(" ".join(map(str, command)), flush=True)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=False)
    lines = done.stdout.decode(errors="replace").splitlines()
    if done.returncode == 0:
        print("\n".join(line for line in lines if line.startswith(("stat::", "Done"))))
        return
    print("\n".join(line for line in lines if not line.startswith("#")))
    written = [line.split("written to ")[1] for line in lines if "Test unit written to" in line]
    for path in written:
        print(f"To repeat it:\n  {program} {path}")
    sys.exit(1)


if __name__ == "__main__":
    main()
