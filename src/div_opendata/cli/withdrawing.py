"""The command that takes leaked bytes off a portal."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

from div_opendata.base.errors import UsageProblem
from div_opendata.base.i18n import Message
from div_opendata.base.stamps import backward, is_before

from .shared import clock
from .shared.console import ask, language, progress_bar, say, show_checks, style, tell
from .shared.opening import open_here, workspace_argument
from .shared.portals import portal_option, publisher_to
from .shared.translated import command, language_option, option

_SHA256 = re.compile(r"[0-9a-f]{64}")

_NOT_ALL = Message(
    "Not all of it is gone: others have, or may have, copies in these datasets. They are not"
    " touched; the list names them."
)


@command()
@workspace_argument
@portal_option
@option("--resource", help="Table, or PACKAGE/FILE: every version of it that was ever published.")
@option("--earlier", is_flag=True, help="With --resource: spare what is shown now.")
@option("--sha256", "digest", help="Exactly these bytes, by their SHA-256.")
@option("--reason", default="", help="Why, for the list of what was withdrawn; name nobody.")
@option("--dry-run", is_flag=True, help="Only show what would be done.")
@option("--yes", is_flag=True, help="Do not ask.")
@language_option
def withdraw(
    workspace: Path,
    portal: str | None,
    resource: str | None,
    earlier: bool,
    digest: str | None,
    reason: str,
    dry_run: bool,
    yes: bool,
) -> None:
    """Take leaked bytes back from a portal, for good: empties the file, its table and the bundle,
    removes earlier versions, and keeps them from coming back.

    Then correct the records and publish. What cannot be reached is listed at the end.
    """
    from div_opendata.publish.withdraw import carry_out, checklist
    from div_opendata.publish.withdrawal import Request, find, left
    from div_opendata.report.plans import withdrawal_text

    if bool(resource) == bool(digest) or (digest and not _SHA256.fullmatch(digest)):
        raise UsageProblem(
            Message("It must be said what to withdraw."),
            Message("Give either --resource, or --sha256 with 64 digits 0-9 and a-f."),
        )
    if earlier and not resource:
        raise UsageProblem(
            Message("--earlier needs --resource."),
            Message("Name the table whose earlier versions have to go, or leave --earlier out."),
        )
    request = Request(resource or "", digest or "", earlier)
    opened = open_here(workspace)
    publisher = publisher_to(opened, portal)
    now = clock.now()
    with ExitStack() as held:
        if not dry_run:
            held.enter_context(opened.exclusively())
            held.enter_context(publisher.portal.exclusively())
        with progress_bar() as progress:
            withdrawal = find(publisher, request, progress)
        say(withdrawal_text(withdrawal, publisher.portal, language(), style))
        if (last := withdrawal.stamped) and is_before(now, last):
            tell(backward(now, last, opened.time_zone))
        if dry_run:
            return
        ask(Message("Withdraw this for good? (yes/no)"), yes=yes)
        with progress_bar() as progress:
            checks = carry_out(publisher, withdrawal, now, reason, progress)
            copies = left(publisher, withdrawal, progress)
    show_checks(checks, "text")
    doubtful = [copy for copy in copies if copy.kind != "elsewhere"]
    if doubtful:
        tell(_NOT_ALL)
    say(Message("What could not be reached, and somebody must see to:"))
    for item in checklist(publisher, request, copies):
        say(f"  [ ] {item.text(language())}")
    if doubtful or not all(check.passed for check in checks):
        raise SystemExit(1)
