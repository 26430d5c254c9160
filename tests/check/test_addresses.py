"""Web addresses: what everybody can open is taken, what nobody can is told with a way out."""

from __future__ import annotations

import pytest

from div_opendata.check.addresses import mistake_in
from support.workspaces import SESSIONS, MakeWorkspace, examine

RIGHT = [
    "https://www.stadt.example/",
    "http://stadt.example",
    "https://www.stadt.example:8443/a?b=c&d=e#f",
    "https://www.stadt.example/B%C3%BCrger/%20",
    "https://www.stadt.example/Bürger/~ä(1)[2]!$'*+,;=:@",
    "https://bürger.stadt.example/",
    "https://xn--brger-kva.stadt.example./",
    "https://8.8.8.8/",
    "https://1und1.example/",
]

WRONG = [  # the address, what is said of it, what the remedy names
    ("Protokoll", "keine Internetadresse", "den Link öffnen"),
    ("Protokoll vom 12. März", "keine Internetadresse", "den Link öffnen"),
    ("www.stadt.example/p1.pdf", "https:// fehlt", "https://www.stadt.example/p1.pdf?"),
    ("stadt.example", "https:// fehlt", "https://stadt.example?"),
    ("<https://www.stadt.example/>", "davor oder dahinter", "https://www.stadt.example/?"),
    ("„www.stadt.example“", "davor oder dahinter", "https://www.stadt.example?"),
    ("ftp://www.stadt.example/p1.pdf", "beginnt mit ftp:", "https:// oder http://"),
    ("mailto:buero@stadt.example", "beginnt mit mailto:", "https:// oder http://"),
    ("file:///C:/p1.pdf", "beginnt mit file:", "https:// oder http://"),
    ("C:\\Protokolle\\p1.pdf", "beginnt mit C:", "https:// oder http://"),
    ("buero@stadt.example", "keine Internetadresse", "Adresse selbst"),
    (
        "https://www.stadt.example/Protokoll 26.11.pdf",
        "Leerzeichen",
        "https://www.stadt.example/Protokoll%2026.11.pdf",
    ),
    ("https://www.stadt.example/ https://b.example/", "mehr als eine", "Eine davon"),
    (
        '=HYPERLINK("https://www.stadt.example/p2.pdf","Protokoll")',
        "Formel",
        "https://www.stadt.example/p2.pdf",
    ),
    (
        '=HYPERLINK("https://www.stadt.example/p2.pdf"; "Protokoll")',
        "Formel",
        "https://www.stadt.example/p2.pdf",
    ),
    ("https://www.stadt.example/a|b", "keine Adresse enthält |", "https://www.stadt.example/a%7Cb"),
    ('https://www.stadt.example/"a"', 'enthält "', "https://www.stadt.example/%22a%22"),
    ("https://www.stadt.example/<a>", "enthält < >", "https://www.stadt.example/%3Ca%3E"),
    ("https://www.stadt.example/a>", "enthält >", "https://www.stadt.example/a?"),
    ("https://www.stadt.example/{a}", "enthält { }", "%7Ba%7D"),
    ("https://www.stadt.example\\a", "enthält \\", "aus dem Browser"),
    ("https://stadt/p1.pdf", "„stadt“ ist im öffentlichen Internet nicht", "alle die Seite"),
    ("http://localhost/", "„localhost“", "alle die Seite"),
    ("http://localhost:8000/", "„localhost“", "alle die Seite"),
    ("http://127.0.0.1:8000/", "„127.0.0.1“", "alle die Seite"),
    ("http://[::1]/", "„::1“", "alle die Seite"),
    ("http://0.0.0.0/", "„0.0.0.0“", "alle die Seite"),
    ("http://192.168.0.7/", "„192.168.0.7“", "alle die Seite"),
    ("http://server.intranet/", "„server.intranet“", "alle die Seite"),
    ("http://app.localhost/", "„app.localhost“", "alle die Seite"),
    ("https://stadt..example/", "„stadt..example“", "alle die Seite"),
    ("https://-stadt.example/", "„-stadt.example“", "alle die Seite"),
    ("https://1.2.3/", "„1.2.3“", "alle die Seite"),
    ("https://", "Name des Rechners", "aus dem Browser"),
    ("https:///p1.pdf", "Name des Rechners", "aus dem Browser"),
    ("https://stadt.example:abc/", "Anschluss", "aus dem Browser"),
    ("https://stadt.example:99999/", "Anschluss", "aus dem Browser"),
    ("https://[stadt.example/", "Name des Rechners", "aus dem Browser"),
    ("https://ich:geheim@stadt.example/", "Passwort", "ohne diese Angaben"),
]


@pytest.mark.parametrize("address", RIGHT)
def test_an_address_that_everybody_can_open(address: str) -> None:
    assert mistake_in(address) is None


@pytest.mark.parametrize(("address", "reason", "remedy"), WRONG)
def test_one_that_nobody_can(
    make_workspace: MakeWorkspace, address: str, reason: str, remedy: str
) -> None:
    """One finding, in the cell, whose remedy leads on."""
    text = SESSIONS.replace("count\n", "count,minutes_url\n").replace("planned,\n", "planned,,\n")
    quoted = '"' + address.replace('"', '""') + '"'
    workspace = make_workspace({"records/sessions.csv": text.replace(",42\n", f",42,{quoted}\n")})
    _, findings = examine(workspace)
    assert [(f.code, f.place.cell) for f in findings] == [("DIV109", "F2")]
    assert reason in findings[0].message.text("de")
    assert remedy in findings[0].remedy.text("de")


@pytest.mark.parametrize(
    "address",
    [
        "HTTPS://www.stadt.example/",
        "https://www.stadt.example/\u200e",
        "https://www.sta\xaddt.example/",
    ],
)
def test_what_only_looks_otherwise_is_read(make_workspace: MakeWorkspace, address: str) -> None:
    text = SESSIONS.replace("count\n", "count,minutes_url\n").replace("planned,\n", "planned,,\n")
    workspace = make_workspace({"records/sessions.csv": text.replace(",42\n", f",42,{address}\n")})
    records, findings = examine(workspace)
    assert findings == []
    first = records.tables["sessions"].records[0]
    assert first.values["minutes_url"] == "https://www.stadt.example/"
