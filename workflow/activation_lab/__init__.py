"""Activation Lab: what activation functions do to neural networks, measured."""


class UserError(Exception):
    """A problem that the user can mend: the message says what is wrong, where, and what to do."""
