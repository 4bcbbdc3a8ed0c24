"""The repository as the rules see it: paths and texts. A rule never touches the disk, so that it can be tried on a few
lines of text."""

import json
import os
import posixpath
import re

SOURCE = (".cpp", ".hpp", ".h")

# Comments and literals. A ' between digits separates thousands.
TOKENS = re.compile(
    r"""//(?:\\\n|[^\n])*|/\*.*?\*/
       |R"(?P<end>[^\s()\\]{0,16})\(.*?\)(?P=end)"
       |"(?:\\.|[^"\\\n])*"
       |(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'""",
    re.DOTALL | re.VERBOSE)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)


def blank(match):
    """The same number of characters and lines, without the content."""
    text = match.group(0)
    inside = re.sub(r"[^\n]", " ", text)
    return inside if text.startswith("/") else '"' + inside[1:-1] + '"'


class Tree:
    def __init__(self, files, compiled=None):
        self._files = files
        self.compiled = compiled  # paths of the compiled sources, or None if not known
        self._code = {}

    @staticmethod
    def read(root, build=None):
        files = {}
        ignored = ignored_directories(os.path.join(root, ".gitignore"))
        for directory, names, leaves in os.walk(root):
            here = os.path.relpath(directory, root).replace(os.sep, "/")
            prefix = "" if here == "." else here + "/"
            names[:] = sorted(n for n in names if n != ".git" and not {n, "/" + prefix + n} & ignored)
            for leaf in sorted(set(leaves) - {".git"}):  # a file in a linked work tree
                files[prefix + leaf] = read_text(os.path.join(directory, leaf))
        return Tree(files, compiled_sources(root, build))

    @staticmethod
    def of(example):
        """From a rule's example: path -> text, and "@compiled" -> paths."""
        return Tree({p: t for p, t in example.items() if p != "@compiled"}, example.get("@compiled"))

    def __contains__(self, path):
        return path in self._files

    def paths(self, *prefixes, suffix=""):
        """Those below one of the prefixes (none: all) that end with the suffix (or one of a tuple)."""
        return [p for p in self._files if p.endswith(suffix) and p.startswith(prefixes or "")]

    def sources(self, *prefixes):
        return self.paths(*prefixes, suffix=SOURCE)

    def text(self, path):
        return self._files[path]

    def lines(self, path):
        return enumerate(self._files[path].splitlines(), 1)

    def code(self, path):
        """C++ with comments and the contents of literals blanked, so that a pattern finds code only."""
        if path not in self._code:
            self._code[path] = TOKENS.sub(blank, self._files[path])
        return self._code[path]

    def code_lines(self, path):
        return enumerate(self.code(path).splitlines(), 1)

    def includes(self, path):
        """(line, what is written between the brackets, the file of this repository that it is, or None)"""
        text = self._files[path]
        for match in INCLUDE.finditer(text):
            yield line_of(text, match.start()), match.group(2), self._resolve(path, match.group(2))

    def _resolve(self, path, included):
        parts = path.split("/")
        places = [posixpath.dirname(path), "", "include", "src"]
        places += ["/".join(parts[:n]) for n in range(1, len(parts) - 1)]
        places += ["/".join(parts[:n]) + "/src" for n in range(1, len(parts) - 1)]
        parts = included.split("/")
        if parts[0] == "seckill" and len(parts) > 2:
            places.append(f"adapters/{parts[1]}/include")
        for place in places:
            candidate = posixpath.normpath(posixpath.join(place, included))
            if candidate in self._files:
                return candidate
        return None


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def read_text(path):
    if os.path.islink(path) and not os.path.exists(path):
        return ""
    with open(path, "rb") as file:
        data = file.read()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return ""  # not text: the rules have nothing to say about it


def ignored_directories(gitignore):
    """The directories of .gitignore: 'name' anywhere, '/path' from the root."""
    if not os.path.exists(gitignore):
        return set()
    lines = (line.strip() for line in read_text(gitignore).splitlines())
    return {line.rstrip("/") for line in lines if line.endswith("/")}


def compiled_sources(root, build):
    if build is None:
        return None
    database = os.path.join(build, "compile_commands.json")
    if not os.path.exists(database):
        return None
    with open(database, encoding="utf-8") as file:
        entries = json.load(file)
    return {os.path.relpath(os.path.realpath(os.path.join(e["directory"], e["file"])), os.path.realpath(root)) for e in entries}
