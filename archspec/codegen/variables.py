"""The statements of a `forward` in their order, and variables that a person would have named."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count, pairwise

from archspec.codegen.naming import Naming, Numbers
from archspec.codegen.plan import Choice, ClassPlan, Compute, Flowing, Repeat, Val
from archspec.codegen.words import WIDTH


class Forward:
    """One `forward` of a class: its statements in order, and the variables that it assigns.

    Attributes:
        flow: the statements.
        names: the variable of each value; one that is never read has none, or `_`.
        inlined: what is written into the statement behind it, where alone it is read.
    """

    def __init__(self, plan: ClassPlan, naming: Naming, *, root: bool, probe: bool = False) -> None:
        assert plan.flow is not None
        self.flow = plan.flow
        if root and not probe:  # which is given no sizes
            self.flow = hoisted(plan.flow, plan.inputs)
        self.names = _Variables(plan, self.flow, naming).names
        self.inlined = set() if probe else set(self._inlined(plan))

    def _inlined(self, plan: ClassPlan) -> Iterator[Compute]:
        """Sums that the next statement reads as a call's argument, and nothing else does."""
        uses: dict[Val, int] = defaultdict(int)
        for line in ordered(self.flow):
            for val in reads(line):
                uses[val] += 1
        uses.update((val, 0) for val in plan.outputs)
        for lines in _bodies(self.flow):
            for line, after in pairwise(lines):
                if not isinstance(line, Compute) or not isinstance(after, Compute):
                    continue
                if uses[line.target] == 1 and self._fits(line, after):
                    yield line

    def _fits(self, line: Compute, after: Compute) -> bool:
        if not line.infix or line.train_only or after.train_only or not after.leads:
            return False
        alone = after.operands == [line.target] and _leads_once(after.value, line.target)
        names = (self.names[val] for val in line.operands)
        return alone and len(f" {line.infix} ".join(names)) < WIDTH // 2


def _leads_once(tree: ast.expr, val: Val) -> bool:
    """Whether an expression reads a value once, as a call's first argument."""
    read = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == val.token]
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and n.args]
    return len(read) == 1 and any(call.args[0] is read[0] for call in calls)


def _bodies(flow: list[Flowing]) -> Iterator[list[Flowing]]:
    yield flow
    for line in flow:
        if not isinstance(line, Compute):
            yield from _bodies(line.body)


