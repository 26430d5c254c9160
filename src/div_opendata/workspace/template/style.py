"""How a sheet looks: widths, heights, colours, print."""

from __future__ import annotations

import textwrap
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openpyxl.styles import Alignment, Border, Font, PatternFill
    from openpyxl.worksheet.dimensions import RowDimension
    from openpyxl.worksheet.worksheet import Worksheet


WIDTHS = {"date": 13, "datetime": 19, "month": 13, "integer": 13, "boolean": 13}
# dark and light, so that nobody needs to tell colours apart; the asterisk says the same
REQUIRED_FILL, REQUIRED_FONT = "1F3864", "FFFFFF"
OPTIONAL_FILL, BLACK, LINK = "D9E2F3", "1A1A1A", "0B4F9E"


def set_up_page(sheet: Worksheet) -> None:
    """Print on A4, as wide as the paper, with the sheet's name and the page below."""
    from openpyxl.worksheet.header_footer import HeaderFooterItem
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter = HeaderFooterItem()
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "Seite &P von &N"


@cache
def aligned(right: bool = False) -> Alignment:
    """At the top and wrapped. Dates are at the left too, apart from the text of the next column."""
    from openpyxl.styles import Alignment

    horizontal = "right" if right else "left"
    return Alignment(horizontal=horizontal, indent=int(right), vertical="top", wrap_text=True)


@cache
def font(color: str = BLACK, size: int = 11, *, bold: bool = False) -> Font:
    """The one typeface of the workbook; `size` in points, `color` in hex."""
    from openpyxl.styles import Font

    return Font(name="Calibri", size=size, bold=bold, color=color)


@cache
def filled(color: str) -> PatternFill:
    """A background of one colour."""
    from openpyxl.styles import PatternFill

    return PatternFill("solid", fgColor=color)


@cache
def frame() -> Border:
    """White lines left and right, so that headings beside each other are told apart."""
    from openpyxl.styles import Border, Side

    white = Side("thin", "FFFFFF")
    return Border(left=white, right=white)


def height_for(text: str, width: int) -> int:
    """Points that a row needs for `text` in a cell of `width` characters."""
    letters = width * 11 // 10  # columns are measured in digits, which are wider
    lines = sum(len(textwrap.wrap(line, letters)) or 1 for line in text.splitlines())
    return min(15 * lines + 3, 409)  # as high as rows can be


def set_height(sheet: Worksheet, row: int, height: int) -> None:
    """Set what a row needs now; it grows when somebody types more."""
    sheet.row_dimensions[row] = _growing_row()(sheet, index=row, ht=height)


@cache
def _growing_row() -> type[RowDimension]:
    from openpyxl.worksheet.dimensions import RowDimension

    class GrowingRow(RowDimension):
        """A row without openpyxl's `customHeight`, which would fix its height for good."""

        __fields__ = ("ht",)

    return GrowingRow
