#!/usr/bin/env python3
"""What libpratique.so exports to C is exactly what symbols.txt lists, under the version PRATIQUE_1,
and exactly what <pratique.h> declares; all else that it exports is the C++ API.

    symbols.py NM LIBRARY HEADER        exit 0 if all holds, 1 if not
"""
import pathlib
import re
import subprocess
import sys


def main(nm, library, header):
    listed = set(pathlib.Path(__file__).with_name("symbols.txt").read_text().split())
    header = pathlib.Path(header)
    text = header.read_text() + (header.parent / "pratique/reports.h").read_text()
    declared = set(re.findall(r"^PRATIQUE_C_API[^;]*?\b(pratique_\w+)\(", text, re.MULTILINE))
    exported = {}
    for line in subprocess.run([nm, "-D", "--defined-only", library], capture_output=True,
                               text=True, check=True).stdout.splitlines():
        name, _, version = line.split()[-1].partition("@@")
        exported[name] = version
    of_c = {name for name in exported if name.startswith("pratique_")}
    others = [name for name in exported
              if name not in of_c and not re.match(r"_Z(N|NK|T[ISV]N)8pratique2v1", name)
              and not re.fullmatch(r"PRATIQUE(_CXX)?_1", name)]
    wrong = {name for name in of_c if exported[name] != "PRATIQUE_1"}
    for what, names in (("not exported", listed - of_c), ("not listed", of_c - listed),
                        ("not declared", of_c - declared), ("only declared", declared - of_c),
                        ("of another version", wrong), ("neither C nor C++ API", others)):
        if names:
            print(f"{what}: {', '.join(sorted(names))}")
    return 1 if (listed != of_c or of_c != declared or wrong or others) else 0


sys.exit(main(*sys.argv[1:]))
