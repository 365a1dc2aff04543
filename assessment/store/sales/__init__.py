"""The memory of the sales desk: who works there, whom they invited, what leaders let them see, what was sent.

Nothing here opens a diagnosis but a consent that stands: `listing` has a row for each, and whatever the desk
keeps about a diagnosis refers to that row and goes with it.
"""
