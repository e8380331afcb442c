"""From the tree of an expression to the tree of a function: checked node by node, generated anew.

Nothing of the author's tree is compiled: names become look-ups in the scope, operators and calls
become calls of our own functions.
"""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Final, NoReturn, TypeAlias

from engine.core.emit import OPERATORS, SCOPE, at, call, comparison, constant
from engine.core.faults import Fault
from engine.core.functions import FUNCTIONS
from engine.core.operators import bounded
from engine.core.parse import Part
from engine.core.registry import Function
from engine.core.scan import NESTING_MAX
from engine.core.scope import ROOTS, Name, Scope, place_at
from engine.core.suggest import one_of
from engine.core.values import DEPTH_MAX, LIST_MAX, Value
from engine.errors import Place, StatechatError

CONSTANTS: Final[dict[str, Value]] = {"true": True, "false": False, "null": None}
Computed: TypeAlias = Mapping[tuple[str, ...], Callable[[Scope], Value]]
"""What gives the value of each computed variable, by its path: `("total",)`, `("user", "age")`."""
NOTHING_COMPUTED: Final[Computed] = {}

_REFUSED: Final[dict[type[ast.AST], tuple[str, str | None]]] = {
    ast.Pow: ("There is no power.", "Multiply instead."),
    ast.Is: ("There is no `is`.", "Write ==."),
    ast.IsNot: ("There is no `is not`.", "Write !=."),
    ast.Tuple: ("A list stands in square brackets.", "Write [1, 2]."),
    ast.Set: ("A list stands in square brackets.", "Write [1, 2]."),
    ast.Slice: ("There are no slices.", "Take one item, or use first() and last()."),
    ast.JoinedStr: ("There are no f-strings.", "Join texts with +."),
    ast.NamedExpr: ("An expression changes no variable.", "Use `set`."),
    ast.Lambda: ("There are no functions of your own.", "Use an action."),
    ast.ListComp: ("There are no loops.", "Use an action."),
}


