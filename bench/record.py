#!/usr/bin/python3
"""Runs the benchmarks and writes docs/reference/benchmarks.md from what they say.

record.py BUILD_DIR [SCRATCH_DIR]: BUILD_DIR is a release build of everything; SCRATCH_DIR lies on the disk to be measured (default:
BUILD_DIR). Raw results go to bench/results/. For HTTP it starts the sample service and nginx on loopback, on free ports, and stops
them; it needs wrk and nginx (apt-get install -y --no-install-recommends wrk nginx-core).
"""
import json
import os
import pathlib
import platform
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench/results"
PROGRAMS = ["ledger_bench", "board_bench", "engine_bench", "journal_bench"]
HTTP_SECONDS = 5
HTTP_ROUNDS = 2


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port):
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"nothing listens on port {port}")


def micro(build, scratch):
    for name in PROGRAMS:
        print(f"== {name}", flush=True)
        out = RESULTS / f"{name}.json"
        subprocess.run([build / "bench" / name, f"--benchmark_out={out}", "--benchmark_out_format=json"],
                       cwd=scratch, check=True, stdout=subprocess.DEVNULL)


def wrk(port, connections):
    text = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{HTTP_SECONDS}s", "-s", ROOT / "bench/http_reserve.lua",
                           f"http://127.0.0.1:{port}"], check=True, capture_output=True, text=True).stdout
    line = next(line for line in text.splitlines() if line.startswith("RESULT "))
    return json.loads(line.removeprefix("RESULT "))


def serve_seckill(build, directory, level, port):
    return subprocess.Popen(
        [build / "examples/flash_sale/seckill_flash_sale", "--port", str(port), "--data", directory, "--durability", level,
         "--stock", "4000000", "--stock-max", "4000000", "--opens-in-s", "0", "--limit", "0", "--ttl-s", "3600"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def serve_nginx(directory, port):
    conf = pathlib.Path(directory) / "nginx.conf"
    conf.write_text(f"""daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log /dev/null;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {directory}/body;
server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{{"outcome":"reserved"}}'; }} }} }}
""")
    return subprocess.Popen(["nginx", "-p", directory, "-c", conf], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def http(build, scratch):
    """Rounds in turn, so that a machine that changes its speed changes it for both."""
    rows = []
    for connections in (64, 1000):
        for _ in range(HTTP_ROUNDS):
            for name in ("nginx return 200", "reserve, synced", "reserve, memory"):
                with tempfile.TemporaryDirectory(dir=scratch) as directory:
                    port = free_port()
                    server = (serve_nginx(directory, port) if name.startswith("nginx")
                              else serve_seckill(build, directory, name.rsplit(", ", maxsplit=1)[-1], port))
                    try:
                        wait_for(port)
                        rows.append({"name": name, "connections": connections} | wrk(port, connections))
                    finally:
                        server.terminate()
                        server.wait()
                print(f"== http {connections} {name}: {rows[-1]['requests'] * 1e6 / rows[-1]['duration_us']:.0f}/s", flush=True)
    (RESULTS / "http.json").write_text(json.dumps(rows, indent=1) + "\n")


# --- the page ---

def rate(value):
    for limit, unit in ((1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g} {unit}/s"
    return f"{value:.3g} /s"


def counters(bench):
    known = {"name", "family_index", "per_family_instance_index", "run_name", "run_type", "repetitions", "repetition_index",
             "threads", "iterations", "real_time", "cpu_time", "time_unit"}
    parts = []
    for key, value in bench.items():
        if key in known or not isinstance(value, (int, float)):
            continue
        parts.append(f"{key.removesuffix('/s')} {rate(value)}" if key.endswith("/s") else f"{key} {value:,.4g}")
    return " · ".join(parts)


def micro_table(name):
    data = json.loads((RESULTS / f"{name}.json").read_text())
    lines = ["| benchmark | time | counters |", "|---|---|---|"]
    for bench in data["benchmarks"]:
        label = bench["name"].replace("/min_time:0.500", "").replace("/real_time", "")
        lines.append(f"| `{label}` | {bench['real_time']:,.4g} {bench['time_unit']} | {counters(bench)} |")
    return "\n".join(lines)


def median(values):
    return sorted(values)[len(values) // 2]


def http_table():
    rows = json.loads((RESULTS / "http.json").read_text())
    lines = ["| connections | what | answers/s | of nginx, same round | p50 ms | p99 ms | p99.9 ms | errors |",
             "|---|---|---|---|---|---|---|---|"]
    for connections in sorted({row["connections"] for row in rows}):
        of = {}
        for row in rows:
            if row["connections"] == connections:
                of.setdefault(row["name"], []).append(row)
        speed = {name: [each["requests"] * 1e6 / each["duration_us"] for each in each_rows] for name, each_rows in of.items()}
        for name, each_rows in of.items():
            ratios = [mine / theirs for mine, theirs in zip(speed[name], speed["nginx return 200"])]
            lines.append(f"| {connections} | {name} | {median(speed[name]):,.0f} | {median(ratios):.2f} | "
                         + " | ".join(f"{median([each[key] for each in each_rows]) / 1000:.2f}"
                                      for key in ("p50_us", "p99_us", "p99_9_us"))
                         + f" | {sum(each['errors'] for each in each_rows)} |")
    return "\n".join(lines)


def page():
    cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**30
    text = f"""# Benchmarks

Measured, not promised. `bench/record.py` runs everything below, keeps the raw results in `bench/results/`, and writes this page.

**Machine**: {os.cpu_count()} cores of a virtual machine ({cpu}), {memory} GiB, Linux {platform.release().split('-')[0]}, a virtual
disk with ext4, g++ 12, release build. Such machines are shared and noisy: compare within one table, by ratio, and run it on yours.

**Method**: successes and refusals are told apart, durability is named, rivals run in the same table. Ledger and board are timed by
Google Benchmark in one process; the engine runs on RocksDB in a directory of the disk. HTTP: one io thread against one nginx worker,
the same wrk script with one thread for both, in turn, the median of {HTTP_ROUNDS} rounds of {HTTP_SECONDS} s; client and server share
the {os.cpu_count()} cores.

## Ledger

One thread, no journal. `live`: reservations held. Beside it the same rules behind a mutex and the standard library's hash maps.

{micro_table("ledger_bench")}

## Board

Refusals of sold-out traffic without the ledger, by 1 and 2 threads.

{micro_table("board_bench")}

## Engine

Accepted reserves by durability, refusals that reach the ledger, and one caller at a time beside the disk's own sync.

{micro_table("engine_bench")}

## Journal

RocksDB beside a bare file: one write and sync of frames of so many events; reading back.

{micro_table("journal_bench")}

## HTTP

Accepted reserves, each with its own key and buyer, beside nginx that only answers.

{http_table()}
"""
    (ROOT / "docs/reference/benchmarks.md").write_text(text)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    scratch = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else build).resolve()
    RESULTS.mkdir(exist_ok=True)
    micro(build, scratch)
    http(build, scratch)
    page()


if __name__ == "__main__":
    main()
