"""What no text of the repository may contain."""

import re

from rule import Finding, rule
from tree import line_of

# Files whose bytes are given: recorded data, and what tools write.
GIVEN = ("tests/data/", "tests/fuzz/corpus/")
LOCK_FILES = ("package-lock.json", "go.sum")
HERE = "tests/tidy/"  # the rules name what they look for


def ours(tree, suffix=""):
    return [p for p in tree.paths(suffix=suffix) if not p.startswith(GIVEN) and not p.endswith(LOCK_FILES)]


@rule("unfinished",
      cure="Finish it, or delete it; plans are not kept in the source.",
      bad=[{"src/a.cpp": "int a;  // " + "TO" + "DO: later\n"}, {"docs/a.md": "FIX" + "ME\n"}],
      good=[{"src/a.cpp": "int a;  // mktemp XXXXXX\n"}])
def unfinished(tree):
    pattern = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    for path in ours(tree):
        if path.startswith(HERE):
            continue
        for line, text in tree.lines(path):
            if pattern.search(text):
                yield Finding(path, line, pattern.search(text).group(0))


@rule("this_machine",
      cure="Nothing may depend on the machine it was written on: use a relative path, an argument or a temporary directory.",
      bad=[{"docs/a.md": "see /ho" + "me/ann/seckill\n"}, {"tests/a.cpp": 'open("/tm' + 'p/seckill");\n'},
           {"CMakeLists.txt": "set(A /ro" + "ot/x)\n"}],
      good=[{"docs/a.md": "https://example.com/home/page and ../tmp/x and $HOME/work\n"}])
def this_machine(tree):
    pattern = re.compile(r"(?<![\w.})-])/(work|home|root|tmp)(/|\b(?![-.\w]))")
    for path in ours(tree):
        if path.startswith(HERE):
            continue
        for line, text in tree.lines(path):
            found = pattern.search(text)
            if found:
                yield Finding(path, line, f"a path below /{found.group(1)}")


@rule("lock_files",
      cure="Let the lock file name the public registry: npm install --registry https://registry.npmjs.org",
      bad=[{"tests/browser/package-lock.json": '"resolved": "https://npm.in' + 'house.example/a.tgz"\n'}],
      good=[{"tests/browser/package-lock.json": '"resolved": "https://registry.npmjs.org/a/-/a-1.0.0.tgz"\n'}])
def lock_files(tree):
    pattern = re.compile(r'"resolved":\s*"(?!https://registry\.npmjs\.org/)([^"]*)')
    for path in tree.paths(suffix="package-lock.json"):
        for line, text in tree.lines(path):
            found = pattern.search(text)
            if found:
                yield Finding(path, line, f"resolved from {found.group(1)}")


@rule("whitespace",
      cure="No tabs (but in makefiles and Go), no spaces at the end of a line, a newline at the end of a file, no carriage returns.",
      bad=[{"src/a.cpp": "\tint a;\n"}, {"docs/a.md": "text  \n"}, {"CMakeLists.txt": "a()"}, {"test": "true\r\n"}],
      good=[{"src/a.cpp": "int a;\n", "bindings/go/a.go": "\ta()\n", "docs/empty.md": ""}])
def whitespace(tree):
    tabs_allowed = (".go", "Makefile", ".tsv", ".gitmodules", "go.mod")
    for path in ours(tree):
        text = tree.text(path)
        if "\0" in text or path.endswith((".svg", ".min.js")):
            continue
        if text and not text.endswith("\n"):
            yield Finding(path, line_of(text, len(text)), "no newline at the end")
        pattern = r"[ \t]+$|\r" if path.endswith(tabs_allowed) else r"[ \t]+$|\t|\r"
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            yield Finding(path, line_of(text, found.start()), "a tab, a carriage return or a space at the end of the line")


