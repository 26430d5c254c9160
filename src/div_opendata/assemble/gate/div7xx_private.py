"""DIV708: what of the folder private is not read."""

from __future__ import annotations

from div_opendata.base.finding import Finding, Place, code
from div_opendata.base.i18n import Message


@code("DIV708")
def unread_table(place: Place, why: Message, remedy: Message) -> Finding:
    """A table in the folder private is not read.

    Why: Only names and tickets that are read are searched for in what would be published. A table
    of holders that is a folder, a link that leads nowhere, or has another name would switch that
    search off without a word.

    Do: Save the table as CSV or as .xlsx directly in the folder private, under its own name:
    holders, accepted, register-LOTTERY. What is not to be read, such as a copy, is removed, or
    begins with an underscore.

    Wrong: private/Kopie von holders.csv; private/alt/holders.csv; private/holders.ods

    Right: private/holders.csv
    """
    return Finding(why, remedy, place)
