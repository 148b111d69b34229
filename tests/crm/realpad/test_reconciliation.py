"""Which entry of list-leads is taken for a lead in doubt: row by row, and in a small world."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from frontdesk.crm.realpad.api import Clock, Inquiry, Listing
from frontdesk.crm.realpad.listed import pair
from frontdesk.crm.realpad.reconciliation import look_up
from frontdesk.delivery.destination import (
    Claim,
    Delivered,
    DeliveryError,
    LookupContext,
    Lookups,
    OpenAttempt,
    PersonHistory,
)
from frontdesk.model.lead import Lead, Origin, Submission
from frontdesk.sandbox.realpad.crm import Crm
from tests.faults.chance import Relatives, cannot_be_told
from tests.support import alike

NOW = datetime.now(UTC)
EXACT = Clock(timedelta(), timedelta(seconds=1))
LOOKUPS = Lookups(patience=50.0, back=timedelta(days=7))


def submission(number: int = 1, name: str = "Jana Nováková", **lead: Any) -> Submission:
    first, _, last = name.rpartition(" ")
    lead.setdefault("email", f"visitor{number}@example.com")
    return Submission(
        id=UUID(int=number),
        at=NOW,
        form="riverside",
        lead=Lead(first_name=first, last_name=last, language="cs", **lead),
        origin=Origin("json", "192.0.2.7"),
        destinations=("crm",),
    )


def entry(
    inquiry: int, customer: int = 7, name: str | None = "Jana Nováková", minutes: float = 0
) -> Inquiry:
    return Inquiry(inquiry, customer, name, NOW + timedelta(minutes=minutes))


def attempt(
    minutes: float = 0, sent: Submission | None = None, *, unknown: bool = True
) -> OpenAttempt:
    at = NOW + timedelta(minutes=minutes)
    return OpenAttempt(sent or submission(), at, at, unknown)


def claim(
    minutes: float,
    customer: int | None = 7,
    inquiry: int | None = None,
    of: int = 99,
    doubted: float | None = None,
) -> Claim:
    return Claim(
        NOW + timedelta(minutes=minutes),
        None if customer is None else str(customer),
        None if inquiry is None else str(inquiry),
        UUID(int=of),
        None if doubted is None else NOW + timedelta(minutes=doubted),
    )


def found(
    entries: Sequence[Inquiry],
    claims: Sequence[Claim] = (),
    *,
    others: Sequence[OpenAttempt] = (),
    known: Sequence[tuple[Submission, int | None]] = (),
    clock: Clock = EXACT,
    of: OpenAttempt | None = None,
) -> str | None:
    """The inquiry that is taken for Jana Nováková's attempt at NOW.

    `known`: other submissions of the journal, with their customers.
    """
    history = [
        PersonHistory(one.id, [one.lead], {str(customer)} if customer else set())
        for one, customer in known
    ]
    context = LookupContext(of or attempt(), others, claims, lambda *_: history)
    result = look_up(Listing(list(entries), clock), context, LOOKUPS)
    if result is None:
        return None
    taken = next(e for e in entries if str(e.inquiry_id) == result.inquiry_id)
    assert result.customer_id in (str(taken.customer_id), None)
    return result.inquiry_id


# A lead of a foreign website a day before: this login is not ours alone.
FOREIGN = entry(0, 1, "Somebody Else", minutes=-60 * 24)


def test_an_answer_without_an_id_is_of_the_household_first() -> None:
    """Its entry shows another name of the household; the namesake's entry is not taken for it."""
    household = {"email": "house@example.com"}
    earlier = submission(98, "Petr Novák", **household)
    answered = submission(99, "Jana Nováková", **household)
    entries = [entry(3, 7, "Petr Novák", minutes=-0.1), entry(4, 8)]
    known = [(earlier, 7), (answered, None)]
    assert found(entries, [claim(-0.1, customer=None, of=99)], known=known) == "4"