# A comment that only a compiler could have wanted. Prose that ends in a semicolon has no parentheses just before it.
DEAD_CODE = re.compile(
    r"^\s*//(?!/)\s*(?:#\s*(?:include|if|define)\b.*|[\w:<>*&\s]+[=]\s*[^=].*;|[\w:.>-]+\(.*\)\s*;|return\b.*;|[{}]+;?"
    r"|(?:if|for|while|switch) \(.*\{)\s*$")


@rule("commented_out_code",
      cure="Delete it; the history remembers.",
      bad=[{"src/a.cpp": "// return a;\n"}, {"src/a.cpp": "// call(a, b);\n"}, {"src/a.cpp": "  // int a = 1;\n"},
           {"src/a.cpp": "// if (a) {\n"}, {"src/a.cpp": "// #include <vector>\n"}, {"src/a.cpp": "#if 0\n#endif\n"}],
      good=[{"src/a.cpp": "// Returns what call() said;\n// a = b + c, so that d.\n/// `a = 1;` does it:\n///   a = f(b);\n"}])
def commented_out_code(tree):
    for path in tree.sources():
        for line, text in tree.lines(path):
            if DEAD_CODE.match(text) or re.match(r"\s*#\s*if 0\b", text):
                yield Finding(path, line, "code that is commented out")


@rule("swallowed_errors",
      cure="Handle the failure, return it, or say in the code why it cannot matter, by a name: `const bool told = ...`.",
      bad=[{"src/a.cpp": "try {\n  f();\n} catch (...) {\n}\n"}, {"src/a.cpp": "(void)store.commit(1);\n"},
           {"adapters/x/src/a.cpp": "std::ignore = f();\n"}],
      good=[{"src/a.cpp": "try {\n  f();\n} catch (...) {\n  return failed;\n}\nint f(void);\n"}, {"tests/a.cpp": "(void)f();\n"}])
def swallowed_errors(tree):
    pattern = re.compile(r"catch\s*\([^)]*\)\s*\{\s*\}|\(void\)\s*[\w:.>-]+\(|\bstd::ignore\s*=")
    for path in tree.sources("include/", "src/", "adapters/", "examples/", "bench/", "bindings/"):
        code = tree.code(path)
        for match in pattern.finditer(code):
            yield Finding(path, line_of(code, match.start()), "a failure that nobody hears of")


# [x] or [&] or [this] that begins a lambda: an index follows a name, an attribute has two brackets.
CAPTURING_LAMBDA = re.compile(r"(?<![\w)\]\[])\s*\[(?!\[)\s*[^\]\s][^\]]*\]\s*(?:\(|\{|mutable\b|noexcept\b|->|<)")


@rule("coroutine_lambda",
      cure="g++ 12 destroys the captures of a lambda temporary inside a co_await expression twice: name the lambda first, then "
           "co_await with std::move(name).",
      bad=[{"adapters/asio/src/a.cpp": "co_await run([x] { return x; });\n"},
           {"examples/a.cpp": "auto y = co_await post(io,\n  [&, z](int a) mutable { f(); });\n"}],
      good=[{"examples/a.cpp": "auto work = [x] { return x; };\nco_await run(std::move(work));\nco_await a[i](1);\n"},
            {"examples/a.cpp": "co_await run([] { return 1; });\nauto later = [x] { return x; };\n"}])
def coroutine_lambda(tree):
    for path in tree.sources():
        code = tree.code(path)
        for match in re.finditer(r"\bco_await\b", code):
            found = CAPTURING_LAMBDA.search(" " + full_expression(code, match.end()))
            if found:
                yield Finding(path, line_of(code, match.start()), "co_await with a lambda temporary that has captures")


def full_expression(code, start):
    """From `start` to the semicolon or the bracket that ends the expression."""
    depth = 0
    for at in range(start, len(code)):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}":
            depth -= 1
        if depth < 0 or (depth == 0 and code[at] == ";"):
            return code[start:at]
    return code[start:]
