"""What an append says to PostgreSQL."""

# Whoever has switched this off since the start did not mean what was thanked for.
_DURABLY = """
set_config('synchronous_commit', coalesce(
    nullif(current_setting('synchronous_commit'), 'off'), 'on'
), true)
"""
# The lease's row is locked until the lines are committed: nobody takes it over in between. A lease
# is looked at by the time at which its row could be locked, which may be long after the beginning.
WRITE = f"""
with asked as (
    select * from unnest(%(lanes)s::text[], %(holders)s::uuid[], %(epochs)s::bigint[])
        with ordinality as fence (lane, holder, epoch, number)
), held as materialized (
    select asked.number from frontdesk.lease join asked using (lane, holder, epoch)
    where lease.until > clock_timestamp() order by lease.lane for share of lease
), written as (
    insert into frontdesk.event (era, at, id, kind, digest, line)
    select about.era, line.at, line.id, line.kind, line.digest, line.line
    from frontdesk.about, unnest(
        %(at)s::timestamptz[], %(id)s::uuid[], %(kind)s::text[], %(digest)s::bytea[],
        %(line)s::text[], %(fence)s::bigint[]
    ) with ordinality as line (at, id, kind, digest, line, fence, number)
    where line.fence is null or line.fence in (select number from held)
    order by line.number
    on conflict (id, at, digest) do nothing
    returning 1
)
select (select count(*) from written), array(select number from held), {_DURABLY}
"""
# How many of some lines are there, be it that they were erased since.
THERE = """
select count(*) from unnest(%(at)s::timestamptz[], %(id)s::uuid[], %(digest)s::bytea[])
    as line (at, id, digest)
where exists (
    select 1 from frontdesk.event where event.id = line.id and event.at = line.at
        and (event.digest = line.digest or event.erased)
)
"""
# A commit of nothing waits for nobody. This writes, so it is durable only after all before it.
TOUCH = f"select {_DURABLY} from frontdesk.about for key share"
LATELY = """
select kind from frontdesk.event where id = %s and kind in ('received', 'erased')
order by seq desc limit 1
"""
