"""Help, manual pages and completions are made from one source: here it is seen that they agree."""
import os
import re
import shutil
import subprocess

from support import equal, expect, printable, write
from terminal import Terminal

NAME = r"--?[a-z][\w-]*(?:\{false\})?"
OPTION = re.compile(rf"^ {{2,}}({NAME}(?:, ?{NAME})*)", re.M)


def help_of(tool, *path):
    return printable(expect(tool.run(*path, "--help"), "clean").out)


def options_of(text):
    return {name.strip().removesuffix("{false}")
            for names in OPTION.findall(text) for name in names.split(",")}


def commands(tool, path=()):
    """Every command that some --help names, with its options."""
    text = help_of(tool, *path)
    yield path, options_of(text)
    below = text.partition("\nSubcommands:\n")[2].partition("\n\n")[0]
    for name in re.findall(r"^  ([a-z]+) ", below, re.M):
        yield from commands(tool, (*path, name))


def everything_is_in_the_manual(tool, _):
    seen = 0
    for path, options in commands(tool):
        page = printable(expect(tool.run("man", *path), "clean").out)
        plain = page.replace("\\-", "-").replace("\\fB", "").replace("\\fR", "").replace("\\fI", "")
        documented = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", plain))
        assert options <= documented, (path, options - documented)
        assert ".SH NAME\n" + "\\-".join(("pratique", *path)) + " \\- " in page, page[:200]
        seen += len(options)
    assert seen > 150, f"only {seen} options were found in all of --help"
    expect(tool.run("man", "nothing"), "undecided", "no such command")


def manual_is_well_formed(tool, tmp):
    expect(tool.run("man", "--output", tmp), "clean")
    pages = sorted(os.listdir(tmp))
    equal(pages, sorted("-".join(("pratique", *path)) + ".1" for path, _ in commands(tool)))
    for page in pages:
        path = os.path.join(tmp, page)
        with open(path, "rb") as text:
            command = page[:-2].split("-")[1:]
            equal(text.read(), tool.run("man", *command).out, page)
        if shutil.which("mandoc"):
            done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", path], check=False,
                                  capture_output=True, text=True)
            # A page without a date is one that is the same whenever it is made.
            faults = [line for line in done.stdout.splitlines() if "missing date" not in line]
            assert not faults, faults
        elif shutil.which("man"):
            done = subprocess.run(["man", "-l", "--warnings", path], check=False,
                                  capture_output=True, text=True, env={**os.environ, "LANG": "C"})
            equal([done.returncode, done.stderr], [0, ""], page)
    return None if shutil.which("mandoc") else "without mandoc"


def completed(folder, script, *words):
    """What bash offers for the last of the words."""
    line = " ".join(f"'{word}'" for word in words)
    code = (f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _pratique; "
            "printf '%s\\n' \"${COMPREPLY[@]}\"")
    done = subprocess.run(["bash", "-c", code], cwd=folder, capture_output=True, text=True,
                          check=False)
    equal([done.returncode, done.stderr], [0, ""], words)
    return set(done.stdout.split("\n")) - {""}


def bash_completes(tool, tmp):
    script = write(tmp, "bash", expect(tool.run("completion", "bash"), "clean").out)
    os.mkdir(os.path.join(tmp, "files"))
    write(tmp, "files/model one.pt")
    folder = os.path.join(tmp, "files")
    for path, options in commands(tool):
        equal(completed(folder, script, "pratique", *path, "-"), options, path)
    top = completed(folder, script, "pratique", "")
    equal(top, {path[0] for path, _ in commands(tool) if len(path) == 1})
    equal(completed(folder, script, "pratique", "rules", "l"), {"list", "lint"})
    equal(completed(folder, script, "pratique", "scan", "--format", "js"), {"json"})
    equal(completed(folder, script, "pratique", "scan", "--format", "=", "te"), {"text"})
    equal(completed(folder, script, "pratique", "scan", "--format", "="), completed(
        folder, script, "pratique", "scan", "--format", ""))
    equal(completed(folder, script, "pratique", "scan", "--fail-on", ""),
          {"malicious", "suspicious", "incomplete"})
    equal(completed(folder, script, "pratique", "scan", "m"), {"model one.pt"})
    equal(completed(folder, script, "pratique", "gate", "--policy", ""), {"model one.pt"})
    equal(completed(folder, script, "pratique", "scan", "--jobs", ""), set())
    # A word that is the value of an option is no command.
    equal(completed(folder, script, "pratique", "completion", "z"), {"zsh"})


def other_shells(tool, tmp):
    """Their scripts name every option, and are ones to the shells themselves."""
    texts = {shell: printable(expect(tool.run("completion", shell), "clean").out)
             for shell in ("zsh", "fish")}
    for path, options in commands(tool):
        zsh = texts["zsh"].partition(f"        ('{' '.join(('pratique', *path))}')\n")[2]
        zsh = zsh.partition("            ;;\n")[0]
        named = set(re.findall(r"^ +'\*?(--?[a-z][\w-]*)", zsh, re.M))
        equal(named, options, path)
        head = f"complete -c pratique -n '__pratique_at {' '.join(('pratique', *path))}' "
        lines = [line[len(head):] for line in texts["fish"].splitlines() if line.startswith(head)]
        named = {prefix + name for line in lines for flag, prefix in (("-l", "--"), ("-s", "-"))
                 for name in re.findall(rf"(?:^| ){flag} ([\w-]+)(?= )", line.partition(" -d ")[0] +
                                        " ")}
        equal(named, options, path)
    scripts = {shell: write(tmp, shell, text.encode()) for shell, text in texts.items()}
    checks = {"zsh": ["zsh", "-n", scripts["zsh"]], "fish": ["fish", "-n", scripts["fish"]]}
    for shell, command in checks.items():
        if shutil.which(shell):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            equal([done.returncode, done.stderr], [0, ""], shell)
    if shutil.which("fish"):
        for line, expected in (("pratique sc", {"scan"}), ("pratique scan --format js", {"json"}),
                               ("pratique sandbox ch", {"check"}),
                               ("pratique scan --min-iso", {"--min-isolation"})):
            done = subprocess.run(["fish", "--no-config", "-c",
                                   f"source {scripts['fish']}; complete -C '{line}'"],
                                  capture_output=True, text=True, check=False,
                                  env={**os.environ, "HOME": tmp})
            equal({one.split("\t")[0] for one in done.stdout.splitlines()}, expected, line)
    missing = [shell for shell in checks if not shutil.which(shell)]
    return f"without {' and '.join(missing)}" if missing else None


def manual_on_a_terminal(tool, _):
    """The same roff as in a file, and a word on how to read it."""
    terminal = Terminal(tool, "man", "key", "show", out_too=True)
    code, _ = terminal.finish()
    equal(code, 0)
    shown = terminal.drawn.decode().replace("\r\n", "\n")
    page = tool.run("man", "key", "show")
    equal(page.err, b"")
    equal(shown, page.out.decode() +
          "pratique: this is roff; for people: pratique man key show | man -l -\n")


CASES = [everything_is_in_the_manual, manual_is_well_formed, manual_on_a_terminal, bash_completes,
         other_shells]
