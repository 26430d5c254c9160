"""Fixtures of the tests of lotteries: an office, as far as it has come."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.office import Office, hold_session


@pytest.fixture
def office(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Office:
    """The complete example, as it was before its second lottery."""
    return Office.of_musterstadt(tmp_path, monkeypatch, capsys)


@pytest.fixture
def frozen(office: Office) -> Office:
    office.tickets()
    office.at("freeze")
    office.freeze()
    return office


@pytest.fixture
def drawn(frozen: Office) -> Office:
    frozen.at("draw")
    frozen.draw()
    hold_session(frozen.root)
    return frozen
