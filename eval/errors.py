"""Errors of the evaluation, below the product's own tree.

WenjuError
└── EvalError          a run, report, comparison or gate cannot be made; the message is one clear line
    └── GoldError      a gold file has bad rows; ``problems`` holds one line for each
"""

from __future__ import annotations

from collections.abc import Sequence

from index.errors import WenjuError

__all__ = ["EvalError", "GoldError"]


class EvalError(WenjuError):
    """The evaluation cannot go on; the message says what to do."""


class GoldError(EvalError):
    """Bad rows in a gold file: ``problems`` holds ``file:line: what is wrong``, one a row."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))
