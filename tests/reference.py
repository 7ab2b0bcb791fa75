"""torchvision, which the tests compare with, imported beside any torch.

torchvision's wheel brings a binary extension that a CPU build of torch cannot load. Its
models need none of it; only the import does, because it describes two operators that the
extension would have defined. So they are declared here, where they are missing.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType
from typing import Any

_DETECTIONS = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_declared: list[Any] = []  # a torch.library.Library takes its operators along when it dies


@cache
def import_torchvision() -> ModuleType:
    """The torchvision package, with `torchvision.models` ready to use."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    for name in [n for n in sys.modules if n.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    _declare_operators()
    return importlib.import_module("torchvision")


def _declare_operators() -> None:
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")
    _declared.append(library)
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(name + _DETECTIONS)
