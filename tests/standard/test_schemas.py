"""The schemas are code: they are tested like it."""

from __future__ import annotations

import csv
import itertools
import json
import re
import runpy
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from div_opendata.base.language import LANGUAGES
from div_opendata.check.records import FORMATS, wrong_value
from div_opendata.standard.codelists import fold
from div_opendata.standard.packages import load_standard, source
from div_opendata.standard.tables import ID_PATTERN, Field, TableSchema
from div_opendata.workspace.settings import licenses
from support.workspaces import TOP

STANDARD = load_standard()
TABLES = list(STANDARD.tables.values())
FIELDS = [(table, field) for table in TABLES for field in table.fields.values()]
METASCHEMA = json.loads((source("schemas") / "metaschema.json").read_bytes())


def field_id(value: object) -> str | None:
    return getattr(value, "name", None)


@pytest.mark.parametrize("table", TABLES, ids=field_id)
def test_schema_conforms_to_the_metaschema(table: TableSchema) -> None:
    Draft202012Validator.check_schema(table.schema)
    Draft202012Validator(METASCHEMA).validate(table.schema)


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), "primarykey", ["id"]),
        ((), "public", "yes"),
        ((), "maintainedBy", "nobody"),
        ((), "additionalProperties", True),
        (("properties", "id"), "codeList", "session_state"),
        (("properties", "id"), "pattern", "[a-z]+"),
        (("properties", "id"), "examples", []),
        (("properties", "start"), "format", "time"),
        (("properties", "participant_count"), "maximum", 2**53),
        (("properties", "state"), "description", ""),
        (("properties", "state", "translations", "de"), "titel", "Stand"),
    ],
)
def test_metaschema_rejects_mistakes(path: tuple[str, ...], key: str, value: object) -> None:
    """One mistake each in a schema that is otherwise right."""
    schema = json.loads(json.dumps(STANDARD.tables["sessions"].schema))
    part: Any = schema
    for name in path:
        part = part[name]
    part[key] = value
    assert list(Draft202012Validator(METASCHEMA).iter_errors(schema))


def test_every_number_has_room_in_every_reader() -> None:
    """Beyond 2^53 − 1 spreadsheets, JSON and columns of floating-point numbers lose digits, beyond
    2^63 − 1 SQLite has no number at all. A number that is too large is a finding."""
    for table, field in FIELDS:
        if field.kind != "integer":
            continue
        assert field.schema["maximum"] <= 2**53 - 1, (table.name, field.name)
        too_large = wrong_value(table, field.name, field.schema["maximum"] + 1)
        assert too_large is not None
        assert too_large.code == "DIV107"
    schema = json.loads(json.dumps(STANDARD.tables["sessions"].schema))
    del schema["properties"]["participant_count"]["maximum"]
    assert list(Draft202012Validator(METASCHEMA).iter_errors(schema))


@pytest.mark.parametrize("kind", STANDARD.codelists["seed_source_kind"].codes)
def test_only_a_round_of_drand_has_no_highest_number(kind: str) -> None:
    table = STANDARD.tables["seed_sources"]
    examples = {name: field.schema["examples"][0] for name, field in table.fields.items()}
    del examples["highest"]
    errors = Draft202012Validator(table.schema).iter_errors({**examples, "kind": kind})
    assert [error.validator for error in errors] == ([] if kind == "drand" else ["required"])


@pytest.mark.parametrize(
    "path",
    sorted((TOP / "examples" / "musterstadt" / "records").glob("*.csv")),
    ids=lambda p: p.stem,
)
def test_tables_go_into_sqlite_by_pandas(path: Path) -> None:
    """As csvs-to-sqlite takes them: one number above 2^63 − 1, and there is no database."""
    database = sqlite3.connect(":memory:")
    pd.read_csv(path).to_sql(path.stem, database)
    with path.open(encoding="utf-8", newline="") as file:
        rows = len(list(csv.DictReader(file)))
    assert database.execute(f'select count(*) from "{path.stem}"').fetchone() == (rows,)
    database.close()


