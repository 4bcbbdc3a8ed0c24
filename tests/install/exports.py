#!/usr/bin/env python3
"""exports.py NM LIBRARY HEADERS: a shared library shows what its public headers declare, and nothing else.

Weak symbols of std and boost may be there: those libraries declare them visible, and the linker keeps one of each.
"""

import re
import subprocess
import sys
from pathlib import Path

nm, library, headers = sys.argv[1:]
listing = subprocess.run([nm, "--dynamic", "--defined-only", "--demangle", library], capture_output=True, text=True, check=True)
exports = [line.split(" ", 1)[1] for line in listing.stdout.splitlines()]

code = "\n".join(path.read_text() for path in Path(headers).rglob("*.hpp"))
declared = set(re.findall(r"^\s+(?:class|struct) (\w+);", code, re.MULTILINE))
defined = set(re.findall(r"\b(?:class|struct)\b[^;{]*?(\w+)(?: final)?\s*(?::[^;{]*)?\{", code))
private = re.compile(r"seckill::v1::(?:\w+::)+(" + "|".join(sorted(declared - defined)) + r")::")

faults = []
for line in exports:
    kind, name = line.split(" ", 1)
    if kind in "VWu" and re.search(r"\b(std|__gnu_cxx|boost)::", name):
        continue
    if "seckill::v1::" not in name:
        faults.append(f"exported, though not ours: {line}")
    if private.search(name.split("(")[0]):
        faults.append(f"exported, though private (define the class as SECKILL_HIDDEN): {line}")
if not any(line.startswith("T seckill::v1::ledger::reserve(") for line in exports):
    faults.append("the ledger is not exported")
if not declared - defined:
    faults.append(f"no private class found in {headers}: this looks at the wrong directory")
print("\n".join(faults) or f"{len(exports)} exports, {len(declared - defined)} private classes hidden")
sys.exit(1 if faults else 0)
