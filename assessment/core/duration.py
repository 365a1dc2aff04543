"""How long something takes, in words."""

from math import ceil


def in_minutes(minutes: float) -> str:
    """Return a time in words, rounded up: a promise that is broken by seconds is broken.

    >>> in_minutes(4.5), in_minutes(0.5), in_minutes(0)
    ('about 5 minutes', 'about 1 minute', 'no time')
    """
    whole = ceil(minutes)
    return "no time" if whole == 0 else f"about {whole} minute{'s' if whole > 1 else ''}"


def in_all(minutes: float) -> str:
    """Return what a whole diagnosis takes: seconds below two minutes, hours from three quarters on.

    >>> in_all(1.5), in_all(14.5), in_all(60.5), in_all(85)
    ('90 seconds', 'about 15 minutes', 'about 1 hour', 'about 1½ hours')
    """
    if minutes < 2:
        return f"{ceil(minutes * 6) * 10} seconds"
    if minutes < 45:
        return in_minutes(minutes)
    whole, half = divmod(round(minutes / 30), 2)
    return f"about {whole or ''}{'½' if half else ''} hour{'s' if whole + half > 1 else ''}"


def in_halves(minutes: float) -> str:
    """Return a time to the half minute, as the instrument gives it; shorter ones in seconds.

    >>> in_halves(4.5), in_halves(1), in_halves(0.5), in_halves(0.2)
    ('4½ minutes', '1 minute', '½ minute', '15 seconds')
    """
    whole, half = divmod(round(minutes * 2), 2)
    if not whole and not half:
        return f"{ceil(minutes * 12) * 5} seconds"
    return f"{whole or ''}{'½' if half else ''} minute{'s' if minutes > 1 else ''}"
