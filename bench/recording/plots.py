"""Which plots there are, and what each is drawn from. One that lacks its results is not drawn."""

import re

from recording import svg
from recording.results import median

OURS, RIVAL = 0, 5
LEVELS = {"synced": "synced: survives a crash of the machine", "written": "written: survives a crash of the process",
          "memory": "memory: survives nothing"}
SALES = ("redis", "mariadb", "postgresql", "maps")
PERCENTILES = ("p50", "p90", "p99", "p99.9", "p99.99")


def live_curve(results):
    """Name -> {live: ns}, of what the ledger's program measured by live reservations."""
    curves = {}
    for name in results["ledger"].names(r"(accepted_reserve|churn)/\d+$") if "ledger" in results else []:
        family, live = name.rsplit("/", 1)
        per_second = results["ledger"].value(name, "accepted/s")
        if per_second:
            curves.setdefault(family, {})[int(live)] = 1e9 / per_second
    return curves


def ledger(results):
    curves = live_curve(results)
    if not curves:
        return None
    lives = sorted({live for curve in curves.values() for live in curve})
    known = {"ledger_accepted_reserve": "seckill ledger, a sale", "ledger_churn": "seckill ledger, churn"}
    series = {known.get(family, "mutex and maps"): [curve.get(live) for live in lives] for family, curve in curves.items()}
    return svg.line_chart("Cost of an accepted reserve by live reservations, one thread", "live reservations", "ns",
                          [svg.number(live) for live in lives], series, limit=(100, "budget at 1M: 100 ns"))


def level_of(name):
    return next((level for level in LEVELS if re.search(rf", {level}\b", name)), None)


def sales(results):
    """Accepted reserves per second of everybody; of the engine, which is in every run, the median of the runs."""
    groups = {level: {} for level in LEVELS}
    for run in SALES:
        for name in results[run].names() if run in results else []:
            value = results[run].value(name, "accepted_per_s")
            if value and level_of(name):
                groups[level_of(name)].setdefault(name, []).append(value)
    bars = {}
    for level, found in groups.items():
        rows = [(re.sub(rf", {level}\b", "", name), median(values), OURS if name.startswith("seckill") else RIVAL)
                for name, values in found.items()]
        if rows:
            bars[LEVELS[level]] = sorted(rows, key=lambda row: -row[1])
    return svg.bar_chart("Accepted reserves per second, by what an answer survives", "accepted reserves per second", bars) if bars else None


def open_loop(results):
    series = {}
    for name in results["open_loop"].names(r"level:2.*orders:0") if "open_loop" in results else []:
        values = [results["open_loop"].value(name, f"{share}_us") for share in PERCENTILES]
        load = re.search(r"load_%:(\d+)", name)
        if load and any(values):
            offered = results["open_loop"].value(name, "offered_per_s")
            series[f"{load[1]} % load" + (f", {svg.number(offered)}/s" if offered else "")] = values
    if not series:
        return None
    return svg.line_chart("Latency of an accepted reserve, synced, open loop", "percentile", "µs", PERCENTILES, series)


def http(results):
    groups = {}
    for name in results["http"].names() if "http" in results else []:
        what, connections = name.rsplit(", ", 1)
        groups.setdefault(connections, []).append((what, results["http"].value(name, "answers_per_s"), RIVAL if "nginx" in what else OURS))
    if not groups:
        return None
    return svg.bar_chart("HTTP: reserves beside nginx that only answers", "answers per second", groups, log=False, left=180)


def recovery(results):
    """Seconds until a restarted engine serves, by what it comes back from."""
    groups = {"from frames alone": [], "from a snapshot and the frames behind it": []}
    for name in results["recovery"].names("^recover_from_") if "recovery" in results else []:
        amount = svg.number(int(re.search(r":(\d+)", name)[1])) + (" events" if "frames" in name else " live")
        groups[next(each for each in groups if re.search("frames/|snapshot/", name)[0][:-1] in each)].append(
            (amount, results["recovery"].value(name, "time_ns") / 1e9, OURS))
    groups = {heading: bars for heading, bars in groups.items() if bars}
    return svg.bar_chart("Time until a restarted engine serves", "seconds", groups, log=False, left=180) if groups else None


def snapshot(results):
    name = next(iter(results["recovery"].names("^snapshot_beside_load")), None) if "recovery" in results else None
    if not name:
        return None
    series = {label: [results["recovery"].value(name, f"{key}_{share}_us") for share in (*PERCENTILES, "max")]
              for key, label in (("without", "without a snapshot"), ("with", "with a snapshot"))}
    return svg.line_chart("Answers while a snapshot of 10M live reservations is written", "percentile", "µs", [*PERCENTILES, "max"], series)


ALL = {"ledger": ledger, "sales": sales, "open_loop": open_loop, "recovery": recovery, "snapshot": snapshot, "http": http}


def draw(results):
    """File name -> SVG text."""
    drawn = {f"{name}.svg": plot(results) for name, plot in ALL.items()}
    return {name: text for name, text in drawn.items() if text}
