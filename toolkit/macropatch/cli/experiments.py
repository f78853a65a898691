"""``macropatch experiments``: the named experiments."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def main() -> None:
    """List named experiments: `macropatch run NAME` carries one out."""
    from macropatch.host import build_host

    table = Table("name", "from", "summary")
    for name, entry in build_host().experiments().items():
        table.add_row(*map(escape, (name, entry.provider.distribution, entry.record.summary)))
    Console().print(table)
