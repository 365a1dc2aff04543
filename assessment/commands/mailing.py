"""What becomes of mails, as other mail servers tell it."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from assessment.commands import files

group = AppGroup("mail", help="Note what became of mails.")


@group.command("bounced", with_appcontext=False)
@click.argument("names", metavar="FILE...", nargs=-1, required=True)
def bounced(names: tuple[str, ...]) -> None:
    """Note which letters of the desk came back, from the notices of mail servers (RFC 3464).

    FILE holds one message as it arrived at the address of MAIL_FROM; "-" reads it from stdin. Exit code 1
    where one of them returns no letter.
    """
    from assessment.bounces import LARGEST, bounce

    found = {
        name: bounce(_stdin() if name == "-" else files.bytes_of(name, LARGEST, "a message", "as it came"))
        for name in names
    }
    is_all = True
    with files.memory("mail"):
        from assessment.store.sales import letters

        for name, each in found.items():
            if each and letters.bounced(each.name, each.reason):
                click.echo(f"{name}: letter {each.name} came back: {each.reason}")
            else:
                click.echo(f"{name}: returns no letter of this site")
                is_all = False
    if not is_all:
        raise SystemExit(1)


def _stdin() -> bytes:
    from assessment.bounces import LARGEST

    return sys.stdin.buffer.read(LARGEST)
