"""Networks that encode and decode, as strangers may write them."""

from __future__ import annotations

_BLOCKS = """
  double:
    params: {c: int}
    graph:
      - for: {i: [0, 1]}
        graph:
          - {conv: {out_channels: $c, kernel_size: 3, padding: 1, bias: false}}
          - batch_norm:
          - relu:
  residual:
    params: {c: int}
    graph:
      - add:
          - - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
            - batch_norm:
            - relu:
            - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
            - batch_norm:
          - - {conv: {out_channels: $c}}
      - relu:
  excited:
    params: {c: int}
    graph:
      - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
      - relu:
      - multiply:
          broadcast: true
          branches:
            - []
            - - global_avg_pool:
              - {conv: {out_channels: $(c // 4)}}
              - relu:
              - {conv: {out_channels: $c}}
              - sigmoid:
  gate:
    params: {c: int, times: 1}
    inputs: [skip, signal]
    graph:
      - multiply:
          - skip
          - - add:
                - [{from: skip, conv: {out_channels: $c}}]
                - - {from: signal, conv: {out_channels: $c}}
                  - {when: times > 1, upsample: $times}
            - relu:
            - {id: psi, conv: {out_channels: $c}}
            - sigmoid:
  up_conv:
    label: Up-conv
    params: {c: int}
    graph:
      - upsample: 2
      - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
      - relu:
"""

HEAD = "  - {id: out, conv: {out_channels: 2}}\n"
TWO_HEADS = f"""{HEAD}  - {{id: edges, from: d0, conv: {{out_channels: 1}}}}
outputs: {{mask: out, edges: edges}}
"""
DEEP_SUPERVISION = f"""{HEAD}  - {{id: a1, from: d1, conv: {{out_channels: 2}}}}
  - {{id: a2, from: d2, conv: {{out_channels: 2}}}}
outputs: {{mask: out, one: {{from: a1, train_only: true}}, two: {{from: a2, train_only: true}}}}
"""


def u_net(
    depth: int = 3,
    *,
    work: str = "double",
    up: str = "transposed",
    merge: str = "concat",
    down: str = "pool",
    gate: str = "",
    tail: str = HEAD,
    image: str = "[3, 128, 128]",
    channels: int = 16,
    norm: str = "batch_norm:",
) -> str:
    """A spec of a U-Net with padded convolutions.

    Args:
        work: what is done on each level: `double`, `residual`, `excited` for channels that weigh
            each other, or `loose` for two convolutions outside of any block.
        up: `transposed`, `upsample`, `upsample and conv`, or `block`.
        merge: `concat`, `add`, or nothing for no skips at all.
        down: `pool` or `conv`.
        gate: of skips: by what was enlarged, `above`, or by what it was enlarged from, `below`.
        norm: what follows convolutions in blocks.
    """
    graph: list[str] = []

    def level(name: str, width: int) -> None:
        if work != "loose":
            graph.append(f"  - {{id: {name}, {work}: {width}}}")
            return
        for last in ("a", ""):
            conv = f"{{out_channels: {width}, kernel_size: 3, padding: 1}}"
            graph.extend([f"  - {{id: {name}{last}, conv: {conv}}}", "  - relu:"])

    for i in range(depth):
        level(f"e{i}", channels * 2**i)
        conv = f"{{out_channels: {channels * 2 ** (i + 1)}, kernel_size: 3, stride: 2, padding: 1}}"
        graph.append("  - max_pool: 2" if down == "pool" else f"  - conv: {conv}")
    level(f"d{depth}", channels * 2**depth)
    for i in reversed(range(depth)):
        width = channels * 2**i
        if up == "transposed":
            made = f"conv_transpose: {{out_channels: {width}, kernel_size: 2, stride: 2}}"
            graph.append(f"  - {{id: u{i}, {made}}}")
        elif up == "block":
            graph.append(f"  - {{id: u{i}, up_conv: {width}}}")
        else:
            graph.append(f"  - {{id: {'v' * (up != 'upsample')}u{i}, upsample: 2}}")
        if up == "upsample and conv":
            conv = f"{{out_channels: {width}, kernel_size: 3, padding: 1}}"
            graph.extend([f"  - {{id: u{i}, conv: {conv}}}", "  - relu:"])
        skip = f"e{i}"
        if gate:
            signal, times = (f"u{i}", 1) if gate == "above" else (f"d{i + 1}", 2)
            skip = f"{{from: [e{i}, {signal}], gate: {{c: {width}, times: {times}}}}}"
        if merge:
            graph.append(f"  - {merge}: [{skip}, []]")
        level(f"d{i}", width)
    body, blocks = "\n".join(graph), _BLOCKS.replace("batch_norm:", norm)
    return f"name: U\ninputs: {{x: {image}}}\nblocks:{blocks}\ngraph:\n{body}\n{tail}"


