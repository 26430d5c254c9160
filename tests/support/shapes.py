"""The official shapes of DCAT-AP.de."""

from __future__ import annotations

import os
from pathlib import Path

from support.workspaces import TOP


def shapes() -> Path | None:
    """Where the official shapes are, with check.py that runs them."""
    named_ = os.environ.get("DIV_OPENDATA_SHAPES")
    folder = Path(named_) if named_ else TOP.parent / "shared" / "dcat-ap-de"
    return folder if (folder / "check.py").is_file() else None
