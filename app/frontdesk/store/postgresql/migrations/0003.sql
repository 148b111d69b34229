-- Numbers of submissions, kept with their records: see store/counting.py. `span`: 0 ever, 1 a quarter
-- of an hour, 2 a day, 3 a month, 4 an hour (UTC); `since`: when that began, in seconds since 1970.
create table frontdesk.counter (
    span smallint, since bigint, what text, form text, value text,
    number bigint not null,
    primary key (span, since, what, form, value)
);

alter table frontdesk.record add column if not exists channel text;
create index if not exists record_channel_at_key_idx on frontdesk.record (channel, at, key) where channel is not null;
