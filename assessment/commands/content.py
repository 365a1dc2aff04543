"""Looking at the pages and terms of the site, and at the addresses that lead out of it."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask.cli import AppGroup

from assessment.commands import files

group = AppGroup("content", help="Look at the pages and terms of the site.")


@group.command("check", with_appcontext=False)
def check() -> None:
    """Check every file under content/ and tell what is wrong, with its line and remedy."""
    from assessment.content.review import review

    library = files.library()
    for warning in review(files.setting("CONTENT"), library, datetime.now(UTC).date()):
        click.echo(f"warning: {warning}", err=True)
    click.echo(
        f"Content is sound: {len(library.pages)} pages, {len(library.faq)} questions, "
        f"{len(library.terms)} terms, instruments {', '.join(library.instruments)}."
    )


@group.command("links", with_appcontext=False)
@click.option(
    "--timeout", default=10.0, metavar="S", help="Seconds to wait for each answer.", show_default=True
)
def links(timeout: float) -> None:
    """Ask every address that leads out of the site whether it still answers.

    Exit code 1 where one does not, 2 where there is no network.
    """
    from assessment.commands.asking import State, ask_all
    from assessment.content.outgoing import outgoing

    places = outgoing(files.setting("CONTENT"), files.library())
    answers = sorted(ask_all(places, timeout_s=timeout), key=lambda answer: answer.url)
    if answers and all(answer.state is State.UNREACHED for answer in answers):
        raise files.UnusableFile(
            f"none of {len(answers)} addresses can be reached; run it again where there is a network"
        )
    broken = [each for each in answers if each.state in (State.BROKEN, State.UNREACHED)]
    for answer in answers:
        if answer.words:
            kind = "broken" if answer in broken else answer.state.value
            click.echo(f"{kind}: {answer.url} {answer.words}; used in {', '.join(places[answer.url])}")
    click.echo(f"{len(answers)} addresses, {len(broken)} of them broken.")
    if broken:
        raise SystemExit(1)


@group.command("pictures", with_appcontext=False)
def draw() -> None:
    """Draw the picture of each page, as the back room does when it starts: the same bytes."""
    from assessment import pictures

    folder, wanted = files.setting("INSTANCE"), pictures.cards(files.library())
    try:
        for card in wanted.values():
            pictures.keep(folder, card)
        pictures.keep_only(folder, wanted)
    except OSError as error:
        raise files.UnusableFile(f"INSTANCE: {error.strerror}; name a folder that can be written") from None
    click.echo(f"{len(wanted)} pictures in {folder / pictures.FOLDER}")
