"""The command line: ``fourthwall chat | parse | plan | explain | models | eval | lexicon``.

One module a subcommand, loaded when it is asked for: ``fourthwall parse --jsonl`` starts without
the libraries that draw and edit.  What they all need stands in `_app` (errors, exit codes),
`_options` and `_text`.

Exit codes: 0 for well, 1 for data that couldn't be used or an answer that failed, 2 for a command
line that can't be understood, 130 for Ctrl-C.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]

_LIBRARIES = frozenset({"click", "rich", "prompt_toolkit"})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Args:
        arguments: the words after the program's name; those of this process if None.
    """
    try:
        from fourthwall.cli._app import run

        return run(sys.argv[1:] if arguments is None else arguments)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _LIBRARIES:
            raise
        hint = f"the command line needs {missing!r}: pip install 'fourthwall[cli]'"
        print(f"fourthwall: {hint}", file=sys.stderr)
        return 1
