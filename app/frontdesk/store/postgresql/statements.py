"""What an append says to PostgreSQL."""

# Whoever has switched this off since the start did not mean what was thanked for.
_DURABLY = """
set_config('synchronous_commit', coalesce(
    nullif(current_setting('synchronous_commit'), 'off'), 'on'
), true)
"""
# The lease's row is locked until the lines are committed: nobody takes it over in between. A lease
# is looked at by the time at which its row could be locked, which may be long after the beginning.
_WRITING = f"""
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
    where (line.fence is null or line.fence in (select number from held)){{unless}}
    order by line.number
    on conflict (id, at, digest) do nothing
    returning 1
)
select (select count(*) from written), array(select number from held), {_DURABLY}
"""
# What comes a second time is known by its line, unless that was erased in between. What else says
# something of the person, is emptied when it comes late.
_SINCE = "erased.id = line.id and erased.kind = 'erased' and erased.at >= line.at"
_ERASED = f"""
    and not (line.kind in ('received', 'amended', 'revocation') and exists (
        select from frontdesk.event as erased where {_SINCE}
    ))"""
WRITE = _WRITING.format(unless="").encode()
WRITE_AGAIN = _WRITING.format(unless=_ERASED).encode()
# How many of some lines are there, or were erased since.
THERE = f"""
select count(*) from unnest(%(at)s::timestamptz[], %(id)s::uuid[], %(digest)s::bytea[])
    as line (at, id, digest)
where exists (
    select from frontdesk.event as erased where {_SINCE}
        or erased.id = line.id and erased.at = line.at
        and (erased.digest = line.digest or erased.erased)
)
""".encode()
# A commit of nothing waits for nobody. This writes, so it is durable only after all before it.
TOUCH = f"select {_DURABLY} from frontdesk.about for key share".encode()
LATELY = """
select kind from frontdesk.event where id = %s and kind in ('received', 'erased')
order by seq desc limit 1
"""
