"""When the journey cannot do what it was asked: in which words."""

from __future__ import annotations

from flask import request


class Refused(Exception):
    """A request that is not carried out. `may_repeat`: the very same form may be sent again."""

    def __init__(self, status: int, title: str, *sentences: str, may_repeat: bool = False) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.sentences = sentences
        self.may_repeat = may_repeat


def incomplete() -> Refused:
    return Refused(
        400, "The form came without its hidden parts", "Open its page again and copy in what you had typed."
    )


def unreadable() -> Refused:
    return Refused(
        400,
        "Some of it cannot be read as text",
        "A part of what was sent is not written in UTF-8, so nothing was saved.",
        "Go back and type that part anew.",
    )


def from_another_site() -> Refused:
    return Refused(
        403,
        "This was not sent from a page of this site",
        "Your browser says that the form was on another site, so nothing was saved.",
        "Open the page on this site, and copy into it what you had typed.",
    )


def without_key() -> Refused:
    return Refused(
        403,
        "This browser holds no key to this diagnosis",
        "The cookie that opens it is gone. Nothing was saved.",
        "Open your private link in this browser. Then copy in what you had typed.",
    )


def not_signed_in() -> Refused:
    return Refused(
        403,
        "Nobody is signed in here",
        "The session has ended, so nothing was saved.",
        "Sign in in another tab; then send this again from here.",
        may_repeat=True,
    )


def with_older_key() -> Refused:
    return Refused(
        403,
        "This page was made with an older key",
        "The key in this browser, or that of the site, is newer than the page you sent. Nothing was saved.",
        "Send it again from here. If there is no such diagnosis then, open your private link first.",
        may_repeat=True,
    )


def not_offered() -> Refused:
    return Refused(
        404,
        "There are no such questions here",
        "The address names an instrument that this site does not offer.",
        "Go to the start, and copy in what you had typed.",
    )


def not_here() -> Refused:
    return Refused(
        404,
        "There is no such diagnosis here",
        "It was deleted, it is not in this browser, or it never was. Nothing was saved.",
        "If it was not deleted, open your private link, then copy in what you had typed.",
    )


def no_longer_asked() -> Refused:
    return Refused(
        409,
        "This question is no longer asked",
        "Another answer was changed in the meantime, and the path no longer leads here. What you typed was "
        "not saved.",
        "Go to the tasks and see what is asked now.",
    )


def drawn_anew() -> Refused:
    return Refused(
        409,
        "A new sample was drawn",
        "Since you opened this page, the list was changed and its sample drawn again. What you typed belongs "
        "to an item of the earlier sample, so it was not saved.",
        "Go to the tasks and open the items of the new sample.",
    )


def belief_is_locked() -> Refused:
    return Refused(
        409,
        "What you expect can no longer be changed",
        "It was said before, and the items are shown since. What stands is what was said first; what you "
        "typed now was not saved.",
        "Go to the tasks and open the items.",
    )


def finished() -> Refused:
    return Refused(
        409,
        "This diagnosis is finished",
        "It was finished in another window, and its answers can no longer change. What you typed was not "
        "saved.",
        "Begin another diagnosis if the team is to be looked at again.",
    )


def too_large_an_export(largest_mb: int) -> Refused:
    return Refused(
        413,
        "These files are too large",
        f"Together, at most {largest_mb} MB are read here. Nothing was read and nothing was saved.",
        "Export fewer days or fewer columns, or count the files with the reader on your own machine.",
    )


def others_are_read() -> Refused:
    return Refused(
        503,
        "Other files are being read now",
        "As many are read at this moment as fit. Nothing of yours was read, and nothing was saved.",
        "Go back and send them once more in a few seconds.",
    )


def not_counted_here() -> Refused:
    return Refused(
        409,
        "Nothing of this diagnosis is counted from exports",
        "Its questions are answered from memory, or by hand. Nothing was read and nothing was saved.",
        "Go to the tasks and answer what is asked.",
    )


def not_finished() -> Refused:
    return Refused(
        409,
        "This diagnosis is not finished yet",
        "Its counts can be carried on once it is finished. Nothing was begun.",
        "Go to the tasks, check your answers and finish.",
    )


def leads_nowhere() -> Refused:
    return Refused(
        409,
        "These counts cannot be carried on",
        "Only what was answered from memory is carried on, to questions that this site still offers. Nothing "
        "was begun.",
        "Go to the start and begin from there.",
    )


def not_to_be_repeated() -> Refused:
    return Refused(
        409,
        "This cannot be measured again from here",
        "Only a finished diagnosis that looked at records, with questions that this site still offers, can "
        "be followed by another that is compared with it. Nothing was begun.",
        "Go to the start and begin from there.",
    )


def no_mail() -> Refused:
    return Refused(409, "This site sends no mail", "Nothing was sent.", "Copy the private link instead.")


