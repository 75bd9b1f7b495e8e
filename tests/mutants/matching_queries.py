"""Mutants of the SQL files of matching and messaging: who matches, who is found, what is sent and read."""

from tests.mutants.mutant import Mutant

MATCHING = "sql/queries/matching"
MESSAGING = "sql/queries/messaging"
SWIPES = "tests/database/test_matching.py"
RACES = "tests/database/test_matching_races.py"
DISCOVERY = "tests/database/test_discovery.py"
PLANS = "tests/database/test_discovery_plans.py"
RELATIONS = "tests/database/test_relations.py"
MESSAGES = "tests/database/test_messaging.py"
MESSAGES_RACES = "tests/database/test_messaging_races.py"
MEETINGS = "tests/database/test_messaging_meetings.py"
MESSAGES_PAGES = "tests/database/test_messaging_pages.py"

MUTANTS = [
    # --- matching/like
    Mutant(
        f"{MATCHING}/like.sql",
        "low_likes = pairs.low_likes or excluded.low_likes",
        "low_likes = excluded.low_likes",
        f"{SWIPES}::test_a_mutual_like_is_a_match",
        "the like of the greater id takes away the other's",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "high_likes = pairs.high_likes or excluded.high_likes",
        "high_likes = excluded.high_likes",
        f"{SWIPES}::test_a_mutual_like_is_a_match",
        "the like of the smaller id takes away the other's",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "is_new_match = pairs.matched_at is null\n",
        "is_new_match = false\n",
        f"{SWIPES}::test_a_mutual_like_is_a_match",
        "no call is told that it made the match",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "is_new_match = pairs.matched_at is null\n",
        "is_new_match = true\n",
        f"{SWIPES}::test_a_mutual_like_is_a_match {RACES}::test_a_storm_of_likes_makes_each_match_once",
        "every like of a match is told that it made it",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "coalesce(pairs.matched_at, clock_timestamp())",
        "clock_timestamp()",
        f"{SWIPES}::test_a_mutual_like_is_a_match",
        "a like of a match moves its time",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "then null\n        else pairs.unmatched_at",
        "then pairs.unmatched_at\n        else pairs.unmatched_at",
        f"{SWIPES}::test_a_match_ends_and_comes_back",
        "who matches again stays unmatched",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "where pair.matched_at is not null",
        "where false",
        f"{SWIPES}::test_a_mutual_like_is_a_match",
        "a match has no conversation",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "where pair.matched_at is not null",
        "where true",
        f"{SWIPES}::test_a_mutual_like_is_a_match",
        "a like alone makes a conversation",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "array[conversation.low_id, conversation.high_id]",
        "array[conversation.low_id]",
        f"{SWIPES}::test_a_mutual_like_is_a_match",
        "one of the two is not in the conversation",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "\n  for key share",
        "",
        f"{RACES}::test_a_deletion_and_a_call_do_not_lock_each_other_out[like]",
        "a like and the deletion of its target lock each other out",
    ),
    Mutant(
        f"{MATCHING}/like.sql",
        "set created_at = conversations.created_at",
        "set low_id = excluded.low_id",
        f"{RELATIONS}::test_a_reference_to_a_row_holds_up_no_like",
        "a rating of the conversation holds up likes",
    ),
    # --- matching/block
    Mutant(
        f"{MATCHING}/block.sql",
        "low_blocks = pairs.low_blocks or excluded.low_blocks",
        "low_blocks = excluded.low_blocks",
        f"{SWIPES}::test_two_may_block_each_other",
        "the block of the greater id takes away the other's",
    ),
    Mutant(
        f"{MATCHING}/block.sql",
        "high_blocks = pairs.high_blocks or excluded.high_blocks",
        "high_blocks = excluded.high_blocks",
        f"{SWIPES}::test_two_may_block_each_other",
        "the block of the smaller id takes away the other's",
    ),
    Mutant(
        f"{MATCHING}/block.sql",
        "when pairs.matched_at is null then pairs.unmatched_at",
        "when pairs.matched_at is null then clock_timestamp()",
        f"{SWIPES}::test_without_a_match_nothing_is_closed",
        "a block of somebody with whom there was no match ends one",
    ),
    # --- matching/undo_swipe
    Mutant(
        f"{MATCHING}/undo_swipe.sql",
        "low_likes = pairs.low_likes and swipe.actor_id <> pairs.low_id",
        "low_likes = false",
        f"{SWIPES}::test_a_match_ends_and_comes_back",
        "the like of the other, the smaller id, is taken back too",
    ),
    Mutant(
        f"{MATCHING}/undo_swipe.sql",
        "else clock_timestamp()",
        "else null",
        f"{SWIPES}::test_a_match_ends_and_comes_back",
        "the conversation of a match that was undone stays open",
    ),
    Mutant(
        f"{MATCHING}/undo_swipe.sql",
        "low_swiped_at = case when swipe.actor_id <> pairs.low_id then pairs.low_swiped_at end",
        "low_swiped_at = pairs.low_swiped_at",
        "tests/database/test_matching.py::test_likes_that_need_no_answer",
        "a like whose answer was taken back does not wait again",
    ),
    Mutant(
        f"{MATCHING}/pass_on.sql",
        "low_swiped_at = coalesce(excluded.low_swiped_at, pairs.low_swiped_at)",
        "low_swiped_at = pairs.low_swiped_at",
        f"{SWIPES}::test_likes_that_need_no_answer",
        "a like that was answered by a pass still waits",
    ),
    # --- matching/list_likes_received
    Mutant(
        f"{MATCHING}/list_likes_received.sql",
        "      and pairs.low_swiped_at is null\n",
        "",
        f"{SWIPES}::test_likes_that_need_no_answer",
        "likes that were answered are listed",
    ),
    Mutant(
        f"{MATCHING}/list_likes_received.sql",
        "      and not pairs.low_blocks\n",
        "",
        f"{SWIPES}::test_likes_that_need_no_answer",
        "who is blocked by the smaller id is listed",
    ),
    Mutant(
        f"{MATCHING}/list_likes_received.sql",
        "      and not pairs.high_blocks\n",
        "",
        f"{SWIPES}::test_likes_that_need_no_answer",
        "who is blocked by the greater id is listed",
    ),
    # --- matching/discover_profiles
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "coalesce(profiles.birth_date > me.born_after and profiles.birth_date <= me.born_until, true)",
        "true",
        f"{DISCOVERY}::test_wishes_of_both_sides",
        "the ages that the viewer wishes are ignored",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "              and coalesce(me.age between wishes.min_age and wishes.max_age, true)\n",
        "",
        f"{DISCOVERY}::test_wishes_of_both_sides",
        "the ages that the other one wishes are ignored",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "profiles.birth_date <= me.born_until, true)",
        "profiles.birth_date <= me.born_until, false)",
        f"{DISCOVERY}::test_wishes_of_both_sides",
        "who does not tell an age is not found",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "profiles.birth_date > me.born_after and",
        "profiles.birth_date >= me.born_after and",
        f"{DISCOVERY}::test_ages_change_on_the_birthday",
        "who is too old since today is still found",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "profiles.birth_date <= me.born_until",
        "profiles.birth_date < me.born_until",
        f"{DISCOVERY}::test_ages_change_on_the_birthday",
        "who is old enough since today is not found yet",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "              wishes.max_distance_m >= near.distance_m\n              and ",
        "              ",
        f"{DISCOVERY}::test_wishes_of_both_sides",
        "the distance that the other one wishes is ignored",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "                near.distance_m <= me.max_distance_m\n                and ",
        "                ",
        f"{DISCOVERY}::test_wishes_of_both_sides",
        "the distance that the viewer wishes is ignored",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "                  and (pairs.low_blocks or pairs.high_blocks)\n",
        "                  and pairs.low_blocks\n",
        f"{DISCOVERY}::test_decided_blocked_or_gone",
        "a block by the greater id does not hide",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "                  and (pairs.low_blocks or pairs.high_blocks)\n",
        "                  and pairs.high_blocks\n",
        f"{DISCOVERY}::test_decided_blocked_or_gone",
        "a block by the smaller id does not hide",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "select swipes.target_id\n  from me\n  inner join exchange.swipes on me.user_id = swipes.actor_id",
        "select swipes.actor_id as target_id\n  from me\n  inner join exchange.swipes on me.user_id = swipes.target_id",
        f"{DISCOVERY}::test_decided_blocked_or_gone",
        "who has decided about the viewer is hidden",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "case when near.distance_m > me.after_distance_m then 0 else me.after_user_id end",
        "me.after_user_id",
        f"{DISCOVERY}::test_a_cursor_may_name_the_distance_alone",
        "the next page leaves out the smaller ids of the cells further away",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "rows with ties",
        "rows only",
        f"{DISCOVERY}::test_equally_far_cells_are_one",
        "of cells that are equally far any comes first",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "            order by candidate.user_id\n            limit :limit::bigint\n",
        "            order by candidate.user_id\n",
        f"{PLANS}::test_a_crowded_cell",
        "everybody in a crowded cell is read for a page",
    ),
    Mutant(
        f"{MATCHING}/discover_profiles.sql",
        "          union all\n          select null::bigint as user_id\n"
        "          where near.distance_m > me.max_distance_m\n",
        "",
        f"{PLANS}::test_nobody_around",
        "where nobody is, the search does not end at the bound",
    ),
    # --- messaging/send_message
    Mutant(
        f"{MESSAGING}/send_message.sql",
        "\n  for no key update",
        "",
        f"{MESSAGES_RACES}::test_a_sender_waits_for_the_one_before",
        "messages get their ids in another order than they are committed",
    ),
    Mutant(
        f"{MESSAGING}/send_message.sql",
        "\n  for no key update",
        "\n  for update",
        f"{MEETINGS}::test_a_reference_to_a_row_holds_up_nobody",
        "a rating of the conversation holds up its senders",
    ),
    Mutant(
        f"{MESSAGING}/send_message.sql",
        "when messages.body = excluded.body then",
        "when true then",
        f"{MESSAGES}::test_a_key_belongs_to_one_body",
        "another text under a key that was used is lost without a word",
    ),
    Mutant(
        f"{MESSAGING}/send_message.sql",
        "greatest(clock_timestamp(), locked.last_message_at)",
        "clock_timestamp()",
        f"{MESSAGES}::test_time_does_not_run_backwards",
        "a message is older than the one before it",
    ),
    Mutant(
        f"{MESSAGING}/send_message.sql",
        "messages.xmax = 0 as is_new",
        "true as is_new",
        f"{MESSAGES}::test_sending_again_under_the_same_key",
        "what is sent again counts as new",
    ),
    Mutant(
        f"{MESSAGING}/send_message.sql",
        "      locked.id,\n      0\n",
        "      locked.id,\n      :conversation_id\n",
        f"{MESSAGES_RACES}::test_no_message_gets_in_past_the_lock",
        "who is not in a conversation writes in it",
    ),
    Mutant(
        f"{MESSAGING}/send_message.sql",
        " or pairs.unmatched_at is not null",
        "",
        f"{MESSAGES}::test_a_closed_conversation_can_only_be_read",
        "who was unmatched goes on writing",
    ),
    Mutant(
        f"{MESSAGING}/send_message.sql",
        "pairs.low_blocks or ",
        "",
        f"{MESSAGES}::test_a_closed_conversation_can_only_be_read",
        "who is blocked by the smaller id goes on writing",
    ),
    # --- messaging/open_conversation
    Mutant(
        f"{MESSAGING}/open_conversation.sql",
        " or pairs.unmatched_at is not null",
        "",
        f"{RELATIONS}::test_a_conversation_closes_with_the_match_and_opens_with_the_next",
        "the conversation of a match that ended is opened again",
    ),
    Mutant(
        f"{MESSAGING}/open_conversation.sql",
        "pairs.low_blocks or ",
        "",
        f"{RELATIONS}::test_a_block_closes_the_conversation_of_those_who_never_matched",
        "who is blocked by the smaller id opens the conversation again",
    ),
    # --- messaging/mark_read
    Mutant(
        f"{MESSAGING}/mark_read.sql",
        "greatest(\n    participants.last_read_message_id,",
        "greatest(\n    0,",
        f"{MESSAGES}::test_the_mark_never_moves_back_nor_ahead",
        "the mark moves back",
    ),
    Mutant(
        f"{MESSAGING}/mark_read.sql",
        "least(:message_id::bigint, coalesce(conversations.last_message_id, 0))",
        ":message_id::bigint",
        f"{MESSAGES}::test_the_mark_never_moves_back_nor_ahead",
        "what is still to come is read",
    ),
    Mutant(
        f"{MESSAGING}/mark_read.sql",
        "\n        and messages.sender_id <> participants.user_id",
        "",
        f"{MESSAGES}::test_what_is_unread",
        "one's own messages are unread",
    ),
    Mutant(
        f"{MESSAGING}/mark_read.sql",
        "participants.user_id = :user_id",
        "(participants.user_id = :user_id or true)",
        f"{MESSAGES}::test_what_is_unread {MESSAGES_PAGES}::test_reading_meets_sending",
        "who reads marks for the other one too",
    ),
]
