"""Workbooks as the tests of templates need them: with few rows."""

from __future__ import annotations

import pytest

from div_opendata.workspace.template import draft


@pytest.fixture(autouse=True)
def _few_prepared_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take most of the time that a workbook takes."""
    monkeypatch.setattr(draft, "PREPARED_ROWS", 3)