def test_an_answer_without_an_id_is_of_a_new_customer_before_a_household() -> None:
    """Realpad's times are whole seconds: the nearest entry need not be the right one."""
    household = {"email": "house@example.com"}
    earlier = submission(98, "Petr Novák", **household)
    answered = submission(99, "Petr Novák", email="namesake@example.com")
    ours = attempt(sent=submission(1, "Jana Nováková", **household))
    entries = [entry(3, 8, "Petr Novák", minutes=-0.02), entry(4, 7, "Petr Novák")]
    known = [(earlier, 7), (answered, None)]
    claims = [claim(-0.005, customer=None, of=99)]
    assert found(entries, claims, known=known, of=ours) == "4"


# -- by name and time --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "listed"),
    [
        ("Jana Nováková", "Jana Nováková"),
        ("Jana Nováková", "JANA NOVÁKOVÁ"),
        ("Jana Nováková", "Jana Novakova"),
        ("Jana Nováková", "jana  nova\u0301kova\u0301 "),
        ("Jana Nováková", "\tJana\u00a0Nováková\u200b"),
        ("Sean O'Brien", "Sean O’Brien"),
        ("Sean O'Brien", "Sean O&#39;Brien"),
        ("Anna Marie Nová-Malá", "Anna-Marie Nová Malá"),
        ("Łukasz Wałęsa", "Lukasz Walesa"),
        ("Heinz Groß", "HEINZ GROSS"),
        ("Søren Ærø", "Soren Aero"),
        ("Deﬀo Ⅳ", "deffo iv"),
        ("Олена Шевченко", "ОЛЕНА ШЕВЧЕНКО"),
        ("李 小龍", "李小龍"),
        ("🦄 🦄", "🦄 🦄"),
    ],
)
def test_a_name_as_crms_vary_it(sent: str, listed: str) -> None:
    of = attempt(sent=submission(name=sent))
    assert found([entry(1, name=listed), FOREIGN], of=of) == "1"


@pytest.mark.parametrize(
    "name", ["Jan Novák", "Nováková Jana", "Jana Nováková ml.", "", None, "🦄"]
)
def test_another_name_in_an_account_that_others_use_too(name: str | None) -> None:
    assert found([entry(1, name=name), FOREIGN]) is None


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(-0.09, "1"), (0, "1"), (3, "1"), (60 * 24, "1"), (-0.11, None), (-60 * 24 * 6, None)],
)
def test_only_what_came_after_the_attempt(minutes: float, expected: str | None) -> None:
    assert found([entry(1, minutes=minutes)]) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(-4.9, "1"), (-5.2, None)])
def test_without_a_word_on_the_clock_it_may_differ_by_minutes(
    minutes: float, expected: str | None
) -> None:
    assert found([entry(1, minutes=minutes)], clock=Clock()) == expected


def test_of_an_earlier_attempt_that_took_its_time() -> None:
    """Not there when it was looked up after the first attempt, and since then."""
    of = OpenAttempt(submission(), NOW - timedelta(hours=2), NOW)
    assert found([entry(1, minutes=-110)], of=of) == "1"
    assert found([entry(1, minutes=-130)], of=of) is None


def test_the_nearest_of_several() -> None:
    entries = [entry(3, minutes=9), entry(2, minutes=0.1), entry(1, minutes=-0.5)]
    assert found(entries) == "2"


@pytest.mark.parametrize("hours", [-30, -0.1, 0.1, 30])
def test_clocks_that_differ(hours: float) -> None:
    """By as much as the CRM's answers say, and no more."""
    clock = Clock(timedelta(hours=hours), timedelta(seconds=1))
    assert found([entry(1, minutes=60 * hours)], clock=clock) == "1"
    assert found([entry(1, minutes=60 * hours - 6)], clock=clock) is None
    mine = [claim(0)]
    assert found([entry(1, minutes=60 * hours)], mine, clock=clock) is None
    stranger = entry(1, name="Jana Malá", minutes=60 * hours)
    assert found([stranger], clock=clock) == "1"


