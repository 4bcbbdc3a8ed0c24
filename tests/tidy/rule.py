"""What a rule is: a named check, the cure for what it finds, and examples that prove that it can fail."""

from dataclasses import dataclass, field
from typing import Callable, Iterable, NamedTuple


class Finding(NamedTuple):
    path: str
    line: int
    what: str
    size: int = 1  # how bad: 1, or for a limit by how much it is exceeded; the ratchet bounds the sum for each file


class Skipped(Exception):
    """A rule cannot look, because a tool is missing. Its text says which."""


@dataclass(frozen=True)
class Rule:
    name: str
    cure: str
    check: Callable[..., Iterable[Finding]]
    bad: list = field(repr=False)  # trees (path -> text), each with a violation that the rule must find
    good: list = field(repr=False)  # trees in which it must find nothing


RULES: list[Rule] = []


def rule(name, cure, bad, good=()):
    """Registers the decorated function `check(tree) -> findings` as a rule."""

    def register(check):
        RULES.append(Rule(name, cure, check, list(bad), list(good)))
        return check

    return register
