"""Mutants of SQL files: a lock removed, a condition dropped, a comparison flipped."""

from tests.mutants.mutant import Mutant

QUERIES = "sql/queries"
DATABASE = "tests/database"

MUTANTS = [
    # --- accounts/create_first_superuser
    Mutant(
        f"{QUERIES}/accounts/create_first_superuser.sql",
        "where not exists (\n    select 1\n    from exchange.users\n    where users.is_superuser\n  )",
        "where true",
        f"{DATABASE}/test_accounts.py::test_any_superuser_counts",
        "a superuser who is left when the first was deleted does not count",
    ),
    Mutant(
        f"{QUERIES}/accounts/create_first_superuser.sql",
        "where users.is_superuser\n",
        "where users.is_superuser and users.is_active\n",
        f"{DATABASE}/test_accounts.py::test_any_superuser_counts",
        "a deactivated superuser does not count",
    ),
    Mutant(
        f"{QUERIES}/accounts/create_first_superuser.sql",
        "  on conflict (singleton) do nothing\n",
        "",
        f"{DATABASE}/test_accounts.py::test_the_second_waits_for_the_first",
        "who loses the race gets an error",
    ),
    Mutant(
        f"{QUERIES}/accounts/create_first_superuser.sql",
        "on conflict (singleton) do nothing",
        "on conflict (singleton) do update set user_id = excluded.user_id",
        f"{DATABASE}/test_accounts.py::test_the_second_waits_for_the_first",
        "every racer makes a superuser",
    ),
    Mutant(
        f"{QUERIES}/accounts/create_first_superuser.sql",
        "true as is_superuser",
        "false as is_superuser",
        f"{DATABASE}/test_accounts.py::test_the_first_superuser_is_made_once",
        "the first superuser is an ordinary account",
    ),
    # --- study
    Mutant(
        f"{QUERIES}/study/answer_question.sql",
        "coalesce((select question.id from question), 0) as question_id",
        ":question_id::bigint as question_id",
        f"{DATABASE}/test_study_practice.py::test_a_question_that_comes_while_an_answer_waits",
        "an answer to a question that is younger than the statement is stored as wrong",
    ),
    # --- places/list_nearby_playgrounds
    Mutant(
        f"{QUERIES}/places/list_nearby_playgrounds.sql",
        "least(reach.bound_m, search.radius_m)",
        "reach.bound_m",
        f"{DATABASE}/test_places.py::test_the_radius_includes_its_border",
        "the radius is ignored",
    ),
    Mutant(
        f"{QUERIES}/places/list_nearby_playgrounds.sql",
        "least(reach.bound_m, search.radius_m)",
        "search.radius_m",
        f"{DATABASE}/test_places.py::test_distance_searches_follow_the_limit",
        "everything in a city is read for a page of it",
    ),
    Mutant(
        f"{QUERIES}/places/list_nearby_playgrounds.sql",
        "order by distance_m, playground_id",
        "order by playground_id",
        f"{DATABASE}/test_places.py::test_the_nearest_are_the_nearest",
        "the list is not by distance",
    ),
    Mutant(
        f"{QUERIES}/places/list_nearby_playgrounds.sql",
        "order by near_in_degrees.distance_m\n",
        "order by near_in_degrees.distance_m desc\n",
        f"{DATABASE}/test_places.py::test_distance_searches_follow_the_limit",
        "the bound is that of the farthest",
    ),
    Mutant(
        f"{QUERIES}/places/list_nearby_playgrounds.sql",
        "max(nearest.distance_m) + 0.001",
        "min(nearest.distance_m) + 0.001",
        f"{DATABASE}/test_places.py::test_the_nearest_are_the_nearest",
        "the bound is that of the nearest alone",
    ),
    Mutant(
        f"{QUERIES}/places/list_nearby_playgrounds.sql",
        "order by distance_m, playground_id",
        "order by distance_m, playground_id desc",
        f"{DATABASE}/test_places.py::test_equal_distances_are_in_the_order_of_id",
        "playgrounds in one place are in another order than elsewhere",
    ),
    Mutant(
        f"{QUERIES}/places/list_nearby_playgrounds.sql",
        "exchange.distance_m as radius_m",
        "double precision as radius_m",
        f"{DATABASE}/test_places.py::test_an_impossible_radius_is_refused",
        "a negative radius is an internal error",
    ),
    # --- profiles/delete_photo
    Mutant(
        f"{QUERIES}/profiles/delete_photo.sql",
        "\n  for no key update of profiles",
        "",
        f"{DATABASE}/test_profiles.py::test_who_waits_sees_what_was_done_meanwhile "
        f"{DATABASE}/test_profiles.py::test_deleting_profiles_and_photos_at_once_makes_no_deadlock",
        "two callers lock the photo and the profile in opposite order",
    ),
    Mutant(
        f"{QUERIES}/profiles/delete_photo.sql",
        "set photo_order = array_remove(profiles.photo_order, deleted.photo_id)",
        "set photo_order = profiles.photo_order",
        f"{DATABASE}/test_profiles.py::test_positions_follow_every_change",
        "the order keeps a photo that is gone",
    ),
    Mutant(
        f"{QUERIES}/profiles/delete_photo.sql",
        "where photos.id = locked.photo_id",
        "where photos.user_id = locked.user_id",
        f"{DATABASE}/test_profiles.py::test_positions_follow_every_change",
        "all photos of the profile are deleted",
    ),
    Mutant(
        f"{QUERIES}/profiles/delete_photo.sql",
        "\n  where profiles.user_id = deleted.user_id",
        "",
        f"{DATABASE}/test_profiles.py::test_a_change_of_order_is_nobody_elses",
        "every other profile is updated",
    ),
    # --- profiles/reorder_photos
    Mutant(
        f"{QUERIES}/profiles/reorder_photos.sql",
        "profiles.photo_order <@ :photo_ids::bigint[]\n      and ",
        "",
        "tests/contract/test_calls.py::test_each_error[profiles.reorder_photos]",
        "a photo of another profile takes the place of one's own",
    ),
    Mutant(
        f"{QUERIES}/profiles/reorder_photos.sql",
        "\n      and cardinality(profiles.photo_order) = cardinality(:photo_ids::bigint[])",
        "",
        "tests/contract/test_calls.py::test_each_error[profiles.reorder_photos]",
        "a photo is shown twice",
    ),
    Mutant(
        f"{QUERIES}/profiles/reorder_photos.sql",
        "profiles.photo_order <@ :photo_ids",
        "profiles.photo_order @> :photo_ids",
        "tests/contract/test_calls.py::test_each_error[profiles.reorder_photos]",
        "a photo named twice hides another",
    ),
    # --- sales
    Mutant(
        f"{QUERIES}/sales/record_sale.sql",
        "\n  for no key update",
        "",
        f"{DATABASE}/test_sales_races.py::test_who_waits_sees_the_stock_that_is_left",
        "a sale that waited sells by the stock and price of before",
    ),
    Mutant(
        f"{QUERIES}/sales/record_sale.sql",
        "= drawn.sale_id, true) as is_new",
        "is not null, true) as is_new",
        f"{DATABASE}/test_sales_races.py::test_a_retry_that_waited_gets_the_first_ones_sale",
        "a retry sells once more",
    ),
    Mutant(
        f"{QUERIES}/sales/record_sale.sql",
        "coalesce((select locked.product_id from locked), 0)",
        ":product_id::bigint",
        f"{DATABASE}/test_sales_races.py::test_a_product_that_appears_meanwhile_is_not_sold",
        "a product committed meanwhile is sold at no price and not from the stock",
    ),
    Mutant(
        f"{QUERIES}/sales/record_basket.sql",
        "coalesce(locked.product_id, 0) as product_id",
        "line.product_id",
        f"{DATABASE}/test_sales_races.py::test_a_product_that_appears_meanwhile_is_not_sold",
        "a basket sells a product committed meanwhile at no price and not from the stock",
    ),
    Mutant(
        f"{QUERIES}/sales/record_basket.sql",
        "\n  for no key update",
        "",
        f"{DATABASE}/test_sales_races.py::test_a_retry_that_waited_gets_the_first_ones_sale "
        f"{DATABASE}/test_sales_races.py::test_baskets_lock_products_in_the_order_of_id",
        "baskets do not go one by one",
    ),
    Mutant(
        f"{QUERIES}/sales/record_basket.sql",
        "order by products.id\n  for no",
        "order by products.id desc\n  for no",
        f"{DATABASE}/test_sales_races.py::test_baskets_lock_products_in_the_order_of_id",
        "baskets lock products against the order of the other callers",
    ),
    Mutant(
        f"{QUERIES}/sales/record_basket.sql",
        "  order by products.id\n  for no",
        "  for no",
        f"{DATABASE}/test_sales_races.py::test_baskets_lock_products_in_the_order_of_id",
        "baskets lock products in any order",
    ),
    Mutant(
        f"{QUERIES}/sales/record_basket.sql",
        "coalesce(request.sales = made.sales, true) as is_new",
        "true as is_new",
        f"{DATABASE}/test_sales_races.py::test_a_retry_that_waited_gets_the_first_ones_sale",
        "a basket that is sent again is sold again",
    ),
    Mutant(
        f"{QUERIES}/sales/delete_sale.sql",
        "\n  for no key update",
        "",
        f"{DATABASE}/test_sales_races.py::test_who_gives_back_waits_for_the_product_first",
        "a sale given back and another one of its key wait for each other",
    ),
]
