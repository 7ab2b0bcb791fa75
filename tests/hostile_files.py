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
    rules = times(2_000, "  .n#: {weight: zeros}\n")
    return HEAD + "init:\n" + rules + "graph:\n" + filled("- {id: n#, relu: }\n", 0.9)


@refused("E401")
def rules_for_nothing() -> str:
    return (
        HEAD
        + "init:\n"
        + filled("  .n#: {weight: zeros}\n", 0.5)
        + "graph:\n"
        + filled("- relu\n", 0.4)
    )


@refused("E406")
def loose_ends() -> str:
    return HEAD + "graph:\n" + filled("- {from: x, relu: }\n")


@refused("E406")
def loose_ends_in_a_loop() -> str:
    return spec("{repeat: 100000, from: x, relu: }")


@refused("E402")
def repeated_ids() -> str:
    return HEAD + "graph:\n" + filled("- {id: a, relu: }\n")


@refused("E106")
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


@refused("E203", "E305")
def long_value() -> str:
    return spec(f"{{conv: {LONG}}}")


@refused("E305")
def long_reference() -> str:
    return spec(f"{{from: {'a.' * 2_000_000}, relu: }}")


@refused("E305")
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


@refused("E206")
def long_id_computed() -> str:
    return spec("{for: {i: range(1000)}, id: $('a' * 999), relu: }")


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


@refused("E007")
def merge_keys() -> str:
    return "a: &a {b: 1}\n" + filled("c#: {<<: *a}\n", 0.4)


# --- expressions --------------------------------------------------------------------------------


@refused("E305")
def work_in_every_round() -> str:
    return spec("{repeat: 2000, when: 'len([i for i in range(400000)]) == 1', relu: }, relu")


@refused("E305")
def work_in_one_expression() -> str:
    return spec("{when: '[" + "i+" * 600 + "i for i in range(500000)] == 1', relu: }")


@refused("E305")
def nested_comprehensions() -> str:
    inner = "[[[i for i in range(300)] for j in range(300)] for k in range(300)]"
    return spec(f"{{repeat: 300, when: 'len({inner}) == 1', relu: }}")


@refused("E305")
def searches_in_ranges() -> str:
    return spec("{when: 'len([i for i in range(900000) if 0.5 in range(900000)]) == 1', relu: }")


@refused("E305")
def many_terms_in_every_round() -> str:
    return spec("{repeat: 1000000, when: '" + "1+" * 950 + "1 > 0', relu: }")


@refused("E305")
def towers() -> str:
    return spec("{linear: $(9**9**9)}, {linear: $(2**99999999)}, {linear: $(10**18*10**18)}")


@refused("E305")
def long_joins() -> str:
    return spec(
        "{linear: $(len('a' * 10**9))}, {linear: $(len([0] * 10**9))}, {linear: $('a' * -1 + 1)}"
    )


@refused("E405")
def lists_that_double() -> str:
    rows = "".join(f"  p{i}: [$p{i - 1}, $p{i - 1}]\n" for i in range(1, 60))
    return spec("{linear: $p59}", f"params:\n  p0: [1, 2]\n{rows}")


@refused("E305")
def lists_that_double_by_expression() -> str:
    rows = "".join(f"  p{i}: $(p{i - 1} + p{i - 1})\n" for i in range(1, 60))
    return spec("{linear: $p59}", f"params:\n  p0: [1, 2]\n{rows}")


@refused("E405", "E210")
def large_attributes() -> str:
    return spec("{repeat: 100000, linear: $big}", "params: {big: $([1] * 900000)}\n")


@refused("E305")
def large_bundles() -> str:
    return spec(
        "{repeat: 100000, from: $big, add: [[], []]}", "params: {big: \"$(['x'] * 900000)\"}\n"
    )


@refused("E405")
def many_expressions() -> str:
    return HEAD + "graph:\n" + filled("- linear: $(1+#)\n")


@refused("E210")
def not_numbers() -> str:
    return spec(
        "{linear: 1e400}, {linear: .nan}, {linear: .inf}, {linear: $(1e308*10)}, {linear: 1e99}"
    )


@refused("E305")
def brackets_of_one() -> str:
    return spec("{when: '" + "(" * 1_900 + "', relu: }")


@refused("E305")
def signs_of_one() -> str:
    return spec("{when: '" + "not " * 450 + "1', relu: }")


# --- what grows with two things at once ---------------------------------------------------------


@refused("E405")
def parameters_by_instances() -> str:
    params = times(20_000, "      p#: 1\n")
    return spec("{repeat: 100000, b: }", f"blocks:\n  b:\n    params:\n{params}    graph: [relu]\n")


@accepted(1_000)
def parameters_of_the_network_by_instances() -> str:
    params = times(60_000, "  p#: 1\n")
    return spec("{repeat: 1000, b: }", f"params:\n{params}blocks: {{b: {{graph: [relu]}}}}\n")


@accepted(20_000)
def parameters_of_the_network_by_rounds() -> str:
    params = times(60_000, "  p#: 1\n")
    return spec("{for: {i: range(20000)}, id: n$i, relu: }", f"params:\n{params}")


@accepted(30_000)
def chain_in_place() -> str:
    return spec(
        "conv: 3, {repeat: 30000, relu: {inplace: true}}".replace(
            "conv: 3", "{conv: {out_channels: 3}}"
        )
    )


