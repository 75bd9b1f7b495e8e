"""What people teach and want to learn, and how they rate each other."""

from datetime import timedelta

from exchange_db.demo.sample.messaging import Talk
from exchange_db.demo.sample.people import Crowd
from exchange_db.demo.sample.tables import SampleTable, chance_of, later

__all__ = ["make_ratings", "make_skill_sets"]


def make_skill_sets(crowd: Crowd) -> SampleTable:
    """Everybody's."""
    chance = chance_of("skills")
    table = SampleTable("skill_sets")
    for person in crowd.everybody:
        table.add(
            user_id=person.user_id,
            availability=chance.choice(_AVAILABILITIES),
            learning_style=chance.choice(_LEARNING_STYLES),
            skills_to_offer=person.teaches,
            skills_to_learn=person.learns,
            updated_at=person.created_at,
        )
    return table


def make_ratings(talks: list[Talk]) -> SampleTable:
    """How learners rate their teachers, and some teachers their learners: a good teacher is good in most eyes."""
    chance = chance_of("ratings")
    table = SampleTable("ratings")
    gifts: dict[int, float] = {}
    ratings = sorted(
        (later(talk.last_message_at, timedelta(days=30), chance), conversation_id, who)
        for conversation_id, talk in enumerate(talks, start=1)
        if talk.skill and len(talk.messages) >= 4
        for who, odds in enumerate((0.8, 0.3))
        if chance.random() < odds
    )
    for rating_id, (at, conversation_id, who) in enumerate(ratings, start=1):
        rater, rated = talks[conversation_id - 1].people[:: 1 if who == 0 else -1]
        gift = gifts.setdefault(rated.user_id, chance.gauss(4.2, 0.7))
        stars = min(5, max(1, round(chance.gauss(gift, 0.6))))
        table.add(
            id=rating_id,
            rater_id=rater.user_id,
            rated_id=rated.user_id,
            conversation_id=conversation_id,
            stars=stars,
            comment=chance.choice(_COMMENTS[stars]),
            created_at=at,
            updated_at=at,
        )
    return table


# fmt: off
_AVAILABILITIES = ("weekday evenings", "weekends", "mornings", "Tuesdays and Thursdays", "any time, ask me", None)
_LEARNING_STYLES = ("by doing", "one to one", "in small groups", "with a good book first", "over video", None)
_COMMENTS: dict[int, tuple[str | None, ...]] = {
    1: ("Did not show up.", None),
    2: ("More about themselves than about the subject.", None),
    3: ("Knows a lot, explains little.", "Fine.", None),
    4: ("Patient, and well prepared.", "I learned more than I thought.", None),
    5: ("The best teacher I ever had!", "Warmly recommended.", "Made it look easy, and then it was.", None),
}
