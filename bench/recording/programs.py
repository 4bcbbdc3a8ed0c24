"""Google Benchmark programs as rows: one for each benchmark and round, times in ns, counters under their own names."""

import json
import re
import subprocess
import tempfile

from recording import servers

NS = {"ns": 1, "us": 1e3, "ms": 1e6, "s": 1e9}
NOT_COUNTERS = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index",
                "iterations", "real_time", "cpu_time", "time_unit", "aggregate_name", "aggregate_unit"}
SETTINGS = re.compile(r"/(min_time:[\d.]+|iterations:\d+|real_time|process_time|manual_time|repeats:\d+)(?=/|$)")


def rows_of(data, number):
    """From what --benchmark_format=json prints."""
    rows = []
    for each in data["benchmarks"]:
        if each.get("run_type") == "aggregate" or each.get("error_occurred"):
            continue
        row = {"name": SETTINGS.sub("", each["name"]), "round": number, "time_ns": round(each["real_time"] * NS[each["time_unit"]], 3)}
        row |= {key: float(f"{value:.7g}") for key, value in each.items()
                if key not in NOT_COUNTERS and isinstance(value, (int, float)) and not isinstance(value, bool)}
        rows.append(row)
    return rows


def run_program(program, number, scratch, only):
    """The benchmarks of one family. Policies are named with their program: each has a `rival`, for example."""
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".json") as out:
        command = [program, f"--benchmark_out={out.name}", "--benchmark_out_format=json"]
        done = subprocess.run([*command, f"--benchmark_filter=^{only}(/|$)"], cwd=scratch, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise servers.Failed(f"{program}: {done.stderr.strip()}")
        rows = rows_of(json.load(out), number)
    prefix = program.name.removesuffix("_bench").removeprefix("policy_") + " " if program.name.startswith("policy_") else ""
    return [row | {"name": prefix + row["name"]} for row in rows]


def list_benchmarks(program):
    text = subprocess.run([program, "--benchmark_list_tests=true"], check=True, capture_output=True, text=True).stdout
    return [line for line in text.splitlines() if line]


def record_programs(recorder, programs, rounds):
    """Rounds on the outside, so that what is compared was measured at nearly the same time."""
    for number in range(1, rounds + 1):
        for program in programs:
            families = dict.fromkeys(each.split("/")[0] for each in list_benchmarks(program))
            for family in families:
                recorder.step(f"{program.name} {family}, round {number}",
                              lambda p=program, f=family, n=number: run_program(p, n, recorder.scratch, f))
