"""The document of the API (OpenAPI 3.1), made from the models that answer and are sent."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from assessment.web.access import SCOPES
from assessment.web.api import models
from assessment.web.api.door import JSON, VERSION, bp
from assessment.web.current import library, settings
from assessment.web.problems import MEDIA_TYPE

Schema = dict[str, Any]

_REFUSALS = {
    400: "The request is incomplete or damaged.",
    401: "No token was shown, or one that does not work (any more).",
    403: "The token was not made for this.",
    404: "There is no such object, or the desk may not see it (any more).",
    405: "The address does not take this method.",
    406: f"Nothing is accepted that is said here: {JSON}.",
    409: "This site cannot do that.",
    413: "The request is larger than this site takes.",
    415: f"What was sent is not {JSON}.",
    422: "What was sent is not as it must be; `errors` says where.",
    429: "This was asked too often; `Retry-After` says when to ask again.",
    503: "The site cannot answer now; `Retry-After` says when to ask again.",
}
_ALWAYS = (400, 401, 403, 404, 405, 406, 413, 422, 429, 503)
_HEADERS = {
    201: {"Location": "Where it is."},
    401: {"WWW-Authenticate": "How to show a token."},
    403: {"WWW-Authenticate": "Which scope is needed."},
    405: {"Allow": "The methods that are taken."},
    429: {"Retry-After": "After how many seconds to ask again."},
    503: {"Retry-After": "After how many seconds to ask again."},
}
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same body makes one invitation, however often it is sent.",
    "schema": {"type": "string", "pattern": r"^[!-~]{1,64}$"},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a program can ask: at which door, with what, and what it is answered."""

    door: str
    method: str
    path: str
    summary: str
    answer: type[BaseModel]
    query: type[BaseModel] = models.NothingAsked
    body: type[BaseModel] | None = None


OPERATIONS = (
    Operation(
        "api.listings_page",
        "get",
        "/listings",
        "List the diagnoses that leaders let the desk see",
        models.Listings,
        models.ListingsAsked,
    ),
    Operation("api.listing", "get", "/listings/{report_id}", "Show one diagnosis", models.WholeListing),
    Operation(
        "api.invitations_page",
        "get",
        "/invitations",
        "List the invitations",
        models.Invitations,
        models.PageAsked,
    ),
    Operation(
        "api.make_invitation",
        "post",
        "/invitations",
        "Make an invitation",
        models.NewlyInvited,
        body=models.NewInvitation,
    ),
    Operation(
        "api.invitation", "get", "/invitations/{invitation_id}", "Show one invitation", models.Invitation
    ),
    Operation(
        "api.deliveries_page",
        "get",
        "/deliveries",
        "List the deliveries",
        models.Deliveries,
        models.PageAsked,
    ),
    Operation("api.delivery", "get", "/deliveries/{delivery_id}", "Show one delivery", models.Delivery),
)


@bp.get("/openapi.json")
def document() -> Response:
    """Say what can be asked, with what, and how it is answered."""
    return Response(_written(library().site.name, settings().base_url), mimetype=JSON)


@functools.lru_cache(maxsize=4)
def _written(name: str, base_url: str) -> str:
    return json.dumps(made(name, base_url), indent=1)


def made(name: str, base_url: str) -> Schema:
    """Return the document of a site."""
    answers = [each.answer for each in OPERATIONS] + [models.ProblemDetails]
    bodies = [each.body for each in OPERATIONS if each.body]
    _, told = models_json_schema(
        [(each, "serialization") for each in answers] + [(each, "validation") for each in bodies],
        ref_template="#/components/schemas/{model}",
    )
    paths: dict[str, Schema] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{name}: the sales desk",
            "version": "1.0.0",
            "description": "What leaders let the desk see, and what the desk made of it. Times are in UTC.",
        },
        "servers": [{"url": f"{base_url}/api{VERSION}"}],
        "paths": paths,
        "components": {
            "schemas": told["$defs"],
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(each: Operation) -> Schema:
    scope, status = SCOPES[each.door], 201 if each.method == "post" else 200
    refusals = sorted({*_ALWAYS, *((409, 415) if each.body else ())})
    said: Schema = {
        "operationId": each.door.removeprefix("api."),
        "summary": each.summary,
        "description": f"Needs a token of the scope `{scope}`.",
        "security": [{"token": [scope]}],
        "parameters": [*_parameters(each), *([_KEY] if each.body else ())],
        "responses": {
            str(status): _response(status, HTTPStatus(status).phrase, JSON, each.answer),
            **{str(n): _response(n, _REFUSALS[n], MEDIA_TYPE, models.ProblemDetails) for n in refusals},
        },
    }
    if each.body:
        said["requestBody"] = {"required": True, "content": {JSON: {"schema": _ref(each.body)}}}
    return said


def _response(status: int, words: str, media: str, model: type[BaseModel]) -> Schema:
    headers = {
        name: {"description": said, "schema": {"type": "string"}}
        for name, said in _HEADERS.get(status, {}).items()
    }
    said: Schema = {"description": words, "content": {media: {"schema": _ref(model)}}}
    return said | ({"headers": headers} if headers else {})


def _ref(model: type[BaseModel]) -> Schema:
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def _parameters(each: Operation) -> Iterator[Schema]:
    for part in each.path.split("/"):
        if part.startswith("{"):
            yield {
                "name": part.strip("{}"),
                "in": "path",
                "required": True,
                "schema": {"type": "string", "pattern": models.ID},
            }
    for name, said in each.query.model_json_schema(mode="validation").get("properties", {}).items():
        schema = {key: value for key, value in said.items() if key not in ("title", "default", "description")}
        if "anyOf" in schema:  # a parameter that is left out is no null
            (schema,) = [one for one in schema.pop("anyOf") if one != {"type": "null"}]
        parameter = {"name": name, "in": "query", "required": False, "schema": schema}
        if "description" in said:
            parameter["description"] = said["description"]
        yield parameter
