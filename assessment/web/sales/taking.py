"""The list of the desk taken away, as CSV or XLSX: what it is narrowed to, and nothing that acts.

Organisations, invitations and owners were typed by people, and are opened by a program that takes some texts
for formulas. In CSV those are made harmless; in XLSX every cell is a text by its type. Who took the list away
is in the audit: so a file is asked for by a form.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO

import xlsxwriter
from flask import request
from werkzeug.wrappers import Response

from assessment.core.text import printable
from assessment.report.table import harmless
from assessment.store.database import writing
from assessment.store.sales import audit, listings
from assessment.store.sales.listings import Filters, Listed
from assessment.web import guard, refusals, signed
from assessment.web.sales.door import bp
from assessment.web.sales.listing import narrowing
from assessment.web.sales.naming import Names, names

MOST = 20_000  # rows of one file: some seconds
AT_ONCE = 500
COLUMNS = (
    "Code",
    "Organisation",
    "Form",
    "Band",
    "Patterns present",
    "Next step",
    "Finished",
    "Shared",
    "Owner",
    "Next date",
    "Invitation",
)
WIDTHS = (16, 30, 12, 14, 40, 30, 12, 12, 20, 12, 30)  # in characters
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.post("/diagnoses.csv")
def take_csv() -> Response:
    """Give the list as CSV (RFC 4180), in UTF-8 with a mark that says so."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in _taken("csv"))
    return _file(text.getvalue().encode("utf-8-sig"), "csv", "text/csv")


@bp.post("/diagnoses.xlsx")
def take_xlsx() -> Response:
    """Give the list as a workbook of one sheet, in which every cell is a text."""
    rows, file = _taken("xlsx"), BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Diagnoses")
        sheet.freeze_panes(1, 0)
        for column, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, name, book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, printable(cell))
    return _file(file.getvalue(), "xlsx", XLSX)


def _taken(kind: str) -> list[tuple[str, ...]]:
    """Return the rows of what the form says, after writing down who takes them away."""
    guard.request_name()
    form = narrowing(request.form)
    if not form.validate():
        raise refusals.incomplete()
    known = names()
    rows = [_row(each, known) for each in _all(form.filters())]
    if len(rows) > MOST:
        raise refusals.too_long_a_list(MOST)
    with writing() as connection:
        person = signed.here().id
        audit.append(connection, person, f"list taken away as {kind}", person)
    return rows


def _all(filters: Filters) -> Iterator[Listed]:
    """Yield the whole list, and one row more than a file has where there are more."""
    found, after = 0, None
    while found <= MOST:
        page = listings.page(filters, after=after, size=AT_ONCE)
        yield from page.rows
        found, after = found + len(page.rows), page.after
        if after is None:
            return


def _row(listed: Listed, known: Names) -> tuple[str, ...]:
    return (
        listed.code,
        listed.organisation,
        known.form(listed),
        known.band(listed),
        ", ".join(known.present(listed)),
        known.route(listed),
        listed.finished_at.date().isoformat(),
        listed.shared_at.date().isoformat(),
        listed.owner,
        listed.next_on.isoformat() if listed.next_on else "",
        listed.invitation,
    )


def _file(data: bytes, ending: str, mimetype: str) -> Response:
    response = Response(data, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="diagnoses.{ending}"'
    return response
