"""Formatting is clang-format's."""

import os
import re
import shutil
import subprocess
import tempfile

from rule import Finding, Skipped, rule
from tree import SOURCE, line_of, read_text

VERSION = "14"  # of Debian 12; each version formats a little differently


def clang_format():
    for name in (f"clang-format-{VERSION}", "clang-format"):
        program = shutil.which(name)
        if program:
            version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
            if re.search(rf"version {VERSION}\.", version):
                return program
    raise Skipped(f"clang-format {VERSION} is not here: apt-get install -y --no-install-recommends clang-format-{VERSION}")


@rule("formatting",
      cure="Run clang-format -i on it (version 14, .clang-format at the top).",
      bad=[{".clang-format": "BasedOnStyle: Google\n", "src/a.cpp": "int  a ;\n"}],
      good=[{".clang-format": "BasedOnStyle: Google\n", "src/a.cpp": "int a;\n", "docs/a.md": "int  a ;\n"}])
def formatting(tree):
    """Formats a copy and compares: --dry-run of version 14 complains of the comments that end nested inline namespaces."""
    program = clang_format()
    paths = tree.paths(suffix=SOURCE)
    with tempfile.TemporaryDirectory() as copy:
        for path in paths + [".clang-format"]:
            os.makedirs(os.path.dirname(os.path.join(copy, path)), exist_ok=True)
            with open(os.path.join(copy, path), "w", encoding="utf-8", newline="") as file:
                file.write(tree.text(path))
        names = os.path.join(copy, "names")
        with open(names, "w", encoding="utf-8") as file:
            file.write("\n".join(paths))
        subprocess.run([program, "-i", "--files=" + names], cwd=copy, check=True, capture_output=True)
        for path in paths:
            before, after = tree.text(path), read_text(os.path.join(copy, path))
            if before != after:
                line = line_of(before, len(os.path.commonprefix([before, after])))
                yield Finding(path, line, "not as clang-format would have it")
