#!/usr/bin/env python3
"""The page of benchmarks says what the raw results say, and what makes it out of them can be trusted."""

import contextlib
import json
import math
import pathlib
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "bench"))
sys.dont_write_bytecode = True

from recording import budgets, page, plots, programs, recorder, sales, svg  # noqa: E402
from recording.results import Result, Results  # noqa: E402

MACHINE = {"cpu": "a cpu", "cores": 2, "memory_gib": 8, "kernel": "6.1", "file_system": "ext4", "compiler": "g++ 12"}


def result(run, rows):
    return Result({"run": run, "recorded": "2026-01-01", "revision": "abc", "machine": MACHINE, "rows": rows})


def results(**rows_by_run):
    return Results({run: result(run, rows) for run, rows in rows_by_run.items()})


class ThePage(unittest.TestCase):
    def test_is_what_the_results_say(self):
        for path, content in page.generate().items():
            self.assertTrue(path.exists(), f"{path} is missing: bench/record.py --page")
            self.assertEqual(path.read_text(encoding="utf-8"), content, f"{path} is not what bench/record.py --page writes")

    def test_shows_every_plot_that_is_there(self):
        generated = page.generate()
        for path in page.PLOTS.glob("*.svg"):
            self.assertIn(path, generated)
            self.assertIn(f"plots/{path.name}", generated[page.PAGE])

    def test_can_be_written_without_results(self):
        text = page.text(Results({}), {})
        self.assertIn("not measured", text)
        self.assertNotIn("| met |", text)

    def test_tells_whatever_a_program_counts(self):
        text = page.text(results(recovery=[{"name": "recover_from_frames/events:10000000", "round": 1, "time_ns": 2e9, "events": 7e6, "spoons": 3}]), {})
        self.assertIn("| `recover_from_frames/events:10000000` | 2 s | events 7M · spoons 3 |", text)
        self.assertIn("| recovery, 10⁷ events applied | at least 5M/s | 7M/s | met |", text)


class Budgets(unittest.TestCase):
    def measured(self, accepted):
        return budgets.engine(results(engine=[{"name": "engine_accepted/level:2", "round": 1, "accepted": accepted}]))[0].cells()

    def test_a_missed_budget_says_so(self):
        self.assertEqual(self.measured(2e6)[2:4], ["2M/s", "**missed**"])
        self.assertEqual(self.measured(4e6)[2:4], ["4M/s", "met"])

    def test_a_rival_is_compared_at_its_best(self):
        rows = [{"name": "seckill engine, synced", "round": 1, "accepted_per_s": 4e6}]
        rows += [{"name": f"Redis Lua, AOF always, pipelined, {form}", "round": 1, "accepted_per_s": speed}
                 for form, speed in (("a", 4e4), ("b", 5e4))]
        row = next(row for row in budgets.engine(results(redis=rows)) if "Redis" in row.what)
        self.assertEqual((row.measured, row.met), ("80 ×", True))


class Rounds(unittest.TestCase):
    def test_are_compared_with_themselves_only(self):
        rows = [{"name": name, "round": number, "speed": speed}
                for number, ours, theirs in ((1, 10, 5), (2, 100, 20), (3, 30, 10)) for name, speed in (("ours", ours), ("theirs", theirs))]
        of = result("x", rows)
        self.assertEqual(of.value("ours", "speed"), 30)
        self.assertEqual(of.ratio("ours", "speed", "theirs"), 3)
        self.assertIsNone(of.ratio("ours", "speed", "nobody"))

    def test_leave_out_the_search_for_the_best_setting(self):
        of = result("x", [{"name": "a", "speed": 1000}, {"name": "a", "round": 1, "speed": 10}])
        self.assertEqual(of.value("a", "speed"), 10)


class Programs(unittest.TestCase):
    def test_rows_have_plain_names_ns_and_their_own_counters(self):
        data = {"benchmarks": [
            {"name": "f/10/min_time:0.500/real_time/threads:2", "run_type": "iteration", "real_time": 1.5, "cpu_time": 1, "time_unit": "us",
             "iterations": 7, "threads": 2, "accepted/s": 12345.678},
            {"name": "f_mean", "run_type": "aggregate", "real_time": 1, "time_unit": "ns"},
            {"name": "broken", "run_type": "iteration", "error_occurred": True, "real_time": 1, "time_unit": "ns"}]}
        self.assertEqual(programs.rows_of(data, 3),
                         [{"name": "f/10/threads:2", "round": 3, "time_ns": 1500, "threads": 2, "accepted/s": 12345.68}])


class AnInterruptedRun(unittest.TestCase):
    def test_goes_on_without_measuring_again(self):
        with tempfile.TemporaryDirectory() as directory, contextlib.redirect_stdout(None):
            kept = pathlib.Path(directory)
            first = recorder.Recorder("x", kept, directory, math.inf)
            first.step("one", lambda: [{"name": "a", "round": 1}])
            late = recorder.Recorder("x", kept, directory, -math.inf)
            self.assertEqual(late.step("one", self.fail), [{"name": "a", "round": 1}])
            with self.assertRaises(recorder.Interrupted):
                late.step("two", self.fail)


class Contenders(unittest.TestCase):
    def test_have_a_program_that_is_built_and_a_setup_that_is_there(self):
        built = (ROOT / "bench/rivals/CMakeLists.txt").read_text(encoding="utf-8")
        for contenders in (sales.redis, sales.mariadb, sales.postgresql, sales.maps):
            for each in contenders(pathlib.Path("build"), ROOT):
                self.assertIn(f"seckill_add_program({each.program.name} ", built)
                if "--setup" in each.arguments:
                    self.assertTrue(each.arguments[each.arguments.index("--setup") + 1].exists())

    def test_say_what_their_answers_survive(self):
        for contenders in (sales.redis, sales.mariadb, sales.postgresql, sales.maps):
            for each in contenders(pathlib.Path("build"), ROOT):
                self.assertIn(plots.level_of(each.name), plots.LEVELS, each.name)


class Plots(unittest.TestCase):
    def test_are_well_formed_and_the_same_each_time(self):
        rows = [{"name": f"{family}/{live}", "round": 1, "accepted/s": 1e9 / live} for live in (10, 1000)
                for family in ("ledger_accepted_reserve", "rival_accepted_reserve")]
        drawn = plots.draw(results(ledger=rows))
        self.assertEqual(list(drawn), ["ledger.svg"])
        self.assertEqual(drawn, plots.draw(results(ledger=rows)))
        self.assertEqual(xml.etree.ElementTree.fromstring(drawn["ledger.svg"]).tag, "{http://www.w3.org/2000/svg}svg")

    def test_axes_have_round_numbers_around_the_values(self):
        self.assertEqual(svg.Scale([3, 4200], 0, 100, True).ticks, [1, 10, 100, 1000, 10000])
        self.assertEqual(svg.Scale([20, 95], 0, 100, False).ticks, [0, 20, 40, 60, 80, 100])
        self.assertEqual(svg.Scale([1, 100], 10, 30, True)(10), 20)

    def test_numbers_are_short(self):
        self.assertEqual([svg.number(each) for each in (0.8449, 283.4, 999.9, 41_950, 3_100_000)], ["0.845", "283", "1k", "42k", "3.1M"])


class TheResults(unittest.TestCase):
    def test_on_disk_say_what_machine_they_are_of(self):
        for path in (ROOT / "bench/results").glob("*.json"):
            self.assertEqual(set(json.loads(path.read_text(encoding="utf-8"))["machine"]), set(MACHINE), path.name)


if __name__ == "__main__":
    unittest.main()
