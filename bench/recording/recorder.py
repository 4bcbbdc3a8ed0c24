"""Takes measurements step by step, so that a long run can be interrupted and resumed, and keeps them as raw results."""

import datetime
import json
import os
import platform
import subprocess
import time

from recording.results import RESULTS, ROOT


class Interrupted(Exception):
    """The time given on the command line is over; --resume goes on."""


def machine(scratch):
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        cpu = next(line.split(":")[1].strip() for line in info if line.startswith("model name"))
    disk = subprocess.run(["stat", "-f", "-c", "%T", scratch], check=True, capture_output=True, text=True).stdout.strip()
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
            "kernel": platform.release().split("-")[0], "file_system": disk.replace("ext2/ext3", "ext4"),
            "compiler": subprocess.run(["c++", "--version"], check=True, capture_output=True, text=True).stdout.splitlines()[0]}


def revision():
    def git(*arguments):
        return subprocess.run(["git", "-C", ROOT, *arguments], check=False, capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--", "src", "include", "adapters", "bench", "examples")
    changed = [line for line in changed.splitlines() if "bench/results" not in line]
    return (git("rev-parse", "--short=9", "HEAD") or "unknown") + (" and changes" if changed else "")


class Recorder:
    """The steps of one run. A step's rows are kept in `directory` as soon as they are there; finish() makes them a result."""

    def __init__(self, run, directory, scratch, deadline):
        self.run, self.scratch, self._deadline = run, scratch, deadline
        self._kept = directory / f"{run}.jsonl"
        self._steps = {}
        if self._kept.exists():
            lines = self._kept.read_text(encoding="utf-8").splitlines()
            self._steps = {each["step"]: each["rows"] for each in map(json.loads, lines)}

    def step(self, name, measure):
        """The rows that measure() returns, or returned before the interruption."""
        if name in self._steps:
            return self._steps[name]
        if time.monotonic() > self._deadline:
            raise Interrupted(f"{self.run}: before {name}")
        os.sync()  # what others have yet to write would be waited for behind our syncs
        start = time.monotonic()
        rows = measure()
        print(f"   {name}: {time.monotonic() - start:.0f} s", flush=True)
        with open(self._kept, "a", encoding="utf-8") as file:
            file.write(json.dumps({"step": name, "rows": rows}) + "\n")
        self._steps[name] = rows
        return rows

    def finish(self, versions):
        rows = [row for rows in self._steps.values() for row in rows]
        result = {"run": self.run, "recorded": datetime.date.today().isoformat(), "revision": revision(),
                  "machine": machine(self.scratch), "versions": versions}
        text = json.dumps(result, indent=1)[:-2] + ',\n "rows": [\n' + ",\n".join("  " + json.dumps(row) for row in rows) + "\n ]\n}\n"
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / f"{self.run}.json").write_text(text, encoding="utf-8")
        self._kept.unlink()
