"""docs/reference/benchmarks.md and its plots, from nothing but the raw results: the same results give the same bytes."""

from recording import budgets, plots
from recording.results import ROOT, Results
from recording.svg import number

PAGE = ROOT / "docs/reference/benchmarks.md"
PLOTS = ROOT / "docs/reference/plots"
TIMES = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))
HIDDEN = {"name", "round", "time_ns", "threads", "connections", "depth"}


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(row) + " |" for row in rows])


def duration(ns):
    limit, unit = next((each for each in TIMES if ns >= each[0]), TIMES[-1])
    return f"{ns / limit:.3g} {unit}"


def counters(of, name):
    """Whatever a program counts, by its own names."""
    keys = [key for key in of.of(name)[0] if key not in HIDDEN]
    parts = []
    for key in keys:
        value = of.value(name, key)
        if value is not None:
            parts.append(f"{key.removesuffix('/s').replace('items_per_second', 'items')} {number(value)}"
                         + ("/s" if key.endswith(("/s", "_per_second")) else ""))
    return " · ".join(parts)


def of_programs(of, pattern=""):
    return table(["benchmark", "time", "counters"],
                 [[f"`{name}`", duration(of.value(name, "time_ns")), counters(of, name)] for name in of.names(pattern)])


def microseconds(of, name, key):
    value = of.value(name, key)
    return "" if value is None else duration(value * 1e3)


def of_sale(of):
    rows = []
    for name in of.names():
        first = of.of(name)[0]
        how = f"{first['connections']} × {first['depth']}" if "connections" in first else ""
        orders = of.value(name, "orders_per_s")
        rows.append([name, how, number(of.value(name, "accepted_per_s")), number(of.value(name, "refused_per_s")),
                     number(orders) if orders and "meanwhile" in name else "",
                     *(microseconds(of, name, f"{share}_us") for share in ("p50", "p99", "p99.9", "p99.99"))])
    return table(["who", "connections × requests on their way", "accepted/s", "refused/s", "orders/s", "p50", "p99", "p99.9", "p99.99"], rows)


def of_http(of):
    rows = []
    for name in of.names():
        what, connections = name.rsplit(", ", 1)
        ratio = of.ratio(name, "answers_per_s", f"nginx return 200, {connections}")
        rows.append([what, connections.removesuffix(" connections"), number(of.value(name, "answers_per_s")), f"{ratio:.2f}",
                     *(microseconds(of, name, key) for key in ("p50_us", "p99_us", "p99_9_us")),
                     str(sum(row["errors"] for row in of.of(name)))])
    return table(["what", "connections", "answers/s", "of nginx, same round", "p50", "p99", "p99.9", "errors"], rows)


def budget_table(rows):
    return table(["what", "budget", "measured", "", "the rival in the same run"], [row.cells() for row in rows])


def stamp(of):
    versions = "".join(f" {said}." for said in of.versions.values())
    return f"*Recorded {of.recorded}, at revision {of.revision}, {max(row.get('round', 0) for row in of.rows)} rounds.{versions}*"


def machines(results):
    """Every machine that the results are of, most often one."""
    said = {}
    for of in results.runs.values():
        m = of.machine
        said.setdefault(f"{m['cores']} cores of a virtual machine ({m['cpu']}), {m['memory_gib']} GiB, Linux {m['kernel']}, "
                        f"a virtual disk with {m['file_system']}, {m['compiler']}, release build", []).append(of.run)
    if len(said) == 1:
        return next(iter(said))
    return "; ".join(f"{', '.join(runs)}: {machine}" for machine, runs in said.items())


class Section:
    """A heading, what to know, plots (their names with spaces between), and the table of one run; left out if never recorded."""

    def __init__(self, title, run, words, plot=None, tell=of_programs):
        self.title, self.run, self.words, self.tell = title, run, words, tell
        self.plots = plot.split() if plot else []

    def text(self, results, drawn):
        if self.run not in results:
            return ""
        of = results[self.run]
        parts = [f"## {self.title}" if self.title else "", self.words, *(f"![{self.title}](plots/{plot})" for plot in self.plots if plot in drawn), self.tell(of), stamp(of)]
        return "\n\n".join(part for part in parts if part) + "\n"