def desk_sends_no_mail() -> Refused:
    return Refused(
        409,
        "No mail can go there from here",
        "There is no address, or this site has no mail server. Nothing was sent.",
        "Pass the link on by another way.",
    )


def invitation_ended() -> Refused:
    return Refused(
        409,
        "This invitation has ended",
        "It was revoked or its time is over, so nothing was sent.",
        "Invite them anew if they are still to come.",
    )


def too_many_letters(at_most: int) -> Refused:
    return Refused(
        409,
        "Enough mails went there by this invitation",
        f"One a day is sent, and {at_most} in all. No other was.",
        "Wait until tomorrow, or pass the link on by another way.",
    )


def too_many_invitations(at_most: int) -> Refused:
    return Refused(
        409,
        "You have invited as many as one person may within a day",
        f"{at_most} were made within 24 hours. No other was.",
        "Send this again tomorrow.",
        may_repeat=True,
    )


def too_much_sent(at_most: int) -> Refused:
    return Refused(
        409,
        "You have sent as much as one person may within a day",
        f"{at_most} reports were sent within 24 hours. No other was.",
        "Send this again tomorrow.",
        may_repeat=True,
    )


def not_sendable() -> Refused:
    return Refused(
        409,
        "There is no such report to be sent",
        "What was prepared is not there any more, or its PDF is not made yet. Nothing was sent.",
        "Go to the page of the diagnosis and see what is prepared. Then copy in what you had typed.",
    )


def too_many_links(at_most: int) -> Refused:
    return Refused(
        409,
        "There are as many links as a report may have",
        f"{at_most} links open this report now. No other was made.",
        "End one that is no longer needed, then make this one again.",
    )


def too_many(of_what: str, at_most: int) -> Refused:
    return Refused(
        409,
        f"There are as many {of_what} as there may be",
        f"{at_most} {of_what} work now. No other was made.",
        "End one that is no longer needed, then make this one again.",
    )


def too_many_prepared(at_most: int) -> Refused:
    return Refused(
        409,
        "There are as many covers as a report may have",
        f"{at_most} were prepared of this report. No other was made.",
        "Remove one that was not sent, then make this one again.",
    )


def was_sent() -> Refused:
    return Refused(
        409,
        "This was sent, and stays as it is",
        "What a recipient was given is kept as long as the desk sees the diagnosis. Nothing was removed.",
        "To have nobody read it any more, revoke its delivery.",
    )


def sso_failed() -> Refused:
    return Refused(
        403,
        "The single sign-on came to nothing",
        "What this browser brought back is of no sign-in that it began here in the last ten minutes, or the "
        "provider did not stand by it. Nobody was signed in.",
        "Begin again at the page where you sign in.",
    )


def sso_unavailable() -> Refused:
    return Refused(
        503,
        "The single sign-on cannot be reached now",
        "The provider does not answer this site. Nobody was signed in.",
        "Try again in a while, or sign in with a password where you have one.",
    )


def sso_unknown() -> Refused:
    return Refused(
        403,
        "You have no account at this desk",
        "The provider knows you, but no admin of this desk has added you with the e-mail address that it has "
        "verified.",
        "Ask an admin of the desk.",
    )


def last_admin() -> Refused:
    return Refused(
        409,
        "Nobody else is an admin",
        "Without this admin nobody could look after the desk. Nothing was changed.",
        "Make somebody else an admin first.",
    )


def too_many_notes(at_most: int) -> Refused:
    return Refused(
        409,
        "There are as many notes as a diagnosis may have",
        f"{at_most} notes are kept of this diagnosis. No other was.",
        "Remove some that are no longer needed, then send this one again.",
    )


def too_long_a_list(at_most: int) -> Refused:
    return Refused(
        409,
        "That is more than one file takes",
        f"A file has {at_most:,} rows at most. None was made.",
        "Narrow the list, by the days on which they were shared for instance, and take it away in parts.",
    )


def no_longer_shared() -> Refused:
    return Refused(
        404,
        "This diagnosis is not shared with the desk",
        "Its leader no longer lets the desk see it, or it was deleted. Nothing was saved.",
        "The list shows what is shared now.",
    )


def changed_draft() -> Refused:
    return Refused(
        409,
        "The questions have changed",
        "You started with a draft of the questions that has been changed since. Answers to other questions "
        "cannot be scored together, so this diagnosis cannot go on.",
        "Begin a new one. We are sorry for the time this costs.",
    )


def store_unavailable() -> Refused:
    if request.method != "POST":
        return Refused(
            503, "The store cannot be read now", "What you saved is safe.", "Load this page again in a while."
        )
    return Refused(
        503,
        "Not saved: the store takes nothing now",
        "Nothing of what you sent was saved, and nothing of it was lost: it is below.",
        "Wait a few seconds and send it again. Sending it twice does no harm.",
        may_repeat=True,
    )
