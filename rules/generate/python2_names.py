#!/usr/bin/env python3
"""Writes generated/python2_names.json: the names that Python 3 gives to those of Python 2.

The tables are those of the running Python's own unpickler (protocol below 3, fix_imports).
"""
import _compat_pickle
import json
import pathlib
import sys

OUT = pathlib.Path(__file__).resolve().parent.parent / "generated" / "python2_names.json"


def rows(items):
    return ",\n".join("    " + json.dumps(list(item)) for item in sorted(items))


def main():
    names = [(*old, *new) for old, new in _compat_pickle.NAME_MAPPING.items()]
    modules = list(_compat_pickle.IMPORT_MAPPING.items())
    version = ".".join(map(str, sys.version_info[:2]))
    OUT.write_text(
        "{\n"
        '  "about": "Written by generate/python2_names.py from _compat_pickle of '
        f'Python {version}.",\n'
        f'  "python2_names": [\n{rows(names)}\n  ],\n'
        f'  "python2_modules": [\n{rows(modules)}\n  ]\n'
        "}\n"
    )


if __name__ == "__main__":
    main()