SALE_WORDS = """Same work for each: stock, sale window, limit per buyer, deadline, idempotency, an order record. Every run is checked
afterwards, ours too: what was sold, the order records, the buyers' counts and what clients were told agree, the scarce item was
sold to the last unit and no further, a repeated request changed nothing, the limit held. Latencies of rivals are those of a closed
loop, and hide waiting; ours under an open loop are above. Each rival in its best known form, with the number of connections that
was best for it."""

SECTIONS = [
    Section("Ledger and board", "ledger", "One thread, no journal; the number behind a name is that of reservations held. A sale takes slots that were never "
            "used; in churn units come back and are reserved again for ever. `rival_…`: the same rules behind a mutex and the standard "
            "library's hash maps. `board_…`: refusals of sold-out traffic without the ledger.",
            "ledger.svg"),
    Section("Engine", "engine", "On RocksDB. `level`: 0 memory, 1 written, 2 synced. Accepted reserves, refusals that reach the engine, and "
            "one caller at a time beside what the disk itself needs to sync (`file_…`)."),
    Section("Engine, open loop", "open_loop", "Requests leave at even intervals whatever the engine does, and wait from the instant at which "
            "they were to leave, so that a stall is felt by everybody who came during it.", "open_loop.svg"),
    Section("Recovery and snapshots", "recovery", "What a restart takes, and what a snapshot does to answers.", "recovery.svg snapshot.svg"),
    Section("Journal and orders", "journal", "RocksDB beside a bare file, frames of so many events; orders made of events."),
    Section("Rivals: Redis", "redis", SALE_WORDS, "sales.svg", of_sale),
    Section("Rivals: MariaDB", "mariadb", "One call of a stored procedure is one transaction and one round trip, and locks the row that "
            "everybody wants last. Or the stock is split over 64 rows, and each takes one that nobody holds.", None, of_sale),
    Section("Rivals: PostgreSQL", "postgresql", "The same as one call of a function.", None, of_sale),
    Section("Rivals: a mutex and maps", "maps", "In one process, with nothing that survives it.", None, of_sale),
    Section("HTTP", "http", "Accepted reserves, each with its own key and buyer, beside nginx that only answers: one io thread against one "
            "worker, the same client for both, in turn. Client and server share the cores. Afterwards the service's audit must "
            "balance and hold every acknowledged reservation.", "http.svg", of_http),
    Section("Policies", "policies", "By one thread and by two; with two, the time is per call of each thread."),
]


def text(results, drawn):
    parts = [f"""# Benchmarks

Measured, not promised. `bench/record.py` runs everything below, keeps the raw results in `bench/results/`, and writes this page
from them; [its README](../../bench/README.md) says how to run it and how to read it.

**Machine**: {machines(results)}. Such machines are shared and noisy: compare within one table, by ratio, and run it on yours.

**Method**: successes and refusals are told apart, durability is named, rivals run in the same run. Each number is the median over
rounds that take turns; a ratio is the median of the rounds' ratios.

## Budgets

{budget_table(budgets.of_the_core(results))}

And of the policies:

{budget_table(budgets.policies(results))}

[Performance](../internals/performance.md) says where the time goes, and why what is missed is missed.
"""]
    parts += [section.text(results, drawn) for section in SECTIONS]
    return "\n".join(part for part in parts if part)


def generate():
    """Path -> text of everything that is generated."""
    results = Results.read()
    drawn = plots.draw(results)
    return {PAGE: text(results, drawn)} | {PLOTS / name: picture for name, picture in drawn.items()}


def write():
    PLOTS.mkdir(exist_ok=True)
    generated = generate()
    for path in PLOTS.glob("*.svg"):
        if path not in generated:
            path.unlink()
    for path, content in generated.items():
        path.write_text(content, encoding="utf-8")
