-- Likes and passes, and the matches that they make; and where a profile is as others may know it.
-- A swipe is one user's own word. The pair is the row that both of them write: its lock puts two likes that cross in
-- an order, and the second one sees the first one's flag in the row itself, which a look into the other's swipes would
-- miss. Every statement writes in the same order: its own swipe, the pair, the conversation. So callers cannot lock
-- each other out, and what one user does twice at the same time is put in order by the swipe.

create table exchange.swipes (
  actor_id bigint not null,
  target_id bigint not null,
  action text not null,
  created_at timestamptz not null default now(),
  constraint swipes_pkey primary key (actor_id, target_id),
  constraint swipes_actor_id_fkey
  foreign key (actor_id) references exchange.users (id) on delete cascade,
  constraint swipes_target_id_fkey
  foreign key (target_id) references exchange.users (id) on delete cascade,
  constraint swipes_target_id_check check (target_id <> actor_id),
  constraint swipes_action_check check (action in ('like', 'pass'))
);

comment on table exchange.swipes is 'what a user decided about another: like or pass, the last word counts';
comment on column exchange.swipes.actor_id is 'who decided';
comment on column exchange.swipes.target_id is 'about whom';
comment on column exchange.swipes.created_at is 'when it was first decided so; saying the same again does not move it';

comment on constraint swipes_pkey on exchange.swipes is 'the user has decided about the other one already';
comment on constraint swipes_actor_id_fkey on exchange.swipes is 'the user does not exist';
comment on constraint swipes_target_id_fkey on exchange.swipes is 'the other user does not exist';
comment on constraint swipes_target_id_check on exchange.swipes is 'nobody likes, passes on or blocks themselves';
comment on constraint swipes_action_check on exchange.swipes is 'a swipe is a like or a pass';

create index swipes_target_id_idx on exchange.swipes (target_id, action, created_at, actor_id);

comment on index exchange.swipes_target_id_idx
is 'list_likes_received, newest first; delete_user: the foreign key''s look-up';

create table exchange.pairs (
  low_id bigint not null,
  high_id bigint not null,
  low_likes boolean not null default false,
  high_likes boolean not null default false,
  low_blocks boolean not null default false,
  high_blocks boolean not null default false,
  matched_at timestamptz,
  unmatched_at timestamptz,
  is_new_match boolean not null default false,
  constraint pairs_pkey primary key (low_id, high_id),
  constraint pairs_low_id_fkey foreign key (low_id) references exchange.users (id) on delete cascade,
  constraint pairs_high_id_fkey foreign key (high_id) references exchange.users (id) on delete cascade,
  constraint pairs_high_id_check check (low_id < high_id),
  constraint pairs_low_likes_check check (not (low_likes and low_blocks)),
  constraint pairs_high_likes_check check (not (high_likes and high_blocks)),
  constraint pairs_matched_at_check check ((matched_at is not null) = (low_likes and high_likes)),
  constraint pairs_unmatched_at_check check (matched_at is null or unmatched_at is null)
);

comment on table exchange.pairs
is 'two users of whom one has decided about the other: the arbiter of their match, one row whoever came first';
comment on column exchange.pairs.low_id is 'the user with the smaller id';
comment on column exchange.pairs.high_id is 'the user with the greater id';
comment on column exchange.pairs.low_likes is 'whether the user with the smaller id likes the other; as their swipe says';
comment on column exchange.pairs.high_likes is 'whether the user with the greater id likes the other; as their swipe says';
comment on column exchange.pairs.low_blocks is 'whether the user with the smaller id blocks the other';
comment on column exchange.pairs.high_blocks is 'whether the user with the greater id blocks the other';
comment on column exchange.pairs.matched_at is 'since when both like each other; null: they do not';
comment on column exchange.pairs.unmatched_at
is 'when their last match ended; their conversation is closed until they match again; null: none has ended';
comment on column exchange.pairs.is_new_match
is 'whether the last write of this row made the match: what tells the one of two racing likes that it was the one';

