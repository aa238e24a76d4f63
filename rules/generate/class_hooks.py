#!/usr/bin/env python3
"""Prints which classes of packages run code of their own when a pickle makes or fills them.

    class_hooks.py PACKAGE_FOLDER... > classes.tsv

Making an instance (NEWOBJ) runs __new__; filling it (BUILD) looks __setstate__ up, which runs
__getattr__ where there is none, and then runs it; dropping it runs __del__. A class is `inert` when
all of these, its own and inherited, call nothing but what is known to be quiet, and when every base
is known. All others are `unresolved`: perhaps harmless, but nobody has looked. Only syntax trees
are read; nothing is imported. The columns are those that class_effects.py reads.
"""
import ast
import builtins
import pathlib
import sys

from rulefiles import Rules

HOOKS = ("__new__", "__setstate__", "__del__", "__getattr__", "__getattribute__")
QUIET = {
    "super", "isinstance", "issubclass", "hasattr", "len", "dict", "list", "tuple", "set", "str",
    "int", "float", "bool", "type", "zip", "enumerate", "range", "repr", "min", "max", "sorted",
    "vars", "id", "frozenset", "AttributeError", "TypeError", "ValueError", "KeyError",
    "NotImplementedError", "RuntimeError", "ImportError", "DeprecationWarning",
}
QUIET_METHODS = {
    "__new__", "__setstate__", "__getattribute__", "__getattr__", "__init__", "__setattr__",
    "update", "get", "items", "keys", "values", "pop", "setdefault", "copy", "append", "extend",
    "format", "join", "startswith", "endswith", "split", "strip", "lower", "replace", "add",
    "warn", "warning", "debug", "info",
}
INERT_BASES = {
    "abc.ABC", "enum.Enum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.StrEnum",
    "typing.Generic", "typing.Protocol", "typing.NamedTuple", "typing.TypedDict",
    "typing_extensions.Protocol", "typing_extensions.TypedDict", "collections.abc.Mapping",
    "collections.abc.MutableMapping", "collections.abc.Sequence", "collections.abc.Iterator",
    "collections.abc.Iterable", "collections.abc.Callable", "collections.namedtuple",
    "numpy.ndarray", "logging.Handler", "logging.Filter", "logging.Formatter", "json.JSONEncoder",
    "types.SimpleNamespace", "typing.Dict", "typing.List", "typing.Mapping", "typing.Sequence",
}
# Hooks with a call that is not in the lists above, read and found to do nothing but compute.
LOOKED_AT = {
    "transformers.integrations.heterogeneity.configuration_utils.HeterogeneousConfigMixin"
    ".__getattribute__": "looks the key up in its own tables, then in the object",
    "transformers.tokenization_utils_base.PreTrainedTokenizerBase.__getattr__":
        "looks special tokens up in its own table",
    "gymnasium.spaces.box.Box.__setstate__": "prints two arrays into texts",
    "gymnasium.spaces.discrete.Discrete.__setstate__": "makes a number",
    "gymnasium.spaces.multi_discrete.MultiDiscrete.__setstate__": "makes an array of zeros",
    "madmom.ml.gmm.GMM.__setstate__": "renames attributes and warns",
    "madmom.ml.nn.layers.GRULayer.__setstate__": "renames attributes and warns",
    "madmom.ml.nn.layers.LSTMLayer.__setstate__": "makes an array of zeros",
    "madmom.ml.nn.layers.RecurrentLayer.__setstate__": "makes an array of zeros",
    "lightgbm.basic.Booster.__del__":
        "frees a handle that __setstate__ has replaced by that of the model it parsed",
    "lightgbm.basic.Booster.__setstate__": "parses the text of a model",
    "omegaconf.basecontainer.BaseContainer.__setstate__":
        "fills in types that older versions did not store, by looking at the annotation",
    "sphinx.util._pathlib._StrPath.__getattr__": "asks the text of the path",
}
INERT_METACLASSES = {"abc.ABCMeta", "builtins.type", "enum.EnumMeta", "enum.EnumType"}


class Class:
    def __init__(self, module, node, outer):
        self.module, self.node = module, node
        self.name = f"{outer}.{node.name}" if outer else node.name
        self.bases = [module.resolve(base) for base in node.bases]
        meta = [keyword.value for keyword in node.keywords if keyword.arg == "metaclass"]
        self.meta = module.resolve(meta[0]) if meta else None
        self.hooks = {item.name: item for item in node.body
                      if isinstance(item, ast.FunctionDef) and item.name in HOOKS}

    @property
    def dotted(self):
        return f"{self.module.name}.{self.name}"


