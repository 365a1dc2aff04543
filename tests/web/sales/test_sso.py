"""Single sign-on against a provider on this machine: who is let in by it, and what of it is not believed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey, OctKey

from assessment.app import create_app
from assessment.settings import SettingsError
from assessment.store.database import db
from assessment.store.sales import audit, people
from tests.conftest import some_settings
from tests.desk import somebody
from tests.leader import OUR_PAGE, Leader, Seen
from tests.provider import CLIENT, SECRET, Provider, serving

SETTINGS = {"OIDC_CLIENT_ID": CLIENT, "OIDC_CLIENT_SECRET": SECRET, "OIDC_NAME": "the House"}
ADA = {"sub": "ada-1", "email": "Ada.Seller@example.org", "email_verified": True}


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as provider:
        provider.person = dict(ADA)
        yield provider


@pytest.fixture
def desk(provider: Provider, settings: object, tmp_path: Path) -> Iterator[Flask]:
    """A desk with single sign-on, and somebody who was added and has no password yet."""
    app = create_app(some_settings(tmp_path / "instance", OIDC_ISSUER=provider.address, **SETTINGS))
    with app.app_context():
        people.add(
            email="ada.seller@example.org", name="Ada Seller", role="sales", password=None, by="command"
        )
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(desk: Flask) -> FlaskClient:
    return desk.test_client()


def come_back(client: FlaskClient, provider: Provider, at: str = "/sales/sso") -> Seen:
    """Go to the provider and come back to the page with the button."""
    begun = client.get(at)
    assert begun.status_code == 303, begun.text
    path = provider.let_in(begun.location)
    return Seen(client.get(path), path)


def sign_in(client: FlaskClient, provider: Provider, at: str = "/sales/sso") -> Seen:
    page = come_back(client, provider, at)
    return Leader(client).send(page, to="/sales/sso/back")


def test_who_was_added_with_that_address_is_let_in_and_led_to_the_page_they_came_for(
    desk: Flask, client: FlaskClient, provider: Provider
) -> None:
    page = Seen(client.get("/sales/account"), "")
    asked = Leader(client).open(page.location)
    assert "Sign in with the House" in asked.text

    sent = sign_in(client, provider, next(link for link in asked.links if "/sso" in link))

    assert (sent.status, sent.location) == (303, "/sales/account")
    assert "Ada Seller" in client.get("/sales/account").text
    assert client.get_cookie("sso") is None
    assert provider.asked[0]["scope"] == "openid email profile"
    with desk.app_context():
        assert [each.verb for each in audit.page(size=2)] == ["signed in", "single sign-on bound"]


def test_the_page_that_the_provider_leads_back_to_does_nothing_until_its_button_is_pressed(
    client: FlaskClient, provider: Provider
) -> None:
    page = come_back(client, provider)

    assert page.status == 200
    assert page.response.headers["Referrer-Policy"] == "strict-origin"
    assert "/token" not in provider.fetched
    assert client.get("/sales/").status_code == 303


def test_an_account_stays_bound_to_who_it_was_bound_to(
    desk: Flask, client: FlaskClient, provider: Provider
) -> None:
    assert sign_in(client, provider).status == 303

    provider.person = {**ADA, "email": "married@example.org"}
    assert sign_in(client, provider).status == 303
    provider.person = {**ADA, "sub": "another-2"}
    assert sign_in(desk.test_client(), provider).status == 403


@pytest.mark.parametrize(
    "person",
    [
        {"email": "stranger@example.org"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": None},
    ],
    ids=str,
)
def test_who_has_no_account_by_a_verified_address_is_not_let_in(
    client: FlaskClient, provider: Provider, person: dict[str, object]
) -> None:
    provider.person = {**ADA, **person}

    refused = sign_in(client, provider)

    assert refused.status == 403
    assert "You have no account at this desk" in refused.text
    assert client.get_cookie("person") is None


def test_an_account_that_has_ended_is_let_in_no_more(
    desk: Flask, client: FlaskClient, provider: Provider
) -> None:
    sign_in(client, provider)
    somebody(desk, "admin", name="Root")
    with desk.app_context():
        people.end(next(each.id for each in people.everybody() if each.role == "sales"), by="command")

    assert sign_in(client, provider).status == 403


HOUR = 3600
AMISS: dict[str, Callable[[Provider], object]] = {
    "another issuer": lambda p: p.claims.update(iss="https://elsewhere.example"),
    "for another site": lambda p: p.claims.update(aud="another site"),
    "for another site, through us": lambda p: p.claims.update(aud="another site", azp=CLIENT),
    "for others, too, and not named for us": lambda p: p.claims.update(aud=[CLIENT, "b"], azp="b"),
    "run out": lambda p: p.claims.update(exp=int(time.time()) - HOUR),
    "of the future": lambda p: p.claims.update(iat=int(time.time()) + HOUR),
    "of another sign-in": lambda p: p.claims.update(nonce="another"),
    "of no sign-in": lambda p: p.claims.update(nonce=None),
    "of nobody": lambda p: p.person.pop("sub"),
    "of somebody without a name": lambda p: p.person.update(sub=""),
    "of somebody with a number": lambda p: p.person.update(sub=7),
    "not signed": lambda p: setattr(p, "algorithm", "none"),
    "signed by another key": lambda p: setattr(p, "signing", ECKey.generate_key("P-256")),
    "signed with the secret that is shared": lambda p: (
        setattr(p, "algorithm", "HS256"),
        setattr(p, "signing", OctKey.import_key(SECRET)),
    ),
    "answered with a fault": lambda p: setattr(p, "status", 500),
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")  # the provider's key is weak on purpose
@pytest.mark.parametrize("amiss", AMISS)
def test_what_is_not_to_be_believed_lets_nobody_in(
    client: FlaskClient, provider: Provider, amiss: str
) -> None:
    page = come_back(client, provider)
    AMISS[amiss](provider)

    refused = Leader(client).send(page, to="/sales/sso/back")

    assert refused.status == 403
    assert "came to nothing" in refused.text
    assert client.get_cookie("person") is None


def test_a_sign_in_is_brought_to_an_end_by_the_browser_that_began_it_and_once(
    desk: Flask, client: FlaskClient, provider: Provider
) -> None:
    victim = desk.test_client()
    page = come_back(client, provider)
    victim.get("/sales/sso")  # has begun one of its own

    assert victim.get(page.path).status_code == 403
    stolen = page.form("/back").fields
    assert victim.post("/sales/sso/back", data=stolen, headers=OUR_PAGE).status_code == 403
    assert client.post("/sales/sso/back", data=stolen, headers=OUR_PAGE).status_code == 303
    assert client.post("/sales/sso/back", data=stolen, headers=OUR_PAGE).status_code == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/sales/sso/back", data=stolen, headers=elsewhere).status_code == 403


@pytest.mark.parametrize(
    "query", ["", "?code=x", "?code=x&state=y", "?error=access_denied&state=y", "?state=é"]
)
def test_what_no_provider_sent_is_refused_in_words(client: FlaskClient, query: str) -> None:
    refused = client.get(f"/sales/sso/back{query}")

    assert refused.status_code == 403
    assert "came to nothing" in refused.text


def test_other_keys_of_the_provider_are_found_and_not_asked_for_without_end(
    client: FlaskClient, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assessment import sso

    assert sign_in(client, provider).status == 303
    provider.turn_key()
    assert sign_in(client, provider).status == 403  # asked for a moment ago
    monkeypatch.setattr(sso, "NEW_KEYS_EVERY_S", 0.0)
    assert sign_in(client, provider).status == 303

    assert provider.fetched.count("/keys") == 2
    assert provider.fetched.count("/.well-known/openid-configuration") == 1


@pytest.mark.parametrize(
    "described",
    [
        {"issuer": "https://elsewhere.example"},
        {"token_endpoint": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
    ids=str,
)
def test_a_provider_that_does_not_describe_itself_as_it_should_is_not_asked(
    client: FlaskClient, provider: Provider, described: dict[str, object]
) -> None:
    provider.description = described

    refused = client.get("/sales/sso")

    assert refused.status_code == 503
    assert "cannot be reached now" in refused.text
    assert client.get("/sales/sign-in").status_code == 200


def test_the_provider_is_not_asked_about_one_made_up_code_after_the_other(
    desk: Flask, client: FlaskClient, provider: Provider
) -> None:
    page = come_back(client, provider)

    answers = [Leader(client).send(page, to="/back", code=f"made up {n}") for n in range(12)]

    assert [each.status for each in answers] == [403] * 10 + [429] * 2
    assert "Try again in 15 minutes." in answers[-1].text
    assert answers[-1].response.headers["Retry-After"]
    assert provider.fetched.count("/token") == 10
    sent = {**page.form("/back").fields.to_dict()}
    elsewhere = {"environ_base": {"REMOTE_ADDR": "198.51.100.7"}, "headers": OUR_PAGE}
    assert client.post("/sales/sso/back", data=sent, **elsewhere).status_code == 303


def test_nobody_is_led_elsewhere_by_coming_back(client: FlaskClient, provider: Provider) -> None:
    sent = sign_in(client, provider, "/sales/sso?next=//evil.example")
    assert sent.location == "/sales/"

    page = come_back(client, provider)
    cookie = client.get_cookie("sso")
    assert cookie
    client.set_cookie("sso", f"{cookie.value}//evil.example")  # planted
    assert Leader(client).send(page, to="/sales/sso/back").location == "/sales/"


def test_each_sign_in_has_secrets_of_its_own(client: FlaskClient, provider: Provider) -> None:
    addresses = [client.get("/sales/sso").location for _ in range(2)]

    first, second = (parse_qs(urlsplit(each).query) for each in addresses)
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name][0]) == 43


def test_without_a_provider_there_is_no_such_door(app: Flask) -> None:
    client = app.test_client()

    assert client.get("/sales/sso").status_code == 404
    assert client.get("/sales/sso/back").status_code == 404
    assert "/sso" not in client.get("/sales/sign-in").text


@pytest.mark.parametrize(
    ("environ", "fault"),
    [
        ({"OIDC_ISSUER": "login.example.org"}, "OIDC_ISSUER is 'login.example.org'"),
        (
            {"OIDC_ISSUER": "http://login.example.org", **SETTINGS},
            "OIDC_ISSUER is 'http://login.example.org'",
        ),
        ({"OIDC_ISSUER": "https://login.example.org"}, "OIDC_CLIENT_ID is not set"),
        (
            {
                "OIDC_ISSUER": "http://localhost:1",
                **SETTINGS,
                "ENVIRONMENT": "production",
                "BASE_URL": "https://a.b",
            },
            "OIDC_ISSUER is http",
        ),
    ],
)
def test_settings_that_do_not_go_together_are_told(
    tmp_path: Path, environ: dict[str, str], fault: str
) -> None:
    with pytest.raises(SettingsError) as told:
        some_settings(tmp_path, **environ)

    assert any(each.startswith(fault) for each in told.value.faults)
