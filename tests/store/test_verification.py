"""What whoever holds a report may be told: by whom it was signed, and what has become of it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select, update

from assessment.jobs import BackRoom
from assessment.seal import Signer, is_signed
from assessment.store import assessments, db, keys, outbox, removal, reports, signatures, verification
from assessment.store.database import writing
from assessment.store.models import AssessmentKey, Following, Report, ReportFile
from assessment.store.removal import Periods
from assessment.store.secret import new_code
from assessment.store.verification import Issued, Known, as_code
from tests.store.conftest import an_assessment, finish

DIAGNOSIS = b'{"a":1}\n'
PDF = b"%PDF-1.7 made"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def a_report(diagnosis: bytes = DIAGNOSIS) -> str:
    """Return the code of a report with its paper."""
    report_id = finish(an_assessment().assessment_id, diagnosis)
    owed = outbox.take("render", lease_s=30)
    assert owed is not None
    outbox.done(owed, PDF + report_id.encode())
    return reports.load(report_id).code


def found(code: str) -> Issued:
    issued = verification.find(code)
    assert issued is not None
    return issued


def paper_of(code: str) -> bytes:
    with writing() as connection:
        report_id = connection.execute(select(Report.id).where(Report.code == code)).scalar_one()
    return PDF + report_id.encode()


def withdraw(code: str) -> None:
    with writing() as connection:
        assessment_id = connection.execute(
            select(Report.assessment_id).where(Report.code == code)
        ).scalar_one()
    assert assessments.delete(assessment_id)


def sign_with(memory: Flask, secret: bytes) -> None:
    """Have the site sign with another key from now on."""
    memory.extensions["signer"] = Signer(secret)


# --- signatures -----------------------------------------------------------------------------------------


def test_a_report_is_signed_with_a_key_of_its_own_in_the_moment_it_is_frozen(memory: Flask) -> None:
    issued = found(a_report())

    assert issued.signature
    assert issued.public
    assert is_signed(DIAGNOSIS, issued.signature.bytes, issued.public)
    assert issued.signature.key_id == signatures.signer().id
    assert issued.instrument_key == "execution-integrity/1.0.0"


def test_what_cannot_be_signed_is_not_frozen_either(memory: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(Signer):
        def sign(self, data: bytes) -> bytes:
            raise OSError("the key cannot be reached")

    memory.extensions["signer"] = Broken(b"a secret that is long enough for tests")
    started = an_assessment()

    with pytest.raises(OSError, match="cannot be reached"):
        finish(started.assessment_id)

    held = assessments.held(started.assessment_id, by="a holder")
    assert held is not None
    assert held.report_id is None
    assert outbox.take("render", lease_s=30) is None


def test_what_an_older_key_signed_stays_verifiable_when_another_signs(memory: Flask) -> None:
    older = a_report()
    before = found(older)
    sign_with(memory, b"the secret that is set from now on, long")
    newer = found(a_report(b'{"b":2}\n'))

    after = found(older)

    assert after == before
    assert after.signature
    assert newer.signature
    assert after.public
    assert newer.signature.key_id != after.signature.key_id
    assert is_signed(DIAGNOSIS, after.signature.bytes, after.public)
    assert verification.public_key(after.signature.key_id) == after.public
    assert verification.public_key("0" * 16) is None


def test_signing_key_is_taken_where_it_is_set_and_nothing_else_follows_from_it(memory: Flask) -> None:
    own = b"a key for signing alone, long enough"
    memory.config["SIGNING_KEY"] = own
    signatures.init_app(memory)

    assert signatures.signer().id == Signer(own).id
    assert signatures.signer().id != Signer(memory.config["SECRET_KEY"]).id


def test_reports_of_before_are_signed_once_and_those_that_were_changed_never(memory: Flask) -> None:
    older, changed, newer = a_report(), a_report(b'{"b":2}\n'), a_report(b'{"c":3}\n')
    with writing() as connection:
        bare = update(Report).where(Report.code.in_([older, changed]))
        connection.execute(bare.values(signature=None, signing_key=None))
        connection.execute(update(Report).where(Report.code == changed).values(sha256="ab" * 32))
    before = found(newer)

    assert verification.sign_older() == 1
    assert verification.sign_older() == 0

    issued = found(older)
    assert issued.signature
    assert issued.public
    assert is_signed(DIAGNOSIS, issued.signature.bytes, issued.public)
    assert found(changed).signature is None
    assert found(newer) == before


def test_the_back_room_signs_reports_of_before_when_it_begins(memory: Flask) -> None:
    code = a_report()
    with writing() as connection:
        connection.execute(update(Report).values(signature=None, signing_key=None))

    BackRoom(memory, lambda _: PDF).purge(datetime.now(UTC))

    assert found(code).signature is not None


def test_the_signatures_of_a_report_are_those_of_its_result_and_of_its_papers(memory: Flask) -> None:
    code = a_report()
    public = signatures.signer().public

    of_result, of_paper = verification.signatures_of(code)

    assert (of_result.of, of_result.sha256) == ("result", sha256(DIAGNOSIS))
    assert is_signed(DIAGNOSIS, of_result.bytes, public)
    assert (of_paper.of, of_paper.sha256) == ("pdf", sha256(paper_of(code)))
    assert is_signed(paper_of(code), of_paper.bytes, public)


# --- files ----------------------------------------------------------------------------------------------


def test_a_paper_is_known_after_retention_has_removed_it(memory: Flask) -> None:
    code = a_report()
    periods = Periods(timedelta(days=90), timedelta(days=365), timedelta(hours=24))

    removed = removal.purge(datetime.now(UTC) + timedelta(hours=25), periods)

    assert removed.papers == 1
    with writing() as connection:
        assert connection.execute(select(ReportFile.report_id)).first() is None
    assert verification.known(sha256(paper_of(code))) == Known(code, "pdf")


def test_a_paper_of_another_layout_has_genuine_figures(memory: Flask) -> None:
    code = a_report()
    with writing() as connection:
        report_id = connection.execute(select(Report.id).where(Report.code == code)).scalar_one()
        signatures.note_pdf(connection, report_id, "letter", b"%PDF-1.7 letter", datetime.now(UTC))

    assert verification.known(sha256(b"%PDF-1.7 letter")) == Known(code, "layout")


def test_files_are_known_by_their_hash_and_others_are_not(memory: Flask) -> None:
    code = a_report()

    assert verification.known(sha256(DIAGNOSIS)) == Known(code, "result")
    assert verification.known(sha256(b"written otherwise"), sha256(DIAGNOSIS)) == Known(code, "figures")
    assert verification.known(sha256(b"anything"), sha256(b"else")) is None
    assert verification.known("", "") is None


def test_of_reports_with_the_same_result_the_one_that_is_asked_for_is_named(memory: Flask) -> None:
    codes = [a_report(), a_report()]

    for code in codes:
        assert verification.known(sha256(DIAGNOSIS), code=code) == Known(code, "result")


# --- what becomes of a report ---------------------------------------------------------------------------


def test_of_a_withdrawn_report_code_hash_and_dates_are_left_and_nothing_else(memory: Flask) -> None:
    code = a_report()
    before, paper = found(code), paper_of(code)
    withdraw(code)

    issued = found(code)

    assert issued == Issued(
        code, before.sha256, before.created_at, is_withdrawn=True, withdrawn_at=issued.withdrawn_at
    )
    assert issued.withdrawn_at is not None
    assert verification.signatures_of(code) == []
    assert verification.known(sha256(paper)) is None
    assert verification.known(sha256(DIAGNOSIS)) == Known(code, "result")
    with db.engine.connect() as connection:
        tables = ("report", "report_file", "issued_pdf")
        left = [connection.exec_driver_sql(f"SELECT * FROM {name}").first() for name in tables]  # noqa: S608
    assert left == [None] * 3


def test_from_the_moment_its_key_is_gone_a_report_is_withdrawn(memory: Flask) -> None:
    code = a_report()
    with writing() as connection:  # what a crash leaves between the two steps of a removal
        connection.execute(delete(AssessmentKey))
    keys.keyring().forget(an_assessment().assessment_id)

    issued = found(code)

    assert (issued.is_withdrawn, issued.withdrawn_at) == (True, None)
    assert (issued.signature, issued.instrument_key) == (None, "")
    assert verification.signatures_of(code) == []
    assert verification.known(sha256(paper_of(code))) is None


def test_a_report_is_superseded_for_as_long_as_the_later_one_is_there(memory: Flask) -> None:
    earlier, later = a_report(), a_report(b'{"b":2}\n')
    with writing() as connection:
        of = {
            code: select(Report.assessment_id).where(Report.code == code).scalar_subquery()
            for code in (earlier, later)
        }
        connection.execute(insert(Following).values(assessment_id=of[later], earlier_id=of[earlier]))

    assert found(earlier).superseded_at == found(later).created_at
    assert found(later).superseded_at is None

    with writing() as connection:  # its key alone is gone: it is withdrawn, and its row is about to go
        of_later = select(Report.assessment_id).where(Report.code == later).scalar_subquery()
        connection.execute(delete(AssessmentKey).where(AssessmentKey.assessment_id == of_later))
    assert found(earlier).superseded_at is None

    removal.sweep_out()

    assert found(earlier).superseded_at is None


# --- codes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["EI-7F3K-92QD", " ei 7f3k 92qd", "ei7f3k92qd", "EI\u20137F3K\u201392QD"])
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert as_code(typed) == "EI-7F3K-92QD"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "7F3K92QD",
        "EI-7F3K-92Q",
        "EI-7F3K-92Q0",
        "E1-7F3K-92QD",
        "x" * 9000,
        "\x00",
        "\u0415\u0406-7F3K-92QD",
    ],
)
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert as_code(typed) == ""


@pytest.mark.parametrize("name", ["good-bread", "a", "team-2-work", "a-b-c-d-e-f-g-h", "bread--", "x-9"])
def test_every_code_that_is_given_out_can_be_typed(name: str) -> None:
    code = new_code(f"{name}/1.0.0")

    assert as_code(code) == code
    assert len(code) <= 16


def test_there_is_nothing_to_know_of_a_code_that_never_was(memory: Flask) -> None:
    assert verification.find("EI-2222-2222") is None
    assert verification.signatures_of("EI-2222-2222") == []
