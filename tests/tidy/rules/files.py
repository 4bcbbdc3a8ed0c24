"""Files that nothing uses."""

import fnmatch
import posixpath
import re

from rule import Finding, rule

BUILT = ("src/", "adapters/", "tests/", "bench/", "examples/", "bindings/")


def lists_above(tree, path):
    """The CMakeLists.txt files that can speak of a path, nearest first: (its directory, its text)"""
    directory = posixpath.dirname(path)
    while True:
        lists = posixpath.join(directory, "CMakeLists.txt")
        if lists in tree:
            yield directory, tree.text(lists)
        if not directory:
            return
        directory = posixpath.dirname(directory)


def mentions(directory, text, path):
    """Whether this CMakeLists.txt names the file, itself or by a GLOB."""
    relative = posixpath.relpath(path, directory or ".")
    if re.search(r"(?<![\w-])" + re.escape(relative) + r"\b", text):
        return True
    for arguments in re.findall(r"file\(GLOB(?:_RECURSE)?\s+\w+\s+([^)]*)\)", text):
        for pattern in arguments.split():
            pattern = re.sub(r"\$\{CMAKE_CURRENT_(SOURCE|LIST)_DIR\}/", "", pattern)
            if "*" in pattern and fnmatch.fnmatch(relative, pattern):
                return True
    return False


@rule("dead_sources",
      cure="Add it to a target in the CMakeLists.txt beside it, or delete it.",
      bad=[{"src/CMakeLists.txt": "add(b.cpp)\n", "src/a.cpp": ""},
           {"src/a.cpp": ""},
           {"src/CMakeLists.txt": "add(a.cpp b.cpp)\n", "src/a.cpp": "", "src/b.cpp": "", "@compiled": {"src/b.cpp"}}],
      good=[{"src/CMakeLists.txt": "file(GLOB_RECURSE s CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)\n", "src/x/a.cpp": ""},
            {"tests/unit/CMakeLists.txt": "add(${PROJECT_SOURCE_DIR}/tests/support/a.cpp)\n", "tests/support/a.cpp": ""},
            {"tests/CMakeLists.txt": "add(a/b.cpp)\n", "tests/a/b.cpp": "", "src/c.hpp": "", "@compiled": {"src/c.cpp"}}])
def dead_sources(tree):
    everything = "\n".join(tree.text(p) for p in tree.paths(suffix="CMakeLists.txt"))
    for path in tree.paths(*BUILT, suffix=(".cpp", ".cc")):
        if "${PROJECT_SOURCE_DIR}/" + path in everything:
            continue
        if not any(mentions(directory, text, path) for directory, text in lists_above(tree, path)):
            yield Finding(path, 1, "no CMakeLists.txt names it")
        elif tree.compiled is not None and path not in tree.compiled:
            beside = posixpath.dirname(path) + "/"
            if any(posixpath.dirname(c) + "/" == beside for c in tree.compiled):  # else: that part is not built here
                yield Finding(path, 1, "it is in no target of this build")


@rule("dead_directories",
      cure="Say add_subdirectory(...) in a CMakeLists.txt above it.",
      bad=[{"CMakeLists.txt": "", "tests/CMakeLists.txt": "x()\n"}],
      good=[{"CMakeLists.txt": "add_subdirectory(tests)\n", "tests/CMakeLists.txt": "add_subdirectory(unit/policy)\n",
             "tests/unit/policy/CMakeLists.txt": ""},
            {"CMakeLists.txt": "add_subdirectory(tests)\n", "tests/CMakeLists.txt": "add_test(x -S install/consumer)\n",
             "tests/install/consumer/CMakeLists.txt": "project(consumer)\n"}])
def dead_directories(tree):
    for path in tree.paths(suffix="/CMakeLists.txt"):
        directory = posixpath.dirname(path)
        if re.search(r"^project\(", tree.text(path), re.MULTILINE):
            continue  # a project of its own: an example of how to use this one
        for above, text in lists_above(tree, directory):
            relative = posixpath.relpath(directory, above or ".")
            if re.search(r"add_subdirectory\(\s*" + re.escape(relative) + r"[\s)]", text) or "add_subdirectory(${" in text:
                break
        else:
            yield Finding(path, 1, "no CMakeLists.txt above adds this directory")


@rule("dead_test_data",
      cure="Name the file in the test that reads it (in tests/data/cases: in the list of tests/cases_runner/CMakeLists.txt).",
      bad=[{"tests/data/a.json": "{}\n", "tests/a_test.cpp": ""},
           {"tests/data/cases/a.json": "{}\n", "tests/cases_runner/CMakeLists.txt": "set(cases b)\n", "tests/a.cpp": '"a.json"'}],
      good=[{"tests/data/a.json": "{}\n", "tests/a_test.cpp": 'read("a.json")\n'},
            {"tests/data/corpus/x1": "", "tests/fuzz/CMakeLists.txt": "fuzz(data/corpus)\n"},
            {"tests/data/cases/a.json": "{}\n", "tests/cases_runner/CMakeLists.txt": "set(cases\n  a\n)\n"}])
def dead_test_data(tree):
    readers = [p for p in tree.paths("tests/", "bench/", "examples/", "test")
               if not p.startswith("tests/data/") and p.endswith((".cpp", ".hpp", ".py", ".mjs", ".js", ".txt", ".cmake", ".sh", "test"))]
    everything = "\n".join(tree.text(p) for p in readers)
    for path in tree.paths("tests/data/"):
        directory, name = posixpath.split(path[len("tests/data/"):])
        if directory == "cases":
            stem = name.partition(".")[0]
            runner = "tests/cases_runner/CMakeLists.txt"
            used = runner in tree and re.search(r"(?<![\w-])" + re.escape(stem) + r"(?![\w-])", tree.text(runner))
        else:
            names = [name] + ([directory] if directory and directory != "cases_runner" else [])
            used = any(re.search(r"(?<![\w-])" + re.escape(n) + r"(?![\w-])", everything) for n in names)
        if not used and not name.startswith("README"):
            yield Finding(path, 1, "no test reads it")