# -- what other deliveries explain -------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "claims", "expected"),
    [
        ([entry(1)], [claim(0, inquiry=1)], None),
        ([entry(1)], [claim(0)], None),
        ([entry(1)], [claim(0, customer=8)], "1"),
        ([entry(1)], [claim(0, customer=None)], "1"),
        ([entry(1)], [claim(-90)], "1"),
        ([entry(2, minutes=1), entry(1)], [claim(0)], "2"),
        ([entry(2, minutes=1), entry(1)], [claim(1)], "1"),
        ([entry(2, minutes=1), entry(1)], [claim(0), claim(1)], None),
        ([entry(2, minutes=1), entry(1)], [claim(0, inquiry=1)], "2"),
        ([entry(2, minutes=1), entry(1)], [claim(0, inquiry=1), claim(1)], None),
        ([entry(2, 8, minutes=1), entry(1)], [claim(0)], "2"),
        ([entry(1)], [claim(0, inquiry=9)], "1"),
    ],
    ids=[
        "claimed by its number",
        "claimed by its customer",
        "another customer's claim",
        "a claim without a customer",
        "a claim of long ago",
        "one of two, the earlier claimed",
        "one of two, the later claimed",
        "two of two",
        "the other by its number",
        "one each way",
        "a namesake",
        "a claim of another inquiry",
    ],
)
def test_what_other_deliveries_explain_is_not_taken(
    entries: list[Inquiry], claims: list[Claim], expected: str | None
) -> None:
    assert found(entries, claims) == expected
    assert found(entries[::-1], claims[::-1]) == expected


def test_a_namesake_who_was_answered_without_an_id() -> None:
    namesake = submission(2)
    answered = claim(0, customer=None, of=2)
    assert found([entry(1)], [answered], known=[(namesake, None)]) is None
    assert found([entry(1), entry(2, 8)], [answered], known=[(namesake, None)]) in ("1", "2")


def test_a_customer_whom_somebody_has_merged_into_another() -> None:
    """The delivery named customer 7; the list names the one who is left over."""
    assert found([entry(1, 8)], [claim(0, 7, of=2)], known=[(submission(2), 7)]) is None


def test_a_long_list() -> None:
    """With a look at every entry for every delivery it would not end."""
    count = 100_000
    entries = [entry(n, n % 20_000, f"Name {n}", minutes=-n / 20) for n in range(count)]
    claims = [claim(-n / 20, n % 20_000) for n in range(1, count)]
    left, lost = pair(entries, claims, EXACT)
    assert ([e.inquiry_id for e in left], lost) == ([0], [])


# -- by customers whom we know -----------------------------------------------------------------


def test_a_customer_whom_we_know_by_another_name() -> None:
    before = submission(2, "Jana Svobodová", email="Visitor1@example.com")
    married = entry(1, 7, "Jana Svobodová", minutes=3)
    assert found([married, FOREIGN], known=[(before, 7)]) == "1"
    assert found([married, FOREIGN], known=[(before, 8)]) is None


def test_a_namesake_whom_we_know() -> None:
    """Customer 7 has the same name, and another address."""
    assert found([entry(1, 7), FOREIGN], known=[(submission(2), 7)]) is None
    assert found([entry(1, 7), FOREIGN], known=[(submission(2), 8)]) == "1"


def test_households_in_doubt_at_the_same_time() -> None:
    """Each is recognised by its own customer, though each entry shows the name of a relative."""
    ours, theirs = attempt(), attempt(0, submission(2, "Petr Malý"))
    known = [
        (submission(3, "Eva Velká", email="visitor1@example.com"), 7),
        (submission(4, "Jan Novák", email="visitor2@example.com"), 8),
    ]
    entries = [entry(1, 7, "Eva Velká"), entry(2, 8, "Jan Novák"), FOREIGN]
    assert found(entries, others=[theirs], known=known) == "1"
    assert found(entries, others=[ours], known=known, of=theirs) == "2"
    assert found(entries[1:], others=[theirs], known=known) is None


def test_what_was_erased_says_nothing() -> None:
    nobody = submission(2, "", email=None)
    assert found([entry(1, 7), FOREIGN], known=[(nobody, 7)]) == "1"


# -- namesakes in doubt at the same time -------------------------------------------------------


