-- nmm
select coalesce(a, b), a, b from c.one;

-- nm
select a, b from c.one where kind = 'a';

-- mn
select a, b from c.one where kind <> 'a';

-- nm
select a, b from c.one where kind in ('a');

-- nm
select a, b from c.one where a is not null;

-- nm
select a, b from c.one where b is null;

-- nmn
select case when kind = 'a' then a else b end, case kind when 'a' then a when 'b' then b end, case when a is null then
b else a end from c.one;

-- nn
select x, y from c.one where x is not null;

-- nnnn
select x, y, x || y, coalesce(x, '') || coalesce(y, '') from c.one where y like '%';

-- mn
select coalesce(x, y), case when x is null then 'none' else y end from c.one;

-- nn
select at, who from c.two where state = 'done';

-- nn
select at, who from c.two where state in ('done');

-- mm
select at, who from c.two where state = 'new';

-- nn
select at, who from c.two where not (state <> 'done');

-- nn
select at, who from c.two where at is not null;

-- nmn
select coalesce(p, q, r), coalesce(p, q), greatest(p, q, r) from c.two;

-- mn
select r, coalesce(q, r) from c.two where p is null;

-- nn
select fa, flag from c.two where flag;

-- mn
select fa, flag from c.two where not flag;

-- mm
select fa, flag from c.two where flag is not false;

-- nnm
select s, t, u from c.odd where s = 'x';

-- nmn
select s, t, u from c.odd where s = 'y';

-- mmm
select s, t, u from c.odd where u is null;

-- mmn
select s, t, u from c.odd where u is not null;

-- m
select coalesce(a, b) from c.par;

-- m
select coalesce(a, b) from only c.par;

-- m
select coalesce(a, b) from c.raw;

-- n
select coalesce(a, b) from c.raw where a is not null or b is not null;

-- n
select coalesce(a, b) from c.raw where not (a is null and b is null);

-- n
select coalesce(a, b) from c.raw where (a is null) <> (b is null);

-- n
select coalesce(a, b) from c.raw where num_nonnulls(a, b) > 0;

-- m
select coalesce(a, b) from c.raw where num_nonnulls(a, b) <= 1;

-- n
select case when a is not null or b is not null then coalesce(a, b) else 0 end from c.raw;

-- nm
select case when a is null and b is null then 0 when a is null then b else a end, case when a is null then b else a
end from c.raw;

-- nm
select coalesce(a, b), x from c.one where a > 1 or b > 1 or x = 'x';

-- nmn
select o.id, coalesce(t.p, t.q, t.r), coalesce(t.p, t.q, t.r, 0) from c.one o left join c.two t on t.id = o.id + 2;

-- nn
select o.id, coalesce(t.p, t.q, t.r) from c.one o left join c.two t on t.id = o.id + 2 where t.state > '';

-- n
select coalesce(a, b) from c.one group by a, b;

-- m
select coalesce(a, b) from c.one group by grouping sets ((a), (b));

-- m
select coalesce(a, b) from c.one group by rollup (a, b);

-- mnn
update c.one set a = null, b = 1, kind = 'b' where kind = 'a' returning a, b, coalesce(a, b);

-- nnm
update c.two set p = 1 where state = 'done' returning at, p, coalesce(q, r);

-- nmn
delete from c.one where kind = 'a' returning a, b, coalesce(a, b);

-- n, one row
select sum(n) from c.one having count(*) > 0;

-- mmm, one row
select sum(n), max(a), min(n) from c.one where false having count(*) >= 0;

-- nnn, one row
select sum(n), max(a), avg(a) from c.one having count(a) > 0;

-- nnn, one row
select sum(n), max(a), avg(a) from c.one having not (count(a) = 0);

-- nmm, one row
select sum(n), max(a), avg(a) from c.one having 1 <= count(*);

-- nnnmm, one row
select case when count(*) > 0 then avg(n) else 0 end, case when count(*) = 0 then 0 else sum(n) end, case when
count(a) > 0 then max(a) else 0 end, case when count(a) > 0 then max(b) else 0 end, case count(*) when 0 then 0 else
max(n) end from c.one where id > 5;

-- nnnm
select kind, avg(a), min(a), sum(b) from c.one group by kind having max(a) > 0;

-- nn, one row
select case when sum(a) > 0 then max(a) else 0 end, case when count(*) < 1 then 0 else max(n) end from c.one where
false;

-- mn, one row
select case when count(*) filter (where id > 9) > 0 then max(a) else 0 end, case when count(a) filter (where id = 1) >
0 then max(a) else 0 end from c.one;

-- nmnn
select sum(n) filter (where true), sum(n) filter (where false), sum(n) over (), sum(n) filter (where true) over ()
from c.one group by n;

-- nmmm
select (array_agg(n order by id))[1], (array_agg(a order by id desc))[1], (array_agg(n))[2], (array_agg(array[n]))[1]
from c.one group by kind;

-- m, one row
select (array_agg(n))[1] from c.one where false;

-- nmmmmmm
select (array[1, null])[1], (array[1, null])[2], (array[1, 2])[3], (array[1, 2])[1:1], (array[[1]])[1], (array[1])[0],
(array[n])[id] from c.one;

-- nnn, one row
select enum_range(null::c.kind), enum_first(null::c.kind), enum_range(null::c.kind, 'a');

-- m, one row
select (select max(n) from c.one where id > 9) from c.one having count(*) > 0;

-- mn
select k, sum(n) from c.one, generate_series(1, 2) k group by rollup (k) having count(*) > 0;

-- nm, one row
select sum(z.n), (select max(y.n) from c.one y where y.id > 9 having count(*) > z.q) from (select 1 as n, -1 as q) z
group by z.q;

-- nn
select a, coalesce(b, a) from c.one where a is not null and coalesce(b, 0) = 0;

-- nm
select coalesce(a, b), a from c.raw where not ((a is null) = (b is null));

-- mn
select r.a, o.n from c.raw r join c.one o on r.a is null where r.a = 1 or r.a = 2;

-- mm
update c.ruled set a = 1 where id = 1 returning id, a;

-- m
select coalesce(a, b) from c.wide;

-- mn, one row
select sum(a), stddev(a) from c.one having stddev(a) > 0;
