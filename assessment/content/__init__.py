"""The one reader of content/: pages, questions, terms, settings and instruments, checked whole at start.

`library.read_library` reads it all and joins the three groups: `files` knows where a value stands, `pages`
what the site says, `instruments` what is asked. Nothing is imported here: a command that needs an instrument
alone loads `instruments`, and no Markdown.
"""
