"""The one kind of error that a user sees: a line that says what to do."""


class SteigerError(Exception):
    """The call or the machine is wrong; the message is one line that says what to do.

    The command line prints it and exits with status 2.
    """


class EngineError(SteigerError):
    """The Docker Engine can't be reached or refused a request."""
