"""A leader's journey: start, tasks, questions, check, finish, resume, leave.

Every POST keeps what it was sent in one committed transaction before it answers 303. What cannot be
kept is refused with a reason, and with every word that was typed.
"""

from assessment.web.diagnosis import again, finish, leave, questions, records, replacing, start, tasks
from assessment.web.diagnosis.door import bp

__all__ = ["again", "bp", "finish", "leave", "questions", "records", "replacing", "start", "tasks"]
