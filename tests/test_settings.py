"""What the environment may say, and what is answered when it says something else."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from assessment.content.pages.values import USUALLY
from assessment.settings import (
    ROOT,
    TABLE,
    Settings,
    SettingsError,
    kept_key,
    read_one,
    read_settings,
    settings_or_exit,
)

GOOD_KEY = "k" * 32
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": GOOD_KEY,
    "BASE_URL": "https://diagnosis.example.org",
}


def faults_of(environ: dict[str, str], instance: Path) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ, instance)
    return caught.value.faults


def test_development_needs_nothing_set(tmp_path: Path) -> None:
    settings = read_settings({}, tmp_path)

    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.database_url == f"sqlite:///{tmp_path}/site.db"
    assert len(settings.secret_key) >= 32
    assert not settings.is_production
    assert not settings.is_https


def test_every_field_is_a_line_of_the_table() -> None:
    assert {setting.name.lower() for setting in TABLE} == set(Settings.__slots__)


def test_pages_print_the_periods_that_are_set_and_the_usual_ones_elsewhere(tmp_path: Path) -> None:
    assert read_settings({}, tmp_path).kept == USUALLY
    assert read_settings({"KEEP_DRAFTS_DAYS": "1"}, tmp_path).kept == {**USUALLY, "keep.drafts": "1 day"}


def test_the_base_address_follows_the_port(tmp_path: Path) -> None:
    assert read_settings({"PORT": "8123"}, tmp_path).base_url == "http://127.0.0.1:8123"


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "127.0.0.1:8000"), ("::1", "[::1]:8000")])
def test_the_interface_is_written_as_an_address(host: str, address: str, tmp_path: Path) -> None:
    assert read_settings({"HOST": host}, tmp_path).listens_on == address


@pytest.mark.parametrize("given", ["elsewhere", str(ROOT / "elsewhere")])
def test_a_relative_folder_is_looked_for_in_the_project(given: str) -> None:
    settings = read_settings({"SECRET_KEY": GOOD_KEY, "INSTANCE": given})

    assert settings.instance == ROOT / "elsewhere"
    assert settings.database_url == f"sqlite:///{ROOT}/elsewhere/site.db"


def test_a_complete_production_environment_is_taken(tmp_path: Path) -> None:
    settings = read_settings(PRODUCTION, tmp_path)

    assert settings.is_production
    assert settings.is_https
    assert settings.secret_key == GOOD_KEY.encode()


@pytest.mark.parametrize("missing", ["SECRET_KEY", "BASE_URL"])
def test_production_refuses_to_start_without_its_secrets_and_names_the_variable(
    missing: str, tmp_path: Path
) -> None:
    environ = {name: value for name, value in PRODUCTION.items() if name != missing}

    [fault] = faults_of(environ, tmp_path)

    assert fault.startswith(f"{missing} is not set; production needs ")
    assert not list(tmp_path.iterdir())


def test_all_faults_are_reported_at_once(tmp_path: Path) -> None:
    environ = {
        "ENVIRONMENT": "production",
        "SECRET_KEY": "short",
        "BASE_URL": "http://diagnosis.example.org",
        "PORT": "ninety",
        "THREADS": "0",
        "DATABASE_URL": "mysql://somewhere/else",
    }

    faults = faults_of(environ, tmp_path)

    assert {fault.split()[0] for fault in faults} == environ.keys() - {"ENVIRONMENT"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("PORT", "٨٠٠٠"),
        ("BASE_URL", "diagnosis.example.org"),
        ("BASE_URL", "ftp://diagnosis.example.org"),
        ("BASE_URL", "https://example.org/below"),
        ("BASE_URL", "https://example.org/?a=b"),
        ("SECRET_KEY", "thirty-one bytes are not enough"),
        ("PROXY_COUNT", "-1"),
        ("MAIL_FROM", "A site <a@example.org>"),
        ("MAIL_FROM", "a@example.org, b@example.org"),
        ("MAIL_FROM", "nobody"),
        ("SMTP_URL", "mail.example.org"),
        ("SMTP_URL", "https://mail.example.org"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.example.org:many"),
        ("SMTP_URL", "smtp://mail.example.org/path"),
    ],
)
def test_a_value_that_cannot_be_used_names_its_variable(name: str, value: str, tmp_path: Path) -> None:
    [fault] = faults_of({name: value}, tmp_path)

    assert fault.startswith(f"{name} ")


def test_a_mail_server_needs_the_address_that_its_mail_comes_from(tmp_path: Path) -> None:
    [fault] = faults_of({"SMTP_URL": "smtp://mail.example.org"}, tmp_path)

    assert fault.startswith("MAIL_FROM is not set; ")


def test_neither_a_fault_nor_the_settings_tell_the_password_of_the_mail_server(tmp_path: Path) -> None:
    [fault] = faults_of({"SMTP_URL": "smtp://site:hunter2@mail.example.org/path"}, tmp_path)
    settings = read_settings(
        {"SMTP_URL": "smtps://site:hunter2@mail.example.org", "MAIL_FROM": "a@example.org"}, tmp_path
    )

    assert "hunter2" not in fault + repr(settings)


def test_a_fault_never_tells_the_key(tmp_path: Path) -> None:
    assert "hunter2" not in str(faults_of({"SECRET_KEY": "hunter2"}, tmp_path))


def test_neither_key_nor_database_password_is_printed_with_the_settings(tmp_path: Path) -> None:
    settings = read_settings({**PRODUCTION, "DATABASE_URL": "postgresql://site:hunter2@db/site"}, tmp_path)

    assert "hunter2" not in repr(settings)
    assert GOOD_KEY not in repr(settings)


def test_the_old_spelling_of_postgresql_is_understood(tmp_path: Path) -> None:
    settings = read_settings({"DATABASE_URL": "postgres://db/site"}, tmp_path)

    assert settings.database_url == "postgresql://db/site"


def test_a_database_without_its_driver_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        settings_or_exit({"DATABASE_URL": "postgresql://db/site", "INSTANCE": str(tmp_path)})

    [line] = capsys.readouterr().err.splitlines()
    assert end.value.code == 2
    assert "DATABASE_URL names PostgreSQL" in line


@pytest.mark.parametrize("kept", [b"", b"too short\n"])
def test_a_kept_key_that_is_too_short_is_refused_and_its_file_named(kept: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_bytes(kept)

    [fault] = faults_of({}, tmp_path)

    assert str(tmp_path / "secret_key") in fault


def test_the_development_key_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    first = read_settings({}, tmp_path / "new").secret_key

    path = tmp_path / "new" / "secret_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert read_settings({}, tmp_path / "new").secret_key == first
    assert [each.name for each in path.parent.iterdir()] == ["secret_key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\nfrom assessment.settings import kept_key\n"
        "sys.stdin.readline()\nprint(kept_key(pathlib.Path(sys.argv[1])).decode())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "key")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]

    keys = {each.communicate("go\n")[0] for each in started}

    assert keys == {kept_key(tmp_path / "key").decode() + "\n"}


def test_an_instance_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    [fault] = faults_of({}, tmp_path / "file" / "instance")

    assert fault.startswith("INSTANCE cannot be used: ")


def test_one_setting_is_read_as_all_of_them_would_be(tmp_path: Path) -> None:
    for environ in ({}, {"INSTANCE": "elsewhere"}, {"INSTANCE": str(tmp_path), "PORT": "99999"}):
        whole = read_settings({"SECRET_KEY": GOOD_KEY, **environ, "PORT": "8000"})

        assert read_one({**environ}, "DATABASE_URL") == whole.database_url


def test_one_setting_that_is_wrong_is_named_and_the_others_may_be() -> None:
    with pytest.raises(SettingsError, match="PORT is 'many'"):
        read_one({"PORT": "many", "WORKERS": "none"}, "PORT")
