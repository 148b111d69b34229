-- The index: what the journal adds up to. All of it can be made again from the journal.

-- One row, locked by whoever brings the index up to date. All lines of eras before `era` were read,
-- and of this one those that `seen` shows. Where there were many, they are read piece by piece: up
-- to `target`, of which those up to `last_*` were read. `fold`: the version of the program's rules by
-- which it was made. `known`: accounts, counts and the like.
create table frontdesk.state (
    one boolean primary key default true check (one),
    fold integer not null,
    generation uuid not null,
    building boolean not null,
    revision bigint not null,
    known bytea,
    era smallint not null,
    seen pg_snapshot not null,
    target_era smallint,
    target pg_snapshot,
    last_era smallint not null,
    last_tx xid8 not null,
    last_seq bigint not null
);
insert into frontdesk.state values (
    true, 0, gen_random_uuid(), true, 0, null, 0, '1:1:', null, null, 0, '0', 0
);

-- Times are microseconds since 1970. `key`: in the order in which submissions began. `turn`: when one
-- was put on its way, among all. `body`: the record, folded.
create table frontdesk.record (
    key bigint primary key,
    id uuid not null unique,
    at bigint, form text, state text not null, unit text, campaign text,
    open boolean not null,
    content bytea, turn bigint, turn_at bigint,
    revision bigint not null,
    body bytea not null
);
create index on frontdesk.record (at, key);
create index on frontdesk.record (state, at, key) include (form, open);
create index on frontdesk.record (form, at, key);
create index on frontdesk.record (unit, at, key) where unit is not null;
create index on frontdesk.record (campaign, at, key) where campaign is not null;
create index on frontdesk.record (content, turn) where content is not null;
create index on frontdesk.record (key) where open;
create index on frontdesk.record (revision);

create table frontdesk.mark (mark text, id uuid, primary key (mark, id));
create index on frontdesk.mark (id);

-- Where customers have numbers.
create table frontdesk.destination (name text primary key);

create table frontdesk.claim (
    number bigint generated always as identity primary key,
    destination text not null,
    at bigint not null,
    body bytea not null
);
create index on frontdesk.claim (destination, at);

-- What a line says by which its record can be found.
create table frontdesk.text (key bigint not null, words text not null);
create index on frontdesk.text (key);

-- A message to a receiver, by its id and place, and a submission that it names.
create table frontdesk.named (id uuid, message uuid, seq bigint, primary key (id, message, seq));

-- Lines that cannot be read, and lines that came of an erased submission after its erasure.
create table frontdesk.damage (seq bigint primary key, id uuid not null);
create table frontdesk.late (seq bigint primary key, id uuid not null);

-- Of an erasure that is under way, or was cut short: the lines that say that it was done.
create table frontdesk.erasing (id uuid primary key, line text not null);
