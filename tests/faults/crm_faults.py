"""What a CRM does wrong, by name."""

import random
from functools import partial
from typing import Final

from tests.faults.crms import Requests
from tests.faults.fault import Fault
from tests.faults.running import Running
from tests.support import calls, fault

REVOKE = "revoke-customer-consent"
HANG = 1.0  # seconds: longer than `read_timeout`, shorter than `retry_first`


def _asked(endpoint: str, world: Running, before: Requests) -> bool:
    return any(asked == endpoint for asked, _ in calls(world.crm)[before.crm :])


def _geeks_asked(world: Running, before: Requests) -> bool:
    return len(calls(world.geeks)) > before.geeks


def _crm(kind: str, world: Running, chance: random.Random, **options: object) -> None:
    times = options.pop("times", None) or chance.randint(1, 3)
    fault(world.crm, kind, times=times, **options)


def _misbehaves(kind: str, **options: object) -> Fault[Running]:
    return Fault(partial(_crm, kind, **options), struck=partial(_asked, "create-lead"))


def _geeks(kind: str, **options: object) -> Fault[Running]:
    """The other CRM misbehaves."""

    def strike(world: Running, chance: random.Random) -> None:
        fault(world.geeks, kind, **{"times": chance.randint(1, 3), **options})

    return Fault(strike, struck=_geeks_asked)


def _hook_asked(world: Running, before: Requests) -> bool:
    return len(calls(world.hook)) > before.hook


def _hook(kind: str, **options: object) -> Fault[Running]:
    """The receiver of webhooks misbehaves."""

    def strike(world: Running, chance: random.Random) -> None:
        fault(world.hook, kind, **{"times": chance.randint(1, 3), **options})

    return Fault(strike, struck=_hook_asked)


def _post(**wrong: object) -> Fault[Running]:
    """The mail server misbehaves, until it was seen."""

    def strike(world: Running, _: random.Random) -> None:
        for name, value in wrong.items():
            setattr(world.box, name, value)

    def struck(world: Running, before: Requests) -> bool:
        return world.box.asked["MAIL"] > before.mail

    return Fault(strike, lambda world: world.box.mend(), struck)


def _list_fails(kind: str, **options: object) -> Fault[Running]:
    """Nobody knows what became of a lead, and the list cannot be had either."""

    def strike(world: Running, chance: random.Random) -> None:
        _crm(chance.choice(["cut_before", "cut_after"]), world, chance, times=1)
        _crm(kind, world, chance, endpoint="list-leads", **options)

    return Fault(strike, struck=partial(_asked, "list-leads"))


def _revoking(kind: str, **options: object) -> Fault[Running]:
    """Leads arrive, and revocations do not, or nobody knows."""
    strike = partial(_crm, kind, endpoint=REVOKE, **options)
    return Fault(strike, struck=partial(_asked, REVOKE))


def _absurd(world: Running, chance: random.Random) -> None:
    waits = ["-5", "soon", "9" * 400, "99999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "", "1e9"]
    _crm("rate_limit", world, chance, retry_after=chance.choice(waits))


FAULTS: Final[dict[str, Fault[Running]]] = {
    "CRM refuses connections": Fault(lambda world, _: world.close_crm(), Running.open_crm),
    "CRM hangs": _misbehaves("hang", seconds=HANG),
    "CRM hangs, stored": _misbehaves("hang_after", seconds=HANG),
    "CRM cuts": _misbehaves("cut_before"),
    "CRM cuts, stored": _misbehaves("cut_after"),
    "CRM is slow": _misbehaves("slow", seconds=0.3),
    "200 with HTML": _misbehaves("html"),
    "200 and nothing": _misbehaves("empty"),
    "201": _misbehaves("empty", status=201),
    "302": _misbehaves("status", status=302, headers={"Location": "/"}),
    "302, stored": _misbehaves("html", status=302),
    "504": _misbehaves("status", status=504),
    "504, stored": _misbehaves("html", status=504),
    "400": _misbehaves("status", status=400),
    "401 as a ban": _misbehaves("ban", seconds=2.0),
    "403": _misbehaves("status", status=403, times=1),
    "418": _misbehaves("status", status=418, times=1),
    "429": _misbehaves("rate_limit"),
    "429, Retry-After": _misbehaves("rate_limit", retry_after="1"),
    "429, absurd": Fault(_absurd, struck=partial(_asked, "create-lead")),
    "500": _misbehaves("status", status=500),
    "500 for long": _misbehaves("status", status=500, times=8),
    "Real Geeks refuses connections": Fault(
        lambda world, _: world.close_geeks(), Running.open_geeks
    ),
    "Real Geeks hangs": _geeks("hang", seconds=HANG),
    "Real Geeks hangs, stored": _geeks("hang_after", seconds=HANG),
    "Real Geeks cuts": _geeks("cut_before"),
    "Real Geeks cuts, stored": _geeks("cut_after"),
    "Real Geeks is slow": _geeks("slow", seconds=0.3),
    "Real Geeks: 401 as a ban": _geeks("ban", seconds=2.0),
    "Real Geeks: 404": _geeks("status", status=404, times=1),
    "Real Geeks: 409": _geeks("status", status=409, times=1),
    "Real Geeks: 422": _geeks("status", status=422),
    "Real Geeks: 429": _geeks("rate_limit", retry_after="1"),
    "Real Geeks: 500 for long": _geeks("status", status=500, times=8),
    "Real Geeks: 503, stored": _geeks("html", status=503),
    "webhook refuses connections": Fault(lambda world, _: world.close_hook(), Running.open_hook),
    "webhook hangs": _hook("hang", seconds=HANG),
    "webhook hangs, stored": _hook("hang_after", seconds=HANG),
    "webhook cuts": _hook("cut_before"),
    "webhook cuts, stored": _hook("cut_after"),
    "webhook: 302, stored": _hook("html", status=302),
    "webhook: 401 as a ban": _hook("ban", seconds=2.0),
    "webhook: 410": _hook("status", status=410, times=1),
    "webhook: 422": _hook("status", status=422),
    "webhook: 429": _hook("rate_limit", retry_after="1"),
    "webhook: 500 for long": _hook("status", status=500, times=8),
    "webhook: 503, stored": _hook("html", status=503),
    "mail refuses connections": Fault(lambda world, _: world.close_post(), Running.open_post),
    "mail cuts": _post(cut="before"),
    "mail cuts, taken": _post(cut="after"),
    "mail is greylisted": _post(greylisting=True),
    "mail: 421": _post(data="421 4.3.2 going down"),
    "mail: 451": _post(data="451 4.3.0 try again later"),
    "mail: 452": _post(data="452 4.2.2 the mailbox is full"),
    "mail: 554": _post(data="554 5.6.0 looks like spam"),
    "mail: 550 to the sender": _post(mail="550 5.7.1 not from you"),
    "revoking: 500": _revoking("status", status=500),
    "revoking cuts": _revoking("cut_before"),
    "revoking cuts, stored": _revoking("cut_after"),
    "revoking hangs, stored": _revoking("hang_after", seconds=HANG),
    "list fails: 500": _list_fails("status", status=500),
    "list fails: HTML": _list_fails("html"),
    "list fails: nothing": _list_fails("empty"),
    "list fails: cut": _list_fails("cut_before"),
    "list fails: 403": _list_fails("status", status=403, times=1),
}
