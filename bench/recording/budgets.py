"""The budgets, each as a question to the results. What was not measured says so; nothing is met by silence."""

from recording.svg import number

MILLION = 1e6


class Row:
    """What it says in a table: the budget, what was measured, whether it is met, and the rival of the same run."""

    def __init__(self, what, budget, measured=None, met=None, rival="", source=""):
        self.what, self.budget, self.measured, self.met, self.rival, self.source = what, budget, measured, met, rival, source

    def cells(self):
        if self.measured is None:
            return [self.what, self.budget, "not measured", "", self.rival]
        return [self.what, self.budget, self.measured, "met" if self.met else "**missed**", self.rival]


def at_least(results, what, bound, unit, pattern, key, scale=1.0, rival=None, runs=""):
    """A number that has to be large. rival: (name pattern, its name), a ratio of the same rounds."""
    row = Row(what, f"at least {number(bound)}{unit}")
    found = results.find(pattern, key, runs)
    if found:
        value = found[0].value(found[1], key) * scale
        row.measured, row.met = f"{number(value)}{unit}", value >= bound
        row.rival = against(*found, key, rival)
    return row


def at_most(results, what, bound, unit, pattern, key, scale=1.0, runs=""):
    row = Row(what, f"at most {number(bound)}{unit}")
    found = results.find(pattern, key, runs)
    if found:
        value = found[0].value(found[1], key) * scale
        row.measured, row.met = f"{number(value)}{unit}", value <= bound
    return row


def against(run, name, key, rival):
    if not rival:
        return ""
    theirs = next(iter(run.names(rival[0])), None)
    ratio = run.ratio(name, key, theirs) if theirs else None
    return f"{number(ratio)} × {rival[1]}" if ratio else ""


def ratio_at_least(results, what, bound, run, name, key, rival, rival_name):
    """A ratio of two rows of each round; `rival`: a pattern, of which the quickest counts."""
    row = Row(what, f"at least {number(bound)} ×")
    if run in results:
        of = results[run]
        ours = next(iter(of.names(name)), None)
        theirs = max(of.names(rival), key=lambda each: of.value(each, key) or 0, default=None)
        if ours and theirs:
            ratio = of.ratio(ours, key, theirs)
            row.measured, row.met = f"{number(ratio)} ×", ratio >= bound
            row.rival = f"{rival_name}: {number(of.value(theirs, key))}/s"
    return row


def ledger(results):
    naive = ("rival_mutex_and_maps.*/{}$", "mutex and maps")
    rows = [at_least(results, f"ledger, accepted, {live} live", bound * MILLION, "/s", rf"^ledger_accepted_reserve/{count}$", "accepted/s",
                     rival=(naive[0].format(count), naive[1]))
            for live, count, bound in (("10⁶", 1_000_000, 10), ("10⁷", 10_000_000, 5))]
    growth = Row("growth of cost, 10⁴ to 10⁷ live", "at most 2 ×")
    if "ledger" in results:
        small, large = (results["ledger"].value(f"ledger_accepted_reserve/{live}", "accepted/s") for live in (10_000, 10_000_000))
        if small and large:
            growth.measured, growth.met = f"{number(small / large)} ×", small / large <= 2
    memory = at_most(results, "memory per live reservation, 10⁷ live", 128, " bytes", r"^ledger_accepted_reserve/10000000$", "bytes/live")
    board = at_least(results, "board, refusals, one thread", 50 * MILLION, "/s", r"^board_refusals.*threads:1$", "refused",
                     rival=("rival_locked_tables_refusals/threads:1", "tables behind a shared mutex"))
    return rows + [growth, memory, board]


def engine(results):
    rows = [at_least(results, "engine, `synced`, accepted", 3 * MILLION, "/s", r"^engine_accepted/level:2", "accepted")]
    ledger_database = Row("… of a ledger database of the TigerBeetle kind", "at least 20 ×")
    found = results.find(r"^engine_accepted/level:2", "accepted")
    if found:
        ratio = found[0].value(found[1], "accepted") / 170_000
        ledger_database.measured, ledger_database.met = f"{number(ratio)} ×", ratio >= 20
        ledger_database.rival = "0.11 to 0.17M transfers/s on 2 cores, as this project's design has it; not run here"
    rows += [ledger_database,
             ratio_at_least(results, "… of Redis Lua, AOF always, pipelined", 40, "redis", "^seckill engine, synced$", "accepted_per_s",
                            "^Redis Lua, AOF always, pipelined", "Redis"),
             ratio_at_least(results, "… of a MariaDB hot row, synced", 500, "mariadb", "^seckill engine, synced$", "accepted_per_s",
                            "^MariaDB, hot row, synced", "MariaDB")]
    caller = Row("engine, `synced`, one caller, p50", "at most 1.3 × the disk's own sync")
    if "engine" in results:
        of = results["engine"]
        ours, disk = of.names(r"^engine_one_caller/level:2"), of.names(r"^file_one_caller")
        if ours and disk and (ratio := of.ratio(ours[0], "p50_us", disk[0])):
            caller.measured, caller.met = f"{number(ratio)} ×", ratio <= 1.3
            caller.rival = f"{number(of.value(ours[0], 'p50_us'))} µs beside {number(of.value(disk[0], 'p50_us'))} µs"
    return rows + [caller]


