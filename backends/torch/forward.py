"""Variables and text of `forward`: values get names that a person would have chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import count, groupby

from archspec.backends.torch.layout import wrapped
from archspec.backends.torch.naming import Numbers, identifier
from archspec.backends.torch.plans import Choice, ClassPlan, Compute, Flowing, Val
from archspec.backends.torch.words import INDENT, WIDTH, comment


def settle(plan: ClassPlan, *, root: bool, probe: bool = False) -> None:
    """Bring the statements of a `forward` into their order, and name its variables."""
    assert plan.flow is not None
    if not root:
        unguarded(plan.flow)
    elif not probe:
        plan.flow = hoisted(plan.flow, plan.inputs)  # the network's own is given no sizes
    Variables(plan)


class Variables:
    """Assigns variables in order of execution; a dead value's name is free again."""

    def __init__(self, plan: ClassPlan) -> None:
        assert plan.flow is not None
        self.last: dict[Val, int] = {}
        self.first: dict[Val, int] = {}
        self.live: dict[str, Val] = {}
        self.numbers = Numbers(self.live)
        self.ends: list[tuple[int, int, str, Val]] = []
        self.order = count()
        self.clock = 0
        for line in _ordered(plan.flow):
            self.clock += 1
            for val in _reads(line):
                self.last[val] = self.clock
                self.first.setdefault(val, self.clock)
        for val in plan.outputs:
            self.last[val] = self.clock + 1
        self.clock = 0
        for number, val in enumerate(plan.inputs):
            val.var = identifier(val.hint) if val.hint else ("x" if number == 0 else f"x{number}")
            self.assign(val)
        for sized in plan.sizes:
            self.argue(sized.val)
        self.run(plan.flow)

    def argue(self, val: Val) -> None:
        """Name an argument apart from those before it."""
        wanted = identifier(val.hint or "size")
        val.var = self.numbers.smallest(wanted, ()) if wanted in self.live else wanted
        self.assign(val)

    def run(self, flow: list[Flowing], kept: str | None = None) -> None:
        """Name what `flow` computes; `kept` is the variable that a condition only rewrites."""
        for line in flow:
            if isinstance(line, Compute):
                self.clock += 1
                self.release()
                for target in line.targets:
                    if target.var is None:
                        self.name(target, line.operands, renames(line), kept)
                    self.assign(target)
                continue
            end = self.clock + sum(1 for _ in _ordered([line]))
            dies = self.last.get(line.source, 0) <= end
            if dies and line.source.var is not None:
                line.result.var = line.source.var
            else:
                self.name(line.result, [])
            if line.inner is not line.source and line.inner.var is None:
                line.inner.var = line.result.var
            if line.result.var not in self.live:
                self.assign(line.result)
            if dies:  # inside, the variable is free once nothing there reads it any more
                inside = enumerate(_ordered(line.body), self.clock + 1)
                self.last[line.source] = max(
                    (clock for clock, inner in inside if line.source in _reads(inner)), default=end
                )
                self.expect(line.source)
            self.run(line.body, line.result.var if dies else None)
            self.clock += 1
            self.assign(line.result)

    def assign(self, val: Val) -> None:
        """Let a value's variable refer to it."""
        assert val.var is not None
        self.live[val.var] = val
        self.expect(val)

    def expect(self, val: Val) -> None:
        """Note when a value dies."""
        assert val.var is not None
        heappush(self.ends, (self.last.get(val, 0), next(self.order), val.var, val))

    def release(self) -> None:
        """Free the names of values that nothing later reads."""
        while self.ends and self.ends[0][0] < self.clock:
            _, _, var, val = heappop(self.ends)
            if self.live.get(var) is not val:
                continue
            if self.last.get(val, 0) >= self.clock:
                self.expect(val)
            else:
                del self.live[var]
                self.numbers.free(var)

    def name(
        self, val: Val, operands: list[Val], renamed: bool = False, kept: str | None = None
    ) -> None:
        dying = [o for o in operands if self.last.get(o, 0) <= self.clock and o.var is not None]
        again = [o for o in dying if renamed or o.var == kept]
        if again:
            val.var = again[0].var
            return
        if val not in self.last:
            val.var = "_"
            return
        word = val.ident if self.stands_out(val) else val.hint
        hint = identifier(word) if word else None
        flowing = [o for o in dying if o.var == "x" or hint is None]
        leaving = {o.var for o in dying if self.live.get(o.var or "") is o}
        if hint is not None and (hint not in self.live or hint in leaving):
            val.var = hint
        elif flowing and hint is None:
            free = [w for w in ("x", "out") if w not in self.live or w in leaving]
            val.var = free[0] if (free and len(operands) > 1) or "x" in free else flowing[0].var
        elif hint is None and "x" not in self.live:
            val.var = "x"
        else:
            val.var = self.numbers.smallest(hint or "out", filter(None, leaving))

    def stands_out(self, val: Val) -> bool:
        """Whether a value with an id goes several ways, or waits while others are computed.

        Its id then says which one it is.
        """
        last = self.last.get(val, 0)
        first = self.first.get(val, last)
        waits = first > self.clock + 1 and not val.hint
        return val.ident is not None and (waits or last - first > (0 if val.hint else 2))