class Module:
    def __init__(self, name, is_package, tree):
        self.name, self.names, self.classes = name, {}, []
        self.package = name if is_package else name.rpartition(".")[0]
        for node in ast.walk(tree):
            self.bind(node)
        self.collect(tree.body, "")

    def bind(self, node):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                self.names[bound] = alias.name if alias.asname else bound
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = self.package.split(".")
                parts = parts[: len(parts) - node.level + 1]
                base = ".".join(parts + ([base] if base else []))
            for alias in node.names:
                self.names[alias.asname or alias.name] = f"{base}.{alias.name}"

    def collect(self, body, outer):
        for node in body:
            if isinstance(node, ast.ClassDef):
                self.names.setdefault(node.name, f"{self.name}.{node.name}")
                found = Class(self, node, outer)
                self.classes.append(found)
                self.collect(node.body, found.name)
            elif isinstance(node, (ast.If, ast.Try)):
                for block in ("body", "orelse", "finalbody"):
                    self.collect(getattr(node, block, []), outer)
                for handler in getattr(node, "handlers", []):
                    self.collect(handler.body, outer)

    def resolve(self, node):
        """The dotted name of an expression, or "?" with its source."""
        if isinstance(node, ast.Subscript):
            return self.resolve(node.value)
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value)
            return f"{base}.{node.attr}"
        if isinstance(node, ast.Call):
            return self.resolve(node.func)
        if isinstance(node, ast.Name):
            if node.id in self.names:
                return self.names[node.id]
            return f"builtins.{node.id}" if hasattr(builtins, node.id) else f"?{node.id}"
        return "?"


def loud_call(function):
    """The first call in a hook that is not known to be quiet, as text; or None."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            name = node.func
            if isinstance(name, ast.Name) and name.id in QUIET:
                continue
            if isinstance(name, ast.Attribute) and name.attr in QUIET_METHODS:
                continue
            return ast.unparse(node)[:60]
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Await, ast.Yield)):
            return ast.unparse(node)[:60]
    return None


class Judge:
    def __init__(self, modules):
        self.classes = {found.dotted: found for module in modules for found in module.classes}
        self.modules = {module.name: module for module in modules}
        self.rules = Rules()

    def find(self, name):
        """The class of a dotted name, through at most a few re-exports."""
        for _ in range(6):
            if name in self.classes:
                return self.classes[name]
            module, _, attribute = name.rpartition(".")
            name = self.modules[module].names.get(attribute, "") if module in self.modules else ""
        return None

    def known(self, base):
        rule = self.rules.match(base)
        vetted = rule is not None and "set_state" in rule.get("effects", [])
        plain = base.startswith("builtins.") and rule is None
        return base in INERT_BASES or vetted or plain

    def has_setstate(self, found, seen=()):
        """Whether BUILD finds __setstate__ and so never asks __getattr__ for it."""
        if "__setstate__" in found.hooks:
            return True
        for base in found.bases:
            inner = self.find(base)
            if inner is None and base.startswith(("torch.nn.", "gym.spaces.", "sklearn.base.")):
                return True
            if inner and inner.dotted not in seen:
                if self.has_setstate(inner, (*seen, inner.dotted)):
                    return True
        return False

    def complaint(self, found, seen=(), asked=None):
        """Why a class is not inert, or None. `asked`: whether __getattr__ is ever asked."""
        if found.dotted in seen:
            return None
        if asked is None:
            asked = not self.has_setstate(found)
        for hook, function in found.hooks.items():
            if f"{found.dotted}.{hook}" in LOOKED_AT or (hook == "__getattr__" and not asked):
                continue
            call = loud_call(function)
            if call:
                return f"{hook}: {found.dotted}.{hook} > [{call}]"
        if found.meta and found.meta not in INERT_METACLASSES and not self.find(found.meta):
            return f"metaclass {found.meta}"
        for base in found.bases:
            inner = self.find(base)
            if inner is None:
                if not self.known(base):
                    return f"base {base}"
                continue
            reason = self.complaint(inner, (*seen, found.dotted), asked)
            if reason:
                return reason
        return None


def read(folder):
    folder = pathlib.Path(folder)
    for path in sorted(folder.rglob("*.py")):
        parts = [folder.name, *path.relative_to(folder).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:
            continue
        yield Module(".".join(parts[:-1] if is_package else parts), is_package, tree)


def main():
    modules = [module for folder in sys.argv[1:] for module in read(folder)]
    judge = Judge(modules)
    print("module\tclass\tbases\thooks\tverdict\tevidence")
    for found in sorted(judge.classes.values(), key=lambda one: one.dotted):
        reason = judge.complaint(found)
        print(found.module.name, found.name, ",".join(found.bases), " ".join(found.hooks),
              "unresolved" if reason else "inert", reason or "", sep="\t")


if __name__ == "__main__":
    main()
