"""Pages that say what is so, and lead somewhere."""

import posixpath
import re

from rule import Finding, rule
from rules.texts import GIVEN
from tree import line_of

FENCE = re.compile(r"^(```|~~~).*?^\1[^\S\n]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]\n]*\](?:\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|:\s*(\S+))")
HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$", re.MULTILINE)


def blanked(text):
    """Without code: its brackets are no links, its # no headings."""
    text = FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)
    return re.sub(r"`[^`\n]+`", lambda m: " " * len(m.group(0)), text)


def links(tree, page):
    """(line, target as written) of the links of a page to this repository"""
    text = blanked(tree.text(page))
    for match in LINK.finditer(text):
        target = match.group(1) or match.group(2)
        if not re.match(r"[a-z][a-z0-9+.-]*:|//", target):
            yield line_of(text, match.start()), target


def resolve(page, target):
    path = target.partition("#")[0]
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path)) if path else page


def anchors(text):
    """As GitHub makes them from headings."""
    found, times = set(), {}
    text = FENCE.sub("", text)
    for match in HEADING.finditer(text):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match.group(2))
        slug = re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
        found.add(slug + (f"-{times[slug]}" if slug in times else ""))
        times[slug] = times.get(slug, 0) + 1
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', text))


def pages(tree):
    return [p for p in tree.paths(suffix=".md") if not p.startswith(GIVEN)]


@rule("links",
      cure="Point the link at what is there (relative to the page), or write the page.",
      bad=[{"docs/a.md": "[b](b.md)\n"}, {"docs/a.md": "# A\n[b](#c)\n"}, {"docs/a.md": "[b][1]\n\n[1]: ../none.md\n"},
           {"docs/a.md": "[b](b.md#none)\n", "docs/b.md": "# B\n"}],
      good=[{"docs/a.md": "[b](b.md#two-words) `[x](y)` [web](https://example.com/x)\n", "docs/b.md": "## Two words\n"},
            {"docs/a.md": "```\n[b](none.md)\n```\n[dir](../src/)\n", "src/a.cpp": ""}])
def links_resolve(tree):
    directories = {posixpath.dirname(p) for p in tree.paths()}
    directories |= {d for p in list(directories) for d in parents(p)}
    for page in pages(tree):
        for line, target in links(tree, page):
            path, anchor = resolve(page, target), target.partition("#")[2]
            if path not in tree and path not in directories:
                yield Finding(page, line, f"leads nowhere: {target}")
            elif anchor and path.endswith(".md") and anchor not in anchors(tree.text(path)):
                yield Finding(page, line, f"no heading for {target}")


def parents(path):
    while path:
        path = posixpath.dirname(path)
        yield path


@rule("orphan_pages",
      cure="Link the page from docs/README.md, or from a page that is reached from there.",
      bad=[{"docs/README.md": "# Map\n", "docs/a.md": "# A\n"},
           {"docs/README.md": "# Map\n", "docs/a.md": "[b](b.md)\n", "docs/b.md": "[a](a.md)\n"}],
      good=[{"docs/README.md": "[a](a.md)\n", "docs/a.md": "[b](b.md)\n", "docs/b.md": "# B\n"}])
def orphan_pages(tree):
    reached, next_pages = set(), {"README.md", "docs/README.md"}
    while next_pages:
        reached |= next_pages
        found = {resolve(page, target) for page in next_pages if page in tree and page.endswith(".md")
                 for _, target in links(tree, page)}
        next_pages = found - reached
    for page in tree.paths("docs/", suffix=".md"):
        if page not in reached:
            yield Finding(page, 1, "no way leads here from docs/README.md")


@rule("adapter_pages",
      cure="An adapter's README.md says what it is for, what it guarantees, what it needs installed, and its params.",
      bad=[{"adapters/x/CMakeLists.txt": "a()\n"}],
      good=[{"adapters/x/CMakeLists.txt": "a()\n", "adapters/x/README.md": "# x\n"}])