@refused("E411")
def chain_in_place_of_an_input() -> str:
    return spec("{repeat: 30000, relu: {inplace: true}}")


@refused("E411")
def many_in_place_of_one() -> str:
    return spec(
        "{id: a, conv: {out_channels: 3}}, {add: [{each: 30000, from: a, relu: {inplace: true}}]}"
    )


@accepted(50_000)
def rules_by_nodes() -> str:  # a rule for each of 25,000
    rules = times(25_000, "  .n#: {weight: ones}\n")
    return spec("\n" + times(25_000, "- {id: n#, batch_norm: }\n"), f"init:\n{rules}")


@refused("E405")
def rules_by_templates() -> str:
    rules = times(20_000, "  .at#: {weight: zeros}\n")  # each fits the template of its number alone
    return spec(
        "\n" + times(20_000, '- {when: false, id: "$(x)t#", relu: }\n') + "- relu\n",
        f"params: {{x: 1}}\ninit:\n{rules}",
    )


@accepted(40_000)
def groups_in_groups() -> str:  # a node and a group for each
    return spec("\n" + times(20_000, "- {id: g#, graph: [relu]}\n"))


@refused("E403")
def groups_that_look_ahead() -> str:
    return spec(
        "\n"
        + times(20_000, "- {id: g#, graph: [{from: last, relu: }]}\n")
        + "- {id: last, relu: }\n"
    )


@refused("E405")
def doubling_blocks() -> str:
    blocks = "".join(f"  b{i}: {{graph: [b{i - 1}, b{i - 1}]}}\n" for i in range(1, 60))
    return spec("b59", f"blocks:\n  b0: {{graph: [relu]}}\n{blocks}")


@refused("E404")
def endless_blocks() -> str:
    return spec("a", "blocks: {a: {graph: [b]}, b: {graph: [a]}}\n")


@refused("E405")
def nested_loops() -> str:
    return spec("{repeat: 1000, graph: [{repeat: 1000, graph: [{repeat: 1000, relu: }]}]}")


@refused("E405")
def empty_loops() -> str:
    return spec("{repeat: 100000, graph: [{repeat: 100000, when: false, relu: }]}, relu")


@refused("E406")
def many_inputs() -> str:
    return "name: a\ninputs:\n" + times(60_000, "  x#: [3]\n") + "graph: [{from: x1, relu: }]\n"


@refused("E405")
def many_variants() -> str:
    return spec(
        "{repeat: $n, relu: }", "params: {n: 1}\nvariants:\n" + times(60_000, "  v#: {n: 100}\n")
    )


@refused("E405")
def many_variants_of_many_nodes() -> str:
    return spec(
        "{repeat: $n, relu: }", "params: {n: 400}\nvariants:\n" + times(2_000, "  v#: {n: 401}\n")
    )


# --- many nodes ---------------------------------------------------------------------------------
# What is wrong shows when these are made.


@refused("E503", behind=999_990)
def last_of_a_million() -> str:
    return spec("{repeat: 999990, relu: }, {max_pool: 99}")


@refused("E401")
def last_of_many_lines() -> str:
    return HEAD + "graph:\n" + filled("- relu\n", 0.9) + "- {from: nope, relu: }\n"


@refused("E406", behind=832_000)
def loose_ends_in_many_instances() -> str:
    blocks = "blocks: {b: {inputs: [y], graph: [{id: a, relu: }, {from: y, relu: }]}}\n"
    return spec("{repeat: 416000, b: }", blocks)


@refused("E405", behind=999_990)
def conditions_in_many_rounds() -> str:
    loop = "{repeat: 600000, when: $(1 == 1), relu: }"
    return spec(f"{loop}, {loop}")


@refused("E405")
def branches_in_branches() -> str:
    return spec("{concat: [{each: 1000, concat: [{each: 1000, relu: }]}]}")


@refused("E401")
def mistake_before_many() -> str:
    return spec("{from: nope, relu: }, {repeat: 999990, from: x, relu: }, relu")


@accepted(600_000)
def blocks_of_one() -> str:
    return spec("{repeat: 600000, b: }", "blocks: {b: {graph: [relu]}}\n")


@accepted(600_000)
def branches_of_one() -> str:
    return spec("{concat: [{each: 600000, relu: }]}")


# --- sizes --------------------------------------------------------------------------------------


@refused("E210")
def large_windows() -> str:
    return spec(
        "{max_pool: {kernel_size: 1000000000, padding: 500000000}},"
        "{avg_pool: {kernel_size: [1000000000, 1], stride: 1}},"
        "{conv: {out_channels: 1, stride: 99999999}},{conv: {out_channels: 1, dilation: 99999999}},"
        "{conv: {out_channels: 1, padding: 99999999}},{upsample: {size: 99999999}}"
    )


@refused("E210")
def no_room_between_zero_and_eps() -> str:
    return spec("{batch_norm: {eps: 0}}, {batch_norm: {eps: -1}}, {batch_norm: {eps: 0.0}}")


@refused("E203")
def many_axes() -> str:
    return "name: a\ninputs: {x: [" + "1, " * 63 + "1]}\ngraph: [relu]\n"


@refused("E405")
def many_axes_by_reshape() -> str:
    return spec("{reshape: {shape: [3, 32, 32" + ", 1" * 61 + "]}}")


@refused("E203")
def large_input() -> str:
    return "name: a\ninputs: {x: [2000000000, 2000000000, 2000000000]}\ngraph: [relu]\n"
