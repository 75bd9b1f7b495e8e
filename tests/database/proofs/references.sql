-- nnm
select c.id, p.name, p.note from r.child c left join r.parent p on p.id = c.parent_id;

-- nn
select c.id, p.name from r.parent p right join r.child c on c.parent_id = p.id;

-- nm
select c.id, p.name from r.child c left join r.parent p on p.id = c.maybe_id;

-- nn
select c.id, p.name from r.child c left join r.parent p on p.id = c.maybe_id where c.maybe_id > 0;

-- nm
select c.id, p.name from r.child c left join r.parent p on p.id = c.parent_id and p.note is not null;

-- nm
select c.id, p.name from r.child c left join r.parent p on p.id = c.parent_id and p.id = c.maybe_id;

-- nm
select c.id, p.name from r.child c left join r.parent p on p.id = c.parent_id or p.id = 1;

-- nm
select c.id, p.name from r.child c left join r.parent p on p.id >= c.parent_id;

-- nm
select c.id, p.name from r.child c left join r.parent p on p.id = c.id;

-- nm
select c.id, p.name from r.child c left join r.parent p on p.id = c.parent_id + 0;

-- nm
select c.id, p.name from r.child c left join r.parent p tablesample bernoulli (0) on p.id = c.parent_id;

-- nm
select c.id, p.name from r.late c left join r.parent p on p.id = c.parent_id;

-- nm
select c.id, p.name from r.loose c left join r.parent p on p.id = c.parent_id;

-- nm
select c.id, p.name from r.unguarded c left join r.parent p on p.id = c.parent_id;

-- nm
select c.id, p.name from r.kept c left join r.parent p on p.id = c.parent_id;

-- nm
select c.id, p.name from r.base c left join r.parent p on p.id = c.parent_id;

-- nn
select c.id, p.name from only r.base c left join r.parent p on p.id = c.parent_id;

-- nm
select c.id, p.name from r.heir c left join r.parent p on p.id = c.parent_id;

-- nm
select c.id, p.name from r.two c left join r.parent p on p.id = c.a and p.k = c.b;

-- nm
select c.id, p.name from r.two c left join r.parent p on p.id = c.a;

-- nn
select c.id, p.name from r.both c left join r.parent p on p.k = c.b and c.a = p.id;

-- nm
select c.id, p.name from r.both c left join r.parent p on p.k = c.b;

-- nm
select c.id, s.name from r.spy c left join r.secret s on s.id = c.secret_id;

-- mn
select c.id, p.name from r.cut c left join r.parent p on p.id = c.parent_id;

-- nnn
select g.id, c.id, p.name from r.grand g left join r.child c on c.id = g.child_id left join r.parent p on p.id =
c.parent_id;

-- nnn
select g.id, c.id, p.name from r.grand g left join (r.child c join r.parent p on p.id = c.parent_id) on c.id =
g.child_id;

-- nnm
select g.id, c.id, p.name from r.grand g left join (r.child c left join r.parent p on p.id = c.maybe_id) on c.id =
g.child_id;

-- nmm
select g.id, c.id, p.name from r.grand g left join (r.child c join r.parent p on p.id = c.maybe_id) on c.id =
g.child_id;

-- mmm
select g.id, c.id, p.name from r.grand g full join r.child c on c.id = g.child_id left join r.parent p on p.id =
c.parent_id;

-- nm
select x.id, p.name from r.parent x left join r.child c on c.id = x.id + 1 left join r.parent p on p.id = c.parent_id;

-- nn
select x.id, p.name from r.parent x left join r.child c on c.id = x.id left join r.parent p on p.id = c.parent_id
where c.id > 0;

-- nnmm
select c.id, (select p.name from r.parent p where p.id = c.parent_id), (select p.name from r.parent p where p.id =
c.maybe_id), (select p.note from r.parent p where p.id = c.parent_id) from r.child c;

-- nnm
select g.id, (select p.name from r.parent p join r.child c on c.parent_id = p.id where c.id = g.child_id), (select
p.name from r.child c left join r.parent p on p.id = c.parent_id where c.id = g.child_id) from r.grand g;

-- nm
select g.id, (select p.name from r.parent p, r.child c where c.parent_id = p.id and c.id = g.child_id and p.note is
null) from r.grand g;

-- nnmn
select c.id, (select p.name from r.parent p where p.id = c.parent_id limit 1), (select p.name from r.parent p where
p.id = c.parent_id offset 1), (select max(p.name) from r.parent p where p.id = c.parent_id) from r.child c;

-- nm
select x.id, (select p.name from r.parent p where p.id = c.parent_id) from r.parent x left join r.child c on
c.maybe_id = x.id;

-- nm
select c.id, p.name from r.child c left join r.parent p on p.id = c.parent_id for update of c;

-- nn
select c.id, s.name from r.child c left join lateral (select p.name from r.parent p where p.id = c.parent_id) s on
true;

-- nnm
select c.id, s.n, s.m from r.child c left join lateral (select count(*) as n, max(p.name) as m from r.parent p where
p.id = c.maybe_id) s on true;

-- nm
select c.id, s.n from r.child c left join lateral (select count(*) as n from r.parent p where p.id = c.maybe_id) s on
s.n > 0;

-- nn
select c.id, s.n from r.child c left join (values (1)) s (n) on true left join (select 1 where false) t on true;

-- nn
select id, name from r.seen;

-- m, one row
select r.look(1);

-- nm, one row
insert into r.child values (9, 1, null) returning id, (select name from r.parent p where p.id = parent_id);

-- m
update r.child c set maybe_id = 1 from r.child d left join r.parent p on p.id = d.parent_id where d.id = c.id
returning p.name;

-- nm, one row
with n as (insert into r.parent values (7, 'z', 'Z', null) returning id), c as (insert into r.child select 7, n.id,
null from n returning *) select c.id, p.name from c left join r.parent p on p.id = c.parent_id;

-- nm
with d as (delete from r.grand returning *) select c.id, p.name from r.child c left join r.parent p on p.id =
c.parent_id;

-- mm
select c.parent_id, (select p.name from r.parent p where p.id = c.parent_id) from r.child c group by rollup
(c.parent_id);

-- nn
select p.name, count(*) from r.child c left join r.parent p on p.id = c.parent_id group by p.name;

-- mn
select p.name, c.id from r.child c left join r.parent p using (id);

-- n
select max(p.name) from r.child c left join r.parent p on p.id = c.parent_id group by c.maybe_id;

-- nn
select c.id, k.name from r.coded c left join r.code k on k.k = c.code_k;

-- nm
select c.id, k.name from r.coded c left join r.code k on k.k like c.code_k;

-- mm
select c.id, p.name from r.cut_kept c left join r.parent p on p.id = c.parent_id;

-- mm
select c.id, p.name from r.cut_off c left join r.parent p on p.id = c.parent_id;

-- nn
select c.id, p.name from r.of_whole c left join r.whole p on p.id = c.whole_id;

-- nm
select c.id, p.name from r.of_off c left join r.whole_off p on p.id = c.whole_id;

-- nm
select c.id, p.name from r.ruled c left join r.parent p on p.id = c.parent_id;

-- nm
select id, name from r.locks;

-- nm
select id, name from r.locks_within;

-- nn
select id, name from r.seen;
