"""Not read yet."""

from pipelines.ingest.parts import Parts, Source
from pipelines.ingest.refusals import refuse


def read(source: Source) -> Parts:
    """Refuse the file."""
    raise refuse("unknown_format", name=source.name)
