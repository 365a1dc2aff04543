"""The door of programs: what every request must say of itself, how it is read, and how it is answered.

Who may come through is decided by `web/access.py`, before a view is called.
"""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, Response, request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assessment.web.problems import MEDIA_TYPE, Problem

JSON = "application/json"
VERSION = "/v1"

bp = Blueprint("api", __name__, url_prefix="/api")

Model = TypeVar("Model", bound=BaseModel)


@bp.before_request
def negotiate() -> None:
    """Refuse whoever takes no JSON."""
    accepted = request.accept_mimetypes
    if accepted.provided and not accepted[JSON]:
        raise Problem(406, f"Everything here is {JSON}; errors are {MEDIA_TYPE}.")


def answered(model: BaseModel, status: int = 200) -> Response:
    """Answer with a model as JSON."""
    return Response(model.model_dump_json(), status, mimetype=JSON)


def asked(model: type[Model]) -> Model:
    """Return the query of this request as a model. Raises Problem."""
    twice = [name for name, values in request.args.lists() if len(values) > 1]
    if twice:
        errors = [{"at": name, "fault": "is given more than once"} for name in twice]
        raise Problem(422, "The query is not as it must be.", errors=errors)
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise Problem(422, "The query is not as it must be.", errors=_faults(error)) from None


def sent(model: type[Model]) -> Model:
    """Return the body of this request as a model. Raises Problem."""
    if request.mimetype != JSON:
        raise Problem(415, f"Send {JSON}.", headers={"Accept": JSON})
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as error:
        if any(each["type"] == "json_invalid" for each in error.errors(include_url=False)):
            raise Problem(400, "The body is not JSON.") from None
        raise Problem(422, "The body is not as it must be.", errors=_faults(error)) from None


def _faults(error: ValidationError) -> list[dict[str, str]]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{"at": _at(each), "fault": _FAULTS.get(each["type"], each["msg"])} for each in found]


_FAULTS = {
    "extra_forbidden": "is not known here",
    "string_pattern_mismatch": "does not look as the document of this API says",
}


def _at(fault: ErrorDetails) -> str:
    return ".".join(map(str, fault["loc"]))[:100]


def unknown_place() -> Problem:
    """Return what is said of a cursor that leads nowhere (any more)."""
    return Problem(404, "This place in the list is not there (any more). Begin the list without `after`.")
