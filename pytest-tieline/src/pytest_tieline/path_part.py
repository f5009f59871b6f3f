from __future__ import annotations

import json
from urllib.parse import quote

from .error import TielineError


def path_part(part: str) -> str:
    """A SID, id or name as a single part of a path.

    Raises TielineError for a part that would turn the path into that of another call.
    """
    if not isinstance(part, str) or part in ("", ".", ".."):
        shown = json.dumps(part) if isinstance(part, str) else repr(part)
        raise TielineError(f"{shown} is not a SID, id or name. Pass one as text.")
    return quote(part, safe="")
