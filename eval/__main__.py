"""The command line of the evaluation: ``python -m eval run | report | compare | gate | …``.

Exit codes: 0 done, 1 the work failed or a gate did not hold, 2 wrong usage. Errors are one line each on stderr.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from eval.arguments import parser
from index.errors import WenjuError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parsed = parser().parse_args(arguments)
    module, _, name = parsed.work.partition(":")
    work: Callable[[Any], int] = getattr(import_module(f"eval.{module}"), name)
    try:
        return work(parsed)
    except WenjuError as error:
        for line in str(error).splitlines():
            sys.stderr.write(f"error: {line}\n")
        return 1
    except BrokenPipeError:  # the reader of our output (head, less) has gone
        sys.stdout = None
        return 1
    except OSError as error:
        sys.stderr.write(f"error: {error.filename or ''}: {error.strerror or error}\n")
        return 1
    except ValueError as error:
        sys.stderr.write(f"error: {' '.join(str(error).split())}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("error: interrupted; start the same command again to go on\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
