"""The rooms and what each may import, as a table that is checked against the code itself."""

from __future__ import annotations

import ast
import functools
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask, url_for

from assessment import pictures
from assessment.app import create_app
from assessment.core.answers import read_answers
from assessment.core.diagnosis import diagnose
from assessment.core.interchange import canonical
from assessment.settings import ROOT
from assessment.store import assessments, finishing, reports, shares, signatures
from assessment.store.sales import invitations, people, recovery, tokens
from assessment.store.secret import new_token
from tests.answers import KEY, shipped, some_answers
from tests.conftest import some_settings

PACKAGE = ROOT / "assessment"
STDLIB = sys.stdlib_module_names


@dataclass(frozen=True, slots=True)
class Room:
    """What a room may import beside the standard library and itself: rooms or modules, and libraries."""

    rooms: frozenset[str] = frozenset()
    libraries: frozenset[str] = frozenset()


def _room(rooms: str = "", libraries: str = "") -> Room:
    return Room(frozenset(rooms.split()), frozenset(libraries.split()))


ROOMS = {
    "core": _room(libraries="pydantic"),
    "content": _room("core records.measures records.plan", "markdown markupsafe pydantic pydantic_core"),
    "records": _room("core.sampling"),
    "counting": _room("core.text records report.confined report.kernel"),
    "seal": _room("core", "cryptography"),
    "store": _room(
        "core seal", "argon2 sqlalchemy flask flask_sqlalchemy flask_migrate alembic cryptography"
    ),
    "report": _room("core", "jinja2 markupsafe segno weasyprint PIL"),
    "web": _room(
        "core content seal store report records settings pictures counting sso jobs.wake notices",
        "brotli flask jinja2 markupsafe pydantic pydantic_core werkzeug wtforms xlsxwriter",
    ),
    "jobs": _room("content store report settings papers notices post", "flask huey"),
    "papers": _room("content store report settings pictures"),
    "pictures": _room("content report settings", "PIL"),
    "sso": _room(libraries="authlib joserfc requests"),
    "mail": _room(libraries="jinja2"),
    "bounces": _room(),
    "post": _room("content store settings mail", "flask"),
    "notices": _room("store", "flask"),
    "commands": _room(
        "core content seal store report records settings pictures bounces papers"
        " web.exporting web.consenting",
        "click flask flask_migrate jinja2",
    ),
    "serve": _room("settings"),
    "settings": _room(),
    "app": _room("core content store report web jobs commands settings", "flask jinja2"),
    "reloading": _room("app content web", "flask"),
}

# What each group of content may import of the others; library joins them.
GROUPS = {
    "files": frozenset[str](),
    "pages": frozenset({"files"}),
    "instruments": frozenset({"files"}),
    "sample": frozenset({"files"}),
    "search": frozenset({"files", "pages"}),
    "library": frozenset({"files", "pages", "instruments", "sample", "search"}),
    "review": frozenset({"files", "pages", "library"}),
    "outgoing": frozenset({"files", "library"}),
}
# Of core, only what is read from outside is a pydantic model; what is computed is a frozen dataclass.
READ_FROM_OUTSIDE = {
    "core/part.py",
    "core/constants.py",
    "core/instrument.py",
    "core/fields.py",
    "core/counted.py",
    "core/answers.py",
    "core/result.py",
}
PDF_ENGINE = {"report/engine.py"}
PICTURES = {"pictures.py", "report/logo.py"}  # the second in its child alone
# What would make the method depend on more than its arguments.
IMPURE_MODULES = {
    "random",
    "secrets",
    "time",
    "os",
    "io",
    "pathlib",
    "socket",
    "subprocess",
    "tempfile",
    "uuid",
}
IMPURE_CALLS = {"open", "input", "print", "now", "today", "utcnow", "fromtimestamp", "urandom"}


@dataclass(frozen=True, slots=True)
class Import:
    """One import statement: the file it stands in, its line, and the full name it asks for."""

    file: str
    line: int
    name: str

    @property
    def room(self) -> str:
        return self.file.partition("/")[0].removesuffix(".py")

    def __str__(self) -> str:
        return f"assessment/{self.file}:{self.line} imports {self.name}"


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Yield every module of the package with its place below assessment/."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports() -> Iterator[Import]:
    """Yield every import of the package, at module level or inside a function."""
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(file, node.lineno, alias.name)
            elif isinstance(node, ast.ImportFrom):
                base = _absolute(file, node)
                for alias in node.names:
                    yield Import(file, node.lineno, f"{base}.{alias.name}")


