"""The pages as files: the bytes that the site answers with, and nothing of anybody else's in the way."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

from assessment.app import create_app
from assessment.web.exporting import ENDINGS, file_of
from tests.conftest import some_settings


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Flask]:
    instance = tmp_path_factory.mktemp("exporting") / "instance"
    shutil.copytree(migrated, instance)
    app = create_app(some_settings(instance))
    yield app
    with app.app_context():
        app.extensions["sqlalchemy"].engine.dispose()


def export(site: Flask, folder: Path) -> Result:
    return site.test_cli_runner().invoke(args=["content", "export", str(folder)])


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files_in(folder)}


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def exported(site: Flask, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to which the site was exported; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("exported") / "new" / "site"
    assert export(site, folder).exit_code == 0
    return folder


def test_every_file_holds_what_the_site_answers_in_that_coding(site: Flask, exported: Path) -> None:
    client, said = site.test_client(), dict[str, bytes]()

    for path in site.extensions["pages"]:
        for coding, ending in ENDINGS.items():
            answer = client.get(path, headers={"Accept-Encoding": coding})
            if answer.headers.get("Content-Encoding", "identity") == coding:
                said[file_of(path) + ending] = answer.data

    files = content_of(exported)
    assert len(said) > 100
    assert {name: body for name, body in files.items() if not name.endswith(".conf")} == said


def test_nginx_is_told_each_address_with_its_type_its_life_and_the_headers_of_the_site(
    site: Flask, exported: Path
) -> None:
    told, common = (exported / "nginx.conf").read_text(), (exported / "common.conf").read_text()
    page = site.test_client().get("/feed.xml")

    block = told.split("location = /feed.xml {")[1].split("}")[0]

    assert told.count("location = ") == len(site.extensions["pages"])
    assert f'default_type "{page.content_type}";' in block
    assert f'add_header Cache-Control "{page.headers["Cache-Control"]}";' in block
    assert f'root "{exported}/files";' in block
    of_the_answer = {"Content-Type", "Content-Length", "ETag", "Cache-Control", "Vary"}
    for name, value in page.headers:
        assert (f'add_header {name} "{value}";' in common) == (name not in of_the_answer)


def test_exporting_again_touches_what_has_changed_and_removes_what_is_gone(
    site: Flask, exported: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "site"
    export(site, folder)
    before = {path: path.stat().st_mtime_ns for path in files_in(folder)}
    (folder / "files" / "index.html").write_text("old")
    (folder / "files" / "renamed" / "index.html").parent.mkdir()
    (folder / "files" / "renamed" / "index.html").write_text("gone")

    done = export(site, folder)

    assert "1 of them new, 1 removed" in done.output
    after = {path: path.stat().st_mtime_ns for path in files_in(folder)}
    assert {path.name for path in after if after[path] != before.get(path)} == {"index.html"}
    assert content_of(folder / "files") == content_of(exported / "files")


@pytest.mark.parametrize("name", ["letter.txt", "nginx.conf"])
def test_a_folder_with_something_else_in_it_is_left_alone(name: str, site: Flask, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")

    done = export(site, tmp_path)

    assert done.exit_code == 2
    assert "it holds something else; name a folder that is empty or not there" in done.output
    assert content_of(tmp_path) == {name: b"mine"}


def test_a_folder_that_cannot_be_made_is_told_in_a_line(site: Flask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = export(site, tmp_path / "file" / "inside")

    assert done.exit_code == 2
    assert len(done.output.splitlines()) == 1