class Generator:
    """Generates the parts of one function, and notes what they read and call.

    `states` are the paths that `in_state` asks for, `found` the globals that generated code needs.
    """

    __slots__ = (
        "_computed", "_depth", "_literals", "_locals", "_part", "_temps", "calls", "found", "names",
        "states",
    )  # fmt: skip

    def __init__(self, locals_: frozenset[str], computed: Computed = NOTHING_COMPUTED) -> None:
        self.found: dict[str, Any] = {}
        self._computed = computed
        self.names: list[Name] = []
        self.states: list[Name] = []
        self.calls: list[str] = []
        self._locals = locals_
        self._part = Part("", 0, 0, Place("", 1, 1))
        self._temps = 0
        self._depth = 0
        self._literals = 0

    def expression(self, part: Part) -> ast.expr:
        """Parse a part of the source and generate it.

        Raises:
            StatechatError: `expr:syntax`, `expr:function`.
        """
        return self.tree(part, part.parse())

    def tree(self, part: Part, node: ast.expr) -> ast.expr:
        self._part = part
        return self._node(node)

    def keep(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """An expression that keeps a value, and one that reads it again."""
        self._temps += 1
        name = f"t{self._temps}"
        return ast.NamedExpr(ast.Name(name, ast.Store()), value), ast.Name(name, ast.Load())

    def _node(self, node: ast.expr) -> ast.expr:
        if type(node) not in self._handlers:
            self._refuse(node, node)
        self._depth += 1
        if self._depth > NESTING_MAX:
            self._part.refuse(node, "The expression is nested too deeply.")
        built = self._handlers[type(node)](self, node)
        self._depth -= 1
        return at(built, self._part.offset(node))

    def _refuse(self, node: ast.AST, what: ast.AST) -> NoReturn:
        unknown = (f"{type(what).__name__} of Python is not part of the language.", None)
        self._part.refuse(node, *_REFUSED.get(type(what), unknown))

    def _nodes(self, nodes: Iterable[ast.expr]) -> list[ast.expr]:
        return [self._node(node) for node in nodes]

    def _constant(self, node: ast.Constant) -> ast.expr:
        value = node.value
        if type(value) not in (int, float, str, bool, type(None)):
            self._part.refuse(node, "Only texts, numbers, true, false and null can be written.")
        if isinstance(value, int | float):
            try:
                bounded(value)
            except Fault:
                self._part.refuse(node, "This number is too large.")
        return ast.Constant(value)

    def _name(self, node: ast.Name) -> ast.expr:
        if node.id in CONSTANTS:
            return constant(CONSTANTS[node.id])
        return self._path(node, (node.id,))

    def _path(self, node: ast.expr, path: tuple[str, ...]) -> ast.expr:
        """Look a static path up: the first step in the scope, the others in what it holds."""
        root, *keys = path
        built: ast.expr
        self.names.append(
            Name(path, place_at(self._part.place, self._part.source, self._part.offset(node)))
        )
        scope = ast.Name(SCOPE, ast.Load())
        head = path[: 1 + (root == "user")]
        if head in self._computed and root not in self._locals:
            name = f"computed_{'_'.join(head)}"
            self.found[name] = self._computed[head]
            built = call(name, scope)
            keys = list(path[len(head) :])
        elif root == "now":
            built = ast.Attribute(scope, "now", ast.Load())
        elif root in ROOTS and not keys:
            built = ast.Attribute(scope, root, ast.Load())
        else:
            holder = root if root in ROOTS else "local" if root in self._locals else "data"
            key = keys.pop(0) if root in ROOTS else root
            get = ast.Attribute(ast.Attribute(scope, holder, ast.Load()), "get", ast.Load())
            built = ast.Call(get, [ast.Constant(key)], [])
        for key in keys:
            built = call("part", built, ast.Constant(key))
        return built

    def _attribute(self, node: ast.Attribute) -> ast.expr:
        if node.attr.startswith("__"):
            self._part.refuse(node, "A name cannot begin with two underscores.")
        path = static_path(node)
        if path is not None:
            return self._path(node, path)
        return call("part", self._node(node.value), ast.Constant(node.attr))

    def _subscript(self, node: ast.Subscript) -> ast.expr:
        path = static_path(node)
        if path is not None:
            return self._path(node, path)
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            return call("item", self._node(node.value), ast.Constant(node.slice.value))
        return call("item", self._node(node.value), self._node(node.slice))

    def _boolean(self, node: ast.BoolOp) -> ast.expr:
        return ast.BoolOp(node.op, self._nodes(node.values))

    def _unary(self, node: ast.UnaryOp) -> ast.expr:
        operand = self._node(node.operand)
        if isinstance(node.op, ast.Not):
            return ast.UnaryOp(node.op, operand)
        return call(self._operator(node, node.op), operand)

    def _binary(self, node: ast.BinOp) -> ast.expr:
        name = self._operator(node, node.op)
        return call(name, self._node(node.left), self._node(node.right))

    def _operator(self, node: ast.expr, operator: ast.AST) -> str:
        if type(operator) not in OPERATORS:
            self._refuse(node, operator)
        return f"op_{type(operator).__name__}"

    def _compare(self, node: ast.Compare) -> ast.expr:
        built: list[ast.expr] = []
        left = self._node(node.left)
        last = len(node.ops) - 1
        for index, (operator, comparator) in enumerate(
            zip(node.ops, node.comparators, strict=True)
        ):
            name = self._operator(node, operator)
            right = self._node(comparator)
            following = right
            if index < last:
                # The middle of `1 < x < 9` is evaluated once.
                right, following = self.keep(right)
            compared = comparison(name, operator, left, right, self.keep)
            built.append(at(compared, self._part.offset(node)))
            left = following
        return built[0] if len(built) == 1 else ast.BoolOp(ast.And(), built)

    def _conditional(self, node: ast.IfExp) -> ast.expr:
        return ast.IfExp(self._node(node.test), self._node(node.body), self._node(node.orelse))

    def _list(self, node: ast.List) -> ast.expr:
        return ast.List(self._literal(node, node.elts), ast.Load())

    def _dict(self, node: ast.Dict) -> ast.expr:
        keys: list[ast.expr | None] = []
        for key, value in zip(node.keys, node.values, strict=True):
            if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
                self._part.refuse(key or value, "The key of an object is a text between quotes.")
            keys.append(ast.Constant(key.value))
        return ast.Dict(keys, self._literal(node, node.values))

    def _literal(self, node: ast.expr, items: Sequence[ast.expr]) -> list[ast.expr]:
        self._literals += 1
        if self._literals > DEPTH_MAX or len(items) > LIST_MAX:
            self._part.refuse(node, "The list or object is too large or nested too deeply.")
        built = self._nodes(items)
        self._literals -= 1
        return built

    def _call(self, node: ast.Call) -> ast.expr:
        function = self._function(node)
        arguments = self._nodes(node.args)
        if function.name == "in_state":
            self._state(node.args[0])
        self.calls.append(function.name)
        if function.scoped:
            arguments.insert(0, ast.Name(SCOPE, ast.Load()))
        return call(f"call_{function.name}", *arguments)

    def _function(self, node: ast.Call) -> Function:
        if not isinstance(node.func, ast.Name):
            self._part.refuse(node, "Only functions of the language can be called.")
        place = place_at(self._part.place, self._part.source, self._part.offset(node))
        function = FUNCTIONS.get(node.func.id)
        if function is None:
            raise StatechatError(
                "expr:function",
                f"There is no function {node.func.id}().",
                place=place,
                cure=one_of(node.func.id, FUNCTIONS),
            )
        if node.keywords or not function.least <= len(node.args) <= function.most:
            raise StatechatError(
                "expr:function",
                f"{function.name}() does not take these arguments.",
                place=place,
                cure=f"It is called as {function.signature}.",
            )
        return function

    def _state(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            self._part.refuse(node, "The path of a state is written out: in_state('form.day').")
        place = place_at(self._part.place, self._part.source, self._part.offset(node))
        self.states.append(Name(tuple(node.value.split(".")), place))

    _handlers: ClassVar[dict[type[ast.AST], Callable[["Generator", Any], ast.expr]]] = {
        ast.Constant: _constant,
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Subscript: _subscript,
        ast.BoolOp: _boolean,
        ast.UnaryOp: _unary,
        ast.BinOp: _binary,
        ast.Compare: _compare,
        ast.IfExp: _conditional,
        ast.List: _list,
        ast.Dict: _dict,
        ast.Call: _call,
    }


def static_path(node: ast.expr) -> tuple[str, ...] | None:
    """The path of a plain look-up, such as `user.name`; none of anything computed."""
    keys: list[str] = []
    while True:
        if isinstance(node, ast.Attribute) and not node.attr.startswith("__"):
            keys.append(node.attr)
        elif (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, str)
        ):
            keys.append(node.slice.value)
        elif isinstance(node, ast.Name) and node.id not in CONSTANTS:
            return (node.id, *reversed(keys))
        else:
            return None
        node = node.value
