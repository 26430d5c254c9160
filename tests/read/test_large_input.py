"""Files that are large by accident are judged in seconds, not in minutes."""

from __future__ import annotations

from time import perf_counter

import pytest

from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, found

SECONDS = 10  # on a busy machine; each took minutes, or grew with the square of its length


@pytest.mark.parametrize(
    ("content", "code", "row"),
    [
        pytest.param((b"x" * 99 + b"\n") * 200_000, "DIV013", "4", id="short lines"),
        pytest.param(("ä" * 99 + "\n").encode() * 100_000, "DIV013", "4", id="UTF-8"),
        pytest.param(b"\x94b " * 200_000, "DIV002", "4", id="closing quotes of Windows"),
        pytest.param(b"\x84b " * 200_000 + b"\x94", "DIV002", "4", id="opening quotes of Windows"),
    ],
)
def test_an_unclosed_quote_is_soon_found(
    make_workspace: MakeWorkspace, content: bytes, code: str, row: str
) -> None:
    workspace = make_workspace(
        {"records/sessions.csv": SESSIONS.encode() + b'session-3,"' + content}
    )
    begun = perf_counter()
    assert found(workspace) == [(code, "records/sessions.csv", None, row)]
    assert perf_counter() - begun < SECONDS


def test_rows_without_an_end(make_workspace: MakeWorkspace) -> None:
    """No spreadsheet has so many; as many as one has are read."""
    workspace = make_workspace({"records/sessions.csv": SESSIONS + ",,,,\n" * 1_048_573})
    assert found(workspace) == []
    workspace = make_workspace({"records/sessions.csv": SESSIONS + ",,,,\n" * 1_048_574})
    assert found(workspace) == [("DIV001", "records/sessions.csv", None, None)]


def test_many_codes_and_many_wrong_ones(make_workspace: MakeWorkspace) -> None:
    """Not every code of a long list is named in each finding."""
    codes = [f"c_{number},Wort {number},word {number},," for number in range(2_500)]
    rows = [f"vision-{n},A,session-2026-1,Wort{n}x,Text" for n in range(1_000)]
    workspace = make_workspace(
        {
            **RECORDS,
            "codelists/action_field.csv": "\n".join(
                ["code,de,en,description_de,description_en", *codes]
            ),
            "records/visions.csv": "\n".join(
                ["id,name,session_id,action_field,description", *rows]
            ),
        }
    )
    begun = perf_counter()
    assert {code for code, *_ in found(workspace)} == {"DIV101"}
    assert perf_counter() - begun < SECONDS
