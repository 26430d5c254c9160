"""What a template gave and nobody replaced is neither given to applicants nor frozen."""

from __future__ import annotations

from div_opendata.lottery.announcement import example
from support.office import Office


def test_no_ticket_is_given_for_a_made_up_city(office: Office) -> None:
    path = office.root / "div-opendata.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('"05999000"', '"00000000"'), encoding="utf-8")
    assert "municipality_key" in office.tickets(status=2)
    assert not office.register().exists()
    path.write_text(text, encoding="utf-8")
    office.tickets()
    path.write_text(text.replace('"Stadt Musterstadt"', '"Stadt Beispielstadt"'), encoding="utf-8")
    office.at("freeze")
    assert "publisher.name" in office.freeze(status=2)


def test_the_round_of_the_example_is_not_frozen(office: Office) -> None:
    office.tickets()
    office.at("freeze")
    (office.root / "example.toml").write_text(example(), encoding="utf-8")
    told = office.lottery("freeze", "--announcement", str(office.root / "example.toml"), status=2)
    assert "sources 2: locator" in told
    assert "RUNDE" in told
