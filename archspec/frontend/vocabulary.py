"""What papers and other frameworks call things: the words here for theirs, and what to do without.

Looked up for a word that nobody here knows, before a misspelling is thought of: `matmul` is no
`maximum`. Case, underscores and the `2d` of `Conv2D` count for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache
from typing import Literal

from archspec.ops.identifiers import STRUCTURAL

BESIDE = frozenset(STRUCTURAL) - {"graph", "parallel", "else"}
"""Those that hold no nodes."""

_OPS = {
    "linear": "dense fc fully_connected affine inner_product gemm mlp linear_layer",
    "conv": "convolution conv_layer cross_correlation atrous_conv dilated_conv",
    "conv_transpose": "deconv deconvolution transposed_conv transposed_convolution up_conv"
    " convolution_transpose fractionally_strided_conv",
    "deform_conv": "dcn deformable_convolution",
    "batch_norm": "bn batch_normalization",
    "layer_norm": "ln layer_normalization",
    "group_norm": "gn group_normalization",
    "instance_norm": "instance_normalization",
    "local_response_norm": "lrn local_response_normalization response_norm",
    "global_avg_pool": "gap global_average_pooling global_average_pool global_avg_pooling",
    "global_max_pool": "gmp global_max_pooling",
    "max_pool": "max_pooling",
    "avg_pool": "average_pooling average_pool mean_pool avg_pooling",
    "adaptive_avg_pool": "adaptive_average_pooling adaptive_average_pool adaptive_avg_pooling",
    "adaptive_max_pool": "adaptive_max_pooling",
    "add": "sum plus eltwise addition elementwise_add",
    "subtract": "sub minus difference",
    "multiply": "mul scale_by product hadamard elementwise_mul prod times",
    "mean": "average avg",
    "concat": "cat concatenate concatenation depth_concat route join",
    "silu": "swish",
    "hardswish": "h_swish",
    "hardsigmoid": "h_sigmoid",
    "hardtanh": "clamp clip",
    "abs": "absolute absolute_value fabs",
    "square": "squared sqr",
    "exp": "exponential",
    "minimum": "min elementwise_min",
    "sigmoid": "logistic",
    "upsample": "interpolate resize resizing up_sampling upscale unpool unpooling bilinear nearest",
    "subsample": "decimate",
    "flatten": "view squeeze ravel",
    "reshape": "unflatten",
    "permute": "transpose",
    "pad": "zero_pad zero_padding constant_pad reflection_pad replication_pad circular_pad",
    "crop": "cropping center_crop",
    "drop_path": "stochastic_depth",
    "identity": "noop nop",
    "channel_slice": "slice narrow",
    "channel_shuffle": "shuffle",
    "grid_sample": "grid_sampler bilinear_sampler",
    "affine_grid": "grid_generator",
}
_EXACT = {f"dropout{n}d": "spatial_dropout" for n in (1, 2, 3)}
"""Where the number of axes says more than their number."""

_NO_OPS = {
    "there is no product of two values as matrices; `linear` multiplies by a weight": "matmul bmm"
    " mm dot"
    " einsum batch_matmul tensordot matrix_multiply outer bilinear_layer",
    "there is no attention; the ops are those of convolutional networks": "attention self_attention"
    " multihead_attention multi_head_attention transformer transformer_encoder mha"
    " transformer_decoder scaled_dot_product_attention transformer_block positional_encoding",
    "there are no recurrent ops": "lstm gru rnn recurrent simple_rnn conv_lstm bidirectional"
    " time_distributed repeat_vector masking lstm_cell gru_cell",
    "there are no ops on words": "embedding embed embedding_bag token_embedding",
    "`max_pool` gives no indices; `upsample` and `conv_transpose` enlarge a map": "max_unpool"
    " max_unpooling",
    "there is no such op; `upsample` and `conv_transpose` enlarge a map": "pixel_shuffle"
    " depth_to_space"
    " subpixel sub_pixel sub_pixel_conv",
    "there is no such op; a `conv` with a stride shrinks a map": "pixel_unshuffle space_to_depth"
    " unfold fold im2col col2im focus",
    "write multiply: [[...], [..., sigmoid]]": "glu gated_linear_unit",
    "there is no such activation; docs/language.md lists those that there are": "rrelu crelu"
    " swiglu softsign softmin softshrink hardshrink tanhshrink logsigmoid log_sigmoid threshold"
    " maxout",
    "write scale: -1": "neg negate negative",
    "the only arithmetic is `add`, `subtract`, `multiply`, `mean`, `maximum`, `minimum`, `scale`,"
    " `abs`, `square` and `exp`": "div divide sqrt pow power log rsqrt sign",
    "each part is a `channel_slice` with a `from` of its own": "split chunk unbind unstack"
    " channel_split split_channels channel_chunk",
    "a sample has the axes it has; `reshape` gives it others": "unsqueeze expand_dims stack",
    "the only noise is `dropout` and its kin": "noise gaussian_noise gaussian_dropout",
    "weights are used as they are": "spectral_norm weight_norm weight_normalization"
    " weight_standardization",
    "no code can stand in a spec": "lambda custom function python",
    "a group of nodes is `graph: [...]`; what comes again is a block, under `blocks`": "sequential"
    " module module_list functional",
    "a spec says what the network is, and not how it is trained": "loss cross_entropy mse mse_loss"
    " cross_entropy_loss bce bce_loss nll_loss l1_loss optimizer sgd adam metrics",
    "a node reads an input by `from: NAME`; inputs stand under `inputs` at the top": "input"
    " input_layer placeholder data",
    "scale the images before they come in, or by a `channel_affine`": "rescaling",
    "what is returned stands under `outputs` at the top": "output output_layer return",
    "an activation is an op itself: `relu`, `tanh`": "activation act nonlinearity",
    "which one: `max_pool`, `avg_pool`, `global_avg_pool`": "pool pooling",
    "which one: `batch_norm`, `layer_norm`, `group_norm`": "norm normalization normalize",
    "a skip is a merge: add: [identity, [...]]; a block is defined under `blocks:`": "skip shortcut"
    " skip_connection residual_connection residual",
    "in a block, conv: {out_channels: $input.channels, groups: $input.channels}": "depthwise_conv"
    " depthwise_convolution depthwise dwconv",
    "a convolution with `kernel_size: 1`, its default: conv: {out_channels: ...}": "pointwise_conv"
    " pointwise conv1x1",
    "a convolution with `groups`: conv: {out_channels: ..., groups: ...}": "group_conv"
    " grouped_conv grouped_convolution",
}
_SHELF = {
    "attention": "squeeze_excitation=se,se_block,se_layer,squeeze_and_excitation,senet",
    "conv": "conv_relu=basic_conv_relu conv_bn=conv_bn_relu,conv_bn_act,conv_norm_act,convbnrelu",
    "deformable": "deformable_conv",
    "gate": "highway_conv=highway highway_linear",
    "pool": "spatial_pyramid_pool=spp,spatial_pyramid_pooling",
    "residual": "basic_block=residual_block,resnet_block bottleneck=bottleneck_block",
    "resize_conv": "resize_conv=resize_convolution,upsample_conv",
    "separable": "separable_conv=depthwise_separable_conv,separable_convolution,"
    "depthwise_separable_convolution spatially_separable_conv",
}
"""Blocks that the shipped files have, with what else they are called."""

_ATTRIBUTES = {
    "out_channels": "filters num_filters output_channels out_planes planes num_output channels"
    " features nf out out_ch channels_out width oc",
    "out_features": "units neurons num_units features hidden hidden_size hidden_units output_dim"
    " dim_out dim out nodes size num_output out_dim",
    "kernel_size": "kernel pool_size filter_size ksize k window window_size kernel_shape size"
    " kernel_dim",
    "stride": "strides step subsample s",
    "padding": "pad pads p",
    "dilation": "dilation_rate dilations rate atrous_rate d",
    "groups": "group num_groups cardinality n_groups",
    "num_groups": "groups group n_groups g",
    "bias": "use_bias bias_term with_bias",
    "p": "rate drop_prob prob probability dropout_rate drop_rate drop_path_rate",
    "eps": "epsilon",
    "affine": "elementwise_affine scale center",
    "elementwise_affine": "affine scale center",
    "axis": "dim axes",
    "axes": "axis dim dims order perm",
    "start_axis": "start_dim axis dim",
    "end_axis": "end_dim",
    "negative_slope": "alpha slope leak",
    "alpha": "negative_slope slope",
    "scale_factor": "scale factor upscale",
    "mode": "interpolation method",
    "output_size": "size target_size bins",
    "size": "output_size n local_size depth_radius",
    "shape": "target_shape new_shape size",
    "num_parameters": "num_channels channels",
}
_NO_ATTRIBUTES = {
    "an activation is a node of its own, below this one: `- relu`": "activation act nonlinearity"
    " activation_fn act_layer",
    "normalisation is a node of its own, below this one: `- batch_norm`": "norm norm_layer"
    " batch_norm use_bn use_batchnorm normalization",
    "how weights start stands under `init` at the top": "kernel_initializer bias_initializer init"
    " weight_init initializer weight_initializer",
    "leave it out: archspec knows what feeds this node": "input_shape input_dim in_planes"
    " in_ch input_channels num_inputs inplanes in_dim input_size channels_in",
    "shapes are [C, H, W], without the batch": "data_format channels_last",
    "a number dropped is `p`: 1 - keep_prob": "keep_prob",
    "a spec says what the network is, and not how it is trained": "kernel_regularizer trainable"
    " weight_decay requires_grad lr regularizer l2 freeze",
    "a network has no device or dtype until it is compiled": "device dtype",
    "the name of a node stands beside its op: {id: ..., OP: ...}": "name label",
}
_KEYS = {
    "graph": "layers layer network net model architecture nodes body backbone ops structure"
    " modules sequential features blocks",
    "params": "parameters hyperparameters hparams config defaults constants variables vars args"
    " arguments settings",
    "inputs": "input input_shape input_size in",
    "outputs": "output out returns return",
    "blocks": "modules definitions functions components defs block submodules",
    "variants": "configs configurations models versions sizes",
    "use": "imports import include includes using",
    "init": "initialization initialisation initializers weights",
    "name": "title model_name network_name",
    "source": "paper reference citation url authors",
    "description": "comment comments doc docs notes note about",
    "year": "date published",
    "id": "name tag",
    "label": "caption display_name text",
    "note": "formula annotation math symbol",
    "doc": "description comment comments docs docstring about remark",
    "from": "input inputs source bottom in reads parents",
    "when": "if condition enabled only_if unless",
    "repeat": "times count repeats num_blocks depth",
    "parallel": "branches",
    "for": "loop foreach",
    "share": "shared tied weights_of reuse same_as",
    "of": "id node",
    "own": "except but not",
}
_SAYS_THE_OP = frozenset(["type", "op", "layer", "kind", "class", "module", "block", "operation"])


def folded(word: str) -> str:
    """A word without capitals, what joins its parts, and the number of axes: `conv`."""
    plain = re.sub(r"[\W_]", "", word.lower())
    return re.sub(r"(?<=[a-z])[123]d(?=[a-z]|\Z)", "", plain)


Words = dict[str, list[str]]
_TABLES = {
    "ops": _OPS,
    "no ops": _NO_OPS,
    "attributes": _ATTRIBUTES,
    "no attributes": _NO_ATTRIBUTES,
    "keys": _KEYS,
}


@cache
def words_of(table: Literal["ops", "no ops", "attributes", "no attributes", "keys"]) -> Words:
    """From every word of a table, folded, to what it stands under; made for the first hint."""
    found: dict[str, list[str]] = {}
    for under, words in _TABLES[table].items():
        for word in words.split():
            found.setdefault(folded(word), []).append(under)
    return found


@cache
def shelf() -> dict[str, tuple[str, str]]:
    """From every word for a block of the shelf, folded, to the block and its file."""
    found: dict[str, tuple[str, str]] = {}
    for file, entries in _SHELF.items():
        for entry in entries.split():
            block, _, others = entry.partition("=")
            for word in (block, *filter(None, others.split(","))):
                found[folded(word)] = block, f"std/{file}.yaml"
    return found


def our_op(word: str, ops: Iterable[str]) -> str | None:
    """The op that others call `word`, if that is somebody's word for one; `nn.Conv2d` is."""
    last = word.rpartition(".")[2]
    plain = folded(last)
    same = next((op for op in ops if folded(op) == plain), None)
    return _EXACT.get(last.lower()) or same or next(iter(words_of("ops").get(plain, ())), None)


