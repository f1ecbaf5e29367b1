"""A text at an account that serves several regions: ask once which is meant, remember, switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from app.dialogue.advice import Advice
from app.dialogue.leads import led
from app.dialogue.offers import chosen
from app.dialogue.outcome import Outcome
from app.dialogue.regions import Regions
from app.dialogue.text_turn import TextTurn
from app.domain.names import Region
from app.domain.turn import Choice, Decision, Memory, Reply, Session
from app.matching.normalise import cap, normalise

_KEY = "region."
_QUESTIONS = {Decision.ANSWER, Decision.FLOW, Decision.CLARIFY}


class RegionTurn:
    """Decides on the texts of one account in the region that the parent means."""

    def __init__(self, regions: Regions, others: Regions, turns: Mapping[Region, TextTurn]) -> None:
        """Wire the turn.

        Args:
            regions: Those that the account serves, its own first.
            others: Those that only other accounts serve.
            turns: One for each region served, its own first.
        """
        self._regions = regions
        self._others = others
        self._turns = turns
        self._own = next(iter(turns))

    def advised(self, advice: Advice) -> RegionTurn:
        """Return a copy that decides with the advice; for one message."""
        turns = {region: turn.advised(advice) for region, turn in self._turns.items()}
        return RegionTurn(self._regions, self._others, turns)

    def turn_of(self, session: Session) -> TextTurn:
        """Return the turn of the region that the parent chose, the account's own without one."""
        return self._turns.get(Region(session.memory.region), self._turns[self._own])

    def decide(self, session: Session, text: str, now: datetime) -> Outcome:
        """Return what to do with a text."""
        if len(self._turns) == 1:
            return self._alone(session, text, now)
        memory = session.memory
        normalised = normalise(text)
        turned = self._picked(session, text) or self._regions.turns_to(normalised)
        if turned is not None:
            return self._turned(session, turned, now)
        meant = self._regions.meant_in(normalised)
        current = Region(memory.region) if memory.region in self._turns else None
        if meant is not None and meant != current and session.flow is None:
            outcome = self._turns[meant].decide(session, text, now)
            return self._named(self._in(meant, outcome, memory), meant)
        if current is not None:
            return self._in(current, self._turns[current].decide(session, text, now), memory)
        outcome = self._turns[self._own].decide(session, text, now)
        if not self._depends(outcome, session, text, now):
            return outcome
        if memory.pending:
            # Asked once already: another question means that the parent does not care to say.
            return self._named(self._in(self._own, outcome, memory), self._own)
        return self._ask(memory, text)

    def _alone(self, session: Session, text: str, now: datetime) -> Outcome:
        """Decide where only one region is served; whoever names another gets a hint."""
        other = self._others.turns_to(normalise(text)) if session.flow is None else None
        if other is not None and chosen(text, session.offered) is None:
            name = self._others.accounts[other].name
            return self._turns[self._own].questions.elsewhere(name)
        return self._turns[self._own].decide(session, text, now)

    def _picked(self, session: Session, text: str) -> Region | None:
        picked = chosen(text, session.offered)
        if picked is None or not picked.key.startswith(_KEY):
            return None
        region = Region(picked.key.removeprefix(_KEY))
        return region if region in self._turns else None

    def _turned(self, session: Session, region: Region, now: datetime) -> Outcome:
        """Remember the region, and answer in it what waits or was asked last."""
        memory = session.memory
        turn = self._turns[region]
        stays = memory.region == region
        before = session if stays else replace(session, flow=None)
        if memory.pending:
            outcome = turn.decide(replace(before, offered=()), memory.pending, now)
            return self._named(self._in(region, outcome, memory), region)
        topic = session.last_topics[-1] if session.last_topics else None
        replies = turn.replies
        if topic is not None and replies.catalog.answer(topic, region) is not None:
            outcome = turn.open_topic(topic, now)
            return self._named(self._in(region, outcome, memory), region)
        reply = replies.said(
            replies.text("region_set"), replies.welcome_choices(), replies.text("choices_clarify")
        )
        outcome = Outcome(Decision.COMMAND, reply, f"按{replies.account.name}回答")
        return self._in(region, outcome, memory)

    def _depends(self, outcome: Outcome, session: Session, text: str, now: datetime) -> bool:
        """Tell whether the region matters: a question, or what only another region answers."""
        if outcome.decision in _QUESTIONS:
            return True
        if outcome.decision is not Decision.FALLBACK or not outcome.rankings:
            return False
        others = (turn for region, turn in self._turns.items() if region != self._own)
        return any(t.decide(session, text, now).decision in _QUESTIONS for t in others)

    def _ask(self, memory: Memory, text: str) -> Outcome:
        accounts = self._regions.accounts
        names = [account.name for account in accounts.values()]
        asked = self._turns[self._own].replies.text("region_ask", regions="还是".join(names))
        choices = tuple(
            Choice(label=account.name, say=account.name, key=f"{_KEY}{region}")
            for region, account in accounts.items()
        )
        reply = self._turns[self._own].replies.said(asked, choices)
        return Outcome(
            Decision.CLARIFY,
            reply,
            "不知道问的是哪个地区",
            memory=replace(memory, pending=cap(text)),
        )

    def _in(self, region: Region, outcome: Outcome, memory: Memory) -> Outcome:
        kept = replace(outcome.memory or memory, region=region, pending="")
        return replace(outcome, memory=kept)

    def _named(self, outcome: Outcome, region: Region) -> Outcome:
        """Say for which region the reply holds."""
        if outcome.reply is None:
            return outcome
        lead = self._turns[region].replies.text("region_of")
        reply: Reply = replace(outcome.reply, text=led(outcome.reply.text, lead))
        return replace(outcome, reply=reply)
