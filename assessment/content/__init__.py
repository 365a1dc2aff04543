"""The one reader of content/: pages, questions, terms, settings and instruments, checked whole at start.

`library.read_library` reads it all. Nothing is imported here: a command that needs an instrument alone
loads `instruments`, and no Markdown.
"""
