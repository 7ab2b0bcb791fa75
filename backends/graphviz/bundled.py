"""A program that draws with the Graphviz within pygraphviz: DOT on stdin, the picture on stdout.

It is run by itself, so that what goes wrong in a C library, or takes hours, does so elsewhere.
Arguments: the folder that holds pygraphviz, the format, and the resolution, if it matters.
"""

import sys


def main(folder: str, format: str, dpi: str | None = None) -> str | None:
    """Draws; returns what is wrong, if anything is."""
    sys.path.append(folder)
    import pygraphviz

    try:
        graph = pygraphviz.AGraph()
        graph.read(sys.stdin)
        if dpi is not None:
            graph.graph_attr["dpi"] = dpi
        layout = dict(graph.graph_attr.items()).get("layout", "dot")
        sys.stdout.buffer.write(graph.draw(format=format, prog=layout))
    except (pygraphviz.DotError, ValueError, OSError) as error:
        return str(error)
    return None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
