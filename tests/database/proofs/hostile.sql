-- mm
select x, y from h.dpairs();

-- mm, one row
select x, y from h.dp();

-- mm, one row
select x, y from coalesce(row(null, 1)::h.pair) t;

-- mm, one row
select x,y from cast(row(null,1) as h.pair) t;

-- m
select unnest(array(select tags from h.p));

-- m
select u from unnest(array(select tags from h.p where id in (1,2))) u;

-- m, one row
select 'b' = any(array(select tags from h.p where id in (1,2)));

-- m, one row
select (select max(1) from h.t where false) from h.p having max(1) is not null;

-- m, one row
select case when max(1) is not null then (select max(1) from h.t where false) else 5 end from h.p;

-- mm
update h.part set k = '2', b = 'x' where a is not null returning a, b;

-- mm
update h.part set k = '2', a = 'x' returning a, b;

-- m
select case when nick is not null then first_value(nick) over (order by id) else '' end from h.p;

-- m
select case when nick is not null then lag(nick, 1, '') over (order by id) else '' end from h.p;

-- n
select case when age is not null then sum(age) over (order by id) else 0 end from h.p;

-- mn
select f, nick from (select first_value(nick) over (order by id) as f, nick from h.p) s where nick is not null;

-- mn
select f, nick from (select lead(nick,-1,'') over (order by id) as f, nick from h.p) s where nick > '';

-- m
select nick is not null and first_value(nick) over (order by id) > '' from h.p;

-- mn
select a.name, b.title from h.p a left join h.t b on b.pid = a.id group by grouping sets ((a.name),(b.title)) having
b.title = 'y' or b.title = 'x';

-- mn
select a.nick, b.title from h.p a left join h.t b on b.title = a.nick group by grouping sets ((a.nick),(b.title))
having b.title = 'n' or b.title = 'x';

-- mn
select a.age, b.title from h.p a left join h.t b on b.pid = a.age-3 group by grouping sets ((a.age),(b.title)) having
b.title = 'y' or b.title = 'x';

-- mn
select a.age, b.title from h.p a left join h.t b on b.pid = a.age-3 group by grouping sets ((a.age),(b.title)) having
exists (select 1 where b.title = 'y');

-- m
select upper(nick) from h.p where upper(nick) = 'N' group by grouping sets ((nick), (name));

-- mn
select upper(nick), name from h.p where upper(nick) = 'N' group by grouping sets ((nick, name), (name));

-- mn
select upper(a.nick), b.title from h.p a left join h.t b on b.pid = 2 and upper(a.nick) = 'N' group by grouping sets
((a.nick), (b.title)) having b.title is not null;

-- mm
select x, y from unnest(array[row(null, 1)::h.pair]) t;

-- mm
select x, y from unnest(array(select row(null, 1)::h.pair)) t;

-- n
select unnest(array[row(null, 1)::h.pair]);

-- m, one row
select h.rec(1);

-- mn, one row
select 1 operator(h.=) 'x'::text, 1 is distinct from 2;

-- n, one row
select 1;

-- m, one row
select '{}'::int[] operator(h.||) 1;

-- n
select id from h.p where id = any(array['{1,2}'::int[]]);

-- n
select id from h.p where id = any(array[tags::int[]]);

-- n
with u as (update h.t set title='a', pid = id + 10 where pid = 2 returning title) select title from u where title =
'a';

-- m
select (select count(*) || p.nick from h.t where p.nick = 'x') from h.p p;

-- m, one row
select (select max(p.nick) from h.t where false) from h.p p;

-- m
select (select p.nick where p.nick is not null) from h.p p;

-- mm
with recursive r(a,b) as (select 1, null::int union all select b, a from r where b is not null or a < 0 ) select a, b
from r;

-- mm
with recursive r(a,b) as (select 1, null::int union select b, a from r ) select a, b from r;

-- mm
select x.a, x.b from h.p left join lateral (values (h.p.name, 1)) x(a,b) on h.p.nick is not null;