def _absolute(file: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parents = ("assessment", *Path(file).parts)[: -node.level]
    return ".".join((*parents, *([node.module] if node.module else [])))


def is_allowed(each: Import) -> bool:
    """Does the table allow this import?"""
    room = ROOMS[each.room]
    top, _, rest = each.name.partition(".")
    if top != "assessment":
        return top in STDLIB or top in room.libraries
    inner = rest.split(".")[0]
    if inner == each.room:
        return True
    named = {inner, ".".join(rest.split(".")[:2])}
    return bool(named & room.rooms)


def test_every_module_lies_in_a_room_of_the_table() -> None:
    found = {Path(file).parts[0].removesuffix(".py") for file, _ in trees()} - {"__init__"}

    assert found <= ROOMS.keys()


def test_no_room_imports_what_the_table_does_not_allow() -> None:
    refused = [str(each) for each in imports() if each.file != "__init__.py" and not is_allowed(each)]

    assert refused == []


def test_the_package_itself_imports_nothing() -> None:
    own = [str(each) for each in imports() if each.file == "__init__.py"]

    assert own == []


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("core/scoring.py", "flask"),
        ("core/scoring.py", "assessment.store"),
        ("store/reports.py", "assessment.report.told"),
        ("report/told.py", "flask"),
        ("web/pages.py", "assessment.commands"),
        ("web/pages.py", "assessment.jobs.sweep"),
        ("web/pages.py", "weasyprint"),
        ("jobs.py", "assessment.web.current"),
        ("serve.py", "assessment.store"),
    ],
)
def test_the_table_refuses_what_would_join_two_rooms(file: str, name: str) -> None:
    assert not is_allowed(Import(file, 1, name))


def keeps_to_its_group(each: Import) -> bool:
    """Does an import inside content go the way that the groups allow?"""
    _, _, own = each.file.removesuffix(".py").partition("/")
    group = own.partition("/")[0]
    inner = each.name.removeprefix("assessment.content.").split(".")[0]
    return inner == group or inner in GROUPS[group]


def test_every_module_of_content_lies_in_a_group() -> None:
    found = {Path(file).parts[1].removesuffix(".py") for file, _ in trees() if file.startswith("content/")}

    assert found - {"__init__"} == GROUPS.keys()


def test_no_group_of_content_imports_what_joins_it_or_stands_beside_it() -> None:
    inner = [each for each in imports() if each.room == "content" and "assessment.content" in each.name]

    assert inner
    assert [str(each) for each in inner if not keeps_to_its_group(each)] == []


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("content/files/located.py", "assessment.content.instruments.read_instrument"),
        ("content/pages/values.py", "assessment.content.instruments.reading"),
        ("content/instruments/wording.py", "assessment.content.pages.terms"),
        ("content/instruments/__init__.py", "assessment.content.library"),
    ],
)
def test_the_groups_of_content_refuse_what_would_join_two(file: str, name: str) -> None:
    assert not keeps_to_its_group(Import(file, 1, name))


def test_within_core_only_what_is_read_from_outside_is_pydantic() -> None:
    others = [
        str(each)
        for each in imports()
        if each.room == "core" and each.name.startswith("pydantic") and each.file not in READ_FROM_OUTSIDE
    ]

    assert others == []


def test_only_the_pdf_child_imports_weasyprint_and_no_module_does_so_when_it_is_loaded() -> None:
    importing = {each.file for each in imports() if each.name.startswith("weasyprint")}
    on_load = [
        file
        for file, tree in trees()
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and "weasyprint" in ast.unparse(node)
    ]

    assert importing == PDF_ENGINE
    assert on_load == []


def test_no_module_imports_what_reads_pictures_when_it_is_loaded() -> None:
    importing = {each.file for each in imports() if each.name.partition(".")[0] == "PIL"}
    on_load = [
        file
        for file, tree in trees()
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and "PIL" in ast.unparse(node)
    ]

    assert importing == PICTURES
    assert on_load == []


def test_web_leaves_the_making_of_a_pdf_to_the_back_room() -> None:
    refused = [str(each) for each in imports() if each.room == "web" and "assessment.report.pdf" in each.name]

    assert refused == []