def adapter_pages(tree):
    for path in tree.paths("adapters/", suffix="CMakeLists.txt"):
        directory = posixpath.dirname(path)
        if directory.count("/") == 1 and directory + "/README.md" not in tree:
            yield Finding(path, 1, "the adapter has no README.md")


@rule("named_files",
      cure="Comments and pages may only name files that are there.",
      bad=[{"src/a.cpp": "// docs/none.md tells why\n"}, {"docs/a.md": "see `tests/none_test.cpp`\n"}],
      good=[{"src/a.cpp": "// docs/a.md tells why\n", "docs/a.md": "see `src/a.cpp`, `src/ledger/*.cpp`\n"}])
def named_files(tree):
    pattern = re.compile(r"(?<![\w./-])(?<!\]\()(?:docs|src|include|tests|adapters|examples|bench|cmake|bindings)/[\w./-]+\."
                         r"(?:md|hpp|cpp|h|yaml|json|py|txt|cmake|mjs|sh)\b(?![*{])")
    for path in tree.sources() + pages(tree):
        if path.startswith(GIVEN):
            continue
        for line, text in tree.lines(path):
            if re.match(r"\s*#\s*include", text):
                continue
            for match in pattern.finditer(text):
                if match.group(0) not in tree:
                    yield Finding(path, line, f"there is no {match.group(0)}")


@rule("two_readmes",
      cure="README.md and README.zh.md tell the same: the same headings in the same order, the same blocks of code.",
      bad=[{"README.md": "# A\n"}, {"README.md": "# A\n## B\n", "README.zh.md": "# A\n### B\n"},
           {"README.md": "# A\n```sh\n./run\n```\n", "README.zh.md": "# A\n```sh\n./test\n```\n"}],
      good=[{"README.md": "# A\n## B\n```sh\n./run\n```\n", "README.zh.md": "# 一\n## 二\n```sh\n./run\n```\n"}, {"docs/a.md": ""}])
def two_readmes(tree):
    present = [name for name in ("README.md", "README.zh.md") if name in tree]
    if len(present) == 1:
        yield Finding(present[0], 1, "the other README is missing")
    if len(present) < 2:
        return
    english, chinese = (tree.text(name) for name in present)
    levels = [[len(m.group(1)) for m in HEADING.finditer(FENCE.sub("", text))] for text in (english, chinese)]
    if levels[0] != levels[1]:
        yield Finding(present[1], 1, f"headings of levels {levels[1]}, the other has {levels[0]}")
    blocks = [[m.group(0) for m in FENCE.finditer(text)] for text in (english, chinese)]
    for i in range(max(map(len, blocks))):
        if i >= min(map(len, blocks)) or blocks[0][i] != blocks[1][i]:
            yield Finding(present[1], 1, f"block of code {i + 1} differs")


OUTCOMES = "include/seckill/outcome.hpp"
OUTCOMES_PAGE = "docs/reference/outcomes.md"
STATUSES = "adapters/http/src/api/outcome_status.hpp"
OUTCOME_EXAMPLE = "enum class outcome : std::uint8_t {\n  reserved = 1,  ///< a\n  sold_out = 49,\n};\n"


@rule("outcomes_page",
      cure="docs/reference/outcomes.md has one row for each outcome: | number | `name` | HTTP status | ..., as outcome.hpp and "
           "the http adapter have them.",
      bad=[{OUTCOMES: OUTCOME_EXAMPLE}, {OUTCOMES: OUTCOME_EXAMPLE, OUTCOMES_PAGE: "| 1 | `reserved` | 201, 200 |\n"},
           {OUTCOMES: OUTCOME_EXAMPLE, OUTCOMES_PAGE: "| 1 | `reserved` | 200 |\n| 50 | `sold_out` | 409 |\n"},
           {OUTCOMES: OUTCOME_EXAMPLE, OUTCOMES_PAGE: "| 1 | `reserved` | 200 |\n| 49 | `sold_out` | 409 |\n| 2 | `gone` | 200 |\n"},
           {OUTCOMES: OUTCOME_EXAMPLE, OUTCOMES_PAGE: "| 1 | `reserved` | 200 |\n| 49 | `sold_out` | 410 |\n",
            STATUSES: "case outcome::reserved:\n  return 200;\ncase outcome::sold_out:\n  return 409;\n"}],
      good=[{OUTCOMES: OUTCOME_EXAMPLE, OUTCOMES_PAGE: "| 1 | `reserved` | 201, 200 | x |\n| 49 | `sold_out` | 409 | x |\n",
             STATUSES: "case outcome::reserved:\n  return 200;\ncase outcome::sold_out:\n  return 409;\n"
                       "case outcome::sold_out:\n  return 1;  // seconds\n"}])
