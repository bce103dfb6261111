"""A whole log as lines of text, up to the first damage, which is the last line then."""

from collections.abc import Container, Iterator

from mesodrive.document_text import escaped
from mesodrive.session.begin import read_begin
from mesodrive.session.format import Buffer
from mesodrive.session.rendering import Renderer, Sort, seconds
from mesodrive.session.walk import Walk, entries

ALL: frozenset[Sort] = frozenset(Sort)


def show(data: Buffer, sorts: Container[Sort] = ALL, *, raw: bool = False) -> Iterator[str]:
    """Yield a log as lines; times are seconds since its begin record.

    Args:
        data: The log; it may be damaged.
        sorts: What to show: frames, events, wishes, other inputs and outputs.
        raw: Show the bytes of each entry in hex as well.

    Raises:
        LogUnusableError: If the begin record cannot be used.
    """
    begin = read_begin(data)
    spec = begin.spec
    yield escaped(
        f"mesodrive {begin.mesodrive}, {begin.started_utc}, port {begin.port}, "
        f"treatment {spec.get('treatment_id', '')}, profile {begin.profile_file_hash[:16]}"
    )
    walk = Walk(data)
    renderer = Renderer(raw=raw)
    for entry in entries(walk):
        for line in renderer.lines(entry):
            if line.sort in sorts or line.sort is Sort.RAW:
                yield line.shown(walk.first_ns)
    tail = len(data) - walk.sealed_bytes
    if walk.ended:
        said = escaped(walk.end_body.decode(errors="replace"))
        yield f"{seconds(walk.last_ns - walk.first_ns)} end {said}"
    else:
        yield "the session was not closed"
    if tail:
        yield f"{tail} bytes after the last seal"
    if walk.damage is not None:
        yield f"stopped: {walk.damage}"
