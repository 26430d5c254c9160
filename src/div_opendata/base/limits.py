"""Limits that reading and writing share; those of one module stand in it."""

from __future__ import annotations

CELL_LIMIT = 32_767  # characters: what a cell of a spreadsheet holds