-- mm, one row
select (s).x, (s).y from (select row(null,1)::h.pair as s) q;

-- mm
select s.* from h.p left join (select 1 as one, name as n2 from h.t join h.p on true) s on false;

-- n
select coalesce(t.title, p.nick, p.name) from h.p p full join h.t t on t.pid = p.id;

-- m
select r from h.recs(0) r;

-- m, one row
select 1 operator(h.=) 'x'::text;

-- n, one row
select d from current_date as d;

-- n, one row
select d from coalesce(1) as d;

-- n, one row
select is_null from (select 1 is distinct from 2 is_null) s;

-- nmm
select id, v, w from h.inh;

-- nnm
select id, v, w from only h.inh;

-- nnmnm, one row
insert into h.d default values returning *;

-- nmmnm, one row
insert into h.d (a) values (null) returning *;

-- nmmnm
insert into h.d (a, b) values (default, default), (1, 2) returning *;

-- nmm
insert into h.d (a, b) values (3, default), (1, null) returning a, b, g;

-- mm, one row
insert into h.d (id, a) values (1, 2) on conflict (id) do update set a = null returning a, g;

-- n
insert into h.d (id, a) select 7, age from h.p where age is not null returning a;

-- mm
update h.d set a = default returning a, g;

-- nn
update h.p set age = t.v from h.t where t.pid = p.id and t.v is not null returning p.age, t.v;

-- nm
update h.p set nick = 'x', age = null where age > 1 returning nick, age;

-- nn
update h.p set (nick, age) = ('z', 1) returning nick, age;

-- n
update h.p set tags[1] = null returning tags;

-- mmn
select a, b, kind from h.ch;

-- n
select b from h.ch where kind = 'x';

-- nmnn
select * from h.vp where title is not null;

-- nmnn
select * from h.vp where tid is not null;

-- mmn
select * from h.vagg;

-- nmn
select * from h.vagg where k is not null;

-- mm
select a, b from h.srf(1);

-- mm, one row
select a, b from h.out2(1);

-- mmmm, one row
select (h.out2(1)).a, (h.out2(1)).b, h.out2(1), h.strictrow(null);

-- mm, one row
select x, y from h.strictrow(null);

-- m, one row
select r from h.strictrow(null) r;

-- m
select p.nick from h.p where exists (select 1 from h.t group by () having p.nick is not null);

-- m
select p.nick from h.p where exists (select count(*) from h.t where p.nick = 'z');

-- m
select p.nick from h.p where exists (select 1 from h.t where p.nick = 'n' union select 2);

-- mmm
select p.id, t.title, q.id as qid from h.p natural full join (select id, title from h.t) t full join h.ch q using (id);

-- mmm
select row_to_json(t), to_jsonb(t), t from h.p left join h.t on t.pid = p.id;

-- nmm
select count(t) over (), sum(t.v) over w, max(t.id) over w from h.p left join h.t on t.pid = p.id window w as
(partition by p.id order by t.id);

-- mnm
select sum(id) over (order by id rows between 2 preceding and 1 preceding), first_value(id) over (order by id rows
between current row and 1 following exclude ties), last_value(id) over (order by id rows between unbounded preceding
and 1 preceding) from h.p;

-- nnm
select array(select nick from h.p), array_agg(nick), (array_agg(nick))[1] from h.p group by name;

-- m
select s.x from h.p left join (select pid, coalesce(v, 0) as x from h.t) s on s.pid = h.p.id;

-- mmm
select a.id, b.id, c.id from h.p a left join h.p b on b.age = a.id full join h.p c on c.id = b.id;

-- mn
select a.id, b.id from h.p a right join (h.p b left join h.t c on c.id = b.id) on a.id = c.id where c.v is not null;

-- mm
select distinct on (k) k, nick from h.p order by k, id;

-- m
select nick from h.p union select title from h.t except select null;

-- n
select * from (select nick from h.p union all select title from h.t) s(a) where a is not null;

