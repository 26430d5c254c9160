"""What offices have in private/: somebody's name, and the register of a lottery."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from div_opendata.standard.draw import leaf

NAME = "Jördis Ungewöhnlich"
TICKET = "7QK2-M4XR-9T0V-3HGB-WE5D"
LOTTERY = "lottery-wegeinformation-2024"
HOLDERS = f"seat_id,name\nseat-wegeinformation-01,{NAME}\n"
REGISTER = (
    "number,application,ticket,word,leaf,call,keep_until\n"
    f"1,Bewerbung 17,{TICKET},Seepferdchen,{leaf(LOTTERY, TICKET, 'Seepferdchen')},call-x-1,"
    "2027-01-31\n"
)
PRIVATE: Mapping[str, str] = {
    "private/holders.csv": HOLDERS,
    f"private/register-{LOTTERY}.csv": REGISTER,
}


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(content, encoding="utf-8")