@pytest.mark.parametrize(("guide", "end"), [("en", "Put every"), ("de", "Jeden")])
def test_the_guides_list_the_column_names_that_are_reserved_words(guide: str, end: str) -> None:
    """By ISO 9075, PostgreSQL, DuckDB and SQLite, which is asked itself; and pandas' attributes."""
    names = {name for table in STANDARD.public for name in table.fields}
    reserved = names & set((TOP / "tests/data/sql-reserved.txt").read_text("utf-8").split())
    assert {name for name in names if not column_of_sqlite(name)} <= reserved
    text = (TOP / f"docs/researchers.{guide}.md").read_text(encoding="utf-8")
    (section,) = (part for part in text.split("\n## ") if "SQL" in part.partition("\n")[0])
    listed, _, rest = section.partition(end)
    assert re.findall(r"`(\w+)`", listed) == sorted(reserved)
    attributes = sorted(name for name in names if hasattr(pd.DataFrame, name))
    assert (
        re.findall(r"`(\w+)`", rest.partition('frame["values"]')[2])[: len(attributes)]
        == attributes
    )
    assert not {table.name for table in STANDARD.public} & reserved


def column_of_sqlite(name: str) -> bool:
    """Whether SQLite takes a name for that of a column without quotes."""
    database = sqlite3.connect(":memory:")
    try:
        database.execute(f"create table t ({name} text)")
    except sqlite3.OperationalError:
        return False
    finally:
        database.close()
    return True


def test_every_file_is_used() -> None:
    """No schema or code list lies about that no package or field names."""
    folder = source("schemas")
    schemas = {path.name.removesuffix(".schema.json") for path in folder.glob("*.schema.json")}
    assert schemas == set(STANDARD.tables)
    lists = {path.stem for path in (folder / "codelists").glob("*.csv")} | {"table"}
    assert lists == {field.codelist.name for _, field in FIELDS if field.codelist}


def test_ids_carry_the_version() -> None:
    for table in TABLES:
        assert table.schema["$id"] == f"urn:div-opendata:schema:{table.name}:{STANDARD.version}"


@pytest.mark.parametrize(("table", "field"), FIELDS, ids=field_id)
def test_field(table: TableSchema, field: Field) -> None:
    """Texts in both languages, examples that are valid, patterns that match the whole value."""
    for text in (*field.title.both(), *field.description.both()):
        assert text.strip() == text
        assert text
    validator = Draft202012Validator(field.schema, format_checker=FORMATS)
    for example in field.schema["examples"]:
        validator.validate(example)
        if field.codelist:
            assert example in field.codelist.codes
    if pattern := field.schema.get("pattern"):
        assert pattern.startswith("^")
        assert pattern.endswith("$")
        re.compile(pattern)
    if field.codelist and not field.open_list:
        assert field.schema["enum"] == list(field.codelist.codes)
    if field.name == "id":
        assert field.schema["pattern"] == ID_PATTERN
        assert table.primary_key == ("id",)


def test_headings_are_unambiguous() -> None:
    """A heading in either language, or a name, leads to one field; a sheet's name to one table."""
    for table in TABLES:
        spellings = [
            {fold(text) for text in (field.name, *field.title.both())}
            for field in table.fields.values()
        ]
        for one, other in itertools.combinations(spellings, 2):
            assert not one & other, table.name
    for one, other in itertools.combinations([table.spellings() for table in TABLES], 2):
        assert not one & other


def test_spellings_lead_to_names() -> None:
    assert STANDARD.spellings["abweichungen"] == STANDARD.spellings["deviations"] == "deviations"
    assert set(STANDARD.spellings.values()) == set(STANDARD.tables)
    assert STANDARD.spellings is STANDARD.spellings
    for table in TABLES:
        assert set(table.headings.values()) == set(table.fields)
        assert table.headings is table.headings
        for field in table.fields.values():
            assert table.headings[fold(field.title.de)] == table.headings[field.name] == field.name


def test_the_order_of_code_lists_does_not_depend_on_the_file_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    glob = Path.glob
    monkeypatch.setattr(Path, "glob", lambda path, form: sorted(glob(path, form))[::-1])
    names = [name for name in load_standard().codelists if name != "table"]
    assert names == sorted(names)


def test_descriptions_send_nobody_to_what_explain_does_not_know() -> None:
    for _, field in FIELDS:
        for text in field.description.both():
            assert "div-opendata explain" not in text


def test_examples_in_the_dictionary_are_as_published() -> None:
    """A yes/no field shows `true`, not Python's `True`."""
    section = runpy.run_path(str(TOP / "scripts" / "regenerate"))["table_section"]
    rows = [row for table in TABLES for row in section(table, STANDARD, "en")]
    shown = {row.rsplit("|", 2)[1].strip() for row in rows if "| yes or no |" in row}
    assert shown
    assert shown <= {"true", "false"}


