"""What guessing at passwords of the desk comes to, and whether its time tells which accounts there are.

    python benchmarks/guesses.py [--guesses 10000] [--rounds 500]

Every request goes through the whole site to a database on the disk. First one account is guessed at from a
thousand addresses, by eight at once; then its owner signs in, in a browser that is known and in one that is
not. Then a thousand accounts are tried from one address. Last, wrong passwords for accounts that there are
and that there are not, in turns, in an order drawn anew for each pair; before each, what was counted is
forgotten, so that every one is checked.
"""

from __future__ import annotations

import argparse
import logging
import random
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import delete

from assessment.app import create_app
from assessment.settings import read_settings
from assessment.store import db
from assessment.store.database import writing
from assessment.store.sales import guesses, people
from assessment.store.sales.models import Guess

PASSWORD = "a long sentence that nobody says"  # noqa: S105 of accounts that end with this script
OWNER = "owner@example.org"
KNOWN = 50  # accounts, as many as a desk may have
SOURCES, AT_ONCE, SPRAYED = 1_000, 8, 1_000
GOAL = 0.10  # of the median


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--guesses", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=500)
    arguments = parser.parse_args()
    logging.getLogger(people.__name__).setLevel(logging.ERROR)  # a line for each refusal is not for here
    with TemporaryDirectory() as folder:
        app = create_app(read_settings({"SECRET_KEY": "k" * 40}, instance=Path(folder)))
        with app.app_context():
            upgrade()
            for email in (OWNER, *(known(n) for n in range(KNOWN))):
                people.add(email=email, name="Somebody", role="sales", password=PASSWORD, by="command")
        told = (at_one_account(app, arguments.guesses), from_one_address(app), gap(app, arguments.rounds))
        with app.app_context():
            db.engine.dispose()
    print("\n".join(told))  # noqa: T201 it prints lines


def at_one_account(app: Flask, count: int) -> str:
    """Guess at one account from many addresses, then let its owner in; say how that went."""
    owner = app.test_client()
    assert sign_in(owner, OWNER, PASSWORD, "192.0.2.1") == 303  # noqa: S101 from now on it is known
    began = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as strangers:
        sent = strangers.map(
            lambda n: sign_in(app.test_client(), OWNER, f"wrong {n}", source(n)), range(count)
        )
        answers = Counter(sent)
        took = time.perf_counter() - began
    let_in = sign_in(owner, OWNER, PASSWORD, source(1))
    elsewhere = sign_in(app.test_client(), OWNER, PASSWORD, "192.0.2.1")
    return (
        f"{count:,} guesses at one account in {took:.0f} s: {answers[422]} checked (at most "
        f"{guesses.OF_ACCOUNT}), {answers[429]:,} answered 429; afterwards its owner in a known browser: "
        f"{let_in}, in another: {elsewhere}"
    )


def from_one_address(app: Flask) -> str:
    """Try one password at many accounts from one address."""
    forget(app)
    answers = Counter(
        sign_in(app.test_client(), f"person{n}@example.org", "wrong", "192.0.2.9") for n in range(SPRAYED)
    )
    return f"{SPRAYED:,} accounts from one address: {answers[422]} checked (at most {guesses.OF_SOURCE})"


def gap(app: Flask, rounds: int) -> str:
    """Compare how long a wrong password takes where there is such an account, and where there is none."""
    chance, times = random.Random(1), {"known": list[float](), "unknown": list[float]()}  # noqa: S311 an order
    for n in range(rounds + 10):
        pair = [("known", known(n % KNOWN)), ("unknown", f"nobody{n:02}@example.org")]
        for kind, email in chance.sample(pair, 2):
            forget(app)
            client = app.test_client()
            began = time.perf_counter()
            status = sign_in(client, email, "wrong", source(n))
            seconds = time.perf_counter() - began
            assert status == 422  # noqa: S101 it was checked
            if n >= 10:  # what is first made when it is needed is made by now
                times[kind].append(seconds)
    middle = {kind: statistics.median(each) for kind, each in times.items()}
    apart = abs(middle["known"] - middle["unknown"]) / middle["known"]
    told = ", ".join(f"{kind} {1000 * each:.2f} ms" for kind, each in middle.items())
    return f"{rounds} + {rounds} wrong passwords, medians: {told}: {apart:.1%} apart (goal: {GOAL:.0%})"


def sign_in(client: FlaskClient, email: str, password: str, address: str) -> int:
    """Return the status of one try to sign in from an address."""
    said = {"email": email, "password": password}
    headers = {"Sec-Fetch-Site": "same-origin"}
    return client.post(
        "/sales/sign-in", data=said, headers=headers, environ_base={"REMOTE_ADDR": address}
    ).status_code


def forget(app: Flask) -> None:
    """Forget what was counted so far."""
    with app.app_context(), writing() as connection:
        connection.execute(delete(Guess))


def known(number: int) -> str:
    return f"person{number:02}@example.org"


def source(number: int) -> str:
    return f"198.51.{number % SOURCES // 250}.{number % 250 + 1}"


if __name__ == "__main__":
    main()
