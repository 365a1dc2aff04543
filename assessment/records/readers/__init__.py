"""One module a system. `READERS` is the order in which a file is offered to them: the particular first."""
