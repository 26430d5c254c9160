"""What pages show of deviations and corrections: beside the records that they are about."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from div_opendata.assemble.gate.div7xx_bytes import finding_hash
from support.workspaces import RECORDS, SESSIONS, MakeWorkspace, copy_example, run

pytestmark = pytest.mark.slow

REASON = "Der Saal war <voll> & „laut“."
FILES = {
    **RECORDS,
    "records/sessions.csv": SESSIONS.replace("held,42", "held,43"),
    "records/deviations.csv": "id,rule,table,record_id,reason,date\n"
    f"deviation-1,DIV301,sessions,session-2026-1,{REASON},2026-03-12\n",
    "records/corrections.csv": "id,date,table,record_id,fields,reason\n"
    "correction-1,2026-04-01,sessions,session-2026-1,participant_count,Eine Person fehlte.\n",
}


def pages(root: Path) -> dict[str, str]:
    """The pages of a folder portal as they are written, by package and language."""
    portal = root / "portal"
    return {
        path.relative_to(portal).as_posix(): path.read_text(encoding="utf-8")
        for path in portal.glob("*/index*.html")
    }


def noted(page: str) -> list[tuple[str, str, str]]:
    """The notes of a page: title, reason, and what stands below."""
    section = re.search(r'<ul class="notes">(.*?)</ul>', page, re.DOTALL)
    items = re.findall(
        r"<li>\n<h3>(.*?)</h3>\n<p.*?>(.*?)</p>\n<p class=\"meta\">(.*?)</p>\n</li>",
        section[1] if section else "",
    )
    return [
        tuple(html.unescape(re.sub(r"<[^>]*>", "", text)) for text in item)  # type: ignore[misc]
        for item in items
    ]


def test_a_note_stands_beside_its_record(make_workspace: MakeWorkspace) -> None:
    """On the page of its package and on that of the notes, the newest first, in both languages."""
    workspace = make_workspace(FILES)
    assert run("publish", workspace.root, "--yes").returncode == 0
    found = pages(workspace.root)
    german = [
        (
            "Berichtigt: Zahl der Teilnehmenden",
            "Eine Person fehlte.",
            "Sitzungen: session-2026-1  01.04.2026",
        ),
        (
            "In einem Kalenderjahr wurden mehr als vier Sitzungen abgehalten.",
            REASON,
            "Sitzungen: session-2026-1 Regel DIV301 12.03.2026",
        ),
    ]
    assert noted(found["sessions/index.html"]) == german
    assert noted(found["notes/index.html"]) == german
    english = noted(found["sessions/index.en.html"])
    assert [note[0] for note in english] == [
        "Corrected: Number of participants",
        "More than four sessions were held in a calendar year.",
    ]
    assert [note[1] for note in english] == [note[1] for note in german]
    assert '<p lang="de">Eine Person fehlte.</p>' in found["sessions/index.en.html"]
    assert "<voll>" not in found["sessions/index.html"]
    for name in ("visions/index.html", "div/index.html"):
        assert noted(found[name]) == []
        assert '<h2 id="notes">' not in found[name]


def test_every_note_of_the_examples_is_shown(tmp_path: Path) -> None:
    for example, packages in {
        "bielefeld": {"orders": 2, "circles": 2, "lottery": 1, "notes": 5},
        "musterstadt": {"sessions": 1, "circles": 2, "votes": 1, "notes": 4},
    }.items():
        root = copy_example(example, tmp_path / example)
        assert run("publish", root, "--yes").returncode == 0
        shown = {name: len(noted(page)) for name, page in pages(root).items()}
        expected = {f"{name}/index.html": number for name, number in packages.items()}
        expected |= {f"{name}/index.en.html": number for name, number in packages.items()}
        assert {name: number for name, number in shown.items() if number} == expected


@pytest.mark.parametrize(
    "reason", ["Der Saal war für Herrn Winter", "Herrn Winter war es zu laut."]
)
def test_what_was_accepted_in_a_note_is_accepted_on_the_pages(
    make_workspace: MakeWorkspace, reason: str
) -> None:
    """It is judged in its cell, which the page has it from; what stands only on a page is not."""
    text = str(FILES["records/deviations.csv"]).replace(REASON, reason)
    files = {**FILES, "records/deviations.csv": text}
    refused = make_workspace(files)
    done = run("publish", refused.root, "--yes")
    assert (done.returncode, done.stdout.count("DIV705")) == (1, 1)
    digest = finding_hash("deviations", "deviation-1", "reason", "Herrn Winter")
    workspace = make_workspace(
        {**files, "private/accepted.csv": f"finding_hash,reason\n{digest},Eine Figur.\n"}
    )
    done = run("publish", workspace.root, "--yes")
    assert done.returncode == 0, done.stdout
    assert "Herrn Winter" in pages(workspace.root)["sessions/index.html"]
