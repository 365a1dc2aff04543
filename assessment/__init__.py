"""The rooms of the product; each imports only what its line allows (tests/test_architecture.py).

core      the method: what is asked, how it is scored, what it means. No files, clock, network or randomness
content   the library: the one reader of content/ (pages, terms, instruments), checked whole at start
store     the memory: assessments, answers, reports, the outbox. The only room that speaks SQL
report    the paper: what a report says, its figures, its HTML, and the PDF made in a child process
web       the doors: one module for each first segment of a URL
jobs      the back room: reports rendered from the outbox, outside the web process
cli       the `flask` commands
settings  every setting, its unit and its default
app       joins the rooms; `serve` runs the web and the back room under one parent

This module imports nothing, so `import assessment.core.diagnosis` loads the method and nothing else.
"""
