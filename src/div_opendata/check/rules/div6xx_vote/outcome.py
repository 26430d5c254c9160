"""What a vote gives: its result and its quorum, computed anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from div_opendata.base.finding import Finding
from div_opendata.base.i18n import Message
from div_opendata.standard import votes

from ..rule import rule
from .counts import COUNTS, sum_is_wrong

if TYPE_CHECKING:
    from ..facts import Facts, Row


@rule("DIV603")
def other_result(facts: Facts) -> Iterator[Finding]:
    """The result of a vote, or its quorum, is not what counts and rules give.

    Why: Whoever reads the counts comes to the same result, or does not trust the data. Consent
    passes if nobody has a grave objection. A simple majority is more yes than no; an absolute one
    more yes than half of those entitled to vote; two thirds, at least twice as many yes as no. A
    tie, as many yes as no, fails, unless the chair of the circle decides it; this holds for each
    kind of majority. Without the quorum nothing passes; who abstains or votes invalidly takes part.
    Votes whose counts do not add up (DIV601) are not judged, nor is what would need a cell that is
    empty.

    City: Konfliktlösung in einem Innovationszirkel durch Abstimmung mit Mehrheitsentscheid

    Do: Correct the result, the quorum or the counts; or the rules of the circle, where those are
    wrong.

    Wrong: 6 yes, 6 no, passed, although a tie is rejected

    Right: 6 yes, 6 no, failed
    """
    for vote in facts.rows("votes"):
        circle = facts.get("circles", vote["circle_id"])
        if circle is None or sum_is_wrong(vote) is not None:
            continue
        took_part = _took_part(vote)
        if took_part is not None and circle["quorum"] is not None:
            met = votes.quorate(took_part, circle["quorum"])
            if met != vote["quorum_met"]:
                yield _wrong_quorum(vote, circle, took_part, met=met)
                continue
        expected = _outcome(vote, circle)
        if expected and expected != vote["result"]:
            label = vote.table.schema.fields["result"].code_label
            yield Finding(
                Message(
                    "{vote} is “{result}”, but counts and rules give “{expected}” ({reason}).",
                    vote=vote["id"],
                    result=label(vote["result"]),
                    expected=label(expected),
                    reason=_reason(vote, circle),
                ),
                Message("Correct the result, the counts, or the rules of the circle."),
                vote.at("result"),
            )


def _took_part(vote: Row) -> int | None:
    if vote["not_cast"] is not None:
        return int(vote["eligible"] - vote["not_cast"])
    given = [vote[field] for field in COUNTS[:-1]]
    return None if None in given else sum(given)


def _outcome(vote: Row, circle: Row) -> votes.Outcome | None:
    if vote["mode"] == "consent":
        return votes.consent(vote["no"], quorum_met=vote["quorum_met"])
    return votes.majority(
        vote["yes"],
        vote["no"],
        vote["eligible"],
        vote["requirement"] or circle["majority_rule"],
        circle["tie_rule"],
        vote["casting_vote"],
        quorum_met=vote["quorum_met"],
    )


def _reason(vote: Row, circle: Row) -> Message:
    """Why a vote has the outcome that it has: its counts, and the rule that they meet."""
    if not vote["quorum_met"]:
        return _without_quorum(vote, circle)
    if vote["mode"] == "consent":
        if vote["no"]:
            return Message("grave objections: {number}", number=vote["no"])
        return Message("no grave objection")
    known = {"yes": vote["yes"], "no": vote["no"]}
    if vote["yes"] != vote["no"]:
        requirement = vote["requirement"] or circle["majority_rule"]
        needed = circle.table.schema.fields["majority_rule"].code_label(requirement)
        if requirement == "absolute":
            return Message(
                "{yes} yes, {no} no, {eligible} entitled to vote: rule “{rule}”",
                eligible=vote["eligible"],
                rule=needed,
                **known,
            )
        return Message("{yes} yes, {no} no: rule “{rule}”", rule=needed, **known)
    tie_rule = circle.table.schema.fields["tie_rule"].code_label(circle["tie_rule"])
    if circle["tie_rule"] == "chair_casts":
        return Message(
            "{yes} yes, {no} no: a tie, rule “{rule}”, casting vote “{casting}”",
            rule=tie_rule,
            casting=vote.table.schema.fields["casting_vote"].code_label(vote["casting_vote"]),
            **known,
        )
    return Message("{yes} yes, {no} no: a tie, rule “{rule}”", rule=tie_rule, **known)


def _without_quorum(vote: Row, circle: Row) -> Message:
    """The quorum that was not met, as far as it is known."""
    took_part = _took_part(vote)
    if took_part is None or circle["quorum"] is None:
        return Message("the quorum was not met")
    return Message(
        "{took_part} took part, the quorum is {quorum}",
        took_part=took_part,
        quorum=circle["quorum"],
    )


def _wrong_quorum(vote: Row, circle: Row, took_part: int, *, met: bool) -> Finding:
    known = {
        "vote": vote["id"],
        "took_part": took_part,
        "circle": circle["name"],
        "quorum": circle["quorum"],
        "heading": vote.table.schema.fields["quorum_met"].title,
    }
    return Finding(
        Message(
            "In {vote}, {took_part} members took part and the quorum of “{circle}” is {quorum}:"
            " “{heading}” is “yes”, not “no”.",
            **known,
        )
        if met
        else Message(
            "In {vote}, {took_part} members took part, but the quorum of “{circle}” is {quorum}:"
            " “{heading}” is “no”, not “yes”.",
            **known,
        ),
        Message("Correct whether the quorum was met, the counts, or the quorum of the circle."),
        vote.at("quorum_met"),
    )
