"""Tests that can fail, and fail for a reason."""

import re

from rule import Finding, rule

# The one place where a test may wait by the clock: a poll with a deadline, for processes that cannot tell us.
MAY_WAIT = ("tests/support/", "tests/data/", "tests/tidy/")


@rule("no_sleep",
      cure="Wait for the event: a condition, a latch, a pipe, a port that answers. Polling with a deadline is tests/support's.",
      bad=[{"tests/unit/a_test.cpp": "std::this_thread::sleep_for(1ms);\n"}, {"tests/unit/a_test.cpp": "usleep(10);\n"},
           {"tests/integration/a.py": "    time.sleep(1)\n"}, {"tests/browser/a.mjs": "await page.waitForTimeout(100);\n"}],
      good=[{"tests/unit/a_test.cpp": "// no sleep_for here\nplace.sleep_until(never(), [] { return true; });\n"},
            {"tests/support/poll.hpp": "std::this_thread::sleep_for(1ms);\n"}])
def no_sleep(tree):
    cpp = re.compile(r"\bthis_thread::sleep_|(?<![\w.:>])(::)?(u|nano)?sleep\s*\(")
    scripts = re.compile(r"\btime\.sleep\(|\bwaitForTimeout\(|(?<!\w)setTimeout\(\s*(r|resolve|done)\b")
    for path in tree.paths("tests/", suffix=(".cpp", ".hpp", ".py", ".js", ".mjs", ".ts")):
        if path.startswith(MAY_WAIT):
            continue
        is_cpp = path.endswith((".cpp", ".hpp"))
        for line, text in tree.code_lines(path) if is_cpp else tree.lines(path):
            if (cpp if is_cpp else scripts).search(text):
                yield Finding(path, line, "sleeps to synchronise")


@rule("skipped_tests",
      cure="Say why: GTEST_SKIP() << reason. A test that is switched off is deleted.",
      bad=[{"tests/a_test.cpp": "GTEST_SKIP();\n"}, {"tests/a_test.cpp": "TEST(a, DISABLED_b) {\n}\n"}],
      good=[{"tests/a_test.cpp": 'GTEST_SKIP() << "no huge pages here";\n'}])
def skipped_tests(tree):
    pattern = re.compile(r"GTEST_SKIP\(\)\s*;|\bDISABLED_")
    for path in tree.sources("tests/"):
        for line, text in tree.code_lines(path):
            if pattern.search(text):
                yield Finding(path, line, "a test that is skipped or disabled without a reason")


@rule("test_names",
      cure="Name the behaviour in snake_case: TEST(ledger, late_confirm_after_resale_is_unfulfilled).",
      bad=[{"tests/a_test.cpp": "TEST(Ledger, LateConfirm) {\n}\n"}],
      good=[{"tests/a_test.cpp": "TEST_F(ledger, late_confirm_2) {\n}\n"}])
def test_names(tree):
    pattern = re.compile(r"^\s*(?:TYPED_)?TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
    for path in tree.sources("tests/"):
        for match in pattern.finditer(tree.code(path)):
            for name in match.groups():
                if name != name.lower():
                    yield Finding(path, tree.code(path).count("\n", 0, match.start()) + 1, f"a test called {name}")
