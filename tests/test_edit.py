"""Edits: what each does to a graph, and that a refused one does nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import archspec
from archspec import pipeline
from archspec.diagnostics import ArchspecError
from archspec.ir.edit import Editor, edit
from archspec.ir.equality import difference
from archspec.ir.graph import Graph
from archspec.ir.verify import Unsound
from tests.pieces import graph_of

NET = """
name: Net
inputs: {image: [4, 8, 8]}
blocks:
  unit:
    params: {channels: int}
    graph:
      - {id: conv, conv: {out_channels: $channels, kernel_size: 3, padding: 1}}
      - {id: norm, batch_norm: }
      - relu: {inplace: true}
  residual:
    params: {channels: int}
    graph:
      - add: [[], [{id: body, unit: $channels}]]
graph:
  - {id: stem, conv: 4}
  - relu
  - {id: first, residual: 4}
  - {id: second, residual: 4}
  - max_pool: 2
  - {id: head, graph: [flatten, {id: fc, linear: 10}]}
outputs: {scores: head, aux: {from: first, train_only: true}}
init: {.first: {bias: zeros}, .fc: {weight: zeros}}
"""


def graph() -> Graph:
    return graph_of(NET)


def after(*edits: Callable[[Editor], object], text: str = NET) -> Graph:
    with edit(graph_of(text)) as editor:
        for one in edits:
            one(editor)
    return editor.graph


def paths(graph: Graph) -> list[str]:
    return [node.path for node in graph.nodes]


def read(graph: Graph, path: str) -> list[str]:
    return [value.path for value in graph.by_path[path].inputs]


def test_no_edit_changes_nothing() -> None:
    assert difference(after(), graph()) is None


def test_the_original_is_what_it_was() -> None:
    original = graph()
    with edit(original) as editor:
        editor.replace("stem", "conv", out_channels=4, kernel_size=3, padding=1)
        editor.remove("second")
    assert difference(original, graph()) is None
    assert original.provenance is not None and editor.graph.provenance is None


def test_a_refused_edit_leaves_nothing_behind() -> None:
    original = graph()
    with pytest.raises(Unsound, match="operands of `add` disagree"), edit(original) as editor:
        editor.replace("first.body.conv", "conv", out_channels=8)
    assert difference(original, graph()) is None
    with pytest.raises(ArchspecError, match="nothing is committed yet"):
        _ = editor.graph


# --- replace --------------------------------------------------------------------------------


def test_an_op_takes_the_place_of_another_and_shapes_follow() -> None:
    found = after(
        lambda e: e.replace("stem", "conv", out_channels=4, kernel_size=2, stride=2),
    )
    assert found.by_path["stem"].output == (4, 4, 4)
    assert found.by_path["head.0"].output == (16,)
    assert [t.shape for t in found.by_path["head.fc"].tensors()] == [(10, 16), (10,)]


def test_readers_of_a_value_read_another_and_what_none_needs_is_gone() -> None:
    found = after(lambda e: e.replace("second", found_node(e, "first")))
    assert "second.body.conv" not in paths(found) and read(found, "3") == ["first.1"]
    assert [scope.path for scope in found.instances] == ["", "first", "first.body", "head"]


def found_node(editor: Editor, path: str) -> object:
    return editor.node(path)


def test_a_block_is_replaced_by_a_copy_of_another() -> None:
    found = after(lambda e: e.replace("second", e.part("first.body")))  # type: ignore[arg-type]
    inside = found.by_path["second.conv"]
    assert inside.scope.block is not None and inside.scope.block.name == "unit"
    assert inside.scope.params == {"channels": 4} and not inside.scope.stale
    assert found.by_path["first.body.conv"] is not inside and inside.lender is None


def test_a_block_is_replaced_by_a_graph() -> None:
    part = graph_of("name: Two Ways\ninputs: {x: [4, 8, 8]}\ngraph: [{add: [[relu], [tanh]]}]")
    found = after(lambda e: e.replace("second", part))
    assert paths(found)[7:11] == ["second.0", "second.1", "second.2", "4"]
    scope = found.by_path["second.1"].scope
    assert scope.block is not None and scope.block.name == "two_ways" and not scope.stale
    assert read(found, "second.1") == ["first.1"] and read(found, "4") == ["second.2"]


# --- remove ---------------------------------------------------------------------------------


def test_readers_of_what_is_removed_read_what_it_read() -> None:
    found = after(lambda e: e.remove("first.body.norm"))
    assert read(found, "first.body.1") == ["first.body.conv"]


def test_positions_behind_what_is_removed_move_up() -> None:
    found = after(lambda e: e.remove("1"))
    assert [path for path in paths(found) if "." not in path] == ["image", "stem", "3"]


def test_numbers_that_are_ids_stay() -> None:
    text = "name: T\ninputs: {x: [4]}\ngraph: [relu, {id: 7, tanh: }, sigmoid, {id: 3, relu: }]"
    found = after(lambda e: e.remove("0"), text=text)
    assert paths(found) == ["x", "7", "8", "3"]


def test_an_instance_and_a_branch_are_removed() -> None:
    assert "first.body.conv" not in paths(after(lambda e: e.remove("first.body")))
    found = after(lambda e: e.remove("first.1", branch=0))
    assert read(found, "first.1") == ["first.body.2"]


def test_what_reads_several_values_cannot_be_left_out() -> None:
    with pytest.raises(ArchspecError, match="reads 2 values and gives 1"):
        after(lambda e: e.remove("first.1"))


def test_tensors_go_to_the_next_that_shares_them() -> None:
    items = "[{id: a, linear: 4}, {id: b, share: a}, {id: c, share: a}]"
    text = f"name: T\ninputs: {{x: [4]}}\ngraph: {items}"
    found = after(lambda e: e.remove("a"), text=text)
    b, c = found.by_path["b"], found.by_path["c"]
    assert b.lender is None and c.lender is b
    apart = after(lambda e: e.replace("a", "linear", out_features=4, bias=False), text=text)
    assert apart.by_path["a"].lender is None and apart.by_path["c"].lender is apart.by_path["b"]


# --- rename ---------------------------------------------------------------------------------


def test_a_part_is_renamed_and_rules_go_on_meaning_it() -> None:
    found = after(
        lambda e: e.rename("head.fc", "classifier"),
        lambda e: e.rename("first", None),
        lambda e: e.rename("1", "act"),
    )
    assert [path for path in paths(found) if "." not in path] == ["image", "stem", "act", "4"]
    assert "2.body.conv" in paths(found)
    texts = [(rule.selector.text, rule.tensor) for rule in found.init]
    assert ("classifier", "weight") not in texts and (".head.classifier", "weight") in texts
    assert (".2.body.conv", "bias") in texts


@pytest.mark.parametrize(
    ("path", "name", "why"),
    [
        ("stem", "first", "`first` is there already"),
        ("stem", "train", "PyTorch's modules have an attribute of that name"),
        ("image", None, "the input `image` has to have a name"),
        ("nowhere", "a", "the graph has no `nowhere`"),
    ],
)
def test_names_that_cannot_be(path: str, name: str | None, why: str) -> None:
    with pytest.raises(ArchspecError, match=why):
        after(lambda e: e.rename(path, name))


# --- insert ---------------------------------------------------------------------------------


def test_an_op_is_put_after_a_value_or_before_a_node() -> None:
    found = after(lambda e: e.insert("dropout", after="stem", p=0.5))
    assert read(found, "1") == ["stem"] and read(found, "2") == ["1"]
    found = after(lambda e: e.insert("tanh", before="first.1", operand=0, id="skip"))
    assert read(found, "first.2") == ["first.skip", "first.body.2"]
    assert read(found, "first.body.conv") == ["1"]


def test_a_difference_does_not_show_stale_parameters() -> None:
    before, now = graph(), after(lambda e: e.insert("tanh", after="first.body.conv"))
    scopes = [one.by_path["first.body.conv"].scope for one in (before, now)]
    scopes[0].params = {"channels": 3}
    assert "channels" not in str(pipeline.difference(before, now).root)
    scopes[1].stale = False
    assert "channels" in str(pipeline.difference(before, now).root)


def test_what_is_put_beside_an_instance_stands_outside_of_it() -> None:
    found = after(lambda e: e.insert("dropout", after="first", id="drop"))
    assert read(found, "drop") == ["first.1"] and read(found, "second.1")[0] == "drop"
    assert [scope.path for scope in found.instances if scope.stale] == [""]
    assert [o.node.path for o in found.outputs] == ["head.fc", "drop"]
    found = after(lambda e: e.insert("tanh", before="second", id="t"))
    assert read(found, "second.body.conv") == ["t"] and read(found, "second.1")[0] == "t"
    assert [v.path for v in found.by_path["second.1"].scope.inputs] == ["t"]
    assert [o.node.path for o in found.outputs] == ["head.fc", "first.1"]


def test_a_merge_reads_more_and_what_crosses_a_border_is_declared() -> None:
    found = after(lambda e: e.insert("add", after="second.body.conv", also=["stem"]))
    body, second = found.by_path["second.body.conv"].scope, found.by_path["second.1"].scope
    assert [v.path for v in body.inputs] == ["first.1", "stem"]
    assert body.block is not None and body.block.inputs == ("x", "stem")
    assert second.block is not None and second.block.inputs == ("x", "stem")
    assert found.by_path["first.1"].scope.block is not second.block
    out = after(lambda e: e.insert("add", after="second", also=["second.body.conv"]))
    inner = out.by_path["second.body.conv"].scope
    assert {*inner.outputs} == {"out", "conv"}


def test_instances_that_were_edited_are_stale_and_no_others() -> None:
    found = after(lambda e: e.insert("tanh", after="first.body.conv"))
    stale = [scope.path for scope in found.instances if scope.stale]
    assert stale == ["", "first", "first.body"]
    assert "first: residual\n" in archspec.dump(found)
    assert "second: residual(channels=4)\n" in archspec.dump(found)
    outside = after(lambda e: e.insert("tanh", after="stem"))
    assert [scope.path for scope in outside.instances if scope.stale] == [""]


def test_what_is_overwritten_in_place_is_so_no_longer_where_it_is_needed() -> None:
    found = after(lambda e: e.insert("add", after="first.body.2", also=["first.body.norm"]))
    assert not found.by_path["first.body.2"].op.in_place
    assert found.by_path["second.body.2"].op.in_place


def test_a_list_whose_rounds_differ_is_a_group() -> None:
    text = "name: T\ninputs: {x: [4]}\ngraph: [{add: [{id: p, each: 3, linear: 4}]}]"
    same = after(lambda e: e.replace("p.1", "linear", out_features=4, bias=False), text=text)
    assert same.instances[1].role == "list"
    found = after(lambda e: e.replace("p.1", "tanh"), text=text)
    assert found.instances[1].role == "group" and paths(found)[1:4] == ["p.0", "p.1", "p.2"]


def test_derived_sizes_are_computed_again() -> None:
    text = """
