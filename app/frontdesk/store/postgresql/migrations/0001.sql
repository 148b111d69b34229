-- One row. `cluster`: the system identifier of the server that the rows of this era were written
-- on; null where it may not be asked. `tx` can be compared only within an era.
create table frontdesk.about (
    one boolean primary key default true check (one),
    version integer not null,
    era smallint not null,
    cluster bigint
);

-- The journal. `line` is the exact JSON line without its line feed, `digest` BLAKE2b-16 of it. A
-- line that is written twice is there once. `segment`: the file that a line was copied from, if it
-- is another than that of its day.
create table frontdesk.event (
    seq bigint generated always as identity,
    era smallint not null,
    tx xid8 not null default pg_current_xact_id(),
    at timestamptz not null,
    id uuid not null,
    kind text not null,
    digest bytea not null,
    line text not null,
    erased boolean not null default false,
    segment text
) partition by range (at);
create index on frontdesk.event (era, tx, seq);
create index on frontdesk.event (id, seq);
create unique index on frontdesk.event (id, at, digest);

-- Lines that a copied segment has a second time, or that another one had before: the `number` of the
-- line in its segment, from 0, and which line it is.
create table frontdesk.repeated (
    segment text,
    number bigint,
    id uuid not null,
    seq bigint not null,
    primary key (segment, number)
);

-- Who may do what only one process may. The epoch goes up with every new holder.
create table frontdesk.lease (
    lane text primary key,
    holder uuid not null,
    epoch bigint not null,
    until timestamptz not null,
    host text not null
);

-- What was used up, such as the solution of a captcha. `by`: its owner, by a hash, or the one call
-- that used it.
create table frontdesk.once (
    key bytea primary key,
    until timestamptz not null,
    by uuid not null
);
create index on frontdesk.once (until);
