-- The user's conversations, the one with the newest message first, page by page.
-- A conversation's place only ever moves up. So in one walk from page to page no conversation comes twice, and each
-- comes that stays where it is; one that moves up during the walk can leave the pages that are still to come, and is
-- found at its new place when the inbox is read again.
-- The page is cut first, along participants_user_id_idx; the rest is looked up for its rows alone. The last message
-- is one probe of messages_pkey: the newest that is still there, whatever was deleted. What is unread is counted along
-- the same index, up to the limit given. Who blocks the other, or is blocked, is shown without name and picture. The
-- pair is looked up by key for each row (the limit of 1 keeps it from becoming a join).
-- Rides: participants_user_id_idx, messages_pkey
with page as materialized (
  select
    participants.conversation_id,
    participants.user_id,
    participants.last_read_message_id,
    participants.last_message_at
  from exchange.participants
  where
    participants.user_id = :user_id
    -- page
    and (participants.last_message_at, participants.conversation_id) < (:page_last_message_at, :page_conversation_id)
    -- end page
  order by participants.last_message_at desc, participants.conversation_id desc
  limit :limit::bigint
)

select
  page.conversation_id,
  other.user_id as other_id,
  profiles.name as other_name,
  profiles.image_url as other_image_url,
  page.last_message_at,
  preview.id as message_id,
  preview.sender_id,
  preview.body,
  (
    select count(*)
    from (
      select
      from exchange.messages
      where
        messages.conversation_id = page.conversation_id
        and messages.id > page.last_read_message_id
        and messages.sender_id <> page.user_id
      order by messages.id
      limit :unread_limit::bigint
    ) as unread
  ) as unread_count,
  coalesce(not pair.is_blocked and not pair.is_ended, true) as is_open
from page
inner join exchange.conversations on page.conversation_id = conversations.id
cross join
  lateral (
    values (case page.user_id when conversations.low_id then conversations.high_id else conversations.low_id end)
  ) as other (user_id)
left outer join
  lateral (
    select
      pairs.low_blocks or pairs.high_blocks as is_blocked,
      pairs.unmatched_at is not null as is_ended
    from exchange.pairs
    where
      pairs.low_id = conversations.low_id
      and pairs.high_id = conversations.high_id
    order by pairs.low_id, pairs.high_id
    limit 1
  ) as pair
  on true
left outer join exchange.profiles
  on
    other.user_id = profiles.user_id
    and pair.is_blocked is not true
left outer join
  lateral (
    select
      messages.id,
      messages.sender_id,
      left(messages.body, 200) as body
    from exchange.messages
    where messages.conversation_id = page.conversation_id
    order by messages.id desc
    limit 1
  ) as preview
  on true
order by page.last_message_at desc, page.conversation_id desc;