def test_who_may_see_a_report_is_decided_in_one_place() -> None:
    asking = {
        file
        for file, tree in trees()
        if file.startswith("web/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ("reports.find", "reports.load")
    }

    assert asking == {"web/policy.py"}


def test_core_reads_no_file_clock_or_chance() -> None:
    faults = [
        f"assessment/{file}:{line} {what}"
        for file, tree in trees()
        if file.startswith("core/")
        for line, what in _impurities(tree)
    ]

    assert faults == []


def _impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name.split(".")[0] in IMPURE_MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in IMPURE_MODULES:
            yield node.lineno, f"from {node.module}"
        elif isinstance(node, ast.Call):
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            if name in IMPURE_CALLS:
                yield node.lineno, f"{name}()"


@pytest.mark.parametrize(
    "line", ["import random", "from os import path", "x = datetime.now(UTC)", "open('a')"]
)
def test_the_search_for_files_clock_and_chance_finds_them(line: str) -> None:
    assert list(_impurities(ast.parse(line)))


# --- what a process has loaded --------------------------------------------------------------------


def loaded_after(program: str, *names: str) -> set[str]:
    """Return which of these modules a fresh Python process has loaded after running a program."""
    ending = f"\nimport json, sys\nprint(json.dumps([n for n in {names!r} if n in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", program + ending], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_the_method_is_loaded_without_web_database_or_layout_engine() -> None:
    loaded = loaded_after(
        "import assessment.core.diagnosis",
        "flask",
        "sqlalchemy",
        "weasyprint",
        "markdown",
        "wtforms",
        "pydantic",
    )

    assert loaded == {"pydantic"}  # which shows that the search would find the others


def serve_every_route(instance: str) -> None:
    """Serve each route but those that make a PDF, with a diagnosis begun and one that is finished."""
    app = create_app(some_settings(Path(instance)))
    browser, holder = app.test_client(), "h" * 43
    browser.set_cookie("holder", holder)
    with app.test_request_context():
        begun, finished = a_run(app, holder), a_run(app, holder)
        answers = json.dumps(some_answers()).encode()
        result = diagnose(*read_answers({KEY: shipped()}.__getitem__, answers))
        report = finishing.finish(finished.assessment_id, diagnosis=canonical(result), seen={})
        assert isinstance(report, assessments.Finished)
        shares.make(report.report_id, token=begun.resume_token, label="", evidence=[], days=30)
        shared = shares.open_by(begun.resume_token, holder=holder, request="a click")
        assert shared
        person = people.add(email="a@example.org", name="A", role="admin", password=None, by="command")
        link = recovery.link_of(person.id)
        assert link
        proposed = invitations.Proposed()
        invited = invitations.make(
            person.id, token=begun.resume_token, called="A", proposed=proposed, days=30
        )
        token = new_token()
        tokens.make(token, person_id=person.id, name="A", scopes=tokens.SCOPES, days=30)
        browser.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        known = {
            "assessment_id": begun.assessment_id,
            "report_id": report.report_id,
            "share_id": shared.id,
            "invitation_id": invited.id,
            "person_id": person.id,
            "secret": link.token,
            "delivery_id": "of nobody",
            "prepared_id": "of nobody",
            "webhook_id": "of nobody",
            "token": begun.resume_token,
            "part": "F1",
            "page": "where",
            "form": "quick",
            "file": "css/base.css",
            "code": reports.load(report.report_id).code,
            "name": signatures.signer().id,
            "picture": pictures.cards(app.extensions["library"])["/"].name,
        }
        paths = [
            url_for(rule.endpoint, **{name: known[name] for name in rule.arguments})
            for rule in app.url_map.iter_rules()
            if "GET" in (rule.methods or ())
        ]
    statuses = {
        path: browser.get(path).status_code for path in paths if not path.endswith((".pdf", "logo.png"))
    }
    assert len(statuses) > 12
    assert {
        path: status
        for path, status in statuses.items()
        if status >= 400
        and "/sample" not in path
        and not path.startswith(("/api/v1/deliveries/", "/api/v1/listings/"))
    } == {}