def op_hint(word: str, ops: Iterable[str]) -> str | None:
    """A hint for an op or block under a name that others have for it; `nn.Conv2d` is one."""
    plain = folded(word.rpartition(".")[2])
    ours = our_op(word, ops)
    if ours is not None:
        return f"here it is called `{ours}`"
    if plain in shelf():
        block, file = shelf()[plain]
        return f"use: [{file}] brings in `{block}`"
    return next(iter(words_of("no ops").get(plain, ())), None)


def our_attribute(word: str, known: Iterable[str]) -> str | None:
    """What an op that has these attributes calls `word`, if that is somebody's word for it."""
    known = set(known)
    return next(
        (ours for ours in words_of("attributes").get(folded(word), ()) if ours in known), None
    )


def attribute_hint(word: str, known: Iterable[str], op: str) -> str | None:
    """A hint for an attribute under a name that others have for it, or that belongs elsewhere."""
    ours = our_attribute(word, known)
    if ours is not None:
        return f"here it is called `{ours}`"
    if word in STRUCTURAL:
        return f"it stands beside the op: {{{word}: ..., {op}: ...}}"
    advice = next(iter(words_of("no attributes").get(folded(word), ())), None)
    return advice.replace("OP", op) if advice is not None else None


def our_key(word: str, known: Iterable[str]) -> str | None:
    """Which of the keys that may stand here others call `word`."""
    known = set(known)
    return next((ours for ours in words_of("keys").get(folded(word), ()) if ours in known), None)


def says_the_op(word: str) -> bool:
    """Whether other formats name the op by a key of this name."""
    return word in _SAYS_THE_OP


def misspelt(word: str, op: str) -> bool:
    """Whether a word may be an op's name with a slip in it, and not that of an op there is not.

    What differs has to be near by itself: `switch_norm` shares no more than a kind with
    `batch_norm`. And who adds several letters to a name, as in `mbconv`, means something else.
    """
    plain, ours = folded(word), folded(op)
    if sorted(plain) == sorted(ours):
        return True
    if ours in plain and len(plain) > len(ours) + 1:
        return False
    parts, others = word.lower().split("_"), op.split("_")
    if len(parts) == len(others) > 1:
        return all(a == b or _ratio(a, b) > 0.6 for a, b in zip(parts, others, strict=True))
    return _ratio(plain, ours) > 0.7


def _ratio(a: str, b: str) -> float:
    return SequenceMatcher(None, a, b).ratio()


TYPES = {
    "integer": "int",
    "number": "float",
    "double": "float",
    "string": "str",
    "text": "str",
    "boolean": "bool",
    "array": "list",
    "tuple": "list",
    "op": "block",
    "module": "block",
}
"""What other languages call the types of parameters."""