def renames(line: Compute) -> bool:
    """True where a value is only passed on, as by a mean of one."""
    return line.functional and len(line.operands) == 1 and line.render(["x"]) == "x"


def hoisted(flow: list[Flowing], inputs: list[Val]) -> list[Flowing]:
    """Training-only lines moved up to where what they read is known, as auxiliary heads stand."""
    waiting = [line for line in flow if isinstance(line, Compute) and line.train_only]
    if not waiting:
        return flow
    known = set(inputs)
    out: list[Flowing] = []
    unknown: dict[Val, list[int]] = defaultdict(list)
    missing = [0] * len(waiting)
    ready: list[int] = []

    def learn(values: list[Val]) -> None:
        """What these values were the last to be missing for can be computed."""
        for value in values:
            known.add(value)
            for number in unknown.pop(value, ()):
                missing[number] -= 1
                if not missing[number]:
                    heappush(ready, number)

    for number, head in enumerate(waiting):
        lacking = set(head.operands) - known
        missing[number] = len(lacking)
        for value in lacking:
            unknown[value].append(number)
        if not lacking:
            ready.append(number)
    for line in flow:
        if isinstance(line, Compute) and line.train_only:
            continue
        out.append(line)
        learn(line.targets if isinstance(line, Compute) else [line.result])
        while ready:
            head = waiting[heappop(ready)]
            out.append(head)
            learn(head.targets)
    return out


def unguarded(flow: list[Flowing]) -> None:
    """A block need not ask whether it trains: whoever calls it has asked, or needs some of it."""
    for line in _ordered(flow):
        if isinstance(line, Compute) and line.train_only:
            line.train_only, line.target.hint = False, None


def _ordered(flow: list[Flowing]) -> Iterator[Flowing]:
    for line in flow:
        if isinstance(line, Choice):
            yield from _ordered(line.body)
        yield line


def _reads(line: Flowing) -> list[Val]:
    return line.operands if isinstance(line, Compute) else [line.source, line.inner]


def again(lines: list[str], margin: str) -> list[str]:
    """The same statement three times or more in a row, as a module's repeated use is, in a loop."""
    out: list[str] = []
    for line, run in groupby(lines):
        times = len(list(run))
        plain = line.endswith(")") and not line.lstrip().startswith("#")
        if times < 3 or not plain or len(line) + len(INDENT) > WIDTH:
            out += [line] * times
        else:
            out += [f"{margin}for _ in range({times}):", f"{INDENT}{line}"]
    return out


PARAGRAPHS = 12
"""From this many lines on, a body is set in paragraphs: one for each resolution."""


def resizes(line: Compute) -> bool:
    """True for a pooling or another op without weights that changes the spatial size."""
    (node,) = line.target.concrete[0] if len(line.target.concrete[0]) == 1 else (None,)
    if node is None or len(node.inputs) != 1 or node.op.tensors(*node.input_shapes):
        return False
    before, after = node.inputs[0].output, node.output
    return len(before) == len(after) > 1 and before[1:] != after[1:] and max(after[1:]) > 1


