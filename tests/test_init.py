"""`init:`: which tensors start as what, and how the emitted constructor says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archspec.backends.torch import backend
from archspec.diagnostics import ArchspecError
from tests.pieces import graph_of

SPEC = """
name: Net
inputs: {{x: [4, 8, 8]}}
init: {init}
blocks:
  gated:
    params: {{channels: int}}
    graph:
      - multiply:
          - {{id: main, conv: {{out_channels: $channels}}}}
          - [{{id: gate, conv: {{out_channels: $channels}}}}, sigmoid]
graph:
{graph}
"""


def text(init: str, *nodes: str) -> str:
    return SPEC.format(init=init, graph="\n".join(f"  - {node}" for node in nodes))


def made(init: str, *nodes: str) -> nn.Module:
    torch.manual_seed(0)
    return backend.compile(graph_of(text(init, *nodes)))


def tail(init: str, *nodes: str) -> list[str]:
    """The emitted statements about weights of the network's constructor, without their margin."""
    return starts("Net", init, *nodes)


def starts(called: str, init: str, *nodes: str) -> list[str]:
    """Those of a class, without their margin."""
    source = backend.source(graph_of(text(init, *nodes)))
    network = source[source.index(f"class {called}(") :].split("    def forward")[0]
    start = min(network.find(word) for word in ("for ", "if self", "nn.init") if word in network)
    return [line.removeprefix(" " * 8) for line in network[start:].rstrip().splitlines()]


def state(module: nn.Module) -> dict[str, torch.Tensor]:
    return dict(module.state_dict())


def is_constant(tensor: torch.Tensor, number: float) -> bool:
    return bool((tensor == number).all())


def test_one_node_starts_as_written() -> None:
    init = "{.theta: {weight: zeros, bias: [1, 0, 0.5, 0, 1, 0]}}"
    nodes = ("flatten", "linear: 6", "{id: theta, linear: 6}")
    found = state(made(init, *nodes))
    assert is_constant(found["theta.weight"], 0) and not is_constant(found["1.weight"], 0)
    assert found["theta.bias"].tolist() == [1, 0, 0.5, 0, 1, 0]
    assert found["theta.bias"].dtype == torch.float32
    assert tail(init, *nodes) == [
        "nn.init.zeros_(self.theta.weight)",
        "with torch.no_grad():",
        "    self.theta.bias.copy_(torch.tensor([1.0, 0.0, 0.5, 0.0, 1.0, 0.0]))",
    ]


def test_values_may_be_lists_of_lists() -> None:
    nodes = ("flatten", "linear: 3", "{id: mix, linear: 2}")
    found = state(made("{.mix: {weight: [[1, 2, 3], [4, 5, 6]]}}", *nodes))
    assert found["mix.weight"].tolist() == [[1, 2, 3], [4, 5, 6]]


def test_an_id_goes_before_its_op_wherever_it_stands_in_init() -> None:
    init = "{.head: {bias: ones}, conv: {bias: zeros}}"
    found = state(made(init, "conv: {out_channels: 2}", "{id: head, conv: {out_channels: 2}}"))
    assert is_constant(found["0.bias"], 0) and is_constant(found["head.bias"], 1)


GATE = [
    "if self.gate.bias is not None:",
    "    nn.init.constant_(self.gate.bias, -2)",
]


def test_an_id_means_every_node_that_bears_it() -> None:
    init = "{.gate: {bias: {constant: {val: -2}}}}"
    nodes = ("gated: 4", "{id: h, gated: 4}", "{id: gate, conv: {out_channels: 2}}")
    found = state(made(init, *nodes))
    for path in ("0.gate", "h.gate", "gate"):
        assert is_constant(found[f"{path}.bias"], -2)
    assert not is_constant(found["h.main.bias"], -2)
    assert tail(init, *nodes) == GATE
    assert starts("Gated", init, *nodes) == GATE