U_NETS = {
    "plain": u_net(),
    "four levels": u_net(4),
    "two levels": u_net(2),
    "six levels": u_net(6, channels=4),
    "residual": u_net(work="residual"),
    "loose": u_net(work="loose"),
    "upsampled": u_net(up="upsample"),
    "upsampled, then a convolution": u_net(up="upsample and conv"),
    "a block that enlarges": u_net(up="block"),
    "added": u_net(merge="add"),
    "added, loose": u_net(merge="add", work="loose", up="upsample and conv"),
    "no skips": u_net(merge=""),
    "gated by what is enlarged": u_net(gate="above"),
    "gated from below": u_net(gate="below"),
    "strided": u_net(down="conv"),
    "strided and residual": u_net(down="conv", work="residual", merge="add"),
    "two heads": u_net(tail=TWO_HEADS),
    "deep supervision": u_net(tail=DEEP_SUPERVISION),
    "squeezed and excited": u_net(work="excited"),
    "group norm": u_net(norm="group_norm: 4"),
    "instance norm, residual": u_net(work="residual", norm="instance_norm:"),
    "volumes": u_net(image="[1, 64, 64, 64]", channels=8),
    "sequences": u_net(image="[1, 1024]"),
    "oblong": u_net(image="[3, 64, 128]"),
    "feature pyramid": """
name: FPN
inputs: {image: [3, 256, 256]}
blocks:
  stage:
    params: {c: int}
    graph:
      - {conv: {out_channels: $c, kernel_size: 3, stride: 2, padding: 1}}
      - batch_norm:
      - relu:
      - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
      - batch_norm:
      - relu:
graph:
  - {id: c1, stage: 32}
  - {id: c2, stage: 64}
  - {id: c3, stage: 128}
  - {id: c4, stage: 256}
  - {id: c5, stage: 512}
  - {id: t5, conv: {out_channels: 64}}
  - upsample: 2
  - {id: t4, add: [{from: c4, conv: {out_channels: 64}}, []]}
  - upsample: 2
  - {id: t3, add: [{from: c3, conv: {out_channels: 64}}, []]}
  - upsample: 2
  - {id: t2, add: [{from: c2, conv: {out_channels: 64}}, []]}
  - {id: p2, conv: {out_channels: 64, kernel_size: 3, padding: 1}}
  - {id: p3, from: t3, conv: {out_channels: 64, kernel_size: 3, padding: 1}}
  - {id: p4, from: t4, conv: {out_channels: 64, kernel_size: 3, padding: 1}}
  - {id: p5, from: t5, conv: {out_channels: 64, kernel_size: 3, padding: 1}}
outputs: {p2: p2, p3: p3, p4: p4, p5: p5}
""",
    "a ResNet, and blocks of two inputs": """
name: ResNet U-Net
inputs: {image: [3, 256, 256]}
blocks:
  basic:
    label: Residual
    params: {c: int, s: 1}
    graph:
      - add:
          - - {conv: {out_channels: $c, kernel_size: 3, stride: $s, padding: 1}}
            - batch_norm:
            - relu:
            - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
            - batch_norm:
          - - {when: s > 1 or input.channels != c, conv: {out_channels: $c, stride: $s}}
      - relu:
  up:
    label: Up
    params: {c: int}
    inputs: [x, skip]
    graph:
      - concat: [{from: x, upsample: 2}, skip]
      - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
      - relu:
      - {conv: {out_channels: $c, kernel_size: 3, padding: 1}}
      - relu:
graph:
  - {id: stem, conv: {out_channels: 64, kernel_size: 7, stride: 2, padding: 3}}
  - batch_norm:
  - {id: stemr, relu: }
  - max_pool: {kernel_size: 3, stride: 2, padding: 1}
  - {basic: {c: 64}}
  - {id: l1, basic: {c: 64}}
  - {basic: {c: 128, s: 2}}
  - {id: l2, basic: {c: 128}}
  - {basic: {c: 256, s: 2}}
  - {id: l3, basic: {c: 256}}
  - {basic: {c: 512, s: 2}}
  - {id: l4, basic: {c: 512}}
  - {id: u3, from: [l4, l3], up: 256}
  - {id: u2, from: [u3, l2], up: 128}
  - {id: u1, from: [u2, l1], up: 64}
  - {id: u0, from: [u1, stemr], up: 32}
  - upsample: 2
  - {conv: {out_channels: 2, kernel_size: 3, padding: 1}}
""",
    "hourglass": """
name: Hourglass
inputs: {image: [64, 64, 64]}
blocks:
  res:
    graph:
      - add:
          - - {conv: {out_channels: 64, kernel_size: 3, padding: 1}}
            - relu:
            - {conv: {out_channels: 64, kernel_size: 3, padding: 1}}
          - []
  hour:
    params: {n: int}
    graph:
      - {id: up1, res: }
      - {id: inner, max_pool: 2}
      - {id: low1, res: }
      - {id: low2, when: n > 1, hour: {n: $(n - 1)}, else: {res: }}
      - {id: low3, res: }
      - {id: up2, upsample: 2}
      - add: [{from: up1, res: }, []]
graph:
  - {id: hg, hour: {n: 4}}
  - {conv: {out_channels: 16}}
""",
    "the input, copied too": """
name: inputskip
inputs: {image: [3, 64, 64]}
graph:
  - {id: a, conv: {out_channels: 16, kernel_size: 3, padding: 1}}
  - max_pool: 2
  - {id: b, conv: {out_channels: 32, kernel_size: 3, padding: 1}}
  - max_pool: 2
  - dropout: 0.1
  - {conv: {out_channels: 64, kernel_size: 3, padding: 1}}
  - upsample: 2
  - concat: [b, []]
  - {conv: {out_channels: 32, kernel_size: 3, padding: 1}}
  - upsample: 2
  - concat: [a, image, []]
  - {conv: {out_channels: 16, kernel_size: 3, padding: 1}}
  - {conv: {out_channels: 3}}
  - tanh:
""",
    "conditioned": """
name: conditioned
inputs: {image: [3, 64, 64], t: [16]}
graph:
  - {id: a, from: image, conv: {out_channels: 16, kernel_size: 3, padding: 1}}
  - max_pool: 2
  - {id: b, conv: {out_channels: 32, kernel_size: 3, padding: 1}}
  - max_pool: 2
  - {id: m, conv: {out_channels: 64, kernel_size: 3, padding: 1}}
  - {id: e, from: t, linear: 64}
  - {id: er, reshape: [64, 1, 1]}
  - add: {broadcast: true, branches: [m, er]}
  - upsample: 2
  - concat: [b, []]
  - {conv: {out_channels: 32, kernel_size: 3, padding: 1}}
  - upsample: 2
  - concat: [a, []]
  - {conv: {out_channels: 3, kernel_size: 3, padding: 1}}
""",
    "waves": """
name: Wave-U-Net
inputs: {mixture: [1, 4096]}
graph:
  - for: {i: range(4)}
    graph:
      - {id: d$i, conv: {out_channels: $(24 * (i + 1)), kernel_size: 15, padding: 7}}
      - leaky_relu:
      - {subsample: 2}
  - {conv: {out_channels: 120, kernel_size: 15, padding: 7}}
  - leaky_relu:
  - for: {i: [3, 2, 1, 0]}
    graph:
      - {upsample: {scale_factor: 2, mode: linear}}
      - concat: [d$i, []]
      - {conv: {out_channels: $(24 * (i + 1)), kernel_size: 5, padding: 2}}
      - leaky_relu:
  - concat: [mixture, []]
  - {conv: {out_channels: 1}}
  - tanh:
""",
}
"""By what is special about them."""

