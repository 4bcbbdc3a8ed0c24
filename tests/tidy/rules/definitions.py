"""One definition per name: of two, the linker keeps one without a word, and the program means the other."""

import collections
import re

from rule import Finding, rule
from tree import line_of

LIBRARY = ("include/", "src/", "adapters/")

MARKS = re.compile(r"[{}();]")
NAMESPACE = re.compile(r"^namespace\b\s*((?:(?:inline\s+)?\w+(?:::)?)*)$")
NOISE = re.compile(r"^\s*#(?:\\\n|[^\n])*|\[\[[^\]]*\]\]|\balignas\([^()]*\)|\bSECKILL_[A-Z]+\b", re.MULTILINE)
SPECIFIERS = re.compile(r"\b(?:inline|constexpr|consteval|extern|friend)\s+")
TYPE = re.compile(r"(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+(\w+)\s*(?:final\b\s*)?(?::(?!:).*)?$", re.DOTALL)
FUNCTION = re.compile(r"[^=]*?[\w>&*\]]\s+[*&]?(?!operator\b)(\w+)\s*\(", re.DOTALL)
NAMED = re.compile(r"(?<=[\w>&*\]] )\w+$|(?<=[&*])\w+$")


def bracketed(text, opening, pair):
    """What stands between the bracket at `opening` and its partner."""
    depth = 0
    for at in range(opening, len(text)):
        depth += (text[at] == pair[0]) - (text[at] == pair[1])
        if depth == 0:
            return text[opening + 1:at]
    return text[opening + 1:]


def parameter_types(text):
    """The types in a parameter list: names and defaults do not make another function."""
    types, depth, start = [], 0, 0
    for at, mark in enumerate(text + ","):
        depth += (mark in "<([{") - (mark in ">)]}")
        if mark == "," and depth == 0:
            each = " ".join(text[start:at].partition("=")[0].split())
            types.append(NAMED.sub("", each).strip())
            start = at + 1
    return [each for each in types if each]


def defined_by(head):
    """(kind, name) that a declaration before its { defines in a namespace; a function's name has its parameters' types."""
    text = " ".join(NOISE.sub(" ", head).split())
    template = ""
    while text.startswith("template"):
        arguments = bracketed(text, text.index("<"), "<>")
        template += f"<{arguments}> "
        text = text[text.index("<") + len(arguments) + 2:].strip()
    text = SPECIFIERS.sub("", text)
    constraint = re.match(r"requires\b.*?\s(?=(?:class|struct)\s)", text)
    found = TYPE.match(text[constraint.end() if constraint else 0:])
    if found:
        return "type", found.group(1)
    found = FUNCTION.match(text)
    if not found or re.match(r"static\b", text) or "::" in text[:found.start(1)].split(" ")[-1]:
        return None
    types = ", ".join(parameter_types(bracketed(text, found.end() - 1, "()")))
    return "function", f"{template}{found.group(1)}({types})"


def definitions(code):
    """(offset, namespace, kind, name) of what a file defines in named namespaces, visible to the linker."""
    scopes = []  # of each open brace: a namespace's name, "" if it has none, or None for any other brace
    start, parentheses = 0, 0
    for match in MARKS.finditer(code):
        at, mark = match.start(), match.group(0)
        parentheses += (mark == "(") - (mark == ")")
        if parentheses or mark in "()":
            continue  # braces of a default argument
        if mark == "{":
            head = code[start:at]
            space = NAMESPACE.match(" ".join(NOISE.sub(" ", head).split()))
            found = defined_by(head) if not space and scopes and all(scopes) else None
            if found:
                yield start + len(head) - len(head.lstrip()), "::".join(scopes), *found
            scopes.append(re.sub(r"inline\s+", "", space.group(1)) if space else None)
        elif mark == "}" and scopes:
            scopes.pop()
        start = at + 1


def sources(first, second):
    """The example of two files with these lines in the library's namespace."""
    return {path: "namespace seckill::inline v1 {\n" + lines + "}\n" for path, lines in (("src/a.hpp", first), ("adapters/x/src/b.cpp", second))}


@rule("one_definition",
      cure="Give one of them another name, or define it once: the linker keeps one of two definitions and says nothing.",
      bad=[sources("class a {\n};\n", "struct a final : b {\n};\n"), sources("enum class a : int {\n  b,\n};\n", "class a {\n};\n"),
           sources("template <typename T>\nrequires(c<T>) class a {\n};\n", "class SECKILL_EXPORT a {\n};\n"),
           sources("inline int f(int a, const b& c) {\n  return 1;\n}\n", "[[nodiscard]] int f(int x, const b& y = {}) noexcept {\n  return 2;\n}\n"),
           {"src/a.cpp": "namespace seckill::inline v1 {\nnamespace x {\nclass a {\n};\n}\n}\n",
            "src/b.cpp": "namespace seckill::inline v1::x {\nclass a {\n};\n}\n"}],
      good=[sources("class a {\n  class b {\n  };\n};\nclass b;\n", "class b {\n};\nclass b::a {\n};\n"),
            sources("namespace {\nclass a {\n};\nint f() {\n}\n}\nstatic int g() {\n}\n", "class a {\n};\nint f() {\n}\nint g() {\n}\n"),
            sources("int f(int a) {\n}\nint g();\ntemplate <typename A>\nint h(A a) {\n}\n", "int f(long a) {\n}\nint g() {\n}\nint h(A a) {\n}\n"),
            sources("int a::f() {\n}\nbool operator==(a, a) {\n}\n", "int b::f() {\n}\nbool operator==(b, b) {\n}\n"),
            sources("namespace x {\nclass a {\n};\n}\n", "namespace y {\nclass a {\n};\n}\n")])
def one_definition(tree):
    places = collections.defaultdict(list)
    for path in tree.sources(*LIBRARY):
        code = tree.code(path)
        for offset, namespace, _, name in definitions(code):
            places[namespace, name].append((path, line_of(code, offset)))
    for (namespace, name), found in places.items():
        for path, line in found[1:]:
            yield Finding(path, line, f"{namespace}::{name} is also defined in {found[0][0]}:{found[0][1]}")
