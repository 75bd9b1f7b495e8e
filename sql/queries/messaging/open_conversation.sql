-- The conversation of the two users, made where there is none yet, with both as its participants.
-- One that the statement can see is returned as it is, and nothing is written or locked. Of two callers who make it
-- at once, the second waits for the first one's row and gets it: "do nothing" would return no row, as the row is newer
-- than the statement's snapshot. What it sets to its own value is no key, so that it does not lock out those who refer
-- to the row. A row that was inserted has no xmax, one that was found has the caller's lock there: so is_new is exact.
-- exchange.refuse ends the statement when the pair is closed, in the same words whoever blocked or unmatched.
-- At most one row: a conversation is made only where none is found
with given as (
  select
    least(:user_id::bigint, :other_id::bigint) as low_id,
    greatest(:user_id::bigint, :other_id::bigint) as high_id
),

permitted as materialized (
  select
    coalesce(
      (
        select exchange.refuse('this conversation is closed')
        from exchange.pairs
        where
          pairs.low_id = given.low_id
          and pairs.high_id = given.high_id
          and (pairs.low_blocks or pairs.high_blocks or pairs.unmatched_at is not null)
      ),
      given.low_id
    ) as low_id,
    given.high_id
  from given
),

existing as (
  select
    conversations.id,
    conversations.created_at,
    conversations.last_message_id,
    conversations.last_message_at
  from permitted
  inner join exchange.conversations
    on permitted.low_id = conversations.low_id and permitted.high_id = conversations.high_id
),

opened as (
  insert into exchange.conversations as conversations (low_id, high_id)
  select
    permitted.low_id,
    permitted.high_id
  from permitted
  where not exists (select from existing)
  on conflict (low_id, high_id) do update
    set created_at = conversations.created_at
  returning
    conversations.id,
    conversations.low_id,
    conversations.high_id,
    conversations.created_at,
    conversations.last_message_id,
    conversations.last_message_at,
    conversations.xmax = 0 as is_new
),

joined as (
  insert into exchange.participants (conversation_id, user_id)
  select
    opened.id,
    member.user_id
  from opened
  cross join lateral (values (opened.low_id), (opened.high_id)) as member (user_id)
  on conflict (conversation_id, user_id) do nothing
)

select
  existing.id as conversation_id,
  :other_id as other_id,
  existing.created_at,
  existing.last_message_id,
  existing.last_message_at,
  true as is_open,
  false as is_new
from existing
union all
select
  opened.id as conversation_id,
  :other_id as other_id,
  opened.created_at,
  opened.last_message_id,
  opened.last_message_at,
  true as is_open,
  opened.is_new
from opened;
