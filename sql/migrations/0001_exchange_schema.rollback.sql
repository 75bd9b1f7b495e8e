-- Removes the schema. PostGIS stays: other schemas of the database may use it.

drop function exchange.touch_updated_at();

drop function exchange.visible(text);

drop function exchange.fold_case(text);

drop schema exchange;
