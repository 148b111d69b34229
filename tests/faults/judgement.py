"""Whether what was promised was kept: by the visitors' word, the journal's and the CRM's."""

from collections import Counter
from collections.abc import Iterator, Mapping
from uuid import UUID

from frontdesk.model.account import CLAIMS_KEPT
from frontdesk.model.events import utcnow
from frontdesk.model.record import Record
from tests.faults.chance import Relatives, cannot_be_told
from tests.faults.running import Running
from tests.faults.visitors import NEWS, Visitor

# No answer, thanks, and an apology that keeps what was typed.
HONEST = {0, 202, 503}


def judge_early(world: Running, visitors: list[Visitor]) -> list[str]:
    """While things may still be broken: who was thanked is in the journal, stuck for a reason."""
    return list(_early(world, visitors))


def judge_late(world: Running, visitors: list[Visitor]) -> list[str]:
    """After all was mended: each in either CRM exactly once, and nothing else."""
    return list(_late(world, visitors))


def _early(world: Running, visitors: list[Visitor]) -> Iterator[str]:
    records = world.ledger().records
    for visitor in visitors:
        for odd in set(visitor.answers) - HONEST:
            yield f"{visitor.mark} was answered {odd}"
        if not visitor.thanked and visitor.temper != "hasty":
            yield f"{visitor.mark} was never thanked: {Counter(visitor.answers)}"
        for thanked in visitor.thanked:
            record = records.get(UUID(thanked))
            if record is None or record.submission is None:
                yield f"{visitor.mark} was thanked with {thanked}, which is not in the journal"
            elif (trouble := _unexplained(record)) is not None:
                yield f"{thanked} is {trouble} without a reason"


def _unexplained(record: Record) -> str | None:
    if record.state == "held":
        return None if record.held else "held"
    reasons = [d.reason for d in record.deliveries.values() if d.state in ("failed", "deferred")]
    return None if all(reasons) else record.state


class _Chance:
    """What is left to chance among these records, as far back as a CRM's list goes."""

    def __init__(self, every: list[Record]) -> None:
        since = utcnow() - CLAIMS_KEPT
        records = [record for record in every if record.at and record.at > since]
        self._untold = [(r, r.submission.lead) for r in records if r.submission and _untold(r)]
        self._doubted = [r.submission.lead for r in records if r.submission and _doubted(r)]
        self._relatives = Relatives(r.submission.lead for r in records if r.submission)

    def has(self, one: Record) -> bool:
        """Whether it was in doubt, and could be taken for one that has no customer's id."""
        if one.submission is None or not _doubted(one):
            return False
        lead = one.submission.lead
        return any(
            other is not one and cannot_be_told(lead, untold, self._relatives, self._doubted)
            for other, untold in self._untold
        )


def _doubted(record: Record) -> bool:
    delivery = record.deliveries.get("crm")
    return delivery is not None and (delivery.reconciled or delivery.attempts > 1)


def _untold(record: Record) -> bool:
    delivery = record.deliveries.get("crm")
    return (
        delivery is not None
        and delivery.state == "delivered"
        and not delivery.reconciled
        and not delivery.customer_id
    )


def _granted(
    world: Running, visitors: list[Visitor], known: Mapping[UUID, Record]
) -> Iterator[str]:
    """Nobody has agreed, by what the CRM has, to what they have revoked since."""
    consents = world.consents()
    for visitor in visitors:
        theirs = consents.get(visitor.lead["email"], set())
        if not visitor.revoked:
            continue
        own = [known[UUID(one)] for one in visitor.thanked if UUID(one) in known]
        # Of two that say the same, only one is sent, which may be the second.
        revoked = known.get(UUID(visitor.revoked))
        if revoked is None or revoked.at is None:
            yield f"the revocation of {visitor.mark} is not in the journal"
            continue
        sent = [record for record in own if record.deliveries["crm"].state == "delivered"]
        again = [record for record in sent if record.at is not None and record.at > revoked.at]
        if not again and NEWS in theirs:
            yield f"{visitor.mark} has revoked a consent, which the CRM has all the same"
        # Whose customer nobody has told is revoked rather than not.
        sure = all(record.deliveries["crm"].customer_id for record in own)
        if again and sure and NEWS not in theirs:
            yield f"{visitor.mark} has agreed again, and the CRM does not know"


def _mailed(
    world: Running, visitors: list[Visitor], written: Mapping[str, list[Record]]
) -> Iterator[str]:
    """Each enquiry reached a person; each address got one confirmation, whoever used it."""
    letters, confirmed = world.mailed(), world.confirmed()
    asked: dict[str, bool] = {}
    for visitor in visitors:
        own, count = written.get(visitor.mark, []), len(letters.pop(visitor.mark, ()))
        robot = visitor.temper == "robot"
        # As of the CRM: of the same enquiry sent again, one is enough.
        least, most = (0, 0) if robot else (min(1, len(own)), len(own))
        if not least <= count <= most:
            yield f"{visitor.mark} has come by mail {count} times"
        address = visitor.lead["email"]
        asked[address] = asked.get(address, False) or bool(own and not robot)
    for address, wanted in asked.items():
        if (count := len(confirmed.pop(address, ()))) != wanted:
            yield f"{address} has had {count} confirmations"
    if letters or confirmed:
        yield f"nobody knows where these mails come from: {letters}, {confirmed}"


def _late(world: Running, visitors: list[Visitor]) -> Iterator[str]:
    known = {record.id: record for record in world.ledger().records.values()}
    records = [record for record in known.values() if record.submission]
    written: dict[str, list[Record]] = {}
    for record in records:
        assert record.submission is not None
        lead = record.submission.lead
        written.setdefault(lead.note or lead.email or "", []).append(record)
    chance = _Chance(records)
    arrived, at_geeks = Counter(world.arrived()), Counter(world.arrived_at_geeks())
    at_hook = Counter(world.arrived_at_hook())

    yield from _mailed(world, visitors, written)
    for visitor in visitors:
        own, count = written.get(visitor.mark, []), arrived.pop(visitor.mark, 0)
        other, hooked = at_geeks.pop(visitor.mark, 0), at_hook.pop(visitor.mark, 0)
        story = [(str(record.id), record.state) for record in own]
        if visitor.temper == "robot":
            if count or other or hooked or any(record.state != "held" for record in own):
                yield f"robot {visitor.mark} is in the CRM {count} times: {story}"
            continue
        if any(map(chance.has, own)):
            continue
        # One whose first enquiry had failed for a time was right to send another; and what was said
        # again after a consent was revoked is another enquiry.
        failed = any(record.id in world.failed for record in own)
        most = len(own) if failed or visitor.temper == "returner" else 1
        if not min(1, len(own)) <= count <= most:
            yield f"{visitor.mark} is in the CRM {count} times: {story}"
        if not min(1, len(own)) <= other <= most:
            yield f"{visitor.mark} is in Real Geeks {other} times: {story}"
        if not min(1, len(own)) <= hooked <= most:
            yield f"{visitor.mark} came by webhook {hooked} times: {story}"
    yield from _granted(world, visitors, known)
    for email in world.merged:
        if (count := arrived.pop(email, 0)) != 1:
            yield f"{email}, from another machine, is in the CRM {count} times"
    if arrived or at_geeks or at_hook:
        strangers = (dict(one) for one in (arrived, at_geeks, at_hook))
        yield f"nobody knows where these come from: {', '.join(map(str, strangers))}"
