"""What cannot go on. Each error carries a code, an English template and its fields; a door translates and shows it."""

from collections.abc import Sequence


class AppError(Exception):
    """An expected failure that stops the command: one clear sentence that says what to do, nothing changed.

    `code` is stable for programs; `template` is the msgid of the sentence; `fields` fill it.
    """

    code = "error"
    template = "The operation failed."

    def __init__(self, **fields: object) -> None:
        """Keep the fields that complete the sentence."""
        self.fields = fields
        super().__init__(self.template.format(**fields) if fields else self.template)

    @property
    def every(self) -> "Sequence[AppError]":
        """This error, or each of those that it stands for."""
        return (self,)


class Refused(AppError):
    """A decision that the facts do not allow; the reason is its own code and template."""

    def __init__(self, code: str, template: str, **fields: object) -> None:
        """Keep the code and sentence of this refusal."""
        self.code = code
        self.template = template
        super().__init__(**fields)


class SeveralRefused(Refused):
    """All that stands in the way of one decision; where only one can be told, the first."""

    def __init__(self, refusals: Sequence[Refused]) -> None:
        """Keep the refusals, of which there is one at least."""
        self._every = tuple(refusals)
        super().__init__(refusals[0].code, refusals[0].template, **refusals[0].fields)

    @property
    def every(self) -> Sequence[AppError]:
        """Each refusal, in the order in which a person mends them."""
        return self._every


class UnreadableFile(AppError):
    """A file that cannot be read at all; the reason is its own code and template."""

    def __init__(self, code: str, template: str, **fields: object) -> None:
        """Keep the code and sentence of this refusal."""
        self.code = code
        self.template = template
        super().__init__(**fields)


class StoreMissing(AppError):
    """No database where one was expected."""

    code = "no_database"
    template = "There is no database at {path}. Import a file first, or run: encours demo"


class StoreLocked(AppError):
    """Another process has the database open."""

    code = "database_locked"
    template = (
        "The database {path} is open in another program (process {pid}). Close the dashboard or that command, then try again."
    )


class StoreUnreadable(AppError):
    """The file is not an Encours database, is damaged, or was written by a newer version."""

    def __init__(self, code: str, template: str, **fields: object) -> None:
        """Keep the code and sentence of this refusal."""
        self.code = code
        self.template = template
        super().__init__(**fields)
