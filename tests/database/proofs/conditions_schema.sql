create schema c;
create type c.kind as enum ('a', 'b');
create table c.one (id int primary key, kind c.kind not null, a int, b int, x text, y text, n int not null, arr int[] not null default '{}',
 check ((kind = 'a' and a is not null and b is null) or (kind = 'b' and b is not null and a is null)), check ((x is null) = (y is null)));
create table c.two (id int primary key, state text not null, at timestamptz, who text, p int, q int, r int, flag boolean, fa int, check (state <> 'done' or at is not null), check (at is null or who is not null), check (num_nonnulls(p, q, r) >= 1), check (flag = (fa is not null)), check (coalesce(p, q, r) is not null));
create table c.odd (id int primary key, s text, t text, u int, check (s <> 'x' or t is not null), check ((s = 'y') = (u is not null)));
create table c.par (id int primary key, a int, b int, check (a is not null or b is not null) no inherit);
create table c.kid () inherits (c.par);
create table c.raw (id int primary key, a int, b int);
insert into c.raw values (1, null, null); alter table c.raw add constraint k check (a is not null or b is not null) not valid;
insert into c.one values (1,'a',1,null,'x','y',0), (2,'b',null,2,null,null,1);
insert into c.two values (1,'new',null,null,1,null,null,true,5), (2,'done',now(),'w',null,2,null,null,null), (3, 'new', null, 'z', null, null, 4, false, null);
insert into c.odd values (1, null, null, null), (2, 'x', 't', null), (3, 'y', null, 1), (4, null, null, 4);
insert into c.par values (1, 1, null); insert into c.kid values (2, null, null);
