"""Public aggregates, which users initialise by naming some of their members."""

import re

from rule import Finding, rule
from rules.includes import is_public
from tree import line_of

STRUCT = re.compile(r"^struct\s+(?:SECKILL_\w+\s+)?(\w+)\s*(?:final\s*)?(?::[^:;{(][^;{(]*)?\{", re.MULTILINE)
NO_MEMBER = re.compile(r"(?:using|typedef|friend|static|template|enum|struct|class|union)\b")


def declarations(code, opening):
    """(offset, text) of what a class declares whose { is there, without functions that have a body."""
    depth, start, at = 1, opening + 1, opening + 1
    text = ""
    while depth:
        mark = code[at]
        depth += (mark == "{") - (mark == "}")
        if depth == 1 and mark == "}" and "(" in re.sub(r"<[^;{}]*>", "", text.partition("{")[0]):
            text, start = "", at + 1
        elif depth == 1 and mark == ";":
            yield start + len(code[start:at]) - len(code[start:at].lstrip()), " ".join(text.split())
            text, start = "", at + 1
        elif depth == 1 or (depth == 2 and mark == "{"):
            text += mark  # of an initializer, the brace without what is in it
        at += 1


def data_members(code, opening):
    """(offset, declaration, name) of the data members of the class whose { is there."""
    for offset, text in declarations(code, opening):
        text = re.sub(r"^\[\[[^\]]*\]\]\s*", "", text)
        declarator = re.sub(r"\s*(?:=.*|\{.*)$", "", text)
        pointer = re.search(r"\(\*(\w+)\)", declarator)  # to a function
        function = "(" in re.sub(r"<.*>", "", declarator) and not pointer
        if text and not NO_MEMBER.match(text) and not function:
            yield offset, text, pointer.group(1) if pointer else re.sub(r"(?:\[[^\]]*\])+$", "", declarator).split()[-1].lstrip("*&")


@rule("default_members",
      cure="Give the member a default initializer ({} will do): GCC's -Wextra warns users whose designated initializers leave it out.",
      bad=[{"include/seckill/a.hpp": "#pragma once\nstruct a {\n  int b = 0;\n  std::string c;\n};\n"},
           {"include/seckill/a.hpp": "#pragma once\nstruct SECKILL_EXPORT a {\n  std::function<int(int)> b;\n};\n"},
           {"include/seckill/a.hpp": "#pragma once\nstruct a {\n  int f() const { return 1; }\n  void (*b)(int);\n};\n"},
           {"adapters/x/include/seckill/x/a.hpp": "#pragma once\nstruct a {\n  enum class b {\n    c,\n  };\n  std::array<b, 2> d;\n};\n"}],
      good=[{"include/seckill/a.hpp": "#pragma once\nstruct a {\n  int b = 0;\n  c d{};\n  void (*e)(int) = nullptr;\n  std::array<int, 3> f{1, 2, 3};\n};\n"},
            {"include/seckill/a.hpp": "#pragma once\nstruct a {\n  using b = int;\n  static constexpr int c = 1;\n  [[nodiscard]] int d() const;\n"
                                      "  bool operator==(const a&) const = default;\n  friend bool f(a b) {\n    return b.d();\n  }\n};\n"},
            {"include/seckill/a.hpp": "#pragma once\nclass a {\n  int b;\n};\n", "src/a.hpp": "#pragma once\nstruct c {\n  int d;\n};\n"}])
def default_members(tree):
    for path in tree.paths(suffix=".hpp"):
        if not is_public(path) or "/detail/" in path:
            continue
        code = tree.code(path)
        for match in STRUCT.finditer(code):
            for offset, text, name in data_members(code, match.end() - 1):
                if "=" not in text and "{" not in text:
                    yield Finding(path, line_of(code, offset), f"{match.group(1)}::{name} has no initializer")
