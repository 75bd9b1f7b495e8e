-- The account as it was. Everything of the user's goes with it, in all systems: profile, skills, swipes and matches,
-- conversations with the messages of both sides, ratings given and received, playgrounds, practice. Sales are nobody's.
-- Rides: conversations_high_id_idx, first_superuser_user_id_idx, photos_user_id_idx, prompts_user_id_idx
-- Rides: swipes_target_id_idx
delete from exchange.users
where users.id = :user_id
returning
  users.id as user_id,
  users.email,
  users.username,
  users.full_name,
  users.is_active,
  users.is_superuser,
  users.created_at,
  users.updated_at;
