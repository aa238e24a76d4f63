#!/usr/bin/env python3
"""Opens the HTML report of files with hostile names in a real browser: nothing of them runs, all of
them can be read, and the page's policy would stop even what got past the escaping.

    browser.py PROGRAM       exit 0 if so, 1 if not, 77 where there is no Chromium"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
# pylint: disable=wrong-import-position
from cases_reports import HOSTILE, Page
from support import EVIL, Tool, write

SKIPPED = 77
INJECTED = ("<script>document.title='owned'</script>"
            "<img src=x onerror=\"document.title='owned'\"><b style='color:red' id=probe>probe</b>")


class Browser:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def open(self, name, text):
        """The document as it is once the page has been loaded, and any script has run."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        done = subprocess.run(
            [self.program, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom",
             "--disable-dev-shm-usage", "--virtual-time-budget=3000",
             f"--user-data-dir={self.folder}/profile", f"file://{path}"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True)
        return Page(done.stdout.decode("utf-8"))


def main():
    program = shutil.which("chromium") or shutil.which("chromium-browser") \
        or shutil.which("google-chrome")
    if program is None:
        print("no Chromium is installed")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="pratique-browser-") as folder:
        for number, name in enumerate(HOSTILE):
            write(folder, b"models/" + name.replace(b"/", b"\xe2\x88\x95") + b"%d.pkl" % number,
                  EVIL)
        tool, browser = Tool(sys.argv[1]), Browser(program, folder)
        report = tool.run("scan", "models", "--format", "html", cwd=folder).out.decode()
        names = [file["path"] for file in tool.scan("models", cwd=folder).report["files"]]

        page = browser.open("report.html", report)
        assert page.title == f"{len(names)} of {len(names)} files malicious · pratique", page.title
        assert not page.tags & {"script", "img", "iframe"}, page.tags
        shown = "".join(page.texts)
        for name in names:
            assert name.replace("\uffff", "\\uffff") in shown, name

        # Whatever got in would be stopped by the policy; without it, the same would run.
        assert "</footer>" in report
        injected = report.replace("</footer>", "</footer>" + INJECTED)
        assert "owned" not in browser.open("injected.html", injected).title
        start = injected.index("<meta http-equiv=Content-Security-Policy")
        bare = injected[:start] + injected[injected.index("\n", start):]
        assert "owned" in browser.open("bare.html", bare).title, "this test could not fail"
    print(f"{len(names)} hostile names, nothing ran")
    return 0


if __name__ == "__main__":
    sys.exit(main())
