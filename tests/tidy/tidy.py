#!/usr/bin/env python3
"""The house style as a test: what a machine can check needs no reviewer.

    tidy.py <root>      prints "file:line: rule: what is wrong" for each fault; exit code 1 if any

Each rule is one function. C++ is looked at through code_of(), which blanks comments and strings,
so that a rule about calls never trips over prose.
"""
import os
import re
import sys

MAX_COLUMNS = 100
MAX_FUNCTION_LINES = 60
MAX_FILE_LINES = 500
# One switch with a case per opcode cannot be split without hiding that it is one table.
LONG_FUNCTIONS = {("formats/pickle/machine.cc", "execute")}

# What a folder may include. The longest matching prefix of a file's path counts.
MAY_INCLUDE = {
    "base": {"base"},
    "formats": {"base", "formats"},
    "rules": {"base", "rules"},
    "scanner": {"base", "formats", "rules", "scanner"},
    "signing": {"base", "signing"},
    "sandbox": {"base", "sandbox"},
    "sandbox/loader": {"base", "formats", "rules", "sandbox"},
    "sandbox/worker": {"base", "formats", "rules", "scanner", "sandbox"},
    "api": {"base", "formats", "rules", "scanner", "signing", "sandbox", "api"},
    "cli": {"base", "formats", "rules", "scanner", "signing", "sandbox", "api", "cli"},
}
FLOORS = {path.split("/")[0] for path in MAY_INCLUDE}

