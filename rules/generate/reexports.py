#!/usr/bin/env python3
"""Writes generated/reexports.json: which attribute of a module is really another module, and
which is another name for a dangerous function or class.

    reexports.py [--table reexports.tsv]... [PACKAGE_FOLDER]...

Walks the syntax trees of the running Python's standard library and of the package folders given;
nothing is imported. A --table is a list made elsewhere in the same way (module, attribute, target,
further columns). Only what leads to something dangerous is kept, and only where the module is not
dangerous altogether: a rule that covers it says enough.
"""
import argparse
import ast
import builtins
import csv
import pathlib
import sys
import sysconfig

from rulefiles import Rules, write

SKIPPED = {"test", "tests", "idlelib", "site-packages", "lib2to3", "__pycache__", "turtledemo",
           "testing"}

# Set from C, or by the import system while it starts: no import statement shows them.
INJECTED = [
    (module, attribute, target)
    for module in ("importlib._bootstrap", "_frozen_importlib")
    for attribute, target in (
        ("_imp", "_imp"), ("sys", "sys"), ("_thread", "_thread"), ("_warnings", "_warnings"),
        ("_weakref", "_weakref"), ("_bootstrap_external", "importlib._bootstrap_external"),
        ("_frozen_importlib_external", "importlib._bootstrap_external"))
] + [
    (module, attribute, target)
    for module in ("importlib._bootstrap_external", "_frozen_importlib_external")
    for attribute, target in (
        ("_imp", "_imp"), ("_io", "_io"), ("sys", "sys"), ("_warnings", "_warnings"),
        ("marshal", "marshal"), ("_os", "posix"), ("nt", "nt"), ("posix", "posix"),
        ("winreg", "winreg"), ("_bootstrap", "importlib._bootstrap"))
] + [
    ("os", "path", "posixpath"), ("importlib", "_bootstrap", "importlib._bootstrap"),
    ("importlib", "_bootstrap_external", "importlib._bootstrap_external"),
    ("xml.etree", "cElementTree", "xml.etree.ElementTree"),
    ("concurrent", "futures", "concurrent.futures"),
]


class Module:
    """The names that the body of one module binds: to a module, or to a name of one."""

    def __init__(self, name, is_package, tree, known):
        self.name, self.known = name, known
        self.package = name if is_package else name.rpartition(".")[0]
        self.modules, self.names = {}, {}
        self.walk(tree.body)

    def walk(self, statements):
        for node in statements:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    target = alias.name if alias.asname else alias.name.partition(".")[0]
                    self.modules[alias.asname or target] = target
            elif isinstance(node, ast.ImportFrom):
                self.import_from(node)
            elif isinstance(node, ast.Assign) and isinstance(node.value, (ast.Name, ast.Attribute)):
                self.assign(node)
            for block in ("body", "orelse", "finalbody"):
                if isinstance(node, (ast.If, ast.Try, ast.With, ast.For, ast.While)):
                    self.walk(getattr(node, block, []))
            for handler in getattr(node, "handlers", []):
                self.walk(handler.body)

    def import_from(self, node):
        base = node.module or ""
        if node.level:
            parts = self.package.split(".")
            parts = parts[: len(parts) - node.level + 1]
            base = ".".join(parts + ([base] if base else []))
        for alias in node.names:
            target = f"{base}.{alias.name}"
            if target == "os.path" or target in self.known:
                self.modules[alias.asname or alias.name] = target
            elif alias.name != "*":
                self.names[alias.asname or alias.name] = target

    def assign(self, node):
        target = self.resolve(node.value)
        for place in node.targets:
            if isinstance(place, ast.Name) and target:
                table = self.modules if target in self.known else self.names
                table.setdefault(place.id, target)

    def resolve(self, node):
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value)
            return f"{base}.{node.attr}" if base else None
        if not isinstance(node, ast.Name):
            return None
        known = self.modules.get(node.id) or self.names.get(node.id)
        return known or (f"builtins.{node.id}" if hasattr(builtins, node.id) else None)


def sources(folder, top):
    """(module name, is it a package, path) for each Python file of a folder."""
    for path in sorted(pathlib.Path(folder).rglob("*.py")):
        parts = list(path.relative_to(folder).with_suffix("").parts)
        if top:
            parts.insert(0, top)
        if not SKIPPED.intersection(parts):
            is_package = parts[-1] == "__init__"
            yield ".".join(parts[:-1] if is_package else parts), is_package, path


def collect(folders):
    files = [item for folder, top in folders for item in sources(folder, top)]
    known = {name for name, _, _ in files}
    known |= set(sys.builtin_module_names) | set(sys.stdlib_module_names)
    modules, names = list(INJECTED), []
    for name, is_package, path in files:
        try:
            tree = ast.parse(path.read_bytes())
        except SyntaxError:
            continue
        module = Module(name, is_package, tree, known)
        modules += [(name, attribute, target) for attribute, target in module.modules.items()]
        names += [(f"{name}.{attribute}", target) for attribute, target in module.names.items()]
    return modules, names


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--table", action="append", default=[])
    options = parser.parse_args()
    folders = [(sysconfig.get_path("stdlib"), "")]
    folders += [(folder, pathlib.Path(folder).name) for folder in options.folders]
    modules, names = collect(folders)
    for table in options.table:
        with open(table, newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if not SKIPPED.intersection(row["module"].split(".")):
                    modules.append((row["module"], row["attribute"], row["target"]))

    rules = Rules()
    dangerous = rules.dangerous_modules()
    injected = set(INJECTED)

    def told_already(name):
        rule = rules.match(name)
        return rule is not None and rule.get("severity") in ("critical", "high")

    # One target for each attribute: what is known by hand first, then the first that was found
    # (a choice between posixpath and ntpath is made at run time; either leads to the same rules).
    kept = {}
    for module, attribute, target in modules:
        name, target = f"{module}.{attribute}", "posixpath" if target == "os.path" else target
        by_hand = (module, attribute, target) in injected
        if by_hand or (target in dangerous and not told_already(name) and name != target):
            kept.setdefault((module, attribute), target)
    aliases = {(name, target) for name, target in names
               if rules.is_dangerous(target) and not told_already(name) and name not in rules.exact}
    write("reexports.json",
          "Written by generate/reexports.py from the sources of Python "
          f"{sys.version_info[0]}.{sys.version_info[1]} and packages.",
          reexports=[[*key, target] for key, target in sorted(kept.items())],
          aliases=[list(row) for row in sorted(aliases)])
    print(f"{len(kept)} re-exported modules, {len(aliases)} aliases")


if __name__ == "__main__":
    main()
