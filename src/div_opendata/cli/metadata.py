"""The command that shows what a harvester will see."""

from __future__ import annotations

import json
from pathlib import Path

from .publishing import planned
from .shared.checked import checked_records
from .shared.console import language, progress_bar, say, style
from .shared.opening import open_here, workspace_argument
from .shared.portals import portal_option, publisher_to
from .shared.translated import command, format_option, language_option, option


@command()
@workspace_argument
@portal_option
@option("--online", is_flag=True, help="Ask every address whether it answers.")
@format_option("text", "json")
@language_option
def metadata(workspace: Path, portal: str | None, online: bool, output: str) -> None:
    """Show and check what a harvester will see of these records, and count its quality."""
    from div_opendata.assemble.metadata.harvested import ask_addresses, harvested
    from div_opendata.base.finding import errors
    from div_opendata.publish.portal.reach import http_status
    from div_opendata.report.metadata import metadata_text

    opened = open_here(workspace)
    publisher = publisher_to(opened, portal)
    records = checked_records(opened, output)
    with planned(publisher, records) as plan:
        shown = publisher.portal.metadata(plan.release)
        with progress_bar() as progress:
            statuses = ask_addresses(shown.catalog, http_status, progress) if online else None
        seen = harvested(shown, opened, publisher.portal.address, statuses)
    if output == "json":
        say(json.dumps(seen.as_json(publisher.portal.name), ensure_ascii=False, indent=2))
    else:
        say(metadata_text(seen, publisher.portal, records, language(), style))
    if errors(seen.findings):
        raise SystemExit(1)