def test_an_id_prevails_over_its_op_in_blocks_too() -> None:
    init = "{.gate: {bias: zeros}, conv: {bias: ones}}"
    nodes = ("gated: 4", "{id: h, gated: 4}")
    found = state(made(init, *nodes))
    for path in ("0", "h"):
        assert is_constant(found[f"{path}.gate.bias"], 0)
        assert is_constant(found[f"{path}.main.bias"], 1)
    assert tail(init, *nodes)[4:] == [
        "for module in self.modules():",
        "    if isinstance(module, Gated):",
        "        if module.gate.bias is not None:",
        "            nn.init.zeros_(module.gate.bias)",
    ]


def test_an_id_means_all_that_is_within() -> None:
    init = "{.h: {bias: ones}, .k.main: {bias: zeros}, .gate: {weight: zeros}}"
    nodes = ("gated: 4", "{id: h, graph: [gated: 4, {id: k, gated: 4}]}")
    found = state(made(init, *nodes))
    ones = {name for name, t in found.items() if name.endswith("bias") and is_constant(t, 1)}
    assert ones == {"h.0.gate.bias", "h.0.main.bias", "h.k.gate.bias"}
    assert is_constant(found["h.k.main.bias"], 0)
    assert all(is_constant(found[f"{g}.gate.weight"], 0) for g in ("0", "h.0", "h.k"))


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        (".gate", {"0.gate", "h.gate", "g.h.gate"}),
        (".h.gate", {"h.gate", "g.h.gate"}),
        (".g.h.gate", {"g.h.gate"}),
        (".0.gate", {"0.gate"}),
        (".g.h", {"g.h.gate", "g.h.main"}),
        ("conv", {f"{g}.{n}" for g in ("0", "h", "g.h") for n in ("gate", "main")}),
    ],
)
def test_a_path_may_begin_at_any_depth(path: str, meant: set[str]) -> None:
    nodes = ("gated: 4", "{id: h, gated: 4}", "{id: g, graph: [{id: h, gated: 4}]}")
    init = f"{{{path}: {{bias: {{constant: {{val: 3}}}}}}}}"
    found = state(made(init, *nodes))
    assert {n[:-5] for n, t in found.items() if n.endswith("bias") and is_constant(t, 3)} == meant


def test_the_longer_path_goes_before_the_shorter_and_the_lower_before_the_upper() -> None:
    nodes = ("{id: g, graph: [{id: h, gated: 4}]}",)
    init = "{.g.h: {bias: ones}, .h: {bias: zeros}, .gate: {bias: {constant: {val: 2}}}}"
    assert is_constant(state(made(init, *nodes))["g.h.gate.bias"], 1)
    init = "{.h: {bias: zeros}, .gate: {bias: {constant: {val: 2}}}, conv: {bias: ones}}"
    found = state(made(init, *nodes))
    assert is_constant(found["g.h.gate.bias"], 2) and is_constant(found["g.h.main.bias"], 0)


def test_what_some_instances_of_a_block_have_is_listed() -> None:
    init = "{.h: {weight: zeros}}"
    nodes = ("gated: 4", "{id: h, gated: 4}", "{id: g, graph: [{id: h, gated: 4}]}")
    found = state(made(init, *nodes))
    for path in ("h", "g.h"):
        assert is_constant(found[f"{path}.gate.weight"], 0)
    assert not is_constant(found["0.gate.weight"], 0)
    assert tail(init, *nodes)[:2] == [
        'for name in ("h.main", "h.gate", "g.h.main", "g.h.gate"):',
        '    nn.init.zeros_(self.get_parameter(f"{name}.weight"))',
    ]


def test_what_all_instances_of_a_block_have_further_in_stands_in_its_class() -> None:
    """The innermost block is used in other places, too, of which nothing is said."""
    init = "{.deep.gate: {weight: zeros}}"
    graph = graph_of(
        "name: A\ninputs: {x: [4, 8, 8]}\n"
        f"init: {init}\n"
        "blocks:\n"
        "  gated: {params: {c: int}, graph: [{id: gate, conv: $c}, relu]}\n"
        "  unit: {params: {c: int}, graph: [{id: first, gated: $c}, {id: deep, gated: $c}]}\n"
        "graph: [unit: 4, gated: 4, unit: 8]\n"
    )
    source = backend.source(graph)
    assert "nn.init.zeros_(self.deep.gate.weight)" in source
    assert "for name in" not in source


