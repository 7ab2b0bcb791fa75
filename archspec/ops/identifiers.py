"""Which words a spec may use as ids, so that paths can be attributes of a PyTorch module."""

from __future__ import annotations

import keyword
import re

from archspec.diagnostics import LONGEST_WORD

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")

_TORCH = """
    T_destination add_module apply bfloat16 buffers call_super_init children clear compile cpu
    cuda double dump_patches eval extra_repr float forward get_buffer get_extra_state
    get_parameter get_submodule half ipu items keys load_state_dict modules mtia named_buffers
    named_children named_modules named_parameters parameters pop register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state
    set_submodule share_memory state_dict to to_empty train training type update values xpu
    zero_grad append extend insert
"""
MODULE_ATTRIBUTES = frozenset(_TORCH.split())
"""Public attributes of `nn.Module` and its containers; a child of that name would hide one.

A test holds this list and the installed torch together.
"""

GENERATED = frozenset({"loss_weights"})
"""Attributes that generated modules have besides."""

STRUCTURAL = (
    *("id", "label", "note", "doc", "from", "when", "else", "for", "repeat", "each", "share"),
    *("graph", "parallel"),
)
"""The keys a node may have beside its op or block."""

IDENTITY = "identity"
"""The op, and as a branch by itself what feeds the merge, as `[]` does."""

KEPT_FREE = (*("doc", "tags", "note", "label", "else", "require", "freeze", "meta", "dtype", "as"),)
"""Words that later versions of the language may give a meaning beside an op or block."""

LONGEST_LABEL = 120
"""Characters of what figures show in place of a name."""

LONGEST_NOTE = 40
"""Characters of what figures show on an arrow."""


def cut_note(text: str) -> str:
    """What an expression gives for a note, in one line and no longer than a note may be."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_NOTE else f"{line[: LONGEST_NOTE - 1]}…"


def word_problem(word: str, what: str = "a name") -> str | None:
    """Why `word` cannot be the name of anything, or None where it can."""
    if len(word) > LONGEST_WORD:
        return f"{what} has at most {LONGEST_WORD} characters, and this has {len(word):,}"
    if not _WORD.match(word):
        return f"{what} begins with a letter and holds letters, digits and underscores"
    if keyword.iskeyword(word) or word == "self":
        return "it is a word of Python"
    return None


def is_position(word: str) -> bool:
    """Whether a name is a number: a position, or an id that claims one."""
    return _NUMBER.fullmatch(word) is not None


def id_problem(word: str) -> str | None:
    """Why `word` cannot be an id, which becomes an attribute of a module; None where it can."""
    if is_position(word):
        return None
    if word.isascii() and word.isdecimal():
        return "a number that is an id has at most nine digits, and does not begin with 0"
    problem = word_problem(word, "an id")
    if problem is not None:
        return problem
    if word in MODULE_ATTRIBUTES:
        return "PyTorch's modules have an attribute of that name"
    if word in GENERATED:
        return "generated modules have an attribute of that name"
    return None


def block_problem(word: str) -> str | None:
    """Why a name cannot be that of a block; None where it can."""
    if word in KEPT_FREE:
        return "the word is kept for the language"
    if word in STRUCTURAL:
        return "it hides the key of that name"
    return word_problem(word)
