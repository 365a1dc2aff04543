"""The one reader of content/: pages, questions, terms, settings and instruments, checked whole at start."""

from assessment.content.library import Library, read_library
from assessment.content.located import ContentError, Fault
from assessment.content.pages import Page, Question
from assessment.content.site import Site
from assessment.content.terms import Term

__all__ = ["ContentError", "Fault", "Library", "Page", "Question", "Site", "Term", "read_library"]
