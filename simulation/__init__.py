"""Made-up teams whose truth is known, answered for and scored: how good the method is at what it says.

`make simulate` runs it all and writes the tables of docs/method.md. The generator (`world`) shares nothing
with the scorer but the instrument's data; the scorer is the one that the site runs.
"""