name: T
inputs: {x: [4, 8, 8]}
blocks: {up: {graph: [tanh, {upsample: {size: [$(2 * input.height), 8]}}]}}
graph: [{max_pool: 2}, {id: u, up: }]
"""
    found = after(lambda e: e.replace("0", "max_pool", kernel_size=4), text=text)
    node = found.by_path["u.1"]
    assert node.output == (4, 4, 8) and node.derived is not None


# --- outputs --------------------------------------------------------------------------------


def test_outputs_are_added_and_taken_out() -> None:
    found = after(lambda e: e.remove_output("aux"), lambda e: e.output("mid", "second"))
    assert [(o.name, o.node.path) for o in found.outputs] == [
        ("scores", "head.fc"),
        ("mid", "second.1"),
    ]
    only = after(lambda e: e.remove_output("scores"), lambda e: e.output("aux", "first"))
    assert paths(only)[-1] == "first.1"
    with pytest.raises(Unsound, match="no output stays in evaluation"):
        after(lambda e: e.remove_output("scores"))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda e: e.replace("stem", "cnv"), "there is no op `cnv`"),
        (lambda e: e.replace("stem", "conv", channels=4), "`conv` has no attribute `channels`"),
        (lambda e: e.replace("stem", "conv"), "`conv` needs `out_channels`"),
        (lambda e: e.replace("stem", "conv", out_channels=-1), "`out_channels` of `conv`"),
        (lambda e: e.replace("first", "relu"), "`first` is an instance"),
        (lambda e: e.replace("image", "relu"), "`image` is an input"),
        (lambda e: e.replace("stem", "crop", like=3), "no node"),
        (lambda e: e.insert("relu"), "either after a value or before a node"),
        (lambda e: e.insert("relu", before="stem", operand=3), "no operand 3"),
        (lambda e: e.insert("relu", after="stem", also=["image"]), "`relu` reads one value"),
        (lambda e: e.replace("image", e.node("stem")), "would read"),
        (lambda e: e.remove("stem", branch=0), "has no branch 0"),
        (lambda e: e.remove_output("none"), "no output `none`"),
        (lambda e: e.remove_output(["none"]), "no output"),
        (lambda e: e.remove(e.original.root), "the network itself cannot be taken out"),
        (lambda e: e.rename("image", "identity"), "it is what feeds a merge"),
        (lambda e: e.rename("stem", 3.5), "3.5 cannot be an id"),
        (lambda e: e.rename("stem", True), "True cannot be an id"),
        (lambda e: e.rename("stem", "9" * 10), "has at most nine digits"),
        (lambda e: e.rename("head", None), "the group `head` has to have an id"),
        (lambda e: e.rename("image", None), "has to have a name"),
        (lambda e: e.replace("stem", None), "None is no op, no part and no graph"),
        (lambda e: e.insert(None, after="stem"), "None is no op"),
        (lambda e: e.insert("relu", before="stem", operand="0"), "no operand '0'"),
        (lambda e: e.insert("add", after="stem", also=3), "it is no list"),
        (lambda e: e.remove("first.1", branch="1"), "no branch '1'"),
        (lambda e: e.remove(graph().by_path["stem"]), "`stem` is a part of another graph"),
        (lambda e: e.output("a b", "stem"), "`a b` cannot be the name of an output"),
        (lambda e: e.output("class", "stem"), "it is a word of Python"),
        (lambda e: e.output(3, "stem"), "3 cannot be the name of an output"),
        (lambda e: e.output("y", "stem", train_only="no"), "is true or false: 'no'"),
        (lambda e: e.output("y", "stem", loss_weight=0), "a finite number above 0: 0"),
        (lambda e: e.output("y", "stem", loss_weight="1"), "a finite number above 0: '1'"),
    ],
)
def test_what_cannot_be_done_is_refused(change: Callable[[Editor], object], why: str) -> None:
    with pytest.raises(ArchspecError, match=why):
        after(change)


@pytest.mark.parametrize(
    "late",
    [
        lambda e: e.replace("first.body.norm", "silu"),
        lambda e: e.rename("first.body.norm", "q"),
        lambda e: e.remove("first.body.norm"),
        lambda e: e.insert("relu", after="first.body.norm"),
        lambda e: e.replace("first.body.norm", e.node("stem")),
    ],
)
@pytest.mark.parametrize(
    "cut",
    [
        lambda e: e.remove("first.body.norm"),
        lambda e: e.remove("first"),
        lambda e: e.remove("first.1", branch=1),
        lambda e: e.replace("first", e.part("second")),
        lambda e: e.replace("first.body.norm", e.node("stem")),
    ],
)
def test_what_is_gone_is_not_edited(
    cut: Callable[[Editor], object], late: Callable[[Editor], object]
) -> None:
    with pytest.raises(ArchspecError, match=r"`first.body.norm` is gone"):
        after(cut, late)


@pytest.mark.parametrize(
    "late",
    [
        lambda e: e.inline("first"),
        lambda e: e.insert("relu", after="first"),
        lambda e: e.replace("first", e.part("second")),
    ],
)
def test_a_scope_that_is_dissolved_is_gone(late: Callable[[Editor], object]) -> None:
    with pytest.raises(ArchspecError, match="`first` is gone"):
        after(lambda e: e.inline("first"), late)


def test_an_output_that_was_taken_out_comes_back_edited() -> None:
    found = after(
        lambda e: e.remove_output("scores"),
        lambda e: e.replace("head.fc", "linear", out_features=3),
        lambda e: e.output("scores", "head.fc"),
    )
    assert found.by_path["head.fc"].output == (3,)


def test_an_input_may_be_called_as_modules_have_attributes() -> None:
    found = after(lambda e: e.rename("image", "forward"))
    assert difference(found, graph_of(archspec.to_spec(found))) is None


def test_a_number_is_an_id() -> None:
    assert "7" in paths(after(lambda e: e.rename("stem", 7)))  # type: ignore[arg-type]
    assert "7" in paths(after(lambda e: e.insert("relu", after="stem", id=7)))


def test_what_described_a_graph_does_not_describe_what_became_of_it() -> None:
    text = f"label: Net\nparams: {{n: 2}}\n{NET.lstrip()}".replace("linear: 10", "linear: $n")
    original = graph_of(text)
    with archspec.edit(original) as same:
        pass
    assert difference(same.graph, original) is None and same.graph.params == {"n": 2}
    original.variant = "large"
    with archspec.edit(original) as editor:
        editor.replace("head.fc", "linear", out_features=7)
    found = editor.graph
    assert found.variant is None and found.root.stale
    assert "param" not in archspec.dump(found)
    assert found.label == found.title == "Net"
    again = graph_of(archspec.to_spec(found))
    assert difference(found, again, "names") is None


def test_rules_for_ops_that_are_gone_go_with_them() -> None:
    text = NET.replace("init: {", "init: {linear: {bias: zeros}, conv: {bias: zeros}, ")
    part = archspec.extract(graph_of(text), "image", "first")
    assert [rule.selector.text for rule in part.init] == ["conv", ".first"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("Net", ["image"], ["first"]), "'Net' is no graph"),
        ((None, ["image"], ["first"]), "None is no graph"),
        ((graph(), 3, ["first"]), "3 cannot be the inputs of a part"),
        ((graph(), ["image"], {"a b": "first"}), "`a b` cannot be the name of an output"),
        ((graph(), ["image"], ["first"], 3), "3 cannot be the name of a network"),
        ((graph(), ["image"], ["first"], "a\nb"), "is not one line of text"),
    ],
)
def test_a_part_is_asked_for_in_vain(given: tuple[object, ...], why: str) -> None:
    with pytest.raises(ArchspecError, match=why):
        archspec.extract(*given)  # type: ignore[arg-type]


def test_nothing_is_edited_after_the_commit() -> None:
    editor = archspec.edit(graph())
    made = editor.commit()
    assert editor.commit() is made is editor.graph
    with pytest.raises(ArchspecError, match="these edits are committed"):
        editor.remove("stem")


# --- parts of a network ---------------------------------------------------------------------


def test_a_part_is_a_network_of_its_own() -> None:
    found = archspec.extract(graph(), ["first"], {"y": "second", "z": "second.body.conv"}, "Part")
    assert found.name == "Part" and found.inputs[0].path == "first"
    assert [(o.name, o.node.path) for o in found.outputs] == [
        ("y", "second.1"),
        ("z", "second.body.conv"),
    ]
    assert [scope.path for scope in found.instances] == ["", "second", "second.body"]
    assert read(found, "second.body.conv") == ["first"]


def test_a_part_may_begin_within_a_block() -> None:
    found = archspec.extract(graph(), ["1", "first.body.conv"], ["first"])
    assert paths(found) == ["x", "conv", "first.body.norm", "first.body.1", "first.1"]
    body = found.by_path["first.body.norm"].scope
    assert [v.path for v in body.inputs] == ["conv"] and body.stale


@pytest.mark.parametrize(
    ("inputs", "outputs", "why"),
    [
        (["first.body.conv"], ["first"], "need the input `image` as well"),
        (["1", "stem"], ["first"], "`stem` is needed by no output"),
        (["head"], ["first"], "need the input `image` as well"),
    ],
)
def test_parts_that_are_none(inputs: list[str], outputs: list[str], why: str) -> None:
    with pytest.raises(ArchspecError, match=why):
        archspec.extract(graph(), inputs, outputs)


def test_a_scope_is_dissolved() -> None:
    found = after(lambda e: e.inline("first.body"), lambda e: e.inline("head"))
    assert [path for path in paths(found) if path.startswith("first")] == [
        "first.conv",
        "first.norm",
        "first.2",
        "first.3",
    ]
    assert paths(found)[-2:] == ["5", "fc"]
    twice = after(lambda e: e.inline("first"), lambda e: e.inline("second"))
    assert {"body.conv", "second_body.conv"} <= {*paths(twice)}
