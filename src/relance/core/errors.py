"""The one tree of errors. Each class says what happened; each message says where, and what to do next.

RelanceError                the command or request is refused with a sentence (exit code 1)
├── InputError              a file or value that was brought is not usable
│   └── DefinitionError     a YAML definition is wrong: file, line and field are named
├── ConfigurationError      a setting or the machine stands in the way
│   └── DatabaseError       the database cannot be started or reached
├── LakeError               the event lake cannot be read or written
├── NotFoundError           nothing of that name exists here
├── RefusedError            the law, the gate or a guard says no
├── RenderError             a template cannot be rendered
└── ChannelError            a channel did not take a message; `permanent`: only a person can help, no further try
"""


class RelanceError(Exception):
    """Something is refused; the message is a sentence for the person who asked."""


class InputError(RelanceError):
    """A file or value that was brought is not usable."""


class DefinitionError(InputError):
    """A definition is wrong; the message starts with file, line and field."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class ConfigurationError(RelanceError):
    """A setting or the machine stands in the way."""


class DatabaseError(ConfigurationError):
    """The database cannot be started or reached."""


class LakeError(RelanceError):
    """The event lake cannot be read or written."""


class NotFoundError(RelanceError):
    """Nothing of that name exists here."""


class RefusedError(RelanceError):
    """The law, the gate or a guard says no."""


class RenderError(RelanceError):
    """A template cannot be rendered."""


class ChannelError(RelanceError):
    """A channel did not take a message; `permanent` where a person must act, as on a wrong password."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        self.permanent = permanent
        super().__init__(message)
