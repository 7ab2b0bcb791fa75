"""What a chain is made of, and the statements that build it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from archspec.backends.torch.naming import attribute
from archspec.backends.torch.plans import Assign, Branching, Looping, Statement
from archspec.backends.torch.text import Call, Code, Repeat, fold


@dataclass(slots=True)
class Module:
    """One child. `name` is None at a position; `pattern` marks an f-string in a loop."""

    name: str | None
    code: Code
    pattern: bool = False


@dataclass(slots=True)
class Nested:
    """A child that is a chain of its own; at a position, built in the variable `local`."""

    name: str | None
    items: list[Link]
    local: str = "branch"
    doc: str = ""


@dataclass(slots=True)
class If:
    test: str
    items: list[Link]


@dataclass(slots=True)
class For:
    header: str
    items: list[Link]
    doc: str = ""


@dataclass(slots=True)
class Update:
    """`in_channels = ...`, for what comes next."""

    target: str
    value: str


Link = Module | Nested | If | For | Update


# --- links -> statements --------------------------------------------------------------------


LONG = 12
"""Statements from which on a loop that can stay one is not written out."""


def weight(links: list[Link]) -> int:
    """About how many lines a chain takes."""
    inner = [k for k in links if isinstance(k, Nested | If | For)]
    lines = len(fold([k.code for k in links if isinstance(k, Module)]))
    updates = sum(isinstance(k, Update) for k in links)
    return lines + updates + sum(1 + weight(k.items) for k in inner)


def updates(links: list[Link]) -> bool:
    """True where a constructor's variable is set on the way."""
    inner = [k.items for k in links if isinstance(k, Nested | If | For)]
    return any(isinstance(link, Update) for link in links) or any(map(updates, inner))


def plain(links: list[Link]) -> bool:
    """True where every child has a position and nothing but a position."""
    return all(isinstance(link, Module) and link.name is None for link in links)


def sequential(links: list[Link], doc: str = "") -> Call:
    """`nn.Sequential(...)` of children at positions."""
    return Call("nn.Sequential", fold([k.code for k in links if isinstance(k, Module)]), doc=doc)


def statements(
    links: list[Link], target: str, create: str | None, doc: str = ""
) -> list[Statement]:
    """The constructor's statements for a chain kept in `target`, of which `doc` is said.

    Children at positions in front go into the creating call; the rest follow as
    assignments, which `nn.Sequential` runs in the order they were made.
    """
    out: list[Statement] = []
    if create == "nn.ModuleList" and len(links) == 1 and isinstance(links[0], For):
        (only,) = links[0].items
        if isinstance(only, Module):
            items = Repeat(only.code, links[0].header.removesuffix(":"), alone=True)
            return [Assign(target, Call(create, [items], doc=doc or links[0].doc))]
    lead = 0
    if create is not None:
        while lead < len(links) and plain(links[lead : lead + 1]):
            lead += 1
        codes = fold([k.code for k in links[:lead] if isinstance(k, Module)])
        if create == "super":
            out.append(Assign(None, Call("super().__init__", codes)))
        elif create == "nn.ModuleList":
            out.append(Assign(target, replace(_module_list(codes), doc=doc)))
        else:
            out.append(Assign(target, Call(create, codes, doc=doc)))
    for link in links[lead:]:
        if isinstance(link, Module):
            out.append(_added(link, target))
        elif isinstance(link, Nested) and (link.name is None or link.name.isdigit()):
            out += statements(link.items, link.local, "nn.Sequential", link.doc)
            out.append(_added(Module(link.name, link.local), target))
        elif isinstance(link, Nested):
            child = attribute(target, str(link.name))
            out += statements(link.items, child, "nn.Sequential", link.doc)
        elif isinstance(link, If):
            out.append(Branching(link.test, statements(link.items, target, None)))
        elif isinstance(link, For):
            out.append(Looping(link.header, statements(link.items, target, None), link.doc))
        else:
            out.append(Assign(link.target, link.value))
    return out


def _module_list(codes: list[Code]) -> Call:
    """`nn.ModuleList([...])`; of one module many times over, a generator."""
    first = codes[0] if codes else None
    if len(codes) == 1 and isinstance(first, Repeat):
        return Call("nn.ModuleList", [Repeat(first.item, first.rounds, alone=True)])
    return Call("nn.ModuleList", [Call("", codes, brackets="[]")] if codes else [])


def _added(link: Module, target: str) -> Statement:
    if link.name is not None and not link.pattern and not link.name.isdigit():
        return Assign(attribute(target, link.name), link.code)
    code, doc = link.code, ""
    if isinstance(code, Call):  # what is said of it stands above the statement
        code, doc = replace(code, doc=""), code.doc
    if link.name is None:
        return Assign(None, Call(f"{target}.append", [code], doc=doc))
    name = f'{"f" * link.pattern}"{link.name}"'
    return Assign(None, Call(f"{target}.add_module", [name, code], doc=doc))