_CONV = "{out_channels: 16, kernel_size: 3, padding: 1}"

TANGLED = {
    "dense skips": f"""
name: U-Net++
inputs: {{x: [3, 64, 64]}}
graph:
  - {{id: a0, conv: {_CONV}}}
  - max_pool: 2
  - {{id: b0, conv: {_CONV}}}
  - max_pool: 2
  - {{id: c0, conv: {_CONV}}}
  - {{id: up_b, from: b0, upsample: 2}}
  - concat: [a0, []]
  - {{id: a1, conv: {_CONV}}}
  - {{id: up_c, from: c0, upsample: 2}}
  - concat: [b0, []]
  - {{id: b1, conv: {_CONV}}}
  - upsample: 2
  - concat: [a0, a1, []]
  - {{conv: {{out_channels: 2}}}}
""",
    "two U's": f"""
name: W
inputs: {{x: [3, 64, 64]}}
graph:
  - {{id: a, conv: {_CONV}}}
  - max_pool: 2
  - {{id: b, conv: {_CONV}}}
  - max_pool: 2
  - {{conv: {_CONV}}}
  - upsample: 2
  - add: [b, []]
  - upsample: 2
  - {{id: c, add: [a, []]}}
  - max_pool: 2
  - {{id: d, conv: {_CONV}}}
  - max_pool: 2
  - {{conv: {_CONV}}}
  - upsample: 2
  - add: [d, []]
  - upsample: 2
  - add: [c, []]
""",
    "skips between levels": f"""
name: full scale
inputs: {{x: [3, 64, 64]}}
graph:
  - {{id: a, conv: {_CONV}}}
  - max_pool: 2
  - {{id: b, conv: {_CONV}}}
  - max_pool: 2
  - {{conv: {_CONV}}}
  - upsample: 2
  - concat: [b, [{{from: a, max_pool: 2}}], []]
  - {{conv: {_CONV}}}
  - upsample: 2
  - concat: [a, []]
  - {{conv: {_CONV}}}
""",
}
"""Networks that encode and decode, and that no clean U can show."""
