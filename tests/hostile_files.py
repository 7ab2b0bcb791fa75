"""The corpus of hostile files: each is a function that writes one."""

from __future__ import annotations

from tests.hostile import HEAD, MOST_BYTES, accepted, filled, flooded, refused, spec, times

# --- floods: the same mistake, as often as a file has room for ----------------------------------


@refused("E201")
def unknown_keys() -> str:
    return HEAD + "graph: [relu]\n" + filled("key#: 1\n")


@refused("E201")
def unknown_keys_of_nodes() -> str:
    return HEAD + "graph:\n" + filled("- {relu: , whem: 1}\n")


@refused("E205")
def unknown_ops() -> str:
    return HEAD + "graph:\n" + filled("- rely#\n")


@refused("E205")
def unknown_ops_in_blocks() -> str:
    return HEAD + "graph: [relu]\nblocks:\n" + filled("  b#: {graph: [rely]}\n")


@refused("E101")
def unknown_files() -> str:
    return HEAD + "graph: [relu]\nuse:\n" + filled("- blocks/missing#.yaml\n")


@refused("E002")
def repeated_keys() -> str:
    return HEAD + "graph: [relu]\n" + filled("a: 1\n")


@refused("E207")
def unknown_attributes() -> str:
    return HEAD + "graph:\n" + filled("- conv: {out_channels: 1, kernel#: 1}\n")


@refused("E207")
def unknown_attributes_of_one() -> str:
    return HEAD + "graph:\n- conv:\n    out_channels: 1\n" + filled("    kernel#: 1\n")


@refused("E210")
def impossible_attributes() -> str:
    return HEAD + "graph:\n" + filled("- linear: -1\n")


@refused("E401")
def unknown_ids() -> str:
    return HEAD + "graph:\n" + filled("- {from: n#, relu: }\n")


@refused("E401")
def unknown_ids_among_many() -> str:
    known = filled("- {id: n#, relu: }\n", 0.5)
    return HEAD + "graph:\n" + known + filled("- {from: m#, relu: }\n", 0.4)


@refused("E401")
def unknown_ids_in_a_loop() -> str:
    return (
        HEAD
        + "graph:\n"
        + filled("- {id: n#, relu: }\n", 0.3)
        + "- {for: {i: range(200000)}, from: m$i, relu: }\n"
    )


@refused("E302")
def unknown_names_in_a_loop() -> str:
    params = "params:\n" + filled("  p#: 1\n", 0.3)
    return spec("{for: {i: 'range(200000)'}, linear: $nane}", params)


@refused("E302")
def unknown_names() -> str:
    return HEAD + "graph:\n" + filled("- linear: $p#\n")


@refused("E301")
def torn_expressions() -> str:
    return HEAD + "graph:\n" + filled("- linear: $(p#\n")


@refused("E303")
def forbidden_expressions() -> str:
    return HEAD + "graph:\n" + filled("- linear: $(lambda x#: 1)\n")


@refused("E413")
def unknown_parameters() -> str:
    return (
        HEAD + "blocks: {b: {params: {p: 1}, graph: [relu]}}\ngraph:\n" + filled("- b: {q#: 1}\n")
    )


@refused("E418")
def rules_that_do_not_fit() -> str:
    rules = times(2_000, "  n#: {weight: zeros}\n")
    return HEAD + "init:\n" + rules + "graph:\n" + filled("- {id: n#, relu: }\n", 0.9)


@refused("E401")
def rules_for_nothing() -> str:
    return (
        HEAD
        + "init:\n"
        + filled("  n#: {weight: zeros}\n", 0.5)
        + "graph:\n"
        + filled("- relu\n", 0.4)
    )


@refused("E406")
def loose_ends() -> str:
    return HEAD + "graph:\n" + filled("- {from: x, relu: }\n")


@refused("E402")
def repeated_ids() -> str:
    return HEAD + "graph:\n" + filled("- {id: a, relu: }\n")


@refused("E405")
def variants_of_nothing() -> str:
    return HEAD + "graph: [relu]\nvariants:\n" + filled("  v#: {p#: 1}\n")


@refused("E401")
def unknown_outputs() -> str:
    return HEAD + "graph: [relu]\noutputs:\n" + filled("  o#: n#\n")


# --- one thing that is far too long -------------------------------------------------------------

