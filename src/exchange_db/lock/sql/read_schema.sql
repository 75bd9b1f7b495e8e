-- What a database has of the tables, types, functions and indexes of which the names are given, in one round trip; what
-- is not there is left out. Types are named without search_path and without the schema of an extension, so that the
-- answer is the same for every role. The catalogs may be read by everybody.
-- Reads only.
with
named as (
  select
    types.oid,
    case
      when namespaces.nspname = 'pg_catalog' or members.objid is not null then ''
      else quote_ident(namespaces.nspname) || '.'
    end as prefix
  from pg_catalog.pg_type as types
  join pg_catalog.pg_namespace as namespaces on types.typnamespace = namespaces.oid
  left join pg_catalog.pg_depend as members
    on
      members.classid = 'pg_catalog.pg_type'::regclass
      and members.objid = case when types.typcategory = 'A' then types.typelem else types.oid end
      and members.deptype = 'e'
),

tables as (
  select
    classes.oid,
    namespaces.nspname || '.' || classes.relname as name,
    classes.relkind
  from pg_catalog.pg_class as classes
  join pg_catalog.pg_namespace as namespaces on classes.relnamespace = namespaces.oid
  where
    classes.relname = any(:table_names::text[])
    and namespaces.nspname || '.' || classes.relname = any(:tables::text[])
    and classes.relkind in ('r', 'p', 'v', 'm', 'f')
),

columns as (
  select
    attributes.attrelid,
    jsonb_agg(
      jsonb_build_object(
        'name', attributes.attname::text,
        'type', named.prefix || regexp_replace(
          pg_catalog.format_type(attributes.atttypid, attributes.atttypmod), '^("[^"]+"|[^."(]+)[.]', ''
        ),
        'not_null', attributes.attnotnull,
        'is_given', attributes.atthasdef or attributes.attidentity <> ''
      )
      order by attributes.attnum
    ) as items
  from tables
  join pg_catalog.pg_attribute as attributes on tables.oid = attributes.attrelid
  join named on attributes.atttypid = named.oid
  where attributes.attnum > 0 and not attributes.attisdropped
  group by attributes.attrelid
),

keys as (
  select
    indexes.indrelid,
    jsonb_agg(
      jsonb_build_object(
        'columns', (
          select jsonb_agg(pg_catalog.pg_get_indexdef(indexes.indexrelid, part, true) order by part)
          from generate_series(1, indexes.indnkeyatts) as part
        ),
        'uses', (
          select jsonb_agg(distinct attributes.attname::text)
          from pg_catalog.pg_attribute as attributes
          where
            attributes.attrelid = indexes.indrelid
            and (
              attributes.attnum = any(indexes.indkey::int2[])
              or exists (
                select
                from pg_catalog.pg_depend as depends
                where
                  depends.classid = 'pg_catalog.pg_class'::regclass
                  and depends.objid = indexes.indexrelid
                  and depends.refobjid = indexes.indrelid
                  and depends.refobjsubid = attributes.attnum
              )
            )
        ),
        'condition', pg_catalog.pg_get_expr(indexes.indpred, indexes.indrelid, true)
      )
    ) as items
  from tables
  join pg_catalog.pg_index as indexes on tables.oid = indexes.indrelid
  where indexes.indisunique and indexes.indisvalid and indexes.indimmediate
  group by indexes.indrelid
),

constraints as (
  select
    constraints.conrelid,
    jsonb_agg(constraints.conname::text order by constraints.conname) as items
  from tables
  join pg_catalog.pg_constraint as constraints on tables.oid = constraints.conrelid
  where constraints.contype in ('c', 'f', 'p', 'u', 'x')
  group by constraints.conrelid
)

select
  (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'name', tables.name,
            'is_view', tables.relkind in ('v', 'm'),
            'columns', coalesce(columns.items, '[]'),
            'keys', coalesce(keys.items, '[]'),
            'constraints', coalesce(constraints.items, '[]')
          )
        ),
        '[]'
      )
    from tables
    left join columns on tables.oid = columns.attrelid
    left join keys on tables.oid = keys.indrelid
    left join constraints on tables.oid = constraints.conrelid
  ) as tables,
  (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'name', namespaces.nspname || '.' || types.typname,
            'labels', (
              select coalesce(jsonb_agg(labels.enumlabel::text order by labels.enumsortorder), '[]')
              from pg_catalog.pg_enum as labels
              where labels.enumtypid = types.oid
            )
          )
        ),
        '[]'
      )
    from pg_catalog.pg_type as types
    join pg_catalog.pg_namespace as namespaces on types.typnamespace = namespaces.oid
    where namespaces.nspname || '.' || types.typname = any(:types::text[])
  ) as types,
  (
    select
      coalesce(
        jsonb_agg(
          jsonb_build_object(
            'name', namespaces.nspname || '.' || procedures.proname,
            'takes', (
              select coalesce(
                jsonb_agg(
                  named.prefix || regexp_replace(
                    pg_catalog.format_type(named.oid, null), '^("[^"]+"|[^."(]+)[.]', ''
                  )
                  order by arguments.place
                ),
                '[]'
              )
              from unnest(procedures.proargtypes::oid[]) with ordinality as arguments (type_id, place)
              join named on arguments.type_id = named.oid
            ),
            'returns', (
              select
                named.prefix || regexp_replace(
                  pg_catalog.format_type(named.oid, null), '^("[^"]+"|[^."(]+)[.]', ''
                )
              from named
              where named.oid = procedures.prorettype
            )
          )
        ),
        '[]'
      )
    from pg_catalog.pg_proc as procedures
    join pg_catalog.pg_namespace as namespaces on procedures.pronamespace = namespaces.oid
    where namespaces.nspname || '.' || procedures.proname = any(:functions::text[])
  ) as functions,
  (
    select coalesce(jsonb_agg(distinct namespaces.nspname || '.' || classes.relname), '[]')
    from pg_catalog.pg_class as classes
    join pg_catalog.pg_namespace as namespaces on classes.relnamespace = namespaces.oid
    where
      classes.relkind in ('i', 'I')
      and (
        classes.relname = any(:indexes::text[])
        or namespaces.nspname || '.' || classes.relname = any(:indexes::text[])
      )
  ) as indexes,
  (
    select coalesce(jsonb_agg(distinct refusing.name), '[]')
    from (
      select constraints.conname::text as name
      from pg_catalog.pg_constraint as constraints
      where constraints.conname = any(:constraints::text[])
      union all
      select classes.relname::text
      from pg_catalog.pg_index as indexes
      join pg_catalog.pg_class as classes on indexes.indexrelid = classes.oid
      where indexes.indisunique and classes.relname = any(:constraints::text[])
    ) as refusing
  ) as constraints;
