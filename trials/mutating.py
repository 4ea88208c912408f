"""Mutants of a module: one small change each, of the kinds that a careless edit makes, by position in its source."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass

_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Eq: ("!=",),
    ast.NotEq: ("==",),
    ast.Lt: ("<=", ">="),
    ast.LtE: ("<", ">"),
    ast.Gt: (">=", "<="),
    ast.GtE: (">", "<"),
    ast.Is: ("is not",),
    ast.IsNot: ("is",),
    ast.In: ("not in",),
    ast.NotIn: ("in",),
}
_SPELT: dict[type[ast.AST], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Div: "/",
    ast.Mod: "%",
    ast.BitOr: "|",
    ast.BitAnd: "&",
    ast.And: "and",
    ast.Or: "or",
}
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-",
    ast.Sub: "+",
    ast.Mult: "//",
    ast.FloorDiv: "*",
    ast.BitAnd: "|",
}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A change of one module: the bytes from `start` to `end` of its source become `text`."""

    module: str
    line: int
    start: int
    end: int
    before: str
    text: str

    @property
    def title(self) -> str:
        return f"{self.module}:{self.line}: {_short(self.before)} → {_short(self.text)}"


def mutated(source: bytes, mutant: Mutant) -> bytes:
    """Return a module's source with the change made."""
    return source[: mutant.start] + mutant.text.encode() + source[mutant.end :]


def mutants_of(module: str, source: bytes) -> list[Mutant]:
    """Return all mutants of a module's source, in order. Annotations, docstrings and imports have none."""
    finder = _Finder(module, source)
    finder.visit(ast.parse(source))
    return sorted(finder.found, key=lambda mutant: (mutant.start, mutant.text))


class _Finder(ast.NodeVisitor):
    def __init__(self, module: str, source: bytes) -> None:
        self.found: list[Mutant] = []
        self._module = module
        self._source = source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def visit(self, node: ast.AST) -> None:
        for text, start, end in self._changes(node):
            before = self._source[start:end].decode()
            if before != text:
                line = self._source.count(b"\n", 0, start) + 1
                self.found.append(Mutant(self._module, line, start, end, before, text))
        for child in _children(node):
            self.visit(child)

    def _changes(self, node: ast.AST) -> Iterator[tuple[str, int, int]]:
        match node:
            case ast.Compare():
                for operator, left, right in zip(
                    node.ops, [node.left, *node.comparators], node.comparators, strict=False
                ):
                    for text in _COMPARISONS[type(operator)]:
                        yield text, *self._between(left, right, operator)
            case ast.BoolOp():
                other = "or" if isinstance(node.op, ast.And) else "and"
                for left, right in zip(node.values, node.values[1:], strict=False):
                    yield other, *self._between(left, right, node.op)
            case ast.BinOp() if type(node.op) in _ARITHMETIC and not _is_text(node):
                yield _ARITHMETIC[type(node.op)], *self._between(node.left, node.right, node.op)
            case ast.UnaryOp(op=ast.Not()):
                yield self._text(node.operand), *self._span(node)
            case ast.If() | ast.While() | ast.IfExp():
                yield f"not ({self._text(node.test)})", *self._span(node.test)
            case ast.Constant(value=bool(value)):
                yield str(not value), *self._span(node)
            case ast.Constant(value=int(number)):
                yield str(number + 1), *self._span(node)
            case ast.Return(value=ast.expr() as value) if not _is_none(value):
                yield "None", *self._span(value)
            case ast.Break():
                yield "continue", *self._span(node)
            case ast.Continue():
                yield "break", *self._span(node)
            case ast.Raise() | ast.Expr(value=ast.Call()) | ast.AugAssign():
                yield "pass", *self._span(node)

    def _text(self, node: ast.expr) -> str:
        start, end = self._span(node)
        return self._source[start:end].decode()

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.lineno - 1] + node.col_offset, self._lines[node.end_lineno - 1] + node.end_col_offset

    def _between(self, left: ast.expr, right: ast.expr, operator: ast.AST) -> tuple[int, int]:
        """Return where an operator stands between its operands: brackets and line ends may stand there too."""
        spelt = _SPELT[type(operator)].encode()
        start, end = self._span(left)[1], self._span(right)[0]
        place = self._source.find(spelt, start, end)
        return (place, place + len(spelt)) if place >= 0 else (start, start)


def _children(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what may be changed below a node: no annotations, imports, docstrings, names of decorators."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "type_params"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            is_text = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if isinstance(child, ast.AST) and not is_text and not isinstance(child, ast.Import | ast.ImportFrom):
                yield child


def _is_text(node: ast.BinOp) -> bool:
    return any(
        isinstance(side, ast.JoinedStr | ast.Constant) and not _is_number(side) for side in (node.left, node.right)
    )


def _is_number(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"