LONG = "a" * (MOST_BYTES - 1_000)


@refused("E205")
def long_op() -> str:
    return spec(f"{{? {LONG} : 1}}")


@refused("E205")
def long_word() -> str:
    return HEAD + "graph:\n- " + LONG


@refused("E201")
def long_key() -> str:
    return HEAD + f"graph: [relu]\n? {LONG}\n: 1\n"


@refused("E206")
def long_id() -> str:
    return spec(f"{{id: {'a' * 101}, relu: }}")


@refused("E203")
def long_value() -> str:
    return spec(f"{{conv: {LONG}}}")


@refused("E203")
def long_reference() -> str:
    return spec(f"{{from: {'a.' * 2_000_000}, relu: }}")


@refused("E203", "E206")
def long_template() -> str:
    return spec(f"{{id: {'$x' * 2_000_000}, relu: }}")


@refused("E305")
def long_expression() -> str:
    return spec(f"{{when: {'1+' * 2_000_000}1, relu: }}")


@refused("E203")
def long_name() -> str:
    return f"name: {LONG}\ninputs: {{x: [3]}}\ngraph: [relu]\n"


@refused("E004")
def long_number() -> str:
    return spec("{conv: " + "9" * 4_000_000 + "}")


@accepted(1)
def long_description() -> str:
    return spec("relu") + "description: " + LONG[:-1_000] + "\n"


@accepted(1)
def long_comment() -> str:
    return spec("relu") + "#" * (MOST_BYTES - 1_000)


@refused("E305")
def long_id_computed() -> str:
    return spec("{for: {i: range(1000)}, id: $('a' * 99999), relu: }")


@refused("E206")
def long_id_template() -> str:
    return spec("{for: {i: range(1000)}, id: \"a$('b' * 999)\", relu: }")


@refused("E305")
def long_argument() -> str:
    blocks = "blocks: {b: {params: {s: str}, graph: [relu]}}\n"
    return spec("{repeat: 20000, b: {s: $('a' * 999999)}}", blocks)


@refused("E405")
def long_paths() -> str:
    deep = "{id: " + "a" * 99 + ", graph: ["
    return spec(deep * 25 + "{repeat: 100000, relu: }" + "]}" * 25)


@refused("E001")
def long_line_of_mistakes() -> str:
    return HEAD + "graph: [" + filled("*a#,") + "]\n"


# --- YAML ---------------------------------------------------------------------------------------


@refused("E004")
def deep_lists() -> str:
    return "- " * 2_000_000


@refused("E004")
def deep_mappings() -> str:
    return "{a: " * 1_000_000


@refused("E004")
def laughs() -> str:
    return "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 50)
    )


@refused("E004")
def aliases() -> str:
    return "a: &a [" + "x," * 1_000 + "]\nb: [" + filled("*a,") + "]\n"


@refused("E004")
def many_values() -> str:
    return "a: [" + flooded("a,") + "]\n"


@refused("E004")
def many_lists() -> str:
    return "a: [" + flooded("[],") + "]\n"


@refused("E004")
def many_keys() -> str:
    return times(450_000, "k#:\n")


@refused("E003")
def tags() -> str:
    return "a: [" + filled("!t a,") + "]\n"


@refused("E001")
def null_byte() -> str:
    return spec("relu") + "a" * 2_000_000 + "\0"


@refused("E005")
def not_text() -> bytes:
    return spec("relu").encode() + b"#" * 4_000_000 + b"\xff"


@refused("E005")
def surrogates() -> bytes:
    return spec("relu").encode() + b'description: "' + b"\xed\xa0\x80" * 100_000 + b'"'


@refused("E001")
def escaped_surrogates() -> str:
    return spec("relu") + 'description: "' + "\\ud800" * 1_000 + '"'


@refused("E203")
def marks() -> str:
    return "\ufeff" * 1_000_000


@refused("E006")
def breaks() -> str:
    return "\u2028\x85\r\n" * 500_000


@refused("E301")
def brackets() -> str:
    return HEAD + "graph: [" + filled("(a,b),") + "]\n"


@refused("E001")
def quotes() -> str:
    return HEAD + "graph: " + "'[" * 2_000_000


@refused("E201", "E202")
def merge_keys() -> str:
    return "a: &a {b: 1}\n" + filled("c#: {<<: *a}\n", 0.4)
