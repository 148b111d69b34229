"""The commands by their names, each imported when it is called: most need little of the house."""

from collections.abc import Mapping
from pkgutil import resolve_name
from typing import Any, NamedTuple

import click

from frontdesk.cli.printing import bear_any_text, unwritable_told


class Entry(NamedTuple):
    """Where a command is, as `module:attribute`, and what its help begins with."""

    where: str
    help: str


COMMANDS = {
    "amend": Entry(
        "frontdesk.cli.amend:command",
        "Correct a lead, for example: amend 3f2c email=jana@example.com rooms=2+kk,3+kk",
    ),
    "check": Entry(
        "frontdesk.cli.check:check",
        "Check the configuration, the journal, the captcha and every CRM account.",
    ),
    "consents": Entry(
        "frontdesk.cli.consents:consents", "The consent types of the CRM, and their revocation."
    ),
    "courier": Entry(
        "frontdesk.cli.courier:courier",
        'Deliver in a process of its own (with `delivery.courier = "apart"`).',
    ),
    "crm": Entry("frontdesk.cli.crm:crm", "What a CRM says of itself."),
    "export": Entry(
        "frontdesk.cli.export:export",
        "Write submissions as CSV for a spreadsheet, or as JSON Lines.",
    ),
    "inbox": Entry("frontdesk.cli.inbox:inbox", "Look after the pages for operators."),
    "journal": Entry("frontdesk.cli.journal:journal", "Look after the journal."),
    "key": Entry("frontdesk.cli.key:key", "Let programs of yours send enquiries."),
    "log": Entry("frontdesk.cli.log:log", "List submissions and revocations, oldest first."),
    "note": Entry(
        "frontdesk.cli.note:command",
        "Write a note about a submission or a revocation: note 3f2c called back, wants a cellar",
    ),
    "notify": Entry(
        "frontdesk.cli.notify:notify",
        "Send a test message to everybody in `notify.urls`; exits with 1 if one does not take it.",
    ),
    "person": Entry(
        "frontdesk.cli.person:person",
        "Show, export or erase what the journal holds about a person.",
    ),
    "prune": Entry(
        "frontdesk.cli.prune:prune",
        "Remove whole days of the journal in which everything is settled.",
    ),
    "release": Entry(
        "frontdesk.cli.release:release", "Let held submissions go to the CRM, or discard them."
    ),
    "replay": Entry(
        "frontdesk.cli.replay:replay",
        "Send submissions again: by id, state, form, time or from another machine's journal.",
    ),
    "show": Entry(
        "frontdesk.cli.show:show",
        "Show a submission, or a revocation, and all that happened to it.",
    ),
    "status": Entry(
        "frontdesk.cli.status:status_command",
        "Show accounts, the outbox, and what waits for a person; exits with 1 if something does.",
    ),
    "verify": Entry(
        "frontdesk.cli.verify:verify",
        "Compare what was delivered with what the CRM lists, as far as its list goes back.",
    ),
}
# What `frontdesk` has and `flask frontdesk` has not, since there the site is a host's own.
ALONE = {
    "demo": Entry(
        "frontdesk.sandbox.demo.command:demo",
        "Show the forms of a made-up housing project at work, with a CRM to deliver to.",
    ),
    "reload": Entry(
        "frontdesk.cli.reload:reload",
        "Have what runs take the configuration as it is now, without a dropped request.",
    ),
    "serve": Entry(
        "frontdesk.cli.serve:serve", "Serve the forms and the inbox with a production server."
    ),
}


class Group(click.Group):
    """The root of our commands, which knows them by a table of entries."""

    def __init__(self, *args: Any, table: Mapping[str, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = table

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        bear_any_text()  # before anything is said, even `--help`
        with unwritable_told():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with unwritable_told():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self.table.get(cmd_name)
        command: click.Command | None = resolve_name(entry.where) if entry else None
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self.table[name].help) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
