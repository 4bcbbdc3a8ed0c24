#!/usr/bin/env python3
"""designated_initializers.py COMPILER INCLUDE...: the public headers below these directories give users no warning.

A program that includes every header and names each member of each public aggregate alone in a designated initializer is
compiled with a user's -Wall -Wextra -Werror, and with the headers as a user's own ones (-I).
"""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tidy"))
sys.dont_write_bytecode = True

from rules.aggregates import STRUCT, data_members  # noqa: E402
from rules.definitions import definitions  # noqa: E402
from tree import TOKENS, blank  # noqa: E402

AGGREGATES_MIN = 60  # as many as there are at least, so that this cannot pass by finding none


def aggregates(code):
    """(qualified name, names of its members) of the structs that are no templates and have no constructor."""
    at = {offset: f"{namespace}::{name}" for offset, namespace, kind, name in definitions(code) if kind == "type"}
    for match in STRUCT.finditer(code):
        body = code[match.end():code.index("\n}", match.end())]
        if match.start() in at and not re.search(rf"\b{match.group(1)}\(", body):
            yield at[match.start()], [name for _, _, name in data_members(code, match.end() - 1)]


def program(roots):
    includes, lines = [], []
    for root in roots:
        for path in sorted(Path(root).rglob("*.hpp")):
            includes.append(f"#include <{path.relative_to(root)}>")
            if "detail" in path.parts:
                continue
            for name, members in aggregates(TOKENS.sub(blank, path.read_text(encoding="utf-8"))):
                lines += [f"  {{ [[maybe_unused]] const {name} one{{.{member} = {{}}}}; }}" for member in members]
    count = len({line.split(" one{")[0] for line in lines})
    if count < AGGREGATES_MIN:
        sys.exit(f"only {count} aggregates found below {roots}")
    print(f"{count} aggregates, {len(lines)} members, {len(includes)} headers")
    return "\n".join(includes) + "\n\nint main() {\n" + "\n".join(lines) + "\n}\n"


def main():
    compiler, *roots = sys.argv[1:]
    command = [compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++", "-"]
    command[1:1] = [f"-I{root}" for root in roots]
    return subprocess.run(command, input=program(roots), text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