comment on constraint pairs_pkey on exchange.pairs is 'the two users are a pair already';
comment on constraint pairs_low_id_fkey on exchange.pairs is 'the user does not exist';
comment on constraint pairs_high_id_fkey on exchange.pairs is 'the user does not exist';
comment on constraint pairs_high_id_check on exchange.pairs is 'a pair is two different users, the smaller id first';
comment on constraint pairs_low_likes_check on exchange.pairs
is 'a user whom one blocks cannot be liked before they are unblocked';
comment on constraint pairs_high_likes_check on exchange.pairs
is 'a user whom one blocks cannot be liked before they are unblocked';
comment on constraint pairs_matched_at_check on exchange.pairs is 'two users match while both like each other';
comment on constraint pairs_unmatched_at_check on exchange.pairs is 'a match that stands has not ended';

create index pairs_high_id_idx on exchange.pairs (high_id, matched_at, low_id);

comment on index exchange.pairs_high_id_idx
is 'list_matches, newest first; count_matches; delete_user: the foreign key''s look-up';

create index pairs_low_id_idx on exchange.pairs (low_id, matched_at, high_id) where matched_at is not null;

comment on index exchange.pairs_low_id_idx is 'list_matches, newest first; count_matches';

create index pairs_low_blocks_idx on exchange.pairs (low_id, high_id) where low_blocks;

comment on index exchange.pairs_low_blocks_idx is 'list_blocked_users';

create index pairs_high_blocks_idx on exchange.pairs (high_id, low_id) where high_blocks;

comment on index exchange.pairs_high_blocks_idx is 'list_blocked_users';

-- Others learn distances, and three distances from known places make a position, however they are rounded afterwards.
-- So everything that others see is computed from the middle of a cell of a fixed grid: whoever is in the same cell
-- cannot be told apart from anywhere.
-- The grid has lines of 0.005 degrees of latitude, each cut into as many cells as keep 0.005 degrees of the equator
-- in width where the line is narrowest: no cell is less than 550 m high or wide. At a pole the whole line is one cell,
-- and the pole its middle; the longitudes -180 and 180 are in the same one.
create function exchange.area_of(location geography)
returns geography
language sql
immutable
strict
parallel safe
return (
  select
    st_setsrid(
      st_makepoint(
        (cell.place + 0.5) * 360 / cell.cells - 180,
        case cell.line_place when 0 then -90 when 35999 then 90 else (cell.line_place + 0.5) / 200 - 90 end
      ),
      4326
    )::geography
  from (
    select
      line.place as line_place,
      line.cells,
      -- 180 degrees is where the first cell begins, and no cell after the last.
      case
        when floor((st_x(location::geometry) + 180) / 360 * line.cells) < line.cells
          then floor((st_x(location::geometry) + 180) / 360 * line.cells)
        else 0
      end as place
    from (
      select
        latitude.place,
        greatest(
          floor(72000 * least(cosd(latitude.place / 200 - 90), cosd((latitude.place + 1) / 200 - 90))), 1
        ) as cells
      -- The north pole itself belongs to the last line.
      from (select least(floor((st_y(location::geometry) + 90) * 200), 35999) as place) as latitude
    ) as line
  ) as cell
);

comment on function exchange.area_of(geography)
is 'the middle of the cell of some 550 m that a location is in: all that others may learn of it';

alter table exchange.profiles
-- squawk-ignore adding-field-with-default -- stored, so that the index need not compute it at every comparison
add column area geography (point, 4326) generated always as (exchange.area_of(location)) stored;

comment on column exchange.profiles.area
is 'the middle of the cell of some 550 m that the location is in: whatever others see is computed from it alone';

-- squawk-ignore require-concurrent-index-creation -- the new column has rewritten the table under the same lock
create index profiles_area_idx on exchange.profiles using gist (area);

comment on index exchange.profiles_area_idx is 'discover_profiles: within a distance, nearest first';
