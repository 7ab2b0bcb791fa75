"""The options that say what a figure shows, and how."""

from __future__ import annotations

import click

from archspec.cli.common import gathered
from archspec.figures.detail import LEVELS, REPEATS, SHAPES
from archspec.figures.options import DIRECTIONS, NOTES, STYLES, VIEWS, Note, Options


def _notes(_: click.Context, __: click.Parameter, text: str) -> tuple[Note, ...]:
    """`params,macs`: kinds of notes."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in NOTES:
            raise click.BadParameter(f"{word!r} is none of {', '.join(NOTES)}")
    return tuple(note for note in NOTES if note in words)


_OPTIONS = (
    click.option(
        "--level",
        type=click.Choice(LEVELS),
        help="The whole as one box, a box a stage, a box a block, or every layer (the default of "
        "boxes; elsewhere it is what can be read from a slide).",
    ),
    click.option("--depth", type=click.IntRange(min=0), help="Open so many levels of blocks."),
    click.option(
        "--expand", metavar="NAME", multiple=True, help="Open this block, or what has this path."
    ),
    click.option("--collapse", metavar="NAME", multiple=True, help="Fold it into one box."),
    click.option(
        "--only",
        metavar="NAME",
        multiple=True,
        help="Show one instance of this block, or the part with this path or label, by itself; "
        'several come side by side, of several networks one of each, "" for the whole.',
    ),
    click.option("--from", "start", metavar="NODE", help="Begin here."),
    click.option("--to", "end", metavar="NODE", help="End here."),
    click.option(
        "--fuse", is_flag=True, help="Write normalisations and activations into the layer's box."
    ),
    click.option(
        "--repeat",
        type=click.Choice(REPEATS),
        help="Draw once, with ×N, what comes several times in a row: what is equal (the default), "
        "also blocks that differ in their channels alone, or nothing.",
    ),
    # Of two options with one name, releases of click differ in whose default is the value's.
    click.option(
        "--no-repeat",
        "repeat",
        flag_value="none",
        default=None,
        help="The same as --repeat none.",
    ),
    click.option("--residuals", is_flag=True, help="Draw a frame round what is added to a skip."),
    click.option(
        "--shapes",
        type=click.Choice(SHAPES),
        help="On which arrows shapes are written: all, where they change (the default of boxes), "
        "where channels change and these alone, or none.",
    ),
    click.option(
        "--annotate",
        callback=_notes,
        default="",
        metavar="A,B",
        help="Write into boxes: params, macs, memory (of their outputs), rf (receptive field), "
        "attributes (of ops, those that lectures leave out); each: of a box with ×N what one of "
        "them costs, not all.",
    ),
    click.option(
        "--title",
        metavar="TEXT",
        multiple=True,
        callback=lambda _, __, given: given or None,
        help="What stands above, in place of the network's name; '' for nothing. Of several figures"
        " one title stands above all, or give one for each.",
    ),
    click.option("--legend", is_flag=True, help="Say what the colours mean."),
    click.option(
        "--style",
        type=click.Choice(STYLES),
        help="A box an op; a strip, or a tower, in which blocks are tiny pictures; levels, a "
        "network, a stage and a block side by side; or feature maps, as volumes or as stacks of "
        "planes. Default: what can be read from a slide.",
    ),
    click.option(
        "--theme",
        metavar="NAME|FILE",
        help="Colours: light (the default; a page is dark for who reads so), dark, print (greys), "
        "textbook (two tints), or a YAML file that changes some of theirs.",
    ),
    click.option(
        "--transparent", is_flag=True, help="Leave the paper out, for a slide of another colour."
    ),
    click.option(
        "--font-scale",
        type=float,
        metavar="K",
        help="Make words K times as large as they would be, from 0.5 to 4.",
    ),
    click.option(
        "--direction",
        type=click.Choice(DIRECTIONS),
        help="From top to bottom or from left to right, in boxes, or a U, with a row for each"
        " resolution; default: what suits the network.",
    ),
    click.option(
        "--size",
        metavar="W:H",
        help="Fill a page of this shape, such as 16:9, or of so many pixels, such as 1280x720;"
        " a long chain goes on in rows.",
    ),
    click.option(
        "--view",
        type=click.Choice(VIEWS),
        default="graph",
        help="Draw a residual network as its paths, or the blocks of any as a tree.",
    ),
)


drawing = gathered("options", Options, _OPTIONS)
"""Give a command these options, as one argument `options`."""
