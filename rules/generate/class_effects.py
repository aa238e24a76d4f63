#!/usr/bin/env python3
"""Writes generated/class_effects.json: the classes of vetted packages that no package rule may
vouch for, because making or filling one does more than set attributes.

    class_effects.py TABLE.tsv...

A TABLE has the columns module, class, bases, hooks, verdict and evidence (and may have
`unresolved`) as class_hooks.py prints them; one made by a deeper analysis names capabilities in its
verdict, as in `effects:file-write@0,reflection@3`, with the number of calls on the way. Up to two
calls the path was found to hold; beyond that it is weak evidence, and the class is excepted without
being accused.
"""
import csv
import sys

from rulefiles import Rules, write

DEPTH = 2
GRAVE = {"execute", "import", "file-write", "network", "native-code", "deserialize"}
KNOWN = GRAVE | {"file-read", "environment"}


def capabilities(verdict):
    """The capabilities of a verdict that are near enough to believe."""
    found = set()
    for item in verdict.removeprefix("effects:").split(","):
        name, _, depth = item.partition("@")
        if name in KNOWN and depth.isdigit() and int(depth) <= DEPTH:
            found.add(name)
    return sorted(found)


def is_inert(row):
    unresolved = (row.get("unresolved") or "").strip()
    return row["verdict"] == "inert" or (
        row["verdict"] == "unresolved" and unresolved in ("?NamedTuple", "?TypedDict"))


def main():
    rules = Rules()
    found = {}
    for table in sys.argv[1:]:
        with open(table, newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                name = f"{row['module']}.{row['class']}"
                rule = rules.match(name)
                if is_inert(row) or rule is None or rule.get("kind") != "class" or name in found:
                    continue
                evidence = row["evidence"] or f"base {row.get('unresolved') or 'unknown'}"
                entry = {"name": name, "evidence": evidence.partition(" | ")[0][:160]}
                near = capabilities(row["verdict"]) if row["verdict"].startswith("effects:") else []
                if near:
                    entry["capabilities"] = near
                    entry["severity"] = "high" if GRAVE.intersection(near) else "medium"
                found[name] = entry
    write("class_effects.json",
          "Written by generate/class_effects.py: classes that no package rule vouches for.",
          classes=[found[name] for name in sorted(found)])
    accused = sum("capabilities" in entry for entry in found.values())
    print(f"{accused} classes with effects, {len(found) - accused} unresolved")


if __name__ == "__main__":
    main()
