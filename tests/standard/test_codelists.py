"""Code lists: a city's own is as sound as the standard's, or is refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from div_opendata.base.errors import UsageProblem
from div_opendata.standard.codelists import load_codelist, taken_for_another_type
from div_opendata.standard.packages import load_standard
from support.workspaces import MakeWorkspace

HEAD = "code,de,en,description_de,description_en\n"
RIVERS = "rivers,Gewässer,Rivers,,\n"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "action_field.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        HEAD + RIVERS + "open_air_2,Frei,Open air,,\n",
        "\ufeff" + HEAD + RIVERS + "open_air_2,Frei,Open air,,\n",
        "code;de;en\nrivers;Gewässer;Rivers\nopen_air_2;Frei;Open air\n",
        '\ufeffen;de;code\r\nRivers;"Gewässer";rivers\r\nOpen air;Frei;open_air_2\r\n',
    ],
)
def test_what_is_accepted(tmp_path: Path, content: str) -> None:
    """Comma or semicolon, with or without BOM, columns in any order, descriptions or none."""
    codelist = load_codelist(written(tmp_path, content))
    assert codelist.name == "action_field"
    assert {code.code: code.label.both() for code in codelist.codes.values()} == {
        "rivers": ("Gewässer", "Rivers"),
        "open_air_2": ("Frei", "Open air"),
    }


def test_synonyms_are_divided_by_semicolons(tmp_path: Path) -> None:
    """Whatever divides the columns; they are no spellings."""
    for content in (
        "code,de,en,synonyms_de,synonyms_en\nrivers,Flüsse,Rivers,Bäche; Ströme ;,Streams\n",
        'code;de;en;synonyms_en;synonyms_de\nrivers;Flüsse;Rivers;Streams;"Bäche; Ströme"\n',
    ):
        codelist = load_codelist(written(tmp_path, content))
        assert codelist.synonyms == dict.fromkeys(["bäche", "ströme", "streams"], "rivers")
        assert codelist.spellings.keys() == {"rivers", "flüsse"}
    assert load_codelist(written(tmp_path, HEAD + RIVERS)).synonyms == {}


def test_a_code_may_be_spelt_as_its_own_label(tmp_path: Path) -> None:
    codelist = load_codelist(written(tmp_path, HEAD + "sport,Sport,Sport,,\n"))
    assert codelist.spellings == {"sport": "sport"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "columns are missing: code, de, en"),
        ("code,de\nrivers,Gewässer\n", "columns are missing: en"),
        (HEAD, "it has no codes"),
        (HEAD + 'rivers,"Gew"ässer,Rivers,,\n', "after line 1: ',' expected"),
        (HEAD + 'rivers,"Gewässer,Rivers,,\n', "unexpected end of data"),
        (HEAD + "rivers,Gewässer,,,\n", "line 2: code, de or en is empty"),
        (HEAD + "rivers\n", "line 2: code, de or en is empty"),
        (HEAD + RIVERS + RIVERS, "line 3: the code or a label is also in line 2"),
        (HEAD + RIVERS + "rivers,Flüsse,Streams,,\n", "line 3: .* also in line 2"),
        (HEAD + RIVERS + "lakes,gewässer,Lakes,,\n", "line 3: .* also in line 2"),
        (HEAD + RIVERS + "lakes,Seen,RIVERS,,\n", "line 3: .* also in line 2"),
        (HEAD + "Rivers,Gewässer,Rivers,,\n", "line 2: a code does not match"),
        (HEAD + "flüsse,Gewässer,Rivers,,\n", "line 2: a code does not match"),
        (HEAD + "3d,Gewässer,Rivers,,\n", "line 2: a code does not match"),
        (HEAD + "rivers_,Gewässer,Rivers,,\n", "line 2: a code does not match"),
        (HEAD + '"rivers\n",Gewässer,Rivers,,\n', "line 3: a code does not match"),
        (HEAD + " rivers,Gewässer,Rivers,,\n", "line 2: a code does not match"),
        (
            HEAD + RIVERS + "no,Seen,Lakes,,\n",
            "line 3: programs take the code no for a truth value",
        ),
        (HEAD + "rivers,Gew\x07ässer,Rivers,,\n", "line 2: a label has a control character"),
        (HEAD + 'rivers,"Ge\nwässer",Rivers,,\n', "line 3: a label has a control character"),
        (HEAD + "rivers, Gewässer,Rivers,,\n", "line 2: a label has a space"),
        (HEAD + "rivers,Gewässer,Rivers\u00a0,,\n", "line 2: a label has a space"),
        (HEAD + "rivers,Gewässer\u200b,Rivers,,\n", "line 2: .* an invisible letter"),
        *(
            (f"code,de,en,synonyms_de,synonyms_en\n{lines}", "is a synonym of one code")
            for lines in (
                "rivers,Flüsse,Rivers,Bäche,\nlakes,Seen,Lakes,bäche,\n",
                "rivers,Flüsse,Rivers,Seen,\nlakes,Seen,Lakes,,\n",
            )
        ),
        *(
            (HEAD + f"rivers,Gewässer,{sign}Rivers,,\n", "line 2: a label begins with")
            for sign in "=+-@"
        ),
        ("Gewässer".encode("latin-1"), "utf-8"),
    ],
)
def test_what_is_refused(tmp_path: Path, content: str | bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        load_codelist(written(tmp_path, content))


SNIFFED = {
    "DuckDB (read_csv, all casts of VARCHAR)": "true false t f yes no y n on off null nan inf"
    " infinity epoch",
    "csvkit (agate: Boolean, null values, dates by parsedatetime)": "true t yes y false f no n na"
    " n_a none null now today tomorrow yesterday noon midnight monday may jan september",
    "pandas (true, false and NA values; csvs-to-sqlite reads by it)": "true false na nan n_a null"
    " none inf infinity",
    "R (type.convert, readr)": "true false t f na nan inf",
    "Excel, LibreOffice (German and English)": "true false wahr falsch mar1 march1 sept2"
    " may_1 okt3",
    "YAML, PostgreSQL": "true false yes no on off y n t f null nan infinity now today epoch",
    "numbers": "1 2026 3797 1_000 0x1f 1e5 2026_03",
    "people": "ja nein j",
}
"""What readers make of a cell's text, whatever its case, as their manuals or sources list it; only
what can be a code: lower-case letters, digits and underscores."""


@pytest.mark.parametrize("reader", SNIFFED)
def test_no_code_is_what_a_reader_takes_for_another_type(reader: str) -> None:
    sniffed = SNIFFED[reader].split()
    assert [code for code in sniffed if not taken_for_another_type(code)] == []
    for codelist in load_standard().codelists.values():
        assert not codelist.codes.keys() & set(sniffed), codelist.name
        assert not any(map(taken_for_another_type, codelist.codes)), codelist.name


@pytest.mark.parametrize("code", ["in_favour", "none_of_these", "rfc3797", "marching", "decided"])
def test_what_only_begins_like_one_is_a_code(code: str) -> None:
    assert not taken_for_another_type(code)


def test_the_office_types_yes_and_no_for_the_casting_vote() -> None:
    """What it typed before still leads to the codes, which no reader takes for truth values."""
    codelist = load_standard().codelists["casting_vote"]
    assert list(codelist.codes) == ["in_favour", "against"]
    typed = {word: codelist.spellings[word] for word in ("ja", "yes", "nein", "no")}
    assert list(typed.values()) == ["in_favour", "in_favour", "against", "against"]


def test_the_office_learns_the_reason(make_workspace: MakeWorkspace) -> None:
    workspace = make_workspace({"codelists/action_field.csv": HEAD + 'rivers,"a"b,c,,\n'})
    with pytest.raises(UsageProblem) as caught:
        _ = workspace.standard
    assert "after line 1: " in caught.value.remedy.text("en")