class _Variables:
    """Assigns variables in order of execution; a dead value's name is free again."""

    def __init__(self, plan: ClassPlan, flow: list[Flowing], naming: Naming) -> None:
        self.identifier = naming.identifier
        self.names: dict[Val, str] = {}
        self.last: dict[Val, int] = {}
        self.first: dict[Val, int] = {}
        self.live: dict[str, Val] = {}
        self.numbers = Numbers(self.live)
        self.ends: list[tuple[int, int, str, Val]] = []
        self.order = count()
        self.clock = 0
        for line in ordered(flow):
            self.clock += 1
            for val in reads(line):
                begun = isinstance(line, Repeat) and val is line.source
                clock = self.clock - (sum(1 for _ in ordered([line])) - 1 if begun else 0)
                self.last[val] = max(self.last.get(val, 0), clock)
                self.first.setdefault(val, clock)
        for val in plan.outputs:
            self.last[val] = self.clock + 1
        self.clock = 0
        for number, val in enumerate(plan.inputs):
            plain = "x" if number == 0 else f"x{number}"
            self.assign(val, self.identifier(val.hint) if val.hint else plain)
        for sized in plan.sizes:
            self.argue(sized.val)
        self.run(flow)

    def argue(self, val: Val) -> None:
        """Name an argument apart from those before it."""
        wanted = self.identifier(val.hint or "size")
        self.assign(val, self.numbers.smallest(wanted, ()) if wanted in self.live else wanted)

    def run(self, flow: list[Flowing], kept: str | None = None) -> None:
        """Name what `flow` computes; `kept` is the variable that a condition only rewrites."""
        for line in flow:
            if isinstance(line, Choice):
                self.choose(line)
                continue
            if isinstance(line, Repeat):
                self.repeat(line)
                continue
            self.clock += 1
            self.release()
            for target in line.targets:
                if target not in self.names:
                    self.names[target] = self.name(target, line, kept)
                self.assign(target, self.names[target])

    def choose(self, line: Choice) -> None:
        """Name what a condition computes: its source anew, where nothing reads that later."""
        end = self.clock + sum(1 for _ in ordered([line]))
        dies = self.last.get(line.source, 0) <= end
        if dies and line.source in self.names:
            self.names[line.result] = self.names[line.source]
        else:
            self.names[line.result] = self.name(line.result)
        name = self.names[line.result]
        if line.inner is not line.source:
            self.names.setdefault(line.inner, name)
        if name not in self.live:
            self.assign(line.result, name)
        if dies:  # inside, the variable is free once nothing there reads it any more
            inside = enumerate(ordered(line.body), self.clock + 1)
            self.last[line.source] = max(
                (clock for clock, inner in inside if line.source in reads(inner)), default=end
            )
            self.expect(line.source)
        self.run(line.body, name if dies else None)
        self.clock += 1
        self.assign(line.result, name)

    def repeat(self, line: Repeat) -> None:
        """Name what a loop computes: its rounds rewrite one variable, anew if its source stays."""
        end = self.clock + sum(1 for _ in ordered([line]))
        dies = self.last.get(line.source, 0) <= end
        name = self.names[line.source] if dies else self.name(line.result)
        self.names[line.inner] = name
        self.assign(line.result, name)
        self.assign(line.entry, name)
        self.run(line.body, name)
        self.clock += 1
        self.assign(line.result, name)

    def assign(self, val: Val, name: str) -> None:
        """Let a variable refer to a value."""
        self.names[val] = name
        self.live[name] = val
        self.expect(val)

    def expect(self, val: Val) -> None:
        """Note when a value dies."""
        heappush(self.ends, (self.last.get(val, 0), next(self.order), self.names[val], val))

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

    def name(self, val: Val, line: Compute | None = None, kept: str | None = None) -> str:
        """A variable for a value, which may be one that a dying operand of its statement had."""
        operands = line.operands if line is not None else []
        dying = {
            o: self.names[o]
            for o in operands
            if self.last.get(o, 0) <= self.clock and o in self.names
        }
        renamed = line is not None and _renames(line)
        again = [name for name in dying.values() if renamed or name == kept]
        if again:
            return again[0]
        if val not in self.last:
            return "_"
        word = val.ident if self.stands_out(val) else val.hint
        hint = self.identifier(word) if word else None
        flowing = [name for name in dying.values() if name == "x" or hint is None]
        leaving = {name for o, name in dying.items() if self.live.get(name) is o}
        if hint is not None and (hint not in self.live or hint in leaving):
            return hint
        if flowing and hint is None:
            free = [w for w in ("x", "out") if w not in self.live or w in leaving]
            return free[0] if (free and len(operands) > 1) or "x" in free else flowing[0]
        if hint is None and "x" not in self.live:
            return "x"
        return self.numbers.smallest(hint or "out", leaving)

    def stands_out(self, val: Val) -> bool:
        """Whether a value with an id goes several ways, or waits while others are computed.

        Its id then says which one it is.
        """
        last = self.last.get(val, 0)
        first = self.first.get(val, last)
        waits = first > self.clock + 1 and not val.hint
        return val.ident is not None and (waits or last - first > (0 if val.hint else 2))


def _renames(line: Compute) -> bool:
    """True where a value is only passed on, as by a mean of one."""
    return line.functional and len(line.operands) == 1 and isinstance(line.value, ast.Name)


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
        learn(_gives(line))
        while ready:
            head = waiting[heappop(ready)]
            out.append(head)
            learn(head.targets)
    return out


def unguarded(flow: list[Flowing]) -> None:
    """A block need not ask whether it trains: whoever calls it has asked, or needs some of it."""
    for line in ordered(flow):
        if isinstance(line, Compute) and line.train_only:
            line.train_only, line.target.hint = False, None


def ordered(flow: list[Flowing]) -> Iterator[Flowing]:
    for line in flow:
        if not isinstance(line, Compute):
            yield from ordered(line.body)
        yield line


def reads(line: Flowing) -> list[Val]:
    if isinstance(line, Compute):
        return line.operands
    if isinstance(line, Choice):
        return [line.source, line.inner]
    made = {val for step in ordered(line.body) for val in _gives(step)} | {line.entry}
    outside = (val for step in ordered(line.body) for val in reads(step) if val not in made)
    return [line.source, line.inner, *outside]  # each round reads them again


def _gives(line: Flowing) -> list[Val]:
    return line.targets if isinstance(line, Compute) else [line.result]
