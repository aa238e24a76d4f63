"""What the generators know of the rule files: the same look-up as rules/table.cc, in short."""
import json
import pathlib

RULES = pathlib.Path(__file__).resolve().parent.parent


def prefixes(name):
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(len(parts), 0, -1)]


class Rules:
    """The hand-kept rules; `match` gives the rule of a dotted name, or None."""

    def __init__(self):
        self.exact, self.below = {}, {}
        rules = []
        for path in sorted(RULES.glob("*.json")):
            rules += json.loads(path.read_text()).get("rules", [])
        for rule in rules:
            for pattern in rule.get("match", []):
                self._table(pattern).setdefault(pattern.removesuffix(".*"), rule)
        for rule in rules:
            for pattern in rule.get("except", []):
                self._table(pattern).setdefault(pattern.removesuffix(".*"), None)

    def _table(self, pattern):
        return self.below if pattern.endswith(".*") else self.exact

    def match(self, name):
        if name in self.exact:
            return self.exact[name]
        for prefix in prefixes(name):
            if prefix in self.below:
                return self.below[prefix]
        return None

    def is_dangerous(self, name):
        rule = self.match(name)
        return rule is not None and rule["verdict"] == "dangerous"

    def dangerous_modules(self):
        """Every module that is dangerous itself or has something dangerous below it."""
        found = set()
        for table in (self.exact, self.below):
            for pattern, rule in table.items():
                if rule is not None and rule["verdict"] == "dangerous":
                    found.update(prefixes(pattern))
        return found


def write(name, about, **sections):
    """One generated file: each section a list of rows (lists or objects), sorted, a row a line."""
    lines = [f'  "about": {json.dumps(about)}']
    for key, rows in sections.items():
        texts = ["    " + json.dumps(row, ensure_ascii=False) for row in rows]
        lines.append(f'  "{key}": [\n' + ",\n".join(texts) + "\n  ]")
    (RULES / "generated" / name).write_text("{\n" + ",\n".join(lines) + "\n}\n")