def test_sheet_names_are_allowed_by_excel() -> None:
    for table in TABLES:
        for title in table.title.both():
            assert len(title) <= 31
            assert not set(title) & set("[]:*?/\\")


def test_labels_are_unambiguous() -> None:
    for codelist in STANDARD.codelists.values():
        spellings = [
            {fold(text) for text in (code.code, *code.label.both())}
            for code in codelist.codes.values()
        ]
        for one, other in itertools.combinations(spellings, 2):
            assert not one & other, codelist.name
        for code in codelist.codes.values():
            assert all(code.description.text(language) for language in LANGUAGES), code


def test_references_lead_to_tables() -> None:
    for table in TABLES:
        for key in table.foreign_keys:
            assert set(key.fields) <= set(table.fields)
            assert len(STANDARD.tables[key.table].primary_key) == len(key.fields)
            assert not table.public or STANDARD.tables[key.table].public
        for fields in (table.primary_key, *table.unique_keys):
            assert set(fields) <= set(table.fields)
        for name in table.primary_key:
            assert table.fields[name].required
        assert {*(table.record_reference or ())} <= set(table.fields)
    assert [t.name for t in TABLES if t.changed_fields in t.fields] == ["corrections"]


def test_every_public_table_has_its_package_and_no_private_one_has() -> None:
    packaged = [table.name for table in STANDARD.public]
    assert sorted(packaged) == sorted(table.name for table in TABLES if table.public)
    assert len(packaged) == len(set(packaged))
    assert {table.name for table in TABLES if not table.public} == {"holders", "accepted"}
    assert STANDARD.packages["div"].tables == tuple(packaged)


def test_conditions_are_visible_to_other_tools() -> None:
    """A plain JSON Schema validator sees them, without our keywords."""
    held = {"id": "s-1", "name": "x", "start": "2026-03-12T18:00:00+01:00", "state": "held"}
    validator = Draft202012Validator(STANDARD.tables["sessions"].schema)
    assert [error.validator for error in validator.iter_errors(held)] == ["required"]
    assert not list(validator.iter_errors({**held, "participant_count": 3}))
    assert not list(validator.iter_errors({**held, "state": "planned"}))


@pytest.mark.parametrize(
    ("algorithm", "status", "required"),
    [
        ("rfc3797", "frozen", 6),
        ("rfc3797", "void", 6),
        ("rfc3797", "drawn", 9),
        ("other", "drawn", 0),
    ],
)
def test_lottery_needs_what_its_status_has_reached(
    algorithm: str, status: str, required: int
) -> None:
    lottery = {
        "id": "lottery-1",
        "call_id": "call-1",
        "algorithm": algorithm,
        "status": status,
        "pool_size": 9,
        "draw_count": 5,
    }
    validator = Draft202012Validator(STANDARD.tables["lotteries"].schema)
    assert sum(1 for _ in validator.iter_errors(lottery)) == required


def test_package_texts() -> None:
    """German and English; no time or place in a title (DCAT-AP.de)."""
    for package in STANDARD.packages.values():
        for text in (*package.title.both(), *package.description.both()):
            assert text
        assert package.keywords["de"]
        assert package.keywords["en"]
        assert not re.search(r"[0-9]|Bielefeld", " ".join(package.title.both()))


def test_json_is_written_as_regenerate_would() -> None:
    for path in (TOP / "schemas").glob("*.json"):
        if path.name != "configuration.json" and path.name != "packages.json":
            text = path.read_text(encoding="utf-8")
            assert json.dumps(json.loads(text), ensure_ascii=False, indent=2) + "\n" == text


def test_licenses_are_those_of_dcat_ap_de() -> None:
    for code, license_ in licenses().items():
        assert license_.url == f"http://dcat-ap.de/def/licenses/{code}"
        assert all(license_.title.both())


def test_codelist_files_are_plain_csv() -> None:
    for path in (TOP / "schemas" / "codelists").glob("*.csv"):
        content = path.read_bytes()
        assert b"\r" not in content
        rows = list(csv.reader(content.decode().splitlines(), strict=True))
        assert rows[0] == [
            "code",
            *("de", "en", "description_de", "description_en", "synonyms_de", "synonyms_en"),
        ]
        assert all(re.fullmatch(r"[a-z0-9_]+", row[0]) for row in rows[1:]), path.name
