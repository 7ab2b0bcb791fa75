"""Receptive fields against where gradients arrive, and against what is published.

The compiled module runs in double precision with positive weights, and the gradient of one
position of a layer is followed back to the input. Its bounding box is the field, as no two paths
can cancel: a ReLU passes what is positive, and max pooling, which would pass the gradient to one
value of each window alone, is replaced by average pooling over the same windows.
"""

from __future__ import annotations

import re
from math import prod
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from archspec.analysis.cost import stats
from archspec.analysis.receptive import Field, fields, network_field, spacing
from archspec.diagnostics import Source
from archspec.frontend.loading import load_source
from archspec.ir.graph import Graph, Node
from archspec.ops import Shape
from archspec.pipeline import compile_module, elaborate
from tests.pieces import graph_of
from tests.test_stencils import Ends, box, measured


class _Seen(Exception):
    """Ends a forward pass once the layer that is looked at has run."""


def average(
    x: torch.Tensor,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    *rest: Any,
    **named: Any,
) -> torch.Tensor:
    """In place of a max pooling: the mean of the same windows."""
    pool = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)[x.ndim - 3]
    dilation = named.get("dilation", rest[0] if rest else 1)
    assert dilation in (1, (1,) * (x.ndim - 2))
    ceil_mode = named.get("ceil_mode", rest[1] if len(rest) > 1 else False)
    return pool(x, kernel_size, stride, padding, ceil_mode)