def both(entries: Sequence[Inquiry], apart: float, **options: Any) -> tuple[str | None, str | None]:
    """What is found for each of two of the same name, attempted so many minutes apart."""
    one, other = attempt(), attempt(apart, submission(2))
    return found(entries, others=[other], of=one, **options), found(
        entries, others=[one], of=other, **options
    )


def test_namesakes_who_are_both_there() -> None:
    assert both([entry(1), entry(2, 8)], 0) in [("1", "2"), ("2", "1"), ("1", "1"), ("2", "2")]
    assert both([entry(1), entry(2, 8, minutes=5)], 5) == ("1", "2")


def test_namesakes_told_apart_by_time() -> None:
    assert both([entry(1)], 5) == ("1", None)
    assert both([entry(1, minutes=5)], 5) == (None, "1")


def test_namesakes_who_cannot_be_told_apart_are_sent() -> None:
    """The customer in the answer to the first says then whose the entry was."""
    assert both([entry(1)], 0) == (None, None)
    assert both([entry(1, minutes=30)], 5) == (None, None)
    one = submission()
    again = [entry(1), entry(2, minutes=2)], [claim(2, of=1)]
    namesake = attempt(0, submission(2))
    assert found(*again, known=[(one, 7)], of=namesake) is None, "it was the first one's"
    other = [entry(1, 8), entry(2, minutes=2)], [claim(2, of=1)]
    assert found(*other, known=[(one, 7)], of=namesake) == "1", "it was the second one's"


# -- under another name ------------------------------------------------------------------------


STRANGER = entry(1, 7, "Jana Svobodová", minutes=0.2)


def test_another_name_in_an_account_of_our_own() -> None:
    assert found([STRANGER]) == "1"
    mine = entry(0, 8, "Petr Malý", minutes=-60 * 24)
    assert found([STRANGER, mine], [claim(-60 * 24, 8)]) == "1"


@pytest.mark.parametrize(
    "options",
    [
        {"entries": [STRANGER, FOREIGN]},
        {"entries": [entry(1, 7, "Jana Svobodová", minutes=2)]},
        {"entries": [entry(1, 7, "Jana Svobodová", minutes=-0.5)]},
        {"entries": [STRANGER], "clock": Clock()},
        {"entries": [STRANGER], "claims": [claim(0, customer=None)]},
        {
            "entries": [STRANGER, entry(2, 8, "Petr Malý")],
            "claims": [claim(0, customer=None)],
            "known": [(submission(99, "Petr Malý"), None)],
        },
        {"entries": [STRANGER], "others": [attempt(0, submission(2, "Petr Malý"))]},
        {"entries": [STRANGER], "known": [(submission(2), 7)]},
        {
            "entries": [STRANGER],
            "others": [attempt(-30, submission(2, "Jana Svobodová"), unknown=False)],
        },
    ],
    ids=[
        "others use it too",
        "too late",
        "too early",
        "no clock",
        "an answer without an id",
        "an answer without an id, and an entry that need not be its own",
        "two in doubt",
        "a customer whom we know",
        "refused, and perhaps stored",
    ],
)
def test_another_name_that_may_be_somebody_else(options: dict[str, Any]) -> None:
    assert found(**options) is None


def test_several_under_other_names_are_sent() -> None:
    """The other may have come twice, or ours not at all."""
    other = attempt(0, submission(2, "Petr Malý"))
    entries = [STRANGER, entry(2, 8, "P. M.")]
    assert found(entries, others=[other]) is None
    assert found([STRANGER, entry(2, 8, "Petr Malý")], others=[other]) == "1"


def test_whose_entry_it_is_is_said_only_where_it_cannot_be_anothers() -> None:
    """Else a namesake's customer would be taken for ours ever after."""

    def told(*entries: Inquiry) -> Delivered | None:
        context = LookupContext(attempt(), [attempt(0, submission(2))], [], lambda *_: [])
        return look_up(Listing(list(entries), Clock(timedelta(0), timedelta(0))), context, LOOKUPS)

    assert told(entry(1), entry(2, 8)) == Delivered(None, "1")
    lonely = LookupContext(attempt(), [], [], lambda *_: [])
    listing = Listing([entry(1)], Clock(timedelta(0), timedelta(0)))
    assert look_up(listing, lonely, LOOKUPS) == Delivered("7", "1")


