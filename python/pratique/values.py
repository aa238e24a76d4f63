"""Values of a file that are no tensors, as inert Python objects.

``None``, ``bool``, ``int``, ``float``, ``str``, ``bytes``, ``list``, ``tuple``, ``set``,
``frozenset`` and ``dict`` are themselves, shared and cyclic as in the file. Classes and functions
are names (``Global``) that nothing imports; what they would have made is an ``Object``.
"""
from __future__ import annotations

import ctypes
import struct
from ctypes import byref, c_void_p
from typing import Any, Callable, Iterator

from . import _library
from .errors import check

(_NONE, _BOOLEAN, _INTEGER, _BIG, _REAL, _TEXT, _BYTES, _LIST, _TUPLE, _SET, _FROZENSET, _DICT,
 _TENSOR, _GLOBAL, _OBJECT, _OPAQUE) = range(16)
_LATER = (_TUPLE, _FROZENSET)  # made when their items are there
_CONTAINERS = (_LIST, _TUPLE, _SET, _FROZENSET, _DICT, _OBJECT)


class Global:
    """The name of a class or a function. It is never imported."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name  #: ``"torch.nn.Linear"``

    def __repr__(self) -> str:
        return f"Global({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Global) and other.name == self.name

    def __hash__(self) -> int:
        return hash((Global, self.name))


class Object:
    """What a class or a function would have made of ``args``, ``state``, ``items``, …"""

    __slots__ = ("maker", "fields")

    def __init__(self, maker: Any = None, fields: dict[str, Any] | None = None) -> None:
        self.maker = maker  #: mostly a Global
        self.fields: dict[str, Any] = fields if fields is not None else {}

    def __repr__(self) -> str:
        return f"Object({self.maker!r}, {', '.join(self.fields)})"


class Opaque:
    """A description of something that is not kept."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"Opaque({self.text!r})"


class Key:
    """A key of a dict, or an item of a set, that cannot be hashed."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Key({type(self.value).__name__})"


def _hashable(value: Any) -> Any:
    try:
        hash(value)
    except TypeError:
        return Key(value)
    except RecursionError:
        return Key(value)
    return value


class Values:
    """The graph of a model's values; objects are made of it on demand."""

    def __init__(self, handle: _library.Handle) -> None:
        self._tree = tree = _library.Tree()
        error = c_void_p()
        check(_library.lib.pratique_model_tree(handle.pointer, byref(tree), byref(error)), error)
        self._handle = handle
        self.metadata: int = tree.metadata
        self.structure: int = tree.structure

    def build(self, root: int, tensor: Callable[[int], Any],
              other: Callable[[Any], Any] = lambda value: value,
              mapping: type[dict[Any, Any]] = dict) -> Any:
        """The value of a node. ``tensor(index)`` makes a tensor; ``other(value)`` is given every
        Global, Object and Opaque when it is complete, and says what stands for it; ``mapping`` is
        the type of dicts."""
        if root < 0:
            return None
        return _Builder(self._tree, tensor, other, mapping).build(root)


