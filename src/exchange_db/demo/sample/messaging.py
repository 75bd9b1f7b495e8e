"""Conversations of those who match, and of people who learn from each other; and what they write."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from exchange_db.demo.sample.matching import Match
from exchange_db.demo.sample.people import Crowd, Person
from exchange_db.demo.sample.tables import SampleTable, chance_of, later

__all__ = ["Talk", "make_messages", "make_talks"]


@dataclass
class Talk:
    """A conversation; in one about a skill the first of the two learns, and the second teaches."""

    people: tuple[Person, Person]
    created_at: datetime
    skill: str | None = None
    messages: list[tuple[datetime, Person, str]] = field(default_factory=list[tuple[datetime, Person, str]])

    @property
    def last_message_at(self) -> datetime:
        """When the last message was sent; of none, when the conversation was opened."""
        return self.messages[-1][0] if self.messages else self.created_at


def make_talks(crowd: Crowd, matches: list[Match]) -> list[Talk]:
    """One conversation for each match, and some about skills, in the order of time."""
    chance = chance_of("messaging")
    talks = [Talk(match.people, match.matched_at) for match in matches]
    known = {frozenset(person.user_id for person in talk.people) for talk in talks}
    for learner, teacher, skill in _lessons(crowd, chance):
        pair = frozenset((learner.user_id, teacher.user_id))
        if pair not in known:
            known.add(pair)
            opened_at = later(max(learner.created_at, teacher.created_at), timedelta(days=60), chance)
            talks.append(Talk((learner, teacher), opened_at, skill))
    talks.sort(key=lambda talk: (talk.created_at, talk.people[0].user_id, talk.people[1].user_id))
    for talk in talks:
        _write(talk, chance)
    return talks


def _lessons(crowd: Crowd, chance: random.Random) -> list[tuple[Person, Person, str]]:
    """Who asks whom to teach them what: one in eight, and all neighbours; somebody near where there is one."""
    teachers: dict[str, list[Person]] = defaultdict(list)
    for person in crowd.everybody:
        for skill in person.teaches:
            teachers[skill].append(person)
    lessons: list[tuple[Person, Person, str]] = []
    for learner in crowd.everybody:
        skill = learner.learns[0]
        if (learner.is_neighbour or chance.random() < 0.125) and teachers[skill]:
            near = [person for person in crowd.around(learner) if skill in person.teaches]
            lessons.append((learner, chance.choice(near or teachers[skill]), skill))
    return lessons


def _write(talk: Talk, chance: random.Random) -> None:
    """What the two write to each other in the three weeks from the beginning, in the order of time."""
    openings, replies = (_ABOUT_SKILLS, _ON_SKILLS) if talk.skill else (_HELLO, _ON_DOGS)
    lengths = (2, 4, 5, 6, 8) if talk.skill else (0, 1, 2, 3, 4, 6, 8, 12)
    first = 0 if talk.skill else chance.randint(0, 1)
    at = talk.created_at
    for number in range(chance.choice(lengths)):
        # In turns, but for who cannot wait for an answer.
        turn = first if number == 0 else (first + number + (chance.random() < 0.15)) % 2
        at = later(at, timedelta(days=1.7), chance)
        words = chance.choice(openings if number == 0 else replies)
        other = talk.people[1 - turn]
        talk.messages.append((at, talk.people[turn], words.format(name=other.name, skill=talk.skill)))


def make_messages(talks: list[Talk]) -> list[SampleTable]:
    """The tables: in each conversation and in all of them the order of ids is the order of time."""
    chance = chance_of("reading")
    conversations, participants, messages = map(SampleTable, ("conversations", "participants", "messages"))
    ids: dict[int, list[int]] = defaultdict(list)
    everything = sorted(
        (at, conversation_id, sender.user_id, body)
        for conversation_id, talk in enumerate(talks, start=1)
        for at, sender, body in talk.messages
    )
    for message_id, (at, conversation_id, sender_id, body) in enumerate(everything, start=1):
        ids[conversation_id].append(message_id)
        messages.add(conversation_id=conversation_id, id=message_id, sender_id=sender_id, body=body, sent_at=at)
    for conversation_id, talk in enumerate(talks, start=1):
        low, high = sorted(talk.people, key=lambda person: person.user_id)
        sent = ids[conversation_id]
        conversations.add(
            id=conversation_id,
            low_id=low.user_id,
            high_id=high.user_id,
            created_at=talk.created_at,
            last_message_id=sent[-1] if sent else None,
            last_message_at=talk.last_message_at if sent else None,
        )
        for person in (low, high):
            received = [
                message_id for message_id, message in zip(sent, talk.messages, strict=True) if message[1] is not person
            ]
            own = [message_id for message_id in sent if message_id not in received]
            # Whoever answers has read what came before; the rest, two in three have read.
            read = own[-1] if own else 0
            if received and chance.random() < 2 / 3:
                read = max(read, received[-1])
            participants.add(
                conversation_id=conversation_id,
                user_id=person.user_id,
                last_read_message_id=read,
                last_received_message_id=received[-1] if received else 0,
                last_message_at=talk.last_message_at,
            )
    return [conversations, participants, messages]


_HELLO = (
    "Hi {name}! Your dog has the best ears I have ever seen.",
    "Hello {name}, we seem to walk the same park.",
    "{name}! Your answer about Sundays made me laugh.",
    "Hi {name}, any good walks around here that you know of?",
    "Nice to match, {name}. Does yours also chase pigeons?",
)
_ON_DOGS = (
    "Ha, yes. Every single morning.",
    "We are at the fenced lawn around six, most days.",
    "Would Saturday suit you?",
    "Saturday is good. Ten o'clock, by the fountain?",
    "Perfect, see you there.",
    "Mine is shy with large dogs; is yours calm?",
    "Calm as a cushion, until somebody opens a bag of treats.",
    "It rains here. Sunday instead?",
    "Sunday it is.",
    "That was lovely. Again next week?",
    "Gladly! I'll bring the ball.",
)
_ABOUT_SKILLS = (
    "Hi {name}, I read that you teach {skill}. Have you room for a beginner?",
    "Hello {name}! I have wanted to learn {skill} for years. Could we meet?",
    "{name}, would you trade some {skill} for something that I can teach?",
)
_ON_SKILLS = (
    "With pleasure. How about an hour on Tuesday evening?",
    "Tuesday works for me.",
    "Do I need to bring anything?",
    "Only patience.",
    "I have practised what you showed me, and it begins to work!",
    "Very good. Next time we take it slower, and longer.",
    "Could we make it Thursday this week?",
    "Thursday is fine.",
    "Thank you for yesterday, that was fun.",
    "You learn fast.",
)