def test_an_earlier_attempt_of_a_lead_whose_customer_nobody_knows() -> None:
    """Its entry is not taken for another's, whomever it is of."""
    entries = [entry(1, minutes=-0.1), entry(2, minutes=-0.05)]
    again = claim(0, customer=None, inquiry=2, doubted=-0.2)
    assert found(entries, [claim(0, customer=None, inquiry=2)]) == "1"
    assert found(entries, [again]) is None


def repeated(**lead: Any) -> dict[str, Any]:
    """Another lead, attempted twice, of which the CRM has not said whose it is."""
    return {
        "claims": [claim(1, customer=None, doubted=-0.5)],
        "known": [(submission(99, **{"name": "Petr Malý", **lead}), None)],
    }


@pytest.mark.parametrize(
    ("listed", "options", "expected"),
    [
        ([entry(1)], repeated(), "1"),
        ([entry(1, name="Eva Velká")], repeated(), None),
        ([entry(1)], repeated(name="Jana Nováková"), None),
        ([entry(1)], repeated(email="visitor1@example.com"), None),
        ([entry(1)], repeated(name="", email=None), None),
    ],
    ids=["a stranger", "another name", "a namesake", "a relative", "erased"],
)
def test_what_another_lead_may_have_left_is_only_what_it_could_have_left(
    listed: list[Inquiry], options: dict[str, Any], expected: str | None
) -> None:
    """Its own entry came last, and shows another name than the one that it was sent with."""
    own = entry(2, 8, "P. M.", minutes=1)
    assert found([own, *listed], **options) == expected


@pytest.mark.parametrize(
    ("relative_of", "expected"), [("visitor1@example.com", "1"), ("visitor99@example.com", None)]
)
def test_what_another_lead_may_have_left_by_customers_whom_we_know(
    relative_of: str, expected: str | None
) -> None:
    """The name, of a relative, says nothing."""
    options = repeated()
    options["known"].append((submission(98, "Eva Velká", email=relative_of), 7))
    own = entry(2, 8, "Petr Malý", minutes=1)
    assert found([own, entry(1, name="Eva Velká")], **options) == expected


# -- a list that is behind ---------------------------------------------------------------------


def test_a_list_that_lacks_what_was_confirmed_is_waited_for() -> None:
    elsewhere = entry(5, 5, "Petr Malý", minutes=-90)
    with pytest.raises(DeliveryError, match="not complete") as caught:
        found([elsewhere], [claim(-90, 5), claim(1, 8)])
    assert not caught.value.permanent
    with pytest.raises(DeliveryError, match="not complete"):
        found([], [claim(-1, 8)])
    assert found([elsewhere], [claim(-90, 5), claim(-200, 8)]) is None
    assert found([elsewhere], [claim(-90, 5), claim(1, None)]) is None


def test_answers_that_name_no_customer_of_the_list() -> None:
    assert found([entry(5, 5, "Petr Malý", -90)], [claim(-90, 12005), claim(1, 12008)]) is None


# -- a small world -----------------------------------------------------------------------------


class Visit(NamedTuple):
    """An enquiry and what becomes of its attempts; the next one is answered as it should be."""

    name: int
    email: int
    phone: int
    pause: float
    outcomes: tuple[str, ...] = ()


NAMES = ("Jan Novák", "Jana Nováková", "Petr Malý", "Eva Velká")