def a_run(app: Flask, holder: str) -> assessments.Started:
    """Begin a quick diagnosis of the instrument that the site offers."""
    instrument = app.extensions["library"].instruments[KEY]
    facts = {
        "form": "quick",
        "team_size": 8,
        "window_days": 90,
        "window_end": "2026-11-22",
        "as_of": "2026-11-22",
        "label": "Team Atlas",
        "work": "software",
    }
    return assessments.start(
        holder=holder, instrument_key=instrument.key, instrument_sha256=instrument.sha256, facts=facts
    )


def test_the_web_process_never_loads_the_layout_engine(migrated: Path, tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    shutil.copytree(migrated, instance)
    program = f"from tests.test_architecture import serve_every_route\nserve_every_route({str(instance)!r})"

    loaded = loaded_after(
        program, "weasyprint", "fontTools", "numpy", "pydyf", "PIL", "assessment.report.sections"
    )

    assert loaded == {"assessment.report.sections"}  # the result was told; nothing was set for paper


def test_a_command_on_files_loads_neither_database_nor_markdown() -> None:
    program = "import sys\nsys.argv = ['flask', '--app', 'wsgi', 'diagnose', 'x.json']\nimport wsgi"

    loaded = loaded_after(
        program, "sqlalchemy", "flask_migrate", "weasyprint", "markdown", "wtforms", "click"
    )

    assert loaded == {"click"}


# --- the platform knows no questionnaire ----------------------------------------------------------

# Words that are ids of the shipped instrument and something else in the code.
MEANS_SOMETHING_ELSE = {
    "none": "a way of looking at a list, a level of advice, a value of SVG and CSS",
    "L": "a command of SVG path data",
}


@functools.cache
def names_of_what_ships() -> tuple[set[str], set[str]]:
    """Return the ids and the names of the instrument that ships."""
    instrument = shipped()
    dimensions = [dimension for layer in instrument.layers for dimension in layer.dimensions]
    frames = instrument.frames.values()
    ids = {
        KEY.partition("/")[0],
        *instrument.indicators,
        *instrument.frames,
        *(dimension.id for dimension in dimensions),
        *(layer.term for layer in instrument.layers),
        *(frame.context.id for frame in frames if frame.context),
        *(band.id for band in instrument.constants.bands),
    }
    names = {instrument.name, *(band.word for band in instrument.constants.bands)}
    for dimension in dimensions:
        names |= {dimension.published, dimension.signal}
    for kind in ("layers", "passes", "patterns", "destinations", "forms"):
        ids |= {each.id for each in getattr(instrument, kind)}
        names |= {each.name for each in getattr(instrument, kind)}
    names |= {layer.role for layer in instrument.layers}
    names |= {each.name for each in (*dimensions, *instrument.indicators.values(), *frames)}
    return ids, names


def what_knows_of_it(text: str, *, is_python: bool) -> Iterator[str]:
    """Yield what a file says of the instrument that ships.

    An id with a digit or a hyphen and a name of several words give it away anywhere; a single word only where
    it stands alone between quotes.
    """
    ids, names = names_of_what_ships()
    telling = sorted(each for each in ids | names if len(each) > 1 and re.search(r"[\d -]", each))
    yield from re.findall(rf"(?<![\w-])(?:{'|'.join(map(re.escape, telling))})(?![\w-])", text, re.IGNORECASE)
    if is_python:
        values = [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]
    else:
        values = re.findall(r"""["']([^"']*)["']""", text)
    yield from (each for each in values if each in (ids | names) - MEANS_SOMETHING_ELSE.keys())


def test_no_code_template_or_style_knows_the_instrument_that_ships() -> None:
    files = [
        path
        for folder, ending in (
            (PACKAGE, "py"),
            (ROOT / "templates", "html"),
            (ROOT / "static", "css"),
        )
        for path in sorted(folder.rglob(f"*.{ending}"))
    ]

    found = {
        path.relative_to(ROOT).as_posix(): known
        for path in files
        if (known := list(what_knows_of_it(path.read_text("utf-8"), is_python=path.suffix == ".py")))
    }

    assert len(files) > 80
    assert found == {}


@pytest.mark.parametrize(
    "line",
    ['if layer == "EI":', 'WORST = "N"', "# as VD1 does", '"""Human debt comes first."""', 'to = "contact"'],
)
def test_the_search_for_what_ships_finds_it(line: str) -> None:
    assert list(what_knows_of_it(line + ("\n    pass" if line.endswith(":") else ""), is_python=True))