class Probe:
    """A network that is run once up to one of its layers, and asked where gradients arrive.

    Attributes:
        node: the last of the modules whose field is largest, of those that are bounded and all.
    """

    def __init__(self, graph: Graph, known: dict[Node, Field]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for rank in (1, 2, 3):
                patch.setattr(F, f"max_pool{rank}d", average)
            module = compile_module(graph, device="meta", dtype=torch.double)
            module = module.to_empty(device="cpu").eval()
            random = torch.Generator().manual_seed(0)
            for part in module.modules():
                if not isinstance(part, nn.Linear):  # large, and never reached
                    _even(part, random)
            self.node = self._chosen(graph, known, module)
            module.get_submodule(self.node.path).register_forward_hook(self._see)
            shapes = [n.output for n in graph.inputs]
            self.inputs = [
                torch.ones(1, *s, dtype=torch.double, requires_grad=True) for s in shapes
            ]
            with pytest.raises(_Seen):
                module(*self.inputs)

    def _chosen(self, graph: Graph, known: dict[Node, Field], module: nn.Module) -> Node:
        leaves = {name for name, part in module.named_modules() if not [*part.children()]}
        last_first = (n for n in reversed(graph.nodes) if n.path in leaves and not n.train_only)
        bounded = (n for n in last_first if n in known and not known[n].context)
        bounded = (n for n in bounded if not n.op.name.startswith("adaptive_"))  # as wide as all
        bounded = (n for n in bounded if known[n].bounded)
        return max(bounded, key=lambda n: prod(known[n].size))

    def _see(self, _module: nn.Module, _inputs: Any, output: torch.Tensor) -> None:
        self.output = output
        raise _Seen

    def box(self, position: Shape) -> list[Ends]:
        """Where the gradient of all channels at one position arrives, along each axis."""
        values = self.output[0]
        for index in position:
            values = values[:, index]
        value = values.sum()
        (gradient,) = torch.autograd.grad(value, self.inputs[:1], retain_graph=True)
        seen = gradient[0].abs().sum(0)
        axes = range(seen.ndim)
        return [
            measured(seen.sum([a for a in axes if a != axis]) if seen.ndim > 1 else seen)
            for axis in axes
        ]


@torch.no_grad()
def _even(part: nn.Module, random: torch.Generator) -> None:
    """Positive weights that keep the values' size, no biases, and norms that do nothing.

    The weights are not all equal: the layer norm of equal channels would pass no gradient.
    """
    for name, x in (*part.named_parameters(recurse=False), *part.named_buffers(recurse=False)):
        if name == "weight" and x.ndim > 1:
            x.uniform_(0.5, 1.5, generator=random).div_(x[0].numel())
        else:
            x.fill_(1 if name in ("weight", "running_var") else 0)


SPECS = Path(__file__).parents[1] / "specs"


def shipped(name: str, shape: Shape, changed: dict[str, str]) -> Graph:
    """A shipped network `family/variant` on another input, its text changed to make it narrow.

    Fields do not depend on the number of channels. What heads that only train ask of the
    input's size would make the inputs large, so `changed` may cut them off.
    """
    family, _, variant = name.partition("/")
    path = SPECS / f"{family}.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changed.items():
        assert old in text
        text = text.replace(old, new)
    document = load_source(Source(path.name, text), path)
    return elaborate(document, variant=variant, inputs=[(None, shape)])


def agree(field: Field, probe: Probe, position: Shape, extent: Shape) -> list[bool]:
    """Compare the field of one position with where its gradient arrives, along each axis.

    An end that lies within the input must be just there. One beyond the border cannot be seen:
    gradient may reach the border, or stop before it where a stride leaves a rest of the map
    unread.

    Returns:
        Whether both ends lay within, by axis.
    """
    inside = []
    for ends, found, size in zip(field.at(*position), probe.box(position), extent, strict=True):
        assert ends is not None and found is not None
        starts, stops = ends[0] >= 0, ends[1] < size
        assert found[0] == ends[0] if starts else found[0] >= 0
        assert found[1] == ends[1] if stops else found[1] < size
        inside.append(starts and stops)
    return inside


VGG = {"[64, 128, 256, 512, 512]": "[8, 8, 8, 8, 8]"}
FCN = {**VGG, "4096": "8"}
RESNET = {"[64, 128, 256, 512]": "[8, 8, 16, 16]", "out_channels: 64": "out_channels: 8"}
CIFAR = {"[16, 32, 64]": "[4, 8, 16]", "out_channels: 16": "out_channels: 4"}
VOX = {"out_channels: 32": "out_channels: 2", "out_channels: 64": "out_channels: 2"}
WAVE = {"length: 1024": "length: 2100", "skip: 256": "skip: 8"}
NO_AUX = {"  - {id: aux": "  # - {id: aux", "  aux1: {": "  # aux1: {", "  aux2: {": "  # aux2: {"}
NO_AUX_V3 = {f"  {word}": f"  # {word}" for word in ("- {id: AuxLogits", "aux: {", ".AuxLogits.fc")}

# Long strips: a field is measured along one axis at a time, and the other can be short.
NETWORKS: list[tuple[str, Shape, dict[str, str]]] = [
    ("lenet/lenet5", (1, 40, 32), {}),
    ("lenet/lenet5_1998", (1, 40, 40), {}),
    ("alexnet/alexnet", (3, 300, 96), {}),
    ("alexnet/alexnet_two_stream", (3, 96, 300), {}),
    ("zfnet/zfnet", (3, 300, 80), {}),
    ("vgg/vgg11", (3, 220, 64), VGG),
    ("vgg/vgg16", (3, 32, 300), VGG),
    ("vgg/vgg16_1x1", (3, 260, 64), VGG),
    ("all_cnn/all_cnn_c", (3, 60, 32), {}),
    ("nin/nin_cifar10", (3, 80, 32), {}),
    ("nin/nin_imagenet", (3, 300, 96), {}),
    ("googlenet/googlenet", (3, 864, 32), NO_AUX),
    ("bn_inception/bn_inception", (3, 800, 32), {}),
    ("inception_v3/inception_v3", (3, 1400, 75), NO_AUX_V3),
    ("inception_modules/inception_naive", (8, 28, 28), {}),
    ("squeezenet/squeezenet1_0", (3, 300, 40), {}),
    ("mobilenet/mobilenetv1_025", (3, 400, 64), {}),
    ("xception/xception", (3, 1216, 32), {"728": "16"}),
    ("convnext/convnext_tiny", (3, 1792, 32), {"width: 96": "width: 8"}),
    ("efficientnet/efficientnet_b0", (3, 64, 48), {}),
    ("highway/highway_1", (3, 80, 16), {}),
    ("resnet/resnet18", (3, 544, 32), RESNET),
    ("resnet/resnet50", (3, 544, 32), RESNET),
    ("resnet/resnet50_v1", (3, 32, 608), RESNET),
    ("resnet_cifar/resnet56_b", (3, 300, 16), CIFAR),
    ("preact_resnet/preact_resnet164", (3, 600, 16), {"16 if cifar": "4 if cifar"}),
    ("wide_resnet/wrn40_1", (3, 200, 16), CIFAR),
    ("resnext/resnext29_1x64d", (3, 100, 16), {}),
    ("densenet/densenet_40_12", (3, 200, 16), {}),
    ("fractalnet/fractalnet_deep10", (3, 208, 32), {}),
    ("dla/dla46_c", (3, 640, 32), {}),
    ("spatial_transformer/st_cnn", (1, 60, 60), {}),
    ("unet/unet", (1, 364, 188), {"channels: 64": "channels: 2"}),
    ("unet/unet_padded", (3, 32, 320), {"channels: 64": "channels: 2"}),
    ("fcn/fcn32s", (3, 480, 100), FCN),
    ("fcn/fcn8s", (3, 560, 100), FCN),
    ("fcn_resnet/fcn_resnet50", (3, 560, 32), {"\nparams:\n": "\nparams:\n  width_per_group: 8\n"}),
    ("voxresnet/voxresnet", (1, 152, 16, 16), VOX),
    ("voxresnet/voxresnet_1x3x3", (1, 16, 16, 152), VOX),
    ("wavenet/wavenet", (256, 2100), WAVE),
]


@pytest.mark.parametrize(
    ("name", "shape", "changed"), NETWORKS, ids=[row[0].partition("/")[2] for row in NETWORKS]
)
def test_fields_are_where_gradients_arrive(
    name: str, shape: Shape, changed: dict[str, str]
) -> None:
    graph = shipped(name, shape, changed)
    known = fields(graph)
    probe = Probe(graph, known)
    field, extent = known[probe.node], shape[1:]
    long = extent.index(max(extent))
    centre = tuple(size // 2 for size in probe.node.output[1:])
    beside = tuple(c + (axis == long) for axis, c in enumerate(centre))
    for position in (centre, beside):
        assert agree(field, probe, position, extent)[long], "the input is too small"
    here, there = field.at(*centre)[long], field.at(*beside)[long]
    stencil = field.sights[long].stencil
    assert here is not None and there is not None and stencil is not None
    if stencil.period == 1:
        assert there[0] - here[0] == field.stride[long]
        assert here[0] == field.offset[long] + centre[long] * field.stride[long]
        assert here[1] - here[0] + 1 == field.size[long]
    else:
        assert here[1] - here[0] + 1 <= field.size[long]


# Araujo et al. 2019, whose ResNets stride in the 1x1, as those of He et al. 2015 do; AlexNet and
# VGG-16 up to their last pooling, the others up to the pooling over the whole map. And van den
# Oord et al. 2016.
PUBLISHED = {
    "alexnet": 195,
    "vgg16": 212,
    "resnet50_v1": 483,
    "resnet101_v1": 1027,
    "resnet152_v1": 1507,
    "inception_v3": 1311,
    "mobilenetv1_100": 315,
    "wavenet": 1 + 1024,  # the stack's 1024, after one more causal convolution
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_fields(name: str) -> None:
    field = network_field(elaborate(name))
    assert field is not None
    assert set(field.size) == {PUBLISHED[name]}


def seen(text: str) -> dict[str, Any]:
    """The field of each node by its path, as JSON; of an image `x` if no inputs are named.

    Whatever has an id is an output.
    """
    if "inputs:" not in text:
        text = f"inputs: {{x: [2, 32, 24]}}\ngraph:\n{dedent(text)}"
    ids = ", ".join(re.findall(r"\bid: (\w+)", text))
    graph = graph_of(f"name: Net\n{text}\noutputs: [{ids}]\n")
    return {node.path: field.as_json() for node, field in fields(graph).items()}


def sized(size: list[int], stride: list[float], offset: list[int]) -> dict[str, Any]:
    return {"size": size, "stride": stride, "offset": offset}


WHOLE = {"whole": True}


def test_three_convolutions_see_what_one_large_one_sees() -> None:
    """Simonyan & Zisserman 2014, section 2.3: three of 3x3 for one of 7x7."""
    three = seen("""
      - {repeat: 2, conv: {out_channels: 2, kernel_size: 3}}
      - {id: last, conv: {out_channels: 2, kernel_size: 3}}
    """)
    one = seen("- {id: last, conv: {out_channels: 2, kernel_size: 7}}")
    assert three["last"] == one["last"] == sized([7, 7], [1, 1], [0, 0])


def test_a_gate_over_everything_is_context() -> None:
    """The field is that of what it weighs, and of what adds something pooled and enlarged again."""
    found = seen("""
      - {id: conv, conv: {out_channels: 2, kernel_size: 3, stride: 2, padding: 1}}
      - id: gated
        multiply:
          broadcast: true
          branches: [[], [global_avg_pool, sigmoid]]
      - {id: after, conv: {out_channels: 2, kernel_size: 3}}
      - id: pyramid
        concat: [[], [global_avg_pool, {conv: {out_channels: 1}}, {upsample: {like: after}}]]
      - {id: pool, global_avg_pool: }
      - {id: both, multiply: {broadcast: true, branches: [pool, [sigmoid]]}}
    """)
    first = sized([3, 3], [2, 2], [-1, -1])
    assert found["conv"] == first
    assert found["gated"] == first | {"context": True}
    after = sized([7, 7], [2, 2], [-1, -1]) | {"context": True}
    assert found["after"] == found["pyramid"] == after
    assert found["pool"] == found["both"] == WHOLE


def test_with_gates_a_network_has_the_field_that_it_has_without() -> None:
    gate = "squeeze_excitation: {reduction: $(4 * expand), activation: silu}"
    shape, cut = (3, 1792, 64), {gate: "identity: ", "use: [std/attention.yaml]\n": ""}
    gated, plain = (
        network_field(shipped("efficientnet/efficientnet_b0", shape, changed))
        for changed in ({}, cut)
    )
    assert gated is not None and plain is not None
    assert gated.context and not plain.context
    assert gated.size == plain.size == (851, 851)
    assert gated.at(7, 0) == plain.at(7, 0)


def test_statistics_see_everything_unless_they_are_kept() -> None:
    found = seen("""
      - {id: batch, from: x, batch_norm: }
      - {id: tracked, from: x, instance_norm: {track_running_stats: true}}
      - {id: instance, from: x, instance_norm: }
      - {id: group, from: x, group_norm: 2}
      - {id: layer, from: x, layer_norm: }
      - {id: untracked, from: x, batch_norm: {track_running_stats: false}}
      - {id: lrn, from: x, local_response_norm: 5}
    """)
    point = sized([1, 1], [1, 1], [0, 0])
    assert found["batch"] == found["tracked"] == found["lrn"] == point
    assert found["instance"] == found["group"] == found["layer"] == found["untracked"] == WHOLE


@pytest.mark.parametrize("name", ["resnet18", "unet", "googlenet", "wavenet", "fcn8s"])
def test_positions_are_as_far_apart_as_their_fields(name: str) -> None:
    """Where these have borders; what sees everything has a place of its own none the less."""
    graph = elaborate(name)
    apart = spacing(graph)
    for node, field in fields(graph).items():
        if field.bounded:
            assert apart[node] == max(field.stride)


@pytest.mark.parametrize(
    "what",
    [
        "group_norm: 2",
        "instance_norm:",
        "{multiply: {broadcast: true, branches: [[], [global_avg_pool, sigmoid]]}}",
        "{graph: [{permute: [1, 2, 0]}, {layer_norm: 1}, {permute: [2, 0, 1]}]}",
    ],
)
def test_what_sees_everything_stays_where_it_is(what: str) -> None:
    graph = graph_of(f"""
name: N
inputs: {{image: [4, 16, 16]}}
graph:
  - {what}
  - max_pool: 2
  - {what}
  - {{conv: {{out_channels: 4, stride: 2}}}}
  - {{upsample: 4}}
  - {{id: last, global_avg_pool: }}
""")
    apart = spacing(graph)
    *_, conv, up, last = graph.nodes
    assert [apart[node] for node in (graph.inputs[0], conv, up, last)] == [1, 4, 1, 0]


def test_fields_follow_axes_that_are_permuted() -> None:
    found = seen("""
      - {id: conv, conv: {out_channels: 2, kernel_size: [3, 5], stride: [1, 2]}}
      - {id: last, permute: [1, 2, 0]}
      - {id: norm, layer_norm: {axes: 1}}
      - {id: first, permute: [2, 0, 1]}
      - {id: turned, from: conv, permute: [0, 2, 1]}
      - {id: more, conv: {out_channels: 2, kernel_size: [3, 1]}}
      - {id: rows, from: conv, softmax: {axis: 1}}
    """)
    assert found["conv"] == found["norm"] == found["first"] == found["turned"]
    assert found["more"] == sized([3, 9], [1, 2], [0, 0])
    assert found["rows"] == sized([32, 5], [0, 2], [0, 0])  # everything along one axis


def test_one_position_keeps_its_field() -> None:
    """Pooling, flattening or a dense layer adds nothing where the map is one position."""
    found = seen("""
      - {id: conv, conv: {out_channels: 2, kernel_size: [30, 20], stride: 8}}
      - {id: pool, global_avg_pool: }
      - {id: flat, flatten: }
      - {id: dense, linear: 5}
    """)
    assert set(map(str, (found[n] for n in ("conv", "pool", "flat", "dense")))) == {
        str(sized([30, 20], [8, 8], [0, 0]))
    }
    more = seen("- {id: pool, avg_pool: 8}\n- {id: flat, flatten: }\n- {id: dense, linear: 5}")
    assert more["pool"] == sized([8, 8], [8, 8], [0, 0])
    assert more["flat"] == more["dense"] == WHOLE


def test_a_single_position_is_spread_over_a_map() -> None:
    """Each position sees what that one sees, and its own."""
    graph = graph_of("""
name: Spread
inputs: {x: [1, 32]}
graph:
  - add:
      broadcast: true
      branches: [[], [{crop: 20}, {avg_pool: 20}]]
  - {conv: {out_channels: 1, kernel_size: 3}}
""")
    field = network_field(graph)
    assert field is not None
    assert [field.at(i)[0] for i in (0, 5, 20, 29)] == [(0, 25), (5, 25), (6, 25), (6, 31)]
    assert field.size == (26,)
    both = seen("""
      - {id: a, from: x, max_pool: [32, 24]}
      - {id: b, from: x, graph: [{crop: 8}, {max_pool: 8}]}
      - {id: sum, add: [a, b]}
      - {id: flat, from: sum, flatten: }
      - {id: dense, linear: 3}
    """)
    assert both["sum"] == both["dense"] == sized([32, 24], [32, 24], [0, 0])


def test_a_map_added_to_itself_turned_sees_everything() -> None:
    found = seen("- {id: sum, from: x, add: [{crop: 20}, [{crop: 20}, {permute: [0, 2, 1]}]]}")
    assert found["sum"] == WHOLE


def test_enlarged_maps_have_fractional_strides() -> None:
    found = seen("""
      - {id: near, from: x, upsample: 2}
      - {id: conv, conv: {out_channels: 2, kernel_size: 3, padding: 1}}
      - {id: smooth, from: x, upsample: {scale_factor: 4, mode: bilinear}}
      - {id: up, from: x, conv_transpose: {out_channels: 2, kernel_size: 3, stride: 2}}
    """)
    assert found["near"] == sized([1, 1], [0.5, 0.5], [0, 0])
    assert found["conv"] == sized([2, 2], [0.5, 0.5], [-1, -1])
    assert found["smooth"] == sized([2, 2], [0.25, 0.25], [-1, -1])
    assert found["up"] == sized([2, 2], [0.5, 0.5], [-1, -1])


def test_branches_whose_strides_drift_apart() -> None:
    """32 and 24 divided by 3 leave a rest, so enlarging does not give back the same places."""
    graph = graph_of("""
name: Drift
inputs: {x: [1, 32]}
graph:
  - add:
      - []
      - [{max_pool: 3}, {upsample: {size: 32}}]
""")
    field = network_field(graph)
    assert field is not None
    reference = [{i, *(3 * (i * 10 // 32) + n for n in range(3))} for i in range(32)]
    assert [field.at(i)[0] for i in range(32)] == [box(places) for places in reference]
    assert field.size == (max(max(places) - min(places) + 1 for places in reference),)
    assert 0.9 < field.stride[0] < 1


def test_maps_beside_each_other() -> None:
    graph = graph_of("""
name: Beside
inputs: {x: [1, 8]}
graph:
  - concat:
      axis: 1
      branches: [[], [{conv: {out_channels: 1, kernel_size: 3}}]]
""")
    field = network_field(graph)
    assert field is not None
    assert [field.at(i)[0] for i in range(14)] == [
        *((i, i) for i in range(8)),
        *((i, i + 2) for i in range(6)),
    ]


def test_several_inputs() -> None:
    text = """
inputs: {a: [1, 16], b: [1, 16]}
graph:
  - {id: left, from: a, conv: {out_channels: 1, kernel_size: 3, padding: 1}}
  - {id: right, from: b, conv: {out_channels: 1, kernel_size: 5, padding: 2}}
  - {id: sum, add: [left, right]}
"""
    found = seen(text)
    assert found["sum"] == found["left"] == sized([3], [1], [-1])
    assert "right" not in found
    graph = graph_of(f"name: Two{text}")
    other = fields(graph, graph.inputs[1])
    assert other[graph.by_path["sum"]].size == (5,)
    assert graph.by_path["left"] not in other


def test_what_depends_on_nothing_has_no_field() -> None:
    """A mask may read no place at all, and a crop reads the shape alone of what it is like."""
    found = seen("""
      - id: nothing
        masked_conv: {out_channels: 2, kernel_size: 1, kernel_mask: A}
      - {id: small, from: x, max_pool: 4}
      - {id: crop, from: x, crop: {like: small}}
    """)
    assert "nothing" not in found
    assert found["crop"] == sized([1, 1], [1, 1], [12, 9])
    assert seen("inputs: {x: [9]}\ngraph: [{id: dense, linear: 4}]") == {}


def test_the_field_of_a_network() -> None:
    """The last before everything is seen; of a map, the output's."""
    sizes = {name: network_field(elaborate(name)) for name in ("lenet5", "unet", "efficientnet_b0")}
    assert {name: field and field.size for name, field in sizes.items()} == {
        "lenet5": (16, 16),
        "unet": (204, 204),
        "efficientnet_b0": (851, 851),  # whose gates are context
    }
    assert network_field(graph_of("name: N\ninputs: {x: [9]}\ngraph: [{linear: 4}]")) is None
    unet = sizes["unet"]
    assert unet is not None and set(unet.stride) == {1}


def test_layers_carry_their_fields() -> None:
    counted = stats(elaborate("vgg16"))
    by_path = {layer.path: layer.field for layer in counted.layers}
    last = by_path["features.30"]
    assert last is not None and last.size == (212, 212)
    dense = by_path["classifier.0"]
    assert dense is not None and dense.whole


def test_huge_sizes_take_no_time() -> None:
    """Neither long windows nor odd enlargements of long inputs are written out."""
    found = seen("""
inputs: {x: [1, 1000003]}
graph:
  - {id: a, conv: {out_channels: 1, kernel_size: 500001}}
  - {id: b, upsample: {size: 777777}}
  - {id: c, conv_transpose: {out_channels: 1, kernel_size: 2999, stride: 2011}}
  - {id: d, adaptive_avg_pool: 99991}
  - {id: e, add: [d, {from: x, graph: [{crop: 99991}]}]}
""")
    assert found["a"]["size"] == [500_001]
    assert found["e"]["size"][0] > 500_001
