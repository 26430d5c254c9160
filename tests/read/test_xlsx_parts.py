"""Of a workbook is read what Excel shows; what is damaged or can be read in two ways is DIV001."""

from __future__ import annotations

import io
import random
import unicodedata
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from div_opendata.base.finding import column_letters
from div_opendata.read.raw import Raw
from div_opendata.read.xlsx import read_xlsx
from support.workbooks import part_of, with_part, workbook
from support.workspaces import MakeWorkspace, examine, found

SHEET = "xl/worksheets/sheet1.xml"
NAMES = ["id", "name", "start", "state", "participant_count"]
SESSION = ["session-1", "Auftakt", "12.03.2026 18:00", "held", 42]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
X14AC = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
PREFIXES = f'xmlns:mc="{MC}" xmlns:x14ac="{X14AC}" xmlns:new="urn:example:new"'


def book() -> bytes:
    return workbook({"Sitzungen": [NAMES, SESSION]})


def row(number: int, name: str) -> str:
    values = [name, "Name", "12.03.2026 18:00", "held", "7"]
    cells = "".join(
        f'<c r="{column_letters(n)}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
        for n, value in enumerate(values, 1)
    )
    return f'<row r="{number}">{cells}</row>'


def changed(old: str, new: str, part: str = SHEET) -> bytes:
    """The workbook with one change in the XML of a part."""
    text = part_of(book(), part).decode()
    assert old in text
    return with_part(book(), part, text.replace(old, new, 1).encode())


def in_rows(xml: str) -> bytes:
    """The workbook with this behind its rows."""
    text = part_of(book(), SHEET).decode().replace("<worksheet ", f"<worksheet {PREFIXES} ", 1)
    return with_part(book(), SHEET, text.replace("</sheetData>", f"{xml}</sheetData>").encode())


def ids(make_workspace: MakeWorkspace, content: bytes) -> list[object]:
    """The ids of the sessions that are read; nothing is found wrong."""
    data, findings = examine(make_workspace({"records.xlsx": content}))
    assert not findings
    return [record.values["id"] for record in data.tables["sessions"].records]


def choice(requires: str, one: str, other: str) -> str:
    return (
        f'<mc:AlternateContent><mc:Choice Requires="{requires}">{one}</mc:Choice>'
        f"<mc:Fallback>{other}</mc:Fallback></mc:AlternateContent>"
    )


EXTENSION = f'<extLst><ext uri="x"><sheetData>{row(3, "session-9")}</sheetData></ext></extLst>'


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (changed("</sheetData>", "</sheetData>" + EXTENSION), ["session-1"]),
        (in_rows(f'<extLst><ext uri="x">{row(3, "session-9")}</ext></extLst>'), ["session-1"]),
        (in_rows(f"<new:box>{row(3, 'session-9')}</new:box>"), ["session-1"]),
        (
            in_rows(choice("x14ac", row(3, "session-2"), row(3, "session-9"))),
            ["session-1", "session-2"],
        ),
        (
            in_rows(choice("new", row(3, "session-9"), row(3, "session-2"))),
            ["session-1", "session-2"],
        ),
        (
            in_rows(choice("x14ac new", row(3, "session-9"), row(3, "session-2"))),
            ["session-1", "session-2"],
        ),
        (in_rows(row(3, "session-2").replace("<t>s", "<rPh><t>x</t></rPh><t>s")), None),
    ],
    ids=["extension", "in rows", "foreign", "choice", "fallback", "two required", "phonetic hint"],
)
def test_only_what_excel_shows(
    make_workspace: MakeWorkspace, content: bytes, expected: list[str] | None
) -> None:
    assert ids(make_workspace, content) == (expected or ["session-1", "session-2"])


def twice(name: str) -> bytes:
    """A workbook in which a part stands twice: readers differ in which they take."""
    stream = io.BytesIO(book())
    with zipfile.ZipFile(stream, "a") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(name, part_of(book(), SHEET).replace(b"session-1", b"session-9"))
    return stream.getvalue()


def with_texts(index: str) -> bytes:
    """A workbook whose first name is the shared text of this number, of two."""
    content = changed('t="inlineStr"><is><t>Auftakt</t></is>', f't="s"><v>{index}</v>')
    texts = f'<sst xmlns="{MAIN}"><si><t>Eins</t></si><si><t>Zwei</t></si></sst>'
    content = with_part(content, "xl/sharedStrings.xml", texts.encode())
    rels = "xl/_rels/workbook.xml.rels"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relation = f'<Relationship Id="t" Type="{kind}" Target="sharedStrings.xml"/></Relationships>'
    text = part_of(content, rels).decode().replace("</Relationships>", relation)
    return with_part(content, rels, text.encode())