class _Builder:
    """Makes objects from the leaves up, without recursion: a file may nest as deep as it likes.

    Lists, sets, dicts and objects exist before their items do, so that these may lead back to
    them. Tuples cannot: where one leads back to itself, the place is filled once it is there.
    """

    def __init__(self, tree: Any, tensor: Callable[[int], Any],
                 other: Callable[[Any], Any], mapping: type[dict[Any, Any]]) -> None:
        nodes = ctypes.string_at(tree.nodes, tree.node_count * tree.node_size)
        self._nodes = [_library.NODE.unpack_from(nodes, at)
                       for at in range(0, len(nodes), tree.node_size)]
        self._children = struct.unpack(
            f"={tree.child_count}I", ctypes.string_at(tree.children, 4 * tree.child_count)
            if tree.child_count else b"")
        self._texts: bytes = tree.texts.raw()
        self._tensor = tensor
        self._other = other
        self._kinds: dict[int, Callable[[], Any]] = {
            _LIST: list, _SET: set, _DICT: mapping, _OBJECT: Object}
        self._made: dict[int, Any] = {}
        self._open: set[int] = set()
        self._fixes: dict[int, list[Callable[[Any], None]]] = {}

    def build(self, root: int) -> Any:
        stack: list[tuple[int, Iterator[int]]] = []
        self._enter(root, stack)
        while stack:
            node, children = stack[-1]
            for child in children:
                if child not in self._made and child not in self._open:
                    self._enter(child, stack)
                    break
            else:
                stack.pop()
                self._leave(node)
        return self._made[root]

    def _enter(self, node: int, stack: list[tuple[int, Iterator[int]]]) -> None:
        kind = self._nodes[node][3]
        if kind not in _CONTAINERS:
            self._made[node] = self._leaf(node)
            return
        if kind not in _LATER:
            self._made[node] = self._kinds[kind]()
        self._open.add(node)
        items = self._items(node)
        # What makes an object is no value of its own.
        named = kind == _OBJECT and items and self._nodes[items[0]][3] == _GLOBAL
        stack.append((node, iter(items[1:] if named else items)))

    def _items(self, node: int) -> tuple[int, ...]:
        _, first, count, _ = self._nodes[node]
        return self._children[first:first + count]

    def _text(self, node: int) -> bytes:
        _, first, count, _ = self._nodes[node]
        return self._texts[first:first + count]

    def _leaf(self, node: int) -> Any:
        number, _, _, kind = self._nodes[node]
        if kind == _NONE:
            return None
        if kind == _BOOLEAN:
            return bool(number)
        if kind == _INTEGER:
            return number - (1 << 64) if number >> 63 else number
        if kind == _REAL:
            return struct.unpack("=d", struct.pack("=Q", number))[0]
        if kind == _TENSOR:
            return self._tensor(number)
        if kind == _BYTES:
            return self._text(node)
        text = _library.text_of(self._text(node))
        if kind == _BIG:
            try:
                return int(text, 16) if "0x" in text[:3] else int(text.rstrip("L"))
            except ValueError:  # one that was cut, or has more digits than Python reads
                return self._other(Opaque(text))
        if kind == _TEXT:
            return text
        return self._other(Global(text) if kind == _GLOBAL else Opaque(text))

    def _value(self, child: int, fill: Callable[[Any], None]) -> Any:
        """What stands for a child now; ``fill`` is called with a tuple that is not there yet."""
        if child in self._made:
            return self._made[child]
        self._fixes.setdefault(child, []).append(fill)
        return None

    def _leave(self, node: int) -> None:
        kind = self._nodes[node][3]
        items = self._items(node)
        if kind == _LIST:
            made = self._made[node]
            for place, child in enumerate(items):
                made.append(self._value(child, _setter(made, place)))
        elif kind == _SET:
            made = self._made[node]
            for child in items:
                made.add(_hashable(self._value(child, _adder(made))))
        elif kind == _DICT:
            made = self._made[node]
            for at in range(0, len(items) - 1, 2):
                key = _hashable(self._value(items[at], lambda value: None))
                made[key] = self._value(items[at + 1], _setter(made, key))
        elif kind == _OBJECT:
            self._leave_object(node, items)
        else:
            self._leave_later(node, kind, items)
        self._open.discard(node)

    def _leave_object(self, node: int, items: tuple[int, ...]) -> None:
        made = self._made[node]
        if items and self._nodes[items[0]][3] == _GLOBAL:
            made.maker = Global(_library.text_of(self._text(items[0])))
        elif items:
            made.maker = self._value(items[0], lambda value: setattr(made, "maker", value))
        for at in range(1, len(items) - 1, 2):
            word = str(self._value(items[at], lambda value: None))
            made.fields[word] = self._value(items[at + 1], _setter(made.fields, word))
        self._made[node] = self._other(made)

    def _leave_later(self, node: int, kind: int, items: tuple[int, ...]) -> None:
        # A tuple that holds itself without anything between is nothing that Python can make.
        values = [self._made.get(child, Opaque("a value inside of itself")) for child in items]
        made: Any = tuple(values) if kind == _TUPLE else frozenset(map(_hashable, values))
        self._made[node] = made
        for fill in self._fixes.pop(node, ()):
            fill(made)


def _setter(container: Any, place: Any) -> Callable[[Any], None]:
    def fill(value: Any) -> None:
        container[place] = value
    return fill


def _adder(container: set[Any]) -> Callable[[Any], None]:
    return lambda value: container.add(_hashable(value))
