"""What CI systems run: ci/action as the action's steps call it, every command of docs/ci.md, and
the pattern of the hook.

usage: ci.py PRATIQUE
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "samples/files"
CLEAN = SAMPLES / "benign/torch-zip__state_dict.pt"
EVIL = SAMPLES / "c-zip/appended-data__pickle.pt"
PROGRAM = pathlib.Path(sys.argv[1]).resolve()


def action(folder, paths, **more):
    """Exit code, output, and what GitHub would read."""
    given = {"PATH": os.environ["PATH"], "PRATIQUE": str(PROGRAM), "PRATIQUE_PATHS": paths,
             "GITHUB_OUTPUT": str(folder / "output"),
             "GITHUB_STEP_SUMMARY": str(folder / "summary"), **more}
    done = subprocess.run([ROOT / "ci/action", "scan"], cwd=folder, env=given, text=True,
                          capture_output=True, check=False)
    return done.returncode, done.stdout + done.stderr, (folder / "output").read_text()


def copy(folder, name, source):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(source.read_bytes())


def passes(folder):
    copy(folder, "one.pt", CLEAN)
    (folder / "summary").write_text("# of a step before\n")
    code, text, output = action(folder, "one.pt\n")
    assert (code, output) == (0, "exit-code=0\n"), (code, text)
    summary = (folder / "summary").read_text()
    assert summary.startswith("# of a step before\n") and "clean" in summary, summary
    assert json.loads((folder / "pratique.sarif").read_text())["version"] == "2.1.0"
    left = sorted(path.name for path in folder.iterdir())
    assert left == ["one.pt", "output", "pratique.sarif", "summary"], left


def refuses(folder):
    copy(folder, "a folder/two.pt", EVIL)
    copy(folder, "one.pt", CLEAN)
    code, text, output = action(folder, "one.pt\na folder", PRATIQUE_SARIF="other.sarif")
    assert (code, output) == (1, "exit-code=1\n"), (code, text)
    assert "two.pt" in (folder / "summary").read_text()
    results = json.loads((folder / "other.sarif").read_text())["runs"][0]["results"]
    assert any(one["level"] == "error" for one in results)


def a_report_of_others_is_not_uploaded(folder):
    copy(folder, "one.pt", CLEAN)
    (folder / "pratique.sarif").write_text("that of whoever made the checkout")
    (folder / "old.json").write_text("none")
    code, text, _ = action(folder, "one.pt", PRATIQUE_BASELINE="old.json")
    assert code == 2 and not (folder / "pratique.sarif").exists(), (code, text)


def undecided_is_no_pass(folder):
    code, text, output = action(folder, "nowhere.pt")
    assert (code, output) == (2, "exit-code=2\n"), (code, text)
    code, _, _ = action(folder, "x", PRATIQUE="/nowhere/pratique")
    assert code == 127


def inputs_are_no_commands(folder):
    hostile = "$(touch made); `touch made`; --fail-on=malicious\n--help"
    code, text, _ = action(folder, hostile, PRATIQUE_IGNORE="$(touch made)")
    assert code in (2, 64), (code, text)
    assert not (folder / "made").exists()


def output_is_no_command(folder):
    copy(folder, "::error::never.pt", EVIL)
    code, text, _ = action(folder, "::error::never.pt")
    lines = text.splitlines()
    assert code == 1 and lines[0].startswith("::stop-commands::"), lines
    word = lines[0].removeprefix("::stop-commands::")
    assert len(word) == 32 and lines[-1] == f"::{word}::" and lines.count(f"::{word}::") == 1


def without_github(folder):
    copy(folder, "one.pt", CLEAN)
    done = subprocess.run([ROOT / "ci/action", "scan"], cwd=folder, text=True, check=False,
                          env={"PATH": os.environ["PATH"], "PRATIQUE": str(PROGRAM)},
                          capture_output=True)
    assert done.returncode == 0, done
    assert subprocess.run([ROOT / "ci/action"], capture_output=True, check=False).returncode == 64


def every_input_reaches_the_script(_):
    text = (ROOT / "action.yml").read_text()
    inputs = text.split("inputs:")[1].split("outputs:")[0]
    declared = set(re.findall(r"^  ([a-z-]+):$", inputs, re.M))
    used = set(re.findall(r"inputs\.([a-z-]+)", text))
    assert declared == used, declared ^ used
    given = set(re.findall(r"^ +(PRATIQUE_\w+): \$\{\{ inputs", text, re.M))
    read = set(re.findall(r"\$\{(PRATIQUE_\w+)", (ROOT / "ci/action").read_text()))
    assert given == read, given ^ read
    for run in re.findall(r"run: (.*)", text):
        assert "${{" not in run, f"an input in a command: {run}"


def documented_commands_run(folder):
    copy(folder, "models/one.pt", CLEAN)
    text = (ROOT / "docs/ci.md").read_text()
    commands = re.findall(r"^(?:    - |.*sh ')?(pratique scan [^'\n]*)", text, re.M)
    assert len(commands) == 4, commands
    (folder / "pratique").symlink_to(PROGRAM)
    for command in commands:
        done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, check=False,
                              env={"PATH": f"{folder}:{os.environ['PATH']}"})
        assert done.returncode == 0, (command, done)
    for report in ("pratique.xml", "pratique.html", "pratique.json", "summary.md", "next.json"):
        assert (folder / report).stat().st_size > 0, report


def hook_knows_model_files(_):
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    pattern = re.compile(re.search(r"files: (.*)", text)[1])
    for name in ("a/model.PT", "x.safetensors", "config.json", "w.gguf", "m.onnx", "est.joblib"):
        assert pattern.search(name), name
    for name in ("main.cc", "pt", "readme.md", "a.pt.txt"):
        assert not pattern.search(name), name


def main():
    failed = 0
    for case in (passes, refuses, a_report_of_others_is_not_uploaded, undecided_is_no_pass,
                 inputs_are_no_commands, output_is_no_command, without_github,
                 every_input_reaches_the_script, documented_commands_run, hook_knows_model_files):
        with tempfile.TemporaryDirectory() as folder:
            try:
                case(pathlib.Path(folder).resolve())
                print("ok  ", case.__name__)
            except AssertionError as fault:
                failed += 1
                print("FAIL", case.__name__, fault)
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
