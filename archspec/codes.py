"""Every diagnostic code archspec can print, with its one-line meaning.

docs/errors.md explains each with an example; a test holds the two together. Codes are
stable: a code is never given a second meaning, a retired one is never reused. What begins
with E is an error; what begins with W is a remark, and stops nothing.
"""

from __future__ import annotations

CODES: dict[str, str] = {
    # E0: text and YAML
    "E001": "the text is not well-formed YAML",
    "E002": "a key stands twice in one mapping",
    "E003": "YAML tags are not allowed",
    "E004": "the file is too large, too deep, or its aliases expand too far",
    "E005": "the file is not UTF-8 text",
    "E006": "the file is empty or holds more than one document",
    "E007": "a key is not a plain word",
    # E1: files, names and the command line's view of a spec
    "E101": "a file cannot be read",
    "E102": "no spec has this name",
    "E103": "the spec has no such variant",
    "E104": "`use` reaches outside the spec's folder and the library",
    "E105": "`use` goes round in a circle",
    "E106": "the spec has no such parameter",
    "E107": "a file would be overwritten",
    "E108": "the network has no such block or layer",
    "E109": "a line of a CSV file is faulty",
    "E110": "no theme has this name",
    "E111": "a theme gives something that is no colour",
    "E112": "a theme's words cannot be read",
    "E113": "several parts of the network have this name",
    # E2: the shape of a spec
    "E201": "unknown key",
    "E202": "a key is missing",
    "E203": "a value has the wrong type",
    "E204": "a node does not have exactly one op or block",
    "E205": "unknown op or block",
    "E206": "an id is not usable as a name",
    "E207": "unknown attribute",
    "E208": "an inferred attribute is written",
    "E209": "a required attribute is missing",
    "E210": "an attribute has an impossible value",
    "E211": "a block is brought in twice or hides a key",
    "E212": "the file is written in a newer version of the language",
    # E3: expressions
    "E301": "an expression does not parse",
    "E302": "unknown name in an expression",
    "E303": "an expression uses what the language does not have",
    "E304": "an expression fails when evaluated",
    "E305": "an expression's value is too large",
    "E306": "an expression gives the wrong type",
    # E4: the graph
    "E401": "no node has this id",
    "E402": "an id is used twice",
    "E403": "a node is read before it exists",
    "E404": "block instances nest too deep",
    "E405": "the graph, or a value in it, is too large",
    "E406": "a node's value is never used",
    "E407": "a node has nothing to read",
    "E408": "`share` cannot be honoured",
    "E409": "a merge has too few branches",
    "E410": "several values where one is wanted",
    "E411": "an in-place op overwrites a value that is read elsewhere",
    "E412": "a block's parameter is missing",
    "E413": "a block has no such parameter",
    "E414": "a parameter has the wrong type",
    "E415": "an output is faulty",
    "E416": "lists walked side by side differ in length",
    "E417": "a loop has nothing countable",
    "E418": "a rule of `init` does not fit its tensor",
    "E420": "the position of weights depends on a condition",
    # E5: shapes
    "E501": "operands of a merge disagree",
    "E502": "an op cannot take a value of this rank",
    "E503": "the output would be empty",
    "E504": "channels do not divide into groups",
    "E505": "sizes do not add up",
    "E506": "a layer pins the input size",
    "E507": "shared weights do not fit the second place",
    # E6: backends
    "E601": "unknown backend or output format",
    "E602": "the backend has no lowering for an op",
    "E603": "no engine can draw this format",
    "E604": "weights do not fit the module",
    "E605": "the device or dtype is not available",
    "E606": "the compiled module disagrees with the spec",
    "E607": "the network has no levels to open",
    "E608": "the figure cannot be built up step by step",
    # W: remarks on specs that are sound, and may not be what is meant; numbered as the errors are
    "W104": "a file has the name of a shipped one",
    "W211": "a block hides an op",
    "W401": "a merge has one operand",
    "W402": "`input` is read where something else flows",
    "W403": "a rule of `init` selects nothing",
    "W501": "an input's shape seems to begin with the batch",
    "W502": "an input's shape seems to end with the channels",
    "W503": "batch statistics of a single value",
}
