#!/usr/bin/env python3
"""Style is a test: looks at every file of the repository and names what breaks a rule, and the cure.

    tidy.py [--build DIR] [RULE...]    looks; exit status 0 if all is well. --build: a build directory, whose
                                       compile_commands.json tells which sources are in a target
    tidy.py --self-test                proves that every rule finds the violations planted beside it
    tidy.py --ratchet                  writes ratchet.txt anew from what is found: only ever to make it smaller
    tidy.py --list                     the rules

ratchet.txt lists what was not clean when a rule came: `rule path how-much`. More than that fails; less is told, so that the
line can be tightened.
"""

import argparse
import collections
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
RATCHET = os.path.join(HERE, "ratchet.txt")
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

from rule import RULES, Skipped  # noqa: E402
from rules import aggregates, definitions, documentation, files, formatting, includes, shape, tests, texts  # noqa: E402, F401
from tree import Tree  # noqa: E402


def read_ratchet():
    allowed = {}
    with open(RATCHET, encoding="utf-8") as file:
        for line in file:
            if line.strip() and not line.startswith("#"):
                name, path, size = line.split()
                allowed[name, path] = int(size)
    return allowed


def write_ratchet(found):
    with open(RATCHET, encoding="utf-8") as file:
        comments = [line for line in file if line.startswith("#")]
    with open(RATCHET, "w", encoding="utf-8") as file:
        file.writelines(comments)
        for (name, path), findings in sorted(found.items()):
            file.write(f"{name} {path} {sum(f.size for f in findings)}\n")


def look(tree, rules):
    found = collections.defaultdict(list)
    for each in rules:
        try:
            for finding in each.check(tree):
                found[each.name, finding.path].append(finding)
        except Skipped as reason:
            print(f"tidy: {each.name} SKIPPED: {reason}")
    return found


def report(found, rules):
    """Prints what exceeds the ratchet; returns how many places do."""
    allowed = read_ratchet()
    cures = {each.name: each.cure for each in rules}
    beyond = {key: all_of for key, all_of in found.items() if sum(f.size for f in all_of) > allowed.get(key, 0)}
    for (name, _), findings in sorted(beyond.items()):
        for finding in findings:
            print(f"{finding.path}:{finding.line}: {finding.what} [{name}]")
    for name in sorted({name for name, _ in beyond}):
        print(f"  {name}: {cures[name]}")
    for (name, path), size in sorted(allowed.items()):
        now = sum(f.size for f in found.get((name, path), []))
        if name in cures and now < size:
            print(f"tidy: better than the ratchet: {name} {path} is {now}, not {size}; tighten tests/tidy/ratchet.txt")
    return len(beyond)


def faults_of(each):
    if not each.bad:
        yield f"{each.name}: has no example of a violation"
    for i, example in enumerate(each.bad, 1):
        if not list(each.check(Tree.of(example))):
            yield f"{each.name}: does not find the violation of example {i}"
    for i, example in enumerate(each.good, 1):
        for finding in each.check(Tree.of(example)):
            yield f"{each.name}: good example {i}: {finding.path}:{finding.line}: {finding.what}"


def self_test(rules):
    """A rule that cannot fail is a defect."""
    faults = []
    for each in rules:
        try:
            faults += faults_of(each)
        except Skipped as reason:
            print(f"tidy: {each.name} SKIPPED: {reason}")
    print("\n".join(faults) or f"tidy: {len(rules)} rules can fail, and find {sum(len(r.bad) for r in rules)} violations")
    return len(faults)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", default=ROOT)
    parser.add_argument("--build")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--ratchet", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("rules", nargs="*", metavar="RULE")
    arguments = parser.parse_args()

    unknown = set(arguments.rules) - {each.name for each in RULES}
    if unknown:
        parser.error(f"no such rule: {', '.join(sorted(unknown))}; see --list")
    rules = [each for each in RULES if not arguments.rules or each.name in arguments.rules]
    if arguments.list:
        for each in rules:
            print(f"{each.name}: {each.cure}")
        return 0
    if arguments.self_test:
        return 1 if self_test(rules) else 0
    found = look(Tree.read(arguments.root, arguments.build), rules)
    if arguments.ratchet:
        write_ratchet(found)
        return 0
    places = report(found, rules)
    print(f"tidy: {len(rules)} rules, " + ("all is well" if places == 0 else f"{places} files to repair"))
    return 1 if places else 0


if __name__ == "__main__":
    sys.exit(main())