DAMAGED: dict[str, bytes] = {
    "rows twice": changed("</sheetData>", f"</sheetData><sheetData>{row(3, 's-1')}</sheetData>"),
    "rows twice by a choice": changed(
        "</sheetData>",
        f'</sheetData><mc:AlternateContent xmlns:mc="{MC}"><mc:Fallback><sheetData/>'
        "</mc:Fallback></mc:AlternateContent>",
    ),
    "part twice": twice(SHEET),
    "part twice, in capitals": twice(SHEET.upper()),
    "text -1": with_texts("-1"),
    "text 2 of two": with_texts("2"),
    "text that is no number": with_texts("1_0"),
    "look that is not there": changed('<c r="B2" ', '<c r="B2" s="70000" '),
    "row twice": in_rows(row(2, "session-2")),
    "row above": in_rows(row(1, "session-2")),
    "cell twice": changed('r="B2"', 'r="A2"'),
    "cell of another row": changed('r="B2"', 'r="B3"'),
    "column behind the last": changed('r="E2"', 'r="XFE2"'),
    "endless format": with_part(
        book(),
        "xl/styles.xml",
        f'<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="200" formatCode="{"0" * 1_001}"/>'
        '</numFmts><cellXfs><xf numFmtId="200"/></cellXfs></styleSheet>'.encode(),
    ),
    "unknown kind of cell": changed('r="B2" t="inlineStr"', 'r="B2" t="odd"'),
    "no number": changed("<v>42</v>", "<v>4_2</v>"),
    "infinite": changed("<v>42</v>", "<v>1e999</v>"),
    "entity": changed("<worksheet", '<!DOCTYPE x [<!ENTITY y "z">]><worksheet'),
    "encoding": with_part(
        book(), SHEET, b'<?xml version="1.0" encoding="cp500"?>' + part_of(book(), SHEET)
    ),
    "undeclared prefix": changed(
        "<sheetData>",
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="y"/></mc:AlternateContent>'
        "<sheetData>",
    ),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_damaged_or_ambiguous(make_workspace: MakeWorkspace, content: bytes) -> None:
    findings = found(make_workspace({"records.xlsx": content}))
    assert [(code, file) for code, file, *_ in findings] == [("DIV001", "records.xlsx")]


def test_a_shared_text(make_workspace: MakeWorkspace) -> None:
    data, findings = examine(make_workspace({"records.xlsx": with_texts("1")}))
    assert not findings
    assert data.tables["sessions"].records[0].values["name"] == "Zwei"


def rows_of(tmp_path: Path, content: bytes) -> list[tuple[int, list[Raw]]]:
    path = tmp_path / "records.xlsx"
    path.write_bytes(content)
    return [
        (number, list(cells)) for s in read_xlsx(path, path.name, 50) for number, cells in s.rows
    ]


def test_places_that_are_not_said(tmp_path: Path) -> None:
    """Some programs leave the names of rows and cells out: each is the next one."""
    content = with_part(
        book(),
        SHEET,
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row><x:c><x:v>1</x:v></x:c><x:c r="C1">'
        '<x:v>2</x:v></x:c></x:row><x:row r="5"><x:c t="b"><x:v>1</x:v></x:c><x:c/></x:row>'
        '<x:row ht="15"/><x:row><x:c t="str"><x:v>x</x:v></x:c><x:c t="e"><x:v>#N/A</x:v></x:c>'
        "</x:row></x:sheetData></x:worksheet>".encode(),
    )
    rows = rows_of(tmp_path, content)
    assert [(number, len(cells)) for number, cells in rows] == [(1, 3), (5, 1), (7, 2)]
    assert rows[0][1] == [1, None, 2]
    assert rows[1][1] == [True]
    assert rows[2][1][0] == "x"


def test_dates_as_text(tmp_path: Path) -> None:
    """The kind `d`, which Excel reads and some programs write."""
    content = changed("<v>42</v>", "<v>2024-03-13T18:00:00</v>")
    content = with_part(
        content,
        SHEET,
        part_of(content, SHEET).replace(b'r="E2" t="n"', b'r="E2" t="d"'),
    )
    assert rows_of(tmp_path, content)[1][1][4] == 45364.75


# --- large and odd looks (number 12) --------------------------------------------------------------


def in_styles(change: Callable[[str], str]) -> bytes:
    text = change(part_of(book(), "xl/styles.xml").decode())
    return with_part(book(), "xl/styles.xml", text.encode())


def many_styles(text: str) -> str:
    look = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0"><alignment vertical="top"/></xf>'
    names = "".join(
        f'<cellStyle name="Standard 2 {n} Haushalt" xfId="{n}"/>' for n in range(30_000)
    )
    text = text.replace("</cellStyleXfs>", look * 30_000 + "</cellStyleXfs>")
    return text.replace("</cellStyles>", f"{names}</cellStyles>")


def odd_look(text: str) -> str:
    xf = '<xf numFmtId="0" fontId="0"><alignment textRotation="-45" horizontal="odd"/></xf>'
    return text.replace("</cellXfs>", f"{xf}</cellXfs>").replace("<b ", '<b val="odd" ')


@pytest.mark.parametrize("change", [many_styles, odd_look])
def test_looks_say_nothing_of_values(
    make_workspace: MakeWorkspace, change: Callable[[str], str]
) -> None:
    """30,000 styles left from years of copying; an angle that only other programs write."""
    assert ids(make_workspace, in_styles(change)) == ["session-1"]


@pytest.mark.slow
def test_a_height_on_every_row(make_workspace: MakeWorkspace) -> None:
    rows = "".join(f'<row r="{n}" ht="15"/>' for n in range(3, 1_048_577))
    assert ids(make_workspace, in_rows(rows)) == ["session-1"]


def test_a_large_picture(make_workspace: MakeWorkspace) -> None:
    """It is never read; what is refused is what grows when it is unpacked."""
    photo = random.Random(1).randbytes(21_000_000)
    assert ids(make_workspace, with_part(book(), "xl/media/image1.jpeg", photo)) == ["session-1"]


def test_what_is_too_large_is_named(make_workspace: MakeWorkspace) -> None:
    content = with_part(book(), "xl/theme/theme1.xml", b" " * 21_000_000)
    _, (finding,) = examine(make_workspace({"records.xlsx": content}))
    assert finding.code == "DIV001"
    assert "xl/theme/theme1.xml" in finding.message.text("de")


def test_sheets_named_with_umlauts_of_two_characters(make_workspace: MakeWorkspace) -> None:
    name = unicodedata.normalize("NFD", "Arbeitsaufträge")
    assert name != "Arbeitsaufträge"
    headings = ["id", "name", "question", "processing", "responsible_unit", "status"]
    assert not found(make_workspace({"records.xlsx": workbook({name: [headings]})}))