class Writer:
    """The lines of one `forward`. With `probe`, each functional value passes through it.

    What `told` holds was said in the constructor, and is not said again.
    """

    def __init__(self, plan: ClassPlan, probe: bool, told: Iterable[str] = ()) -> None:
        self.plan = plan
        self.probe = probe
        self.told = set(told)
        self.uses: dict[Val, int] = {}
        self.outputs = set(plan.outputs)
        assert plan.flow is not None
        for line in _ordered(plan.flow):
            for val in _reads(line):
                self.uses[val] = self.uses.get(val, 0) + 1

    def expression(self, line: Compute, operands: list[str]) -> str:
        text = line.render(operands)
        return f"probe({text})" if self.probe and line.functional else text

    def lines(self, flow: list[Flowing], depth: int, returned: Compute | None = None) -> list[str]:
        """Statements; an infix sum read at once by the next expression is written into it."""
        out: list[str] = []
        margin = INDENT * depth
        pending: tuple[Val, str] | None = None
        training, said = False, list[str]()
        for number, line in enumerate(flow):
            after = flow[number + 1] if number + 1 < len(flow) else None
            if isinstance(line, Choice):
                training = False
                out += self.choice(line, depth)
                continue
            operands = [self.variable(v, pending) for v in line.operands]
            pending = None
            text = self.expression(line, operands)
            doc = line.target.doc
            said += [doc] if doc and doc not in self.told else []
            self.told.add(doc)
            if self.inlines(line, after):
                pending = (line.target, text)
                continue
            if line.train_only and not training:
                out.append(f"{margin}if self.training:")
            training = line.train_only
            inner = margin + INDENT if training else margin
            target = ", ".join(str(t.var) for t in line.targets)
            start = "return " if line is returned else f"{target} = "
            if line is returned or target != text:
                out += [row for words in said for row in comment(words, inner)]
                out += wrapped(start, text, inner)
            said = []
            if len(flow) >= PARAGRAPHS and resizes(line) and after is not None:
                out.append("")
        return again(out, margin)

    def variable(self, val: Val, pending: tuple[Val, str] | None) -> str:
        if pending is not None and pending[0] is val:
            return pending[1]
        assert val.var is not None
        return val.var

    def inlines(self, line: Compute, after: Flowing | None) -> bool:
        """Whether a short text goes straight into the next line: a call that reads it alone."""
        if not line.infix or after is None or self.probe or line.train_only:
            return False
        return (
            isinstance(after, Compute)
            and after.operands == [line.target]
            and len(line.render([str(v.var) for v in line.operands])) < WIDTH // 2
            and self.uses.get(line.target) == 1
            and line.target not in self.outputs
            and after.render(["{}"]).split("{}")[0].endswith("(")
            and after.render(["{}"]).count("{}") == 1
            and not after.train_only
            and not after.repeats
        )

    def choice(self, line: Choice, depth: int) -> list[str]:
        margin = INDENT * depth
        out = []
        if line.result.var != line.source.var:
            out.append(f"{margin}{line.result.var} = {line.source.var}")
        otherwise = line.opposite and line.result.var == line.source.var
        out.append(f"{margin}else:" if otherwise else f"{margin}if {line.test}:")
        body = self.lines(line.body, depth + 1)
        if line.inner.var != line.result.var:
            body.append(f"{margin}{INDENT}{line.result.var} = {line.inner.var}")
        return out + (body or [f"{margin}{INDENT}pass"])

    def returning(self, depth: int) -> list[str]:
        """The whole body for a class that returns one value, the last expression returned."""
        assert self.plan.flow is not None
        flow, result = self.plan.flow, self.plan.outputs[0]
        last = flow[-1] if flow else None
        if (
            isinstance(last, Compute)
            and last.target is result
            and not last.train_only
            and self.expression(last, [str(v.var) for v in last.operands]) != result.var
        ):
            return self.lines(flow, depth, returned=last)
        return [*self.lines(flow, depth), f"{INDENT * depth}return {result.var}"]
