"""The errors that a user can mend."""


class UserError(Exception):
    """A problem that the user can mend: the message says what is wrong, where, and what to do."""
