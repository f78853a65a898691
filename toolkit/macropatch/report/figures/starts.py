"""The key of the starts, above the axes."""

from __future__ import annotations

from matplotlib.axes import Axes

STARTS_A_ROW = 5
LETTERS_A_ROW = 75
"""So much text fits beside each other, and …"""

LETTERS_A_HANDLE = 5
"""… a handle with its gaps takes the room of so many."""


def name_starts(axes: Axes) -> None:
    """Legend of what was labelled so far; the axes are free for a further legend."""
    _, labels = axes.get_legend_handles_labels()
    longest = max(len(label) for label in labels) + LETTERS_A_HANDLE
    columns = max(1, min(len(labels), STARTS_A_ROW, LETTERS_A_ROW // longest))
    key = axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 1.0),
        ncols=columns,
        columnspacing=1.0,
        handlelength=1.2,
    )
    axes.add_artist(key)
    key.set_clip_on(False)  # an added artist is cut off at the axes, and this one is above