# Banned call: what to use instead.
BANNED = {
    "strcpy": "std::string", "strcat": "std::string", "sprintf": "std::string",
    "vsprintf": "std::string", "gets": "Reader", "strtok": "Reader::line",
    "atoi": "std::from_chars", "atol": "std::from_chars", "atof": "std::from_chars",
    "system": "a child made by sandbox/", "popen": "a child made by sandbox/",
    "rand": "getrandom", "srand": "getrandom", "alloca": "std::vector",
    "setjmp": "Result", "longjmp": "Result",
}
BANNED_CALL = re.compile(r"(?<![\w.>])(?:std::|::)?(%s)\s*\(" % "|".join(BANNED))
POINTER_ARITHMETIC = re.compile(r"\bdata\(\)\s*[-+](?![=>])|\bstd::advance\b")
# The end pointer that std::from_chars asks for; it cannot leave its range.
END_POINTER = re.compile(r"\b([\w.]+)\.data\(\)\s*\+\s*\1\.size\(\)")
OPEN_ENDS = re.compile(r"\b(%s)\b" % "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]))
MACHINE_PATH = re.compile(r"(?<![\w./>-])/(?:%s)/\w" % "|".join(["wor" + "k", "roo" + "t",
                                                               "hom" + "e", "Use" + "rs"]))

CODE = (".cc", ".h")
SOURCE = CODE + (".py", ".cmake", "CMakeLists.txt")
TEXT = SOURCE + (".md", ".json", ".txt", ".yml", ".yaml")
SKIPPED = {".git", ".cache", "__pycache__", "build", "samples/files", "tests/fuzz/seeds"}


def code_of(text):
    """`text` with comments, and what stands between quotes, replaced by blanks; lines stay."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/'
        r'|R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"'
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)

    def blank(match):
        found = match.group()
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        return found[0] + re.sub(r"[^\n]", " ", found[1:-1]) + found[-1]
    return pattern.sub(blank, text)


class File:
    def __init__(self, root, path):
        self.path = path
        with open(os.path.join(root, path), encoding="utf-8") as stream:
            self.text = stream.read()
        self.lines = self.text.split("\n")
        self.floor = path.split("/")[0] if path.split("/")[0] in FLOORS else None
        self.is_code = path.endswith(CODE)
        self.is_script = path.startswith(("script/", ".ci/"))
        self.code = code_of(self.text) if self.is_code else self.text
        self.code_lines = self.code.split("\n")

    def ends(self, *suffixes):
        return self.path.endswith(suffixes)


def line_length(file):
    if not (file.ends(*SOURCE) or file.is_script):
        return
    for number, line in enumerate(file.lines, 1):
        if len(line) > MAX_COLUMNS:
            yield number, f"{len(line)} columns, at most {MAX_COLUMNS}"


def blanks(file):
    for number, line in enumerate(file.lines, 1):
        if "\t" in line:
            yield number, "a tab"
        if line != line.rstrip():
            yield number, "blanks at the end of the line"
    if file.text and not file.text.endswith("\n"):
        yield len(file.lines), "no line end at the end of the file"


def file_length(file):
    count = file.text.count("\n")
    if file.ends(".cc", ".h", ".py") and count > MAX_FILE_LINES:
        yield 1, f"{count} lines, at most {MAX_FILE_LINES}"


def without_directives(code):
    """`code` without preprocessor directives and their continuation lines."""
    return re.sub(r"^[ ]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()),
                  code, flags=re.M)


def head_of_function(head):
    """The name of the function whose body follows `head`, or None if no function starts here."""
    opening = head.find("(")
    if opening < 0:
        return None
    before = head[:opening]
    if "=" in before and "operator" not in before:
        return None
    name = re.search(r"([\w:~]+|operator\W+)\s*$", before)
    return name.group(1).strip() if name else "function"


def functions(code):
    """(name, first line, last line) of each outermost function body; a plain brace counter."""
    code = without_directives(code)
    start = line = 1
    name, inner, head = None, 0, ""
    for char in code:
        line += char == "\n"
        if name is None:
            if char == "{":
                name, inner, start, head = head_of_function(head), 1, line, ""
            elif char in "};":
                head = ""
            else:
                head += char
        else:
            inner += (char == "{") - (char == "}")
            if inner == 0:
                yield name, start, line
                name = None


def function_length(file):
    if not file.ends(".cc"):
        return
    for name, first, last in functions(file.code):
        length = last - first + 1
        excepted = (file.path, name.split("::")[-1]) in LONG_FUNCTIONS
        if length > MAX_FUNCTION_LINES and not excepted:
            yield first, f"{name} has {length} lines, at most {MAX_FUNCTION_LINES}"


def banned_calls(file):
    if not file.is_code:
        return
    for number, line in enumerate(file.code_lines, 1):
        for match in BANNED_CALL.finditer(line):
            yield number, f"{match.group(1)}() is banned: use {BANNED[match.group(1)]}"
        if file.floor in (None, "base") or "NOLINT" in file.lines[number - 1]:
            continue
        if "reinterpret_cast" in line:
            yield number, "reinterpret_cast outside base/"
        if POINTER_ARITHMETIC.search(END_POINTER.sub("", line)):
            yield number, "pointer arithmetic outside base/: use Reader or slice()"


def include_direction(file):
    if not file.is_code:
        return
    for number, line in enumerate(file.lines, 1):
        match = re.match(r'\s*#\s*include\s*"([^"]*)"', line)
        if not match:
            continue
        target = match.group(1)
        if ".." in target.split("/"):
            yield number, f'"{target}" climbs: include as "floor/file.h"'
        elif file.floor:
            prefix = max((p for p in MAY_INCLUDE if file.path.startswith(p + "/")), key=len)
            if target.split("/")[0] not in MAY_INCLUDE[prefix]:
                yield number, f'{prefix}/ may not include "{target}"'
            elif "sandbox/loader" != prefix != "sandbox/worker" and file.floor == "sandbox":
                if target.startswith(("sandbox/loader/", "sandbox/worker/")):
                    yield number, f'{prefix}/ may not include "{target}"'


def open_ends(file):
    for number, line in enumerate(file.lines, 1):
        match = OPEN_ENDS.search(line)
        if match:
            yield number, f"{match.group()}: finish it, or open an issue"


def opening_comment(file):
    if file.floor and file.is_code:
        own_header = f'#include "{file.path[:-len(".cc")]}.h"'
        # A .cc file whose header stands first leaves the explanation to its header.
        if not file.text.startswith(("//", "/*")) and file.lines[0] != own_header:
            yield 1, "no opening paragraph that says why this file exists"
    elif file.ends(".py") and file.text.strip():
        if not file.text.startswith(("#", '"""')):
            yield 1, "no opening paragraph that says why this file exists"


def machine_paths(file):
    for number, line in enumerate(file.lines, 1):
        match = MACHINE_PATH.search(line)
        if match and "NOLINT(path)" not in line:
            yield number, f'"{match.group()}…" is a path of one machine'


RULES = [line_length, blanks, file_length, function_length, banned_calls, include_direction,
         open_ends, opening_comment, machine_paths]


def text_files(root):
    for folder, folders, names in os.walk(root):
        relative = os.path.relpath(folder, root)
        prefix = "" if relative == "." else relative.replace(os.sep, "/") + "/"
        folders[:] = sorted(f for f in folders if f not in SKIPPED and prefix + f not in SKIPPED)
        for name in sorted(names):
            path = prefix + name
            if path.endswith(TEXT) or path.startswith(("script/", ".ci/")):
                yield path


def check(root):
    """All faults below `root`, as "file:line: rule: what is wrong"."""
    faults = []
    for path in text_files(root):
        try:
            file = File(root, path)
        except UnicodeDecodeError:
            faults.append(f"{path}:1: encoding: not UTF-8")
            continue
        for rule in RULES:
            faults += [f"{path}:{number}: {rule.__name__}: {what}" for number, what in rule(file)]
    return faults


def main(arguments):
    if len(arguments) != 2 or not os.path.isdir(arguments[1]):
        print(__doc__, file=sys.stderr)
        return 64
    faults = check(arguments[1])
    if not any(True for _ in text_files(arguments[1])):
        faults.append(f"{arguments[1]}: no files to check")
    for fault in faults:
        print(fault)
    print(f"tidy: {len(faults)} fault(s)")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
