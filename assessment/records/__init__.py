"""The readers: an export of a system of record, to work items, to counts that nobody typed.

Everything here needs the standard library alone (and `core.sampling`), because the local reader is built of
it. Who did what is hashed as it is read (`people`), and nothing that is returned tells of a person.
"""
