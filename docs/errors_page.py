"""docs/errors.md: every diagnostic code, what it means, and an example of it.

`python -m docs.errors_page` writes the page anew. The codes and their titles are those of
archspec/diagnostics/codes.py, the examples those of tests/errors/; a test holds all three together.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from archspec.diagnostics.codes import CODES
from tests.error_cases import Case, cases

PAGE = Path(__file__).parent / "errors.md"

HEAD = """\
# Errors

<!-- Written by docs/errors_page.py; `python -m docs.errors_page` writes it anew. -->

A diagnostic says what is wrong and where, what was expected and found there, which other
places explain it (`note`), through which block instances it was reached (`in`), and what to
write instead (`hint`). All errors of a stage are reported together, and one that comes back
in every iteration of a loop is shown once. So is what `archspec check` finds in several variants of
a file; where it does not arise in all of them, it says in which (`in: 3 of 5 variants`). Codes are
stable: a code is never given a second meaning.

`archspec` ends with exit status 1 for a faulty spec and 2 for a faulty command line.

Codes that begin with W are remarks: on what is sound, and may not be what is meant. They come
on stderr, once each, and change neither the output nor the exit status; `--quiet` silences
them. From Python they are `archspec.load(...).remarks`, and warnings of the kind
`archspec.Remark`.
"""

SECTIONS = {
    "E0": "Text and YAML",
    "E1": "Files, names and the command line",
    "E2": "The shape of a spec",
    "E3": "Expressions",
    "E4": "The graph",
    "E5": "Shapes",
    "E6": "Backends",
    "W1": "Remarks on files",
    "W2": "Remarks on the shape of a spec",
    "W3": "Remarks on expressions",
    "W4": "Remarks on the graph",
    "W5": "Remarks on shapes",
}

MEANING = {
    "E001": "YAML's own rules are broken: indentation, brackets, quotes, colons.",
    "E002": "One of the two values would silently win, so neither does.",
    "E003": "Tags such as `!!python/object` make other readers build objects and run code.",
    "E004": "A spec has at most 4 MiB, a million values and 60 levels; what aliases stand for is "
    "counted as if it were written out.",
    "E005": "Specs are read as UTF-8, with or without a byte order mark.",
    "E006": "A file holds exactly one spec.",
    "E007": "Keys are words. A list, a mapping or nothing at all cannot be one.",
    "E101": "There is no such file, or it is a folder, or reading or writing it is not allowed.",
    "E102": "A spec is named by its path, by `path@variant`, or by a name that `archspec list` "
    "shows.",
    "E103": "The part after `@` is a key under `variants`.",
    "E104": "A spec that is passed on may be read by anyone, so `use` reaches only what lies below "
    "the spec's own folder or comes with archspec.",
    "E105": "A file needs its own blocks before it has any.",
    "E106": "`--set` and the rows of `variants` give values to what stands under `params`.",
    "E107": "Nothing is overwritten unless `--force` says so.",
    "E108": "Blocks and layers go by the paths that `archspec stats` prints, blocks in general by "
    "the names under `blocks`.",
    "E109": "The first line names the columns, `network` and `top1` among them; the others give "
    "each network once, with a number from 0 to 100.",
    "E110": "Themes are `light`, `dark` and `print`, and YAML files that change some of their "
    "colours.",
    "E111": "A colour is `#rrggbb` or `#rgb`, in quotes, as `#` begins a comment.",
    "E112": "A figure that nobody can read helps nobody: words have a contrast of 3:1 or more to "
    "what they stand on, as WCAG 2.2 measures it. The bundled themes have 4.5:1.",
    "E113": "`archspec explain` tells of one layer, block or group. A path has one meaning; an id "
    "or the name of a block may have several.",
    "E114": "An op from outside of the package need say no more than the shape of its value. What "
    "it does not say is `unknown` in tables, and cannot be computed with.",
    "E201": "Unknown keys are never ignored: most are misspelt.",
    "E202": "Something that has no default has been left out.",
    "E203": "A list stands where a mapping is wanted, a number where an id is, or the like.",
    "E204": "A node is an op's name, or a mapping with one op or block beside `id`, `from`, "
    "`when`, `else`, `for`, `repeat` and `share`.",
    "E205": "Ops are listed in [the language](language.md); blocks stand under `blocks` or in the "
    "files of `use`.",
    "E206": "Ids become attributes of a PyTorch module and parts of the keys of its checkpoints. "
    "Names of blocks, parameters, inputs and outputs keep to the same rules.",
    "E207": "Attributes bear PyTorch's names; an op has no others.",
    "E208": "What follows from the value that feeds a node is never written: it could only be "
    "redundant or wrong.",
    "E209": "The op cannot be built without it.",
    "E210": "The value is of the wrong kind, out of range, or does not go with the others.",
    "E211": "A name means one thing. Rename one of the two.",
    "E212": "A newer archspec reads it; what it holds may have another meaning there.",
    "E301": "The text is no expression of the language.",
    "E302": "Expressions see parameters, the variables of loops, and `input`.",
    "E303": "Expressions are arithmetic, comparisons, `and`, `or`, `not`, `x if c else y`, "
    "indexing and ten functions; they run no code.",
    "E304": "The expression is sound, but not with the values it has here.",
    "E305": "Numbers have 64 bits, lists a million elements, expressions 2,000 characters.",
    "E306": "The expression has a value, of a kind that is no use in this place.",
    "E307": "Under `for`, `repeat` and `when` a name needs no `$`; in a list it does, there as "
    "everywhere.",
    "E401": "A reference is the id of a node above it, in the same block or in a group around it.",
    "E402": "Ids are unique within their block or group, and one that has been read there as that "
    "of a node outside is taken.",
    "E403": "A node reads what stands above it; there are no cycles.",
    "E404": "Block instances nest at most 64 deep. A recursive block ends with `when`.",
    "E405": "A graph has at most 1,000,000 nodes, an axis at most 2,147,483,647 elements. "
    "Paths are counted up to 2^14,000, and to lengths that take a few seconds.",
    "E406": "A forgotten `from` or merge is the usual reason. What is meant to be computed is "
    "read, merged, or named in `outputs`.",
    "E407": "A network with several inputs has no value that its first node could read by itself.",
    "E408": "`share` gives an op or a block the weights of an earlier one of the same kind.",
    "E409": "A merge needs branches, as many as its op takes.",
    "E410": "An op reads one value, a block as many as it has `inputs`; a merge gathers any "
    "number.",
    "E411": "In place, an op overwrites the value that it reads; somebody else would then read the "
    "wrong one. So would the gradient of an op that keeps its output for it, as `relu` and `tanh` "
    "do.",
    "E412": "A parameter declared by its type alone has to be given a value.",
    "E413": "A block takes the parameters it declares, and a bare value is the first of them.",
    "E414": "A parameter has the type it declares, or that of its default, or is one of its "
    "choices.",
    "E415": "Outputs have names of their own and one value each, and inputs the sizes they are "
    "given by name.",
    "E416": "The lists of a `for` or an `each` are walked side by side, like the columns of a "
    "table.",
    "E417": "`for` and `each` walk lists, `repeat` counts.",
    "E418": "A list has the tensor's own shape; some schemes want a tensor of several axes, or a "
    "convolution's.",
    "E419": "What is asked under `require` is said by the spec, in its own words.",
    "E420": "Positions name what has no weights. What has some and comes after a condition has an "
    "id, so that a checkpoint fits in either case.",
    "E422": "Graphs are built and edited in Python, as [Graphs in Python](python.md) says. What "
    "comes of it is verified as a whole: names, order, shapes, shared tensors, what blocks read.",
    "E423": "Graphs are built and edited in Python, as [Graphs in Python](python.md) says.",
    "E501": "`add` and its kin want equal shapes, `concat` equal sizes along every other axis. The "
    "notes show each operand, the node where they parted, and where a stride did not divide a map; "
    "which sizes of the input fit is tried.",
    "E502": "The op is not defined for so many axes.",
    "E503": "The window is larger than what it slides over.",
    "E504": "Grouped convolutions and group norm cut the channels into equal parts.",
    "E505": "Sizes that have to agree do not.",
    "E506": "In the compiled module a node keeps what it has at the spec's own input size: "
    "weights, a constant computed from a size, or whether it is there at all; `archspec check "
    "--input` found that another size wants something else.",
    "E507": "The weights have another shape where they are to be used again.",
    "E601": "There is no such backend or format, or what it needs is not installed.",
    "E602": "The op exists, but nobody has written how this backend expresses it.",
    "E603": "A figure is drawn by a system `dot` or by pygraphviz, and there is neither.",
    "E604": "Every key of the file and of the module has to be accounted for.",
    "E605": "The device or dtype is unknown to PyTorch, or not on this machine.",
    "E606": "The generated code is checked against the graph, and they differ: a mistake of "
    "archspec's. Please report it.",
    "E607": "Levels side by side open a box of one level in the next, and no box of this network, "
    "or of this part of it, is a block or a group of several layers.",
    "E608": "`--steps` writes a picture for each stage of a figure. A page in which blocks fold, "
    "DOT text and other views than the graph have none, and more than 100 are too many.",
    "E609": "A graph that was built or edited is written back as a spec, which is elaborated and "
    "compared with it. It may have what no spec can say: weights of a part of one instance in "
    "a part of another that is called otherwise, or of two other instances in one; and groups "
    "within groups, deeper than a file may nest.",
    "W104": "What lies beside a spec stands before what is bundled, which `std/` always means.",
    "W211": "A block stands before an op of its name in the file that defines it or brings it in.",
    "W306": "What kinds of values the parameters have decides it: a number is no word, and a word "
    "that is none of a parameter's choices is none of its values. So a condition with it holds "
    "always, or never.",
    "W401": "It gives that operand, whatever merge it is. What has one branch in one form of the "
    "network, because of an `each` or a `when`, and may have more in another, has no remark.",
    "W402": "In a block `input` is what the block reads. In the network's graph it is the "
    "network's own input, however far down it is asked for. Where what flows has as many "
    "channels, there is no remark.",
    "W403": "A rule for an op, a path or a tensor that is nowhere in the network does nothing.",
    "W404": "A group sees the ids around it, and may have an id of its own that stands there, too: "
    "as a name for weights, which nobody reads, it causes no remark.",
    "W405": "A parameter that nothing reads changes nothing, whatever it is set to. In a block "
    "that a value picks it may stand for the sake of the others.",
    "W406": "A block is used where it is called, or where a value is its name.",
    "W407": "What no variant builds, or not the one that is asked for, is not checked by building "
    "it; but a name that it reads is known nowhere.",
    "W408": "Of a head that stands beside the trunk, evaluation computes nothing. Here all that it "
    "returns goes through one, as where the node behind a head lacks its `from`. What is merged "
    "with other values has no remark, nor has a value of other channels than what is returned.",
    "W409": "`identity`, or `[]`, is the value that flows into the merge: that of the node right "
    "above. Where the same value is another branch, too, a sum holds it twice, and nothing is gone "
    "around. One that is named twice by its id is taken to be meant.",
    "W410": "`archspec check` builds every variant, and once more for each value of a switch that "
    "none of them has: of a parameter that is true or false, or has its choices listed. What a "
    "`require` forbids has no remark. Of many such values the first 6 are tried.",
    "W501": "Shapes are those of one sample. With an axis more, `conv` and its kin take an image "
    "for a volume, and say nothing.",
    "W502": "Channels come first, as in PyTorch. What is written the other way round has hundreds "
    "of channels, and is three pixels wide.",
    "W503": "In training a batch norm takes the mean and variance of each channel over the batch "
    "and all positions. Where there is one position, as in `[C]` or on maps of 1x1, one sample "
    "alone is one value, and PyTorch raises `Expected more than 1 value per channel when "
    "training`. Heads that are for training only have no remark.",
    "W504": "A linear layer on `[C, L]` takes each channel by itself, all its positions at once. "
    "What a convolution or a pooling gave is hardly meant so. A `permute` or a `reshape` between "
    "them says that the axes are known, and so does a sequence `[L, F]` that none of these made.",
}
"""What each code means, in a sentence or two."""


def page() -> str:
    """The text of docs/errors.md."""
    shown = {code: list(examples) for code, examples in _by_code()}
    parts = [HEAD]
    for section, codes in groupby(CODES, key=lambda code: code[:2]):
        parts.append(f"## {SECTIONS[section]}\n")
        parts += [_entry(code, shown[code]) for code in codes]
    return "\n".join(parts)


def _by_code() -> list[tuple[str, list[Case]]]:
    """Each code with its cases: those named for it first, the plainest of them leading."""
    found = list(cases())
    ranked: list[tuple[str, list[Case]]] = []
    for code in CODES:
        showing = [case for case in found if code in case.codes]
        showing.sort(key=lambda case: (not case.name.startswith(code.lower()), case.rank))
        ranked.append((code, showing))
    return ranked


def _entry(code: str, showing: list[Case]) -> str:
    example, *others = showing
    own = [case for case in others if case.name.startswith(code.lower())]
    parts = [f"### {code}: {CODES[code]}\n", MEANING[code] + "\n"]
    parts += [f"```{info}\n{body}```\n" for info, body in example.blocks]
    if own:
        links = ", ".join(f"[{_lower(c.title)}](../tests/errors/{c.path.name})" for c in own)
        parts.append(f"More: {links}.\n")
    return "\n".join(parts)


def _lower(title: str) -> str:
    """A title within a sentence: its first letter small, unless it is an acronym's."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
