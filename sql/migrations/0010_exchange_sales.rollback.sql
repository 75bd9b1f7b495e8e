-- Removes products, sales and events, with everything in them.

drop table exchange.events;

drop table exchange.sale_requests;

drop table exchange.sales;

drop table exchange.products;

drop domain exchange.quantity;

drop domain exchange.price;

comment on schema exchange is 'people and what they exchange: accounts, profiles, places';
