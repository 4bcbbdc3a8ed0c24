"""Reserves over HTTP beside nginx that only answers: one thread of each, the same client, in turn."""

import json
import pathlib
import subprocess
import time
import urllib.request

from recording import servers

SECONDS = 5
STOCK = 4_000_000
CONNECTIONS = (64, 1000)


def wrk(script, port, connections):
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", script, f"http://127.0.0.1:{port}"],
                          check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise servers.Failed(f"wrk: {done.stderr.strip()}\n{done.stdout}")
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    row = json.loads(line.removeprefix("RESULT "))
    return row | {"answers_per_s": round(row["requests"] * 1e6 / row["duration_us"])}


def get(port, path, token=None):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def await_opening(port):
    deadline = time.monotonic() + servers.START_TIMEOUT_S
    while get(port, "/api/v1/sales/1")["status"] != "open":
        if time.monotonic() > deadline:
            raise servers.Failed("the sale does not open")
        time.sleep(0.02)


def check(port, directory, row, connections):
    """Every 201 that the client saw is held, and nothing is held that nobody asked for."""
    token = pathlib.Path(directory, "operator.token").read_text(encoding="utf-8").strip()
    audit = get(port, "/admin/v1/audit", token)
    held = sum(item["held"] for sale in audit["sales"] for item in sale["items"])
    acknowledged = row["requests"] - row["errors"]
    if not audit["balanced"] or not acknowledged <= held <= row["requests"] + connections:
        raise servers.Failed(f"{acknowledged} acknowledged, {held} held: {audit}")


def measure(build, script, scratch, name, connections, number):
    row = {"name": f"{name}, {connections} connections", "round": number, "connections": connections}
    if name.startswith("nginx"):
        with servers.nginx(f"{scratch}/nginx.scratch") as port:
            return [row | wrk(script, port, connections)]
    directory = f"{scratch}/flash_sale.scratch"
    with servers.flash_sale(build, directory, name.rsplit(", ", maxsplit=1)[-1], STOCK) as port:
        await_opening(port)
        row |= wrk(script, port, connections)
        check(port, directory, row, connections)
        return [row]


def record_http(recorder, build, root, rounds):
    for number in range(1, rounds + 1):
        for connections in CONNECTIONS:
            for name in ("nginx return 200", "reserve, synced", "reserve, memory"):
                recorder.step(f"{name}, {connections} connections, round {number}",
                              lambda n=name, c=connections, r=number: measure(
                                  build, root / "bench/http_reserve.lua", recorder.scratch, n, c, r))