class Desk:
    """What the courier does, with the sandbox's memory for a CRM and a clock that can be moved."""

    def __init__(self, ahead: timedelta) -> None:
        self.now = NOW - timedelta(days=1)
        self.ahead = ahead
        self.crm = Crm(("x", "x"), {}, {}, {}, (), lambda: self.now + self.ahead)
        self.claims: list[Claim] = []
        self.attempts: dict[UUID, OpenAttempt] = {}
        self.doubted: set[UUID] = set()  # at any time
        self.outcomes: dict[UUID, list[str]] = {}
        self.sent: dict[UUID, Submission] = {}
        self.customers: dict[UUID, set[str]] = {}

    def visit(self, visit: Visit) -> None:
        self.now += timedelta(seconds=visit.pause)
        number = len(self.sent) + 1
        new = submission(
            number,
            NAMES[visit.name],
            email=f"{visit.email}@example.com",
            phone=f"+42077712345{visit.phone}" if visit.phone else None,
        )
        self.outcomes[new.id] = list(visit.outcomes)
        for one in [
            d.submission for d in self.attempts.values() if alike(new.lead, d.submission.lead)
        ]:
            self.clear_up(one.id)
        self.send(new)

    def send(self, one: Submission) -> None:
        self.sent[one.id] = one
        outcomes = self.outcomes[one.id]
        outcome = outcomes.pop(0) if outcomes else "answered"
        before, attempted = self.attempts.pop(one.id, None), self.now
        customer = None
        if outcome != "not stored":
            given = {
                "login": "x",
                "password": "x",
                "name": one.lead.first_name,
                "surname": one.lead.last_name,
                "email": one.lead.email or "",
                "note": str(one.id),
            }
            given |= {"phone": one.lead.phone} if one.lead.phone else {}
            customer = str(self.crm.call("create-lead", list(given.items())))
        self.now += timedelta(seconds=0.3)
        if outcome in ("answered", "answered without an id"):
            customer = customer if outcome == "answered" else None
            self._delivered(one, customer, None, before.first if before else None)
        else:
            self.doubted.add(one.id)
            self.attempts[one.id] = OpenAttempt(
                one, before.first if before else attempted, attempted
            )

    def _delivered(
        self, one: Submission, customer: str | None, inquiry: str | None, doubted: datetime | None
    ) -> None:
        self.claims.append(Claim(self.now, customer, inquiry, one.id, doubted))
        if customer:
            self.customers.setdefault(one.id, set()).add(customer)

    def clear_up(self, one: UUID) -> None:
        """Look it up, and send it if it is not found, until it is delivered."""
        while own := self.attempts.get(one):
            self.now += timedelta(seconds=LOOKUPS.patience)
            entries = self.crm.call("list-leads", [("login", "x"), ("password", "x")])
            inquiries = msgspec.convert(entries, list[Inquiry])
            others = [d for d in self.attempts.values() if d is not own]
            context = LookupContext(own, others, self.claims, self._history)
            clock = Clock(self.ahead, timedelta(seconds=0.6))
            if result := look_up(Listing(inquiries, clock), context, LOOKUPS):
                del self.attempts[one]
                doubted = own.first if own.first != own.last else None
                self._delivered(own.submission, result.customer_id, result.inquiry_id, doubted)
            else:
                self.send(own.submission)

    def _history(
        self,
        told: Collection[str],
        customers: Collection[str],
        submissions: Collection[UUID | None],
    ) -> list[PersonHistory]:
        return [
            PersonHistory(one.id, [one.lead], self.customers.get(one.id, set()))
            for one in self.sent.values()
            if one.id in submissions
            or one.lead.contacts & set(told)
            or self.customers.get(one.id, set()) & set(customers)
        ]

    def stored(self) -> Counter[str]:
        return Counter(lead.parameters["note"] for lead in self.crm.leads)


def visits(phones: int = 2, *more: str) -> st.SearchStrategy[list[Visit]]:
    """`more`: what else may become of an attempt."""
    visit = st.builds(
        Visit,
        name=st.integers(0, len(NAMES) - 1),
        email=st.integers(0, 3),
        phone=st.integers(0, phones),
        pause=st.sampled_from([0.0, 0.0, 1.0, 20.0, 600.0]),
        outcomes=st.lists(st.sampled_from(["stored", "not stored", *more]), max_size=3).map(tuple),
    )
    return st.lists(visit, min_size=1, max_size=10)


aheads = st.sampled_from([-40.0, -7.0, 0.0, 7.0, 40.0]).map(lambda m: timedelta(minutes=m))


@given(visits(phones=0), aheads)
def test_each_exactly_once_among_namesakes_and_families(
    visits: list[Visit], ahead: timedelta
) -> None:
    desk = Desk(ahead)
    for visit in visits:
        desk.visit(visit)
    for one in list(desk.attempts):
        desk.clear_up(one)
    assert desk.stored() == {str(one): 1 for one in desk.sent}


