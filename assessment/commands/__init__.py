"""The `flask` commands: the same core, from files instead of forms; one module for each subject.

A file that cannot be used gets one line on stderr that names place, fault and remedy, and exit code 2.
What a command needs is imported when it runs: `diagnose` loads neither the database nor the web.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from assessment.commands import (
    auditing,
    comparing,
    content,
    demo,
    diagnosing,
    exporting,
    instruments,
    mailing,
    people,
    purging,
    records,
    rescoring,
    sample,
    verifying,
)

# These start without the site: they work on files alone, or open nothing but the database; and they work
# while pages or settings of the site are broken.
ON_FILES = frozenset(
    (
        "diagnose report compare rescore verify content instrument purge sample people audit mail records"
    ).split()
)
ON_SITE = frozenset({("content", "export")})  # of those groups, what needs the whole site
VALUED_OPTIONS = frozenset({"-A", "--app", "-e", "--env-file"})


def works_on_files(arguments: Sequence[str]) -> bool:
    """Does this command line of `flask` name a command that needs no site?"""
    words, named = iter(arguments), list[str]()
    for word in words:
        if word in VALUED_OPTIONS and not named:
            next(words, None)
        elif not word.startswith("-"):
            named.append(word)
    return bool(named) and named[0] in ON_FILES and tuple(named[:2]) not in ON_SITE


def init_app(app: Flask) -> None:
    """Add the commands to an application."""
    app.cli.add_command(diagnosing.diagnose)
    app.cli.add_command(diagnosing.report)
    app.cli.add_command(comparing.compare)
    app.cli.add_command(rescoring.rescore)
    app.cli.add_command(verifying.verify)
    app.cli.add_command(purging.purge)
    app.cli.add_command(content.group)
    content.group.add_command(exporting.export)
    app.cli.add_command(instruments.group)
    app.cli.add_command(sample.group)
    app.cli.add_command(people.group)
    app.cli.add_command(auditing.group)
    app.cli.add_command(mailing.group)
    app.cli.add_command(records.group)
    app.cli.add_command(demo.demo)
