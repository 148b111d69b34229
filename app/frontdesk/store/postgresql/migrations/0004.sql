-- What is no event, such as a price list. `revision`: another one each time that it was kept.
create table frontdesk.kept (
    name text primary key,
    revision uuid not null,
    content bytea not null
);
