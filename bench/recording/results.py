"""The raw results of bench/results, and the few questions that tables, plots and budgets ask of them."""

import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "bench/results"


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


class Result:
    """One run: rows with a name, a round and numbers. Rounds are compared with themselves only, so that a machine that changes
    its speed changes it for both sides of a ratio."""

    def __init__(self, data):
        self.run, self.recorded, self.revision = data["run"], data["recorded"], data["revision"]
        self.machine, self.versions, self.rows = data["machine"], data.get("versions", {}), data["rows"]

    def names(self, pattern=""):
        """Those that match, in the order of their first row. Sweeps, which look for the best setting, are not among them."""
        return list(dict.fromkeys(row["name"] for row in self.rows if "round" in row and re.search(pattern, row["name"])))

    def of(self, name):
        return [row for row in self.rows if row["name"] == name and "round" in row]

    def value(self, name, key):
        """The median over the rounds, or None if it was not measured."""
        values = [row[key] for row in self.of(name) if isinstance(row.get(key), (int, float))]
        return median(values) if values else None

    def ratio(self, name, key, rival, rival_key=None):
        """The median of each round's ratio, or None."""
        theirs = {row["round"]: row.get(rival_key or key) for row in self.of(rival)}
        ratios = [row[key] / theirs[row["round"]] for row in self.of(name) if row.get(key) is not None and theirs.get(row["round"])]
        return median(ratios) if ratios else None


class Results:
    """All runs that there are."""

    def __init__(self, runs):
        self.runs = runs

    @staticmethod
    def read(directory=RESULTS):
        files = sorted(pathlib.Path(directory).glob("*.json"))
        return Results({path.stem: Result(json.loads(path.read_text(encoding="utf-8"))) for path in files})

    def __contains__(self, run):
        return run in self.runs

    def __getitem__(self, run):
        return self.runs[run]

    def find(self, pattern, key, runs=""):
        """(run, name) of the first benchmark that matches and has the key, or None: programs may be renamed."""
        for run in sorted(self.runs):
            if re.search(runs, run):
                for name in self.runs[run].names(pattern):
                    if self.runs[run].value(name, key) is not None:
                        return self.runs[run], name
        return None