def outcomes_page(tree):
    if OUTCOMES not in tree:
        return
    body = re.search(r"enum class outcome\b.*?\};", tree.code(OUTCOMES), re.DOTALL).group(0)
    numbers = {name: int(number) for name, number in re.findall(r"(\w+) = (\d+),", body)}
    statuses = statuses_of(tree.code(STATUSES)) if STATUSES in tree else {}
    seen = set()
    for line, text in tree.lines(OUTCOMES_PAGE) if OUTCOMES_PAGE in tree else ():
        row = re.match(r"\|\s*(\d+)\s*\|\s*`(\w+)`\s*\|\s*([\d, ]*)", text)
        if not row:
            continue
        number, name, status = row.groups()
        seen.add(name)
        if numbers.get(name) != int(number):
            yield Finding(OUTCOMES_PAGE, line, f"{name} is {numbers.get(name, 'no outcome')}, not {number}")
        elif name in statuses and statuses[name] not in re.findall(r"\d+", status):
            yield Finding(OUTCOMES_PAGE, line, f"the http adapter answers {name} with {statuses[name]}, not {status.strip()}")
    for name in numbers.keys() - seen:
        yield Finding(OUTCOMES_PAGE, 1, f"{name} is missing")


def statuses_of(code):
    """outcome -> HTTP status, from `case outcome::a: case outcome::b: return 409;`"""
    return {name: status for cases, status in re.findall(r"((?:case outcome::\w+:\s*)+)return (\d{3});", code)
            for name in re.findall(r"outcome::(\w+)", cases)}


DECISIONS = "docs/decisions/"


@rule("decisions",
      cure="Call it docs/decisions/NNNN-title.md with the next free number, begin it with `# NNNN. Title`, and list it in "
           "docs/decisions/README.md.",
      bad=[{DECISIONS + "0001-a.md": "# 0001. A\n", DECISIONS + "0001-b.md": "# 0001. B\n",
            DECISIONS + "README.md": "[a](0001-a.md) [b](0001-b.md)\n"},
           {DECISIONS + "0001-a.md": "# 0001. A\n", DECISIONS + "README.md": "# Decisions\n"},
           {DECISIONS + "a.md": "# A\n", DECISIONS + "README.md": "[a](a.md)\n"},
           {DECISIONS + "0001-a.md": "# 0002. A\n", DECISIONS + "README.md": "[a](0001-a.md)\n"}],
      good=[{DECISIONS + "0001-a.md": "# 0001. A\n", DECISIONS + "README.md": "[a](0001-a.md)\n"}])
def decisions(tree):
    index = DECISIONS + "README.md"
    listed = {resolve(index, target) for _, target in links(tree, index)} if index in tree else set()
    numbers = {}
    for path in tree.paths(DECISIONS, suffix=".md"):
        if path == index:
            continue
        match = re.match(r"(\d{4})-[\w-]+\.md$", path[len(DECISIONS):])
        if not match:
            yield Finding(path, 1, "its name is not NNNN-title.md")
            continue
        number = match.group(1)
        if number in numbers:
            yield Finding(path, 1, f"has the number of {numbers[number]}")
        numbers[number] = path
        if not tree.text(path).startswith(f"# {number}. "):
            yield Finding(path, 1, f"does not begin with `# {number}. `")
        if path not in listed:
            yield Finding(path, 1, "is not listed in docs/decisions/README.md")