UNTOLD = "answered without an id"


@given(visits(0, UNTOLD), aheads)
@example(
    [Visit(1, 1, 0, 0.0, ("not stored", UNTOLD)), Visit(0, 0, 0, 0.0, ("stored",))],
    timedelta(),
).via("two strangers in doubt")
@example(
    [
        Visit(1, 1, 0, 0.0),
        Visit(0, 1, 0, 0.0, (UNTOLD,)),
        Visit(0, 0, 0, 0.0, ("stored",)),
        Visit(1, 0, 0, 0.0, ("stored",)),
    ],
    timedelta(),
).via("an untold lead's own household explains it")
@example(
    [
        Visit(1, 1, 0, 0.0),
        Visit(0, 1, 0, 0.0, ("stored",)),
        Visit(1, 0, 0, 0.0, (UNTOLD,)),
        Visit(1, 0, 0, 0.0, ("not stored",)),
        Visit(1, 0, 0, 0.0),
    ],
    timedelta(),
).via("what was delivered before what may have been")
@example(
    [
        Visit(0, 0, 0, 0.0),
        Visit(0, 0, 0, 0.0),
        Visit(2, 2, 0, 0.0, (UNTOLD,)),
        Visit(0, 2, 0, 0.0, ("stored",)),
        Visit(1, 3, 0, 0.0, (UNTOLD,)),
        Visit(2, 1, 0, 0.0, ("stored",)),
        Visit(0, 0, 0, 0.0, ("not stored",)),
        Visit(2, 3, 0, 0.0, (UNTOLD,)),
    ],
    timedelta(),
).via("an untold lead that was given another's entry, while its own shows another name")
def test_each_exactly_once_beside_leads_of_which_nobody_says_whose_they_are(
    visits: list[Visit], ahead: timedelta
) -> None:
    """But for those whose entry could be the other's."""
    desk = Desk(ahead)
    for visit in visits:
        desk.visit(visit)
    for one in list(desk.attempts):
        desk.clear_up(one)
    told = [claim.submission for claim in desk.claims if claim.customer_id or claim.inquiry_id]
    untold = [one for one in desk.sent.values() if one.id not in told]
    relatives = Relatives(one.lead for one in desk.sent.values())
    doubted = [desk.sent[one].lead for one in desk.doubted]
    stored = desk.stored()
    for one in desk.sent.values():
        others = [other.lead for other in untold if other is not one]
        if not any(cannot_be_told(one.lead, other, relatives, doubted) for other in others):
            assert stored[str(one.id)] == 1, one


@given(visits(), aheads, st.booleans())
def test_none_is_missing_among_customers_known_by_other_names(
    visits: list[Visit], ahead: timedelta, shared: bool
) -> None:
    desk = Desk(ahead)
    for number in range(3):
        desk.crm.enter_customer(f"Formerly {'ABC'[number]}", email=f"{number}@example.com")
    if shared:
        foreign = {"name": "A", "surname": "B", "email": "foreign@example.com", "note": "foreign"}
        desk.crm.call("create-lead", [("login", "x"), ("password", "x"), *foreign.items()])
        desk.now += timedelta(minutes=10)
    for visit in visits:
        desk.visit(visit)
    for one in list(desk.attempts):
        desk.clear_up(one)
    assert all(desk.stored()[str(one)] >= 1 for one in desk.sent)


@given(visits(), aheads)
def test_each_exactly_once_when_one_is_in_doubt_at_a_time(
    visits: list[Visit], ahead: timedelta
) -> None:
    """Also customers whom Realpad knows by other names, in an account of our own."""
    desk = Desk(ahead)
    for number in range(3):
        desk.crm.enter_customer(f"Formerly {'ABC'[number]}", email=f"{number}@example.com")
    for visit in visits:
        desk.visit(visit)
        for one in list(desk.attempts):
            desk.clear_up(one)
    assert desk.stored() == {str(one): 1 for one in desk.sent}