-- nn
select * from (values (1, null), (2, 'x')) v(a, b) where b > '';

-- mm
select k, max(nick) from h.p where nick is not null group by grouping sets ((k), ());

-- mnn
select k, max(nick), grouping(k) from h.p where nick is not null group by grouping sets ((k), (name)) having k is not
null or name is not null;

-- m
select case when grouping(k) = 0 then k else 'all' end from h.p group by rollup(k);

-- nn
select lower(k), count(*) from h.p group by rollup(lower(k)) having lower(k) = 'x' or lower(k) = 'y';

-- nnm
select id, name, k from h.p group by grouping sets ((id), (id, k));

-- mm
select (select k) , (select k || 'x') from h.p group by rollup(k);

-- mm
select (select i.pid from h.t i left join h.t u on (u.title is not distinct from p.name) where u.id is not null limit
1), name from h.p p group by rollup(p.name);

-- n
with q as materialized (select nick from h.p) select q.nick from q where q.nick <> '';

-- nmnmn
with q as (insert into h.d (a) values (1), (null) returning a, b, c, g, id) select * from q where a is not null;

-- nm
with q as (delete from h.t returning *) select q.title, p.name from q left join h.p on p.id = q.pid;

-- n
select a from generate_series(1, 3) with ordinality as g(a, b) left join unnest(array[1,2]) u(x) on x = a;

-- mn
select x, b from generate_series(1, 3) with ordinality as g(a, b) left join unnest(array[1,2]) u(x) on x = a;

-- mmn
select jsonb_array_elements('[null]'), jsonb_array_elements_text('[null]'), 1;

-- nn
select generate_series(1, 2), (select 1);

-- mmnm, one row
select nullif(1, 2), greatest(null, null), least(1, null), coalesce(null, null);

-- mmm, one row
select (jsonb_populate_record(null::h.p, '{}')).id, j.id, j.name from jsonb_populate_record(null::h.p, '{}') j;

-- n
select t.id from h.p left join h.t using (id) where t.id = any (select id from h.t);

-- m
select t.id from h.p left join h.t using (id) where t.id <> all (select id from h.t where false);

-- m
select nick from h.p where nick = all (array(select nick from h.p where false));

-- n
select nick from h.p where (nick, age) in (select title, v from h.t);

-- m
select nick from h.p where (nick, age) not in (select title, v from h.t where false);

-- nn
select nick, age from h.p where nick is not distinct from 'n' and (age is not null) is not false;

-- m
select age from h.p where (age > 1) is not false;

-- n
select age from h.p where not ((age > 1) is not true);

-- m
select age from h.p where case when nick = 'n' then age > 1 else true end;

-- n
select age from h.p where case when nick = 'n' then age > 1 else false end;

-- nn
select age, nick from h.p where case nick when 'n' then age > 1 end;

-- nnnn
select p is not null, p is null, (p.*) is not null, row(p.*) is null from h.p;

-- m
select p.nick from h.p where p is not null;

-- nm
select t.id, t.v from h.p left join h.t on t.pid = p.id where not (t is null);

-- nm
select t.id, t.v from h.p left join h.t on t.pid = p.id where t is distinct from null;

-- nm
select t.id, t.v from h.p left join h.t on t.pid = p.id where t.* is not null;

-- m, one row
select max(v) from h.t where id = 9 having count(v) > -256;

-- m, one row
select max(v) from h.t where id = 9 having count(v) >= -65536;

-- m
select v from h.t where num_nonnulls(v) > -256;

-- n
select id from h.t limit 72057594037927936;

-- n
select id from h.t limit h.many(1);

-- n, one row
select id from h.t limit '1'::smallint;

-- m
select percentile_disc(s.f) within group (order by s.v) from h.share s group by s.f having count(s.v) > 0;

-- m
select percentile_cont(s.f) within group (order by s.v) from h.share s group by s.f having max(s.v) > 0;

-- n
select percentile_disc(0.5) within group (order by s.v) from h.share s group by s.f having count(s.v) > 0;
