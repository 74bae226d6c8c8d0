"""How a module that is run with `python -m` ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from common.core.errors import InputError


def run_program(main: Callable[[], None]) -> None:
    """Call `main`; an error that the user can mend becomes one line on stderr and exit code 1.

    With EMC2_DEBUG set its traceback is shown too.
    """
    try:
        main()
    except InputError as error:
        if os.environ.get("EMC2_DEBUG"):
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
