"""The size and shape of files, functions and headers."""

import posixpath
import re

from rule import Finding, rule
from rules.includes import is_public
from tree import SOURCE, line_of

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
CODE = SOURCE + (".py", ".sh", ".cmake", ".js", ".mjs", ".ts", ".go", ".css")

BRACES = re.compile(r"[{}();]")
NOT_FUNCTIONS = re.compile(
    r"\s*(?:template\s*<[^{]*>\s*)?(?:(?:if|for|while|switch|catch|else|do|namespace|extern)\b"
    r"|(?:typedef\s+)?(?:class|struct|union|enum)\b)")


def functions(code):
    """(first line, last line) of every function and lambda: bodies in braces behind a parameter list."""
    stack = []  # of (first line if a function, parentheses open around it)
    head, depth = 0, 0
    for match in BRACES.finditer(code):
        at, mark = match.start(), match.group(0)
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth -= 1
        elif mark == ";":
            head = head if depth else at + 1
        elif mark == "{":
            text = re.sub(r"^\s*#.*$", "", code[head:at], flags=re.MULTILINE)
            is_function = ("(" in text and re.search(r"[\w)\]>&*]\s*$", text) or re.search(r"\[[^\]]*\]\s*$", text))
            first = head + len(code[head:at]) - len(code[head:at].lstrip())
            named = is_function and not NOT_FUNCTIONS.match(text)
            stack.append((line_of(code, first) if named else None, depth))
            head, depth = at + 1, 0
        else:
            first_line, depth = stack.pop() if stack else (None, 0)
            if first_line:
                yield first_line, line_of(code, at)
            head = at + 1


@rule("function_length",
      cure=f"A function has at most {FUNCTION_LINES_MAX} lines, most have 20: give its parts names.",
      bad=[{"src/a.cpp": "int f(int a) {\n" + "  ++a;\n" * 70 + "}\n"},
           {"tests/a.cpp": "TEST(a, b) {\n" + "  f();\n" * 70 + "}\n"}],
      good=[{"src/a.cpp": "namespace a {\nint f(int a) {\n" + "  ++a;\n" * 60 + "}\n" + "int b;\n" * 40 + "}\n"},
            {"src/a.cpp": "class a {\n" + "  int f() const { return 1; }\n" * 90 + "};\n"},
            {"src/a.cpp": "constexpr auto all = to_array({\n" + "  {1},\n" * 90 + "});\n"}])
def function_length(tree):
    for path in tree.sources():
        for first, last in functions(tree.code(path)):
            lines = last - first + 1
            if lines > FUNCTION_LINES_MAX:
                yield Finding(path, first, f"a function of {lines} lines", lines - FUNCTION_LINES_MAX)


@rule("file_length",
      cure=f"More than {FILE_LINES_MAX} lines are two files.",
      bad=[{"src/a.cpp": "\n" * 501}],
      good=[{"src/a.cpp": "\n" * 500, "tests/data/a.json": "\n" * 900}])
def file_length(tree):
    for path in tree.paths(suffix=CODE):
        lines = tree.text(path).count("\n")
        if lines > FILE_LINES_MAX:
            yield Finding(path, FILE_LINES_MAX + 1, f"{lines} lines", lines - FILE_LINES_MAX)


@rule("pragma_once",
      cure="Start the header with #pragma once.",
      bad=[{"src/a.hpp": "#include <vector>\n"}, {"include/seckill/a.h": "int f(void);\n#pragma once\n"}],
      good=[{"src/a.hpp": "// Why.\n#pragma once\n"}])
def pragma_once(tree):
    for path in tree.paths(suffix=(".hpp", ".h")):
        if not tree.code(path).lstrip().startswith("#pragma once"):
            yield Finding(path, 1, "no #pragma once before the code")


NAMESPACE_SCOPE = re.compile(r"^(?:requires\b.*?\s)?(class|struct|enum(?: class)?|union)\s+"
                             r"(?:\[\[\w+\]\]\s+|SECKILL_EXPORT\s+|alignas\(\w+\)\s+)*(\w+)\b(?!(?:<[^<>]*>)?::)(?=[^;]*?\{)", re.MULTILINE)
DECLARED = re.compile(r"^(?:using|concept)\s+(\w+)|^[^\s#/}].*?\b(\w+)\(", re.MULTILINE)


