"""`crm users`: what a CRM says of itself."""

import click

from frontdesk.cli.operator import Command, Operator, pass_operator
from frontdesk.cli.printing import print_json, print_table
from frontdesk.operations import accounts


@click.group()
def crm() -> None:
    """What a CRM says of itself."""


@crm.command(cls=Command)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a user.")
@pass_operator
def users(operator: Operator, *, as_json: bool) -> None:
    """List who can get a lead, for `assign_to` and `salesmen`."""
    rows = accounts.users(operator.settings)
    if as_json:
        for destination, identity, user in rows:
            print_json({"destination": destination, "id": identity, "name": user})
    else:
        print_table(("destination", "id", "name"), rows)