def http(results):
    rows = []
    for connections in (64, 1000):
        for level in ("synced", "memory"):
            rows.append(ratio_at_least(results, f"HTTP reserve, `{level}`, {connections:,} connections", 0.9, "http",
                                       f"^reserve, {level}, {connections} connections", "answers_per_s",
                                       f"^nginx return 200, {connections} connections", "nginx"))
    return rows


def recovery(results):
    delay = Row("delay of an answer by a snapshot, 10⁷ live", "at most 5 ms")
    found = results.find("^snapshot_beside_load/live:10000000", "with_max_us", "recovery")
    if found:
        of, name = found
        late_ms = (of.value(name, "with_max_us") - of.value(name, "without_max_us")) / 1e3
        delay.measured, delay.met = f"{number(max(0, late_ms))} ms", late_ms <= 5
        delay.rival = "latest answer " + " and ".join(f"{number(of.value(name, f'{key}_max_us') / 1e3)} ms {key} one" for key in ("with", "without"))
    return [at_least(results, "recovery, 10⁷ events applied", 5 * MILLION, "/s", "^recover_from_frames/events:10000000", "events", runs="recovery"),
            at_most(results, "recovery of 10⁷ live reservations", 3, " s", "^recover_from_snapshot/live:10000000", "time_ns", 1e-9, runs="recovery"),
            delay]


def policy(results, what, bound, pattern, key="time_ns"):
    return at_most(results, what, bound, " ns", pattern, key, runs="policies")


def per_item(results, what, bound, pattern):
    """Nanoseconds of each of the many things that one iteration does."""
    row = Row(what, f"at most {number(bound)} ns")
    found = results.find(pattern, "items_per_second", "policies")
    if found:
        value = 1e9 / found[0].value(found[1], "items_per_second")
        row.measured, row.met = f"{number(value)} ns", value <= bound
    return row


def ratio_row(results, what, bound, name, key, other, least):
    """A ratio of two rows of the policies' rounds, which must be at least (or at most) the bound."""
    row = Row(what, f"at {'least' if least else 'most'} {number(bound)} ×")
    ratio = results["policies"].ratio(name, key, other) if "policies" in results else None
    if ratio is not None:
        row.measured, row.met = f"{number(ratio)} ×", ratio >= bound if least else ratio <= bound
    return row


def policies(results):
    breaker, limiter, cache = "circuit_breaker calls_window", "rate_limiter gcra", "near_cache near"
    return [policy(results, "circuit breaker, acquire and record", 10, rf"^{breaker}/success/threads:1$"),
            policy(results, "… with a clock", 45, rf"^{breaker}/success_with_clock/threads:1$"),
            policy(results, "… refusal", 35, rf"^{breaker}/refusal/threads:1$"),
            ratio_row(results, "… two threads, of one thread's time", 1.5, f"{breaker}/success/threads:2", "time_ns",
                      f"{breaker}/success/threads:1", least=False),
            policy(results, "rate limiter, try_acquire", 8, rf"^{limiter}/granted/threads:1$"),
            policy(results, "… with a clock", 45, rf"^{limiter}/granted_with_clock/threads:1$"),
            policy(results, "… two windows that slide", 8, r"^rate_limiter sliding_counter/granted/threads:1$"),
            policy(results, "… a log of all times", 8, r"^rate_limiter sliding_log/granted/threads:1$"),
            policy(results, "… warming up", 8, r"^rate_limiter warm_up/granted/threads:1$"),
            ratio_row(results, "… leased, two threads, of the throughput of one word", 2, "rate_limiter leased/granted/threads:2",
                      "items_per_second", f"{limiter}/granted/threads:2", least=True),
            policy(results, "cache, a hit", 60, rf"^{cache}/hit_of_90000_keys/threads:1$"),
            ratio_row(results, "… two threads, of one thread's throughput", 1, f"{cache}/hit_of_90000_keys/threads:2",
                      "items_per_second", f"{cache}/hit_of_90000_keys/threads:1", least=True),
            policy(results, "membership filter, a lookup at 10⁶ keys", 5, r"^membership unknown_keys<bloom>/threads:1$"),
            policy(results, "… the whole: frozen keys and fresh ones", 5, r"^membership unknown_keys<membership>/threads:1$"),
            policy(results, "timing wheel, cancel and schedule, 10⁶ pending", 40, r"^timing_wheel cancel_and_schedule<wheel>/threads:1$"),
            policy(results, "… any of them, cold", 40, r"^timing_wheel cancel_and_schedule_any<wheel>/threads:1$"),
            per_item(results, "… a timer that expires, cold", 250, r"^timing_wheel expire<wheel>/threads:1$")]


def of_the_core(results):
    return ledger(results) + engine(results) + http(results) + recovery(results)