def test_a_node_below_a_position_is_reached() -> None:
    init = "{.0.gate: {bias: zeros}}"
    nodes = ("gated: 4", "{id: k, gated: 4}")
    assert is_constant(state(made(init, *nodes))["0.gate.bias"], 0)
    assert tail(init, *nodes) == ['nn.init.zeros_(self.get_parameter("0.gate.bias"))']


@pytest.mark.parametrize("again", ["share: a", "{share: a, conv: {out_channels: 4, stride: 2}}"])
def test_a_shared_node_starts_as_either_id_says(again: str) -> None:
    later = again.replace("share", "id: b, share", 1)
    later = later if later.startswith("{") else f"{{{later}}}"
    nodes = (
        "{id: a, conv: {out_channels: 4, bias: false}}",
        later.replace("4,", "4, bias: false,"),
    )
    for init, number in (
        ("{.a: {weight: ones}}", 1),
        ("{.b: {weight: ones}}", 1),
        ("{.a: {weight: zeros}, .b: {weight: ones}}", 1),
        ("{.b: {weight: zeros}, .a: {weight: ones}}", 1),
    ):
        module = made(init, *nodes)
        assert {n for n, _ in module.named_parameters()} == {"a.weight"}
        assert is_constant(state(module)["a.weight"], number)


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("size", [4, 8])
def test_bilinear_upsamples_each_channel(size: int, groups: int) -> None:
    """As torch does, but for the border, beyond which torch sees the border and we see zeros."""
    up = f"out_channels: 4, kernel_size: {size}, stride: {size // 2}, padding: {size // 4}"
    node = f"{{id: up, conv_transpose: {{{up}, groups: {groups}, bias: false}}}}"
    x = torch.randn(2, 4, 8, 8)
    found = made("{.up: {weight: bilinear}}", node)(x)
    wanted = F.interpolate(x, scale_factor=size // 2, mode="bilinear")
    assert found.shape == wanted.shape
    within = (..., slice(size, -size), slice(size, -size))
    torch.testing.assert_close(found[within], wanted[within])


@pytest.mark.parametrize(("size", "row"), [(3, [0.5, 1, 0.5]), (4, [0.25, 0.75, 0.75, 0.25])])
def test_bilinear_has_the_weights_of_the_paper(size: int, row: list[float]) -> None:
    up = f"{{id: up, conv_transpose: {{out_channels: 4, kernel_size: {size}}}}}"
    weight = state(made("{.up: {weight: bilinear}}", up))["up.weight"]
    kernel = torch.tensor(row)[:, None] * torch.tensor(row)
    torch.testing.assert_close(weight, torch.eye(4)[..., None, None] * kernel)


def test_dirac_passes_its_channels_on() -> None:
    nodes = ("{id: same, conv: {out_channels: 4, kernel_size: 3, padding: 1}}",)
    x = torch.randn(1, 4, 8, 8)
    torch.testing.assert_close(made("{.same: {weight: dirac, bias: zeros}}", *nodes)(x), x)


def test_a_rule_for_an_op_leaves_out_what_has_no_such_tensor() -> None:
    init = "{batch_norm: {weight: zeros}, conv: {bias: ones}}"
    nodes = ("batch_norm: {affine: false}", "batch_norm", "conv: {out_channels: 2, bias: false}")
    assert is_constant(state(made(init, *nodes))["1.weight"], 0)
    assert tail(init, *nodes) == [
        "for module in self.modules():",
        "    if isinstance(module, nn.BatchNorm2d):",
        "        if module.weight is not None:",
        "            nn.init.zeros_(module.weight)",
    ]


def test_a_helper_derived_from_a_module_is_another_op() -> None:
    masked = "{id: m, masked_conv: {out_channels: 2, kernel_size: 3, kernel_mask: A}}"
    found = state(made("{conv: {bias: ones}}", "conv: {out_channels: 2}", masked))
    assert is_constant(found["0.bias"], 1) and not is_constant(found["m.bias"], 1)


def test_on_the_meta_device_nothing_is_computed() -> None:
    init = "{.up: {weight: bilinear}, .theta: {bias: [1, 2]}}"
    up = "{id: up, conv_transpose: {out_channels: 4, kernel_size: 2, stride: 2}}"
    graph = graph_of(text(init, up, "flatten", "{id: theta, linear: 2}"))
    assert all(p.is_meta for p in backend.compile(graph, device="meta").parameters())


def test_another_form_may_leave_out_the_node() -> None:
    """`n` stands in a branch not taken, `stage3` would come of a template."""
    nodes = ("{when: false, id: n, conv: {out_channels: 4}}",)
    nodes += ("{for: {i: range(2)}, id: stage$(i), conv: {out_channels: 4}}",)
    made("{.n: {bias: zeros}, .stage3: {bias: zeros}}", *nodes)
    with pytest.raises(ArchspecError, match="E401"):
        made("{.satge3: {bias: zeros}}", *nodes)


def test_the_text_is_clean_and_formatted(tmp_path: Path) -> None:
    long = ", ".join(["0.125"] * 40)
    init = f"{{.gate: {{bias: zeros}}, .theta: {{bias: [{long}]}}, .up: {{weight: bilinear}}}}"
    ids = [f"{{id: a_rather_long_name_{i}, gated: 4}}" for i in range(6)]
    other = "{id: h, graph: [{id: gate, conv: {out_channels: 4, bias: false}}]}"
    up = "{id: up, conv_transpose: {out_channels: 4, kernel_size: 2, stride: 2}}"
    source = backend.source(
        graph_of(text(init, *ids, other, up, "flatten", "{id: theta, linear: 40}"))
    )
    (tmp_path / "net.py").write_text(source, encoding="utf-8")
    for command in (["check", "--select", "E,F,W,I"], ["format", "--diff"]):
        found = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == 0, found.stdout + found.stderr


def test_an_instance_may_leave_out_the_node() -> None:
    graph = graph_of("""
        name: Net
        inputs: {x: [3, 8, 8]}
        init: {.q: {weight: {constant: {val: 5}}}}
        blocks:
          unit:
            params: {f: bool}
            graph:
              - {when: f, id: q, conv: {out_channels: 4}}
              - {when: not f, id: r, conv: {out_channels: 4}}
        graph: [unit: true, unit: false, unit: true]
    """)
    module = backend.compile(graph)
    weights = {name: t for name, t in state(module).items() if name.endswith("q.weight")}
    assert sorted(weights) == ["0.q.weight", "2.q.weight"]
    assert all(is_constant(t, 5) for t in weights.values())


def test_the_id_of_a_shared_node_starts_what_it_shares() -> None:
    module = backend.compile(
        graph_of("""
        name: Net
        inputs: {x: [4]}
        init: {.b: {weight: zeros}}
        blocks: {unit: {graph: [{id: a, linear: 4}, relu, {id: b, share: a}]}}
        graph: [{id: one, unit: }, {id: two, unit: }]
    """)
    )
    assert all(is_constant(state(module)[f"{unit}.a.weight"], 0) for unit in ("one", "two"))


def test_what_starts_alike_is_told_apart_no_further() -> None:
    normal = "weight: {normal: {std: 1e-6}}"
    init = f"{{conv: {{{normal}}}, linear: {{{normal}, bias: ones}}}}"
    nodes = ("conv: {out_channels: 4, bias: false}", "flatten", "linear: {out_features: 3}")
    assert sum("isinstance" in line for line in tail(init, *nodes)) == 2
    assert tail(init.replace(", bias: ones", ""), *nodes) == [
        "for module in self.modules():",
        "    if isinstance(module, (nn.Conv2d, nn.Linear)):",
        "        nn.init.normal_(module.weight, std=1e-6)",
    ]