def public_types(code):
    """(offset, keyword, name) of the types that are defined at the left margin, which is where namespaces have theirs."""
    outside_detail = re.sub(r"namespace [\w:\s]*detail\w* \{.*?^\}", lambda m: re.sub(r"\S", " ", m.group(0)), code,
                            flags=re.DOTALL | re.MULTILINE)
    for match in NAMESPACE_SCOPE.finditer(outside_detail):
        yield match.start(1), match.group(1), match.group(2)


@rule("header_name",
      cure="A public header is named as the type that it is about, or as the family of its functions; a class is a header.",
      bad=[{"include/seckill/a.hpp": "#pragma once\nclass b {\n};\n"},
           {"include/seckill/a.hpp": "#pragma once\nclass a {\n};\nclass SECKILL_EXPORT b final {\n};\n"}],
      good=[{"include/seckill/a.hpp": "#pragma once\nclass b;\nstruct a_params {\n};\nclass SECKILL_EXPORT a {\n};\n"},
            {"include/seckill/a.hpp": "#pragma once\n[[nodiscard]] b make_a();\n"},
            {"include/seckill/a.hpp": "#pragma once\ntemplate <b B>\nrequires(c<B>) class a {\n  class d;\n};\nclass a::d {\n};\n"},
            {"include/seckill/a.hpp": "#pragma once\ntemplate <typename B>\nclass a {\n  class d;\n};\ntemplate <typename B>\nclass a<B>::d {\n};\n"},
            {"src/a.hpp": "#pragma once\nclass b {\n};\nclass c {\n};\n"}])
def header_name(tree):
    for path in tree.paths(suffix=".hpp"):
        if not is_public(path) or "/detail/" in path:
            continue
        stem = posixpath.basename(path)[:-len(".hpp")]
        code = tree.code(path)
        types = list(public_types(code))
        classes = [t for t in types if t[1] == "class"]
        for offset, _, name in classes[1:]:
            yield Finding(path, line_of(code, offset), f"a further class, {name}")
        names = {t[2] for t in types} | {n for m in DECLARED.finditer(code) for n in m.groups() if n}
        about = re.compile(rf"({stem}|{stem}_\w+|\w+_{stem.removesuffix('s')})$")  # error, sale_status, sku_id in ids.hpp
        if types and not any(about.match(n) for n in names):
            yield Finding(path, 1, f"nothing in it is called {stem}")


@rule("documented_types",
      cure="Say in a /// comment what the type guarantees, its threads, ownership, units, REQUIRES and errors.",
      bad=[{"include/seckill/a.hpp": "#pragma once\n\nclass a {\n};\n"},
           {"adapters/x/include/seckill/x/a.hpp": "#pragma once\n\ntemplate <typename T>\nclass a {\n};\n"}],
      good=[{"include/seckill/a.hpp": "#pragma once\n\n/// It guarantees.\nclass SECKILL_EXPORT a {\n};\n"}])
def documented_types(tree):
    for path in tree.paths(suffix=".hpp"):
        if not is_public(path):
            continue
        code, lines = tree.code(path), tree.text(path).splitlines()
        for offset, keyword, name in public_types(code):
            above = line_of(code, offset) - 2
            while above > 0 and lines[above].startswith(("template", "requires")):
                above -= 1
            if keyword == "class" and not lines[above].startswith("///"):
                yield Finding(path, above + 2, f"class {name} has no comment")


@rule("namespaces",
      cure="Library code lives in `namespace seckill::inline v1`, so that two versions can be told apart when they are linked.",
      bad=[{"include/seckill/a.hpp": "#pragma once\nnamespace seckill {\n}\n"}, {"adapters/x/src/a.cpp": "namespace x {\n}\n"}],
      good=[{"src/a.cpp": "namespace seckill::inline v1 {\nnamespace {\n}\n}\n", "tests/a.cpp": "namespace seckill {\n}\n"},
            {"adapters/x/src/a.hpp": "namespace seckill::inline v1::x {\n}\nnamespace fs = std::filesystem;\nnamespace rocksdb {\nclass DB;\n}\n"}])
def namespaces(tree):
    pattern = re.compile(r"^namespace (?!seckill::inline v1\b)([\w:]+) \{(?!(?:\s*(?:class|struct) \w+;)+\s*\})", re.MULTILINE)
    for path in tree.sources("include/", "src/", "adapters/"):
        code = tree.code(path)
        for match in pattern.finditer(code):
            yield Finding(path, line_of(code, match.start()), f"namespace {match.group(1)}")
