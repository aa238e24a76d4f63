"""The forms of a report: what programs and pages that read them rely on, that all of them can be
drawn from the JSON, and that a hostile name is inert in each."""
import base64
import hashlib
import html.parser
import json
import os
import pickle
import re
import urllib.parse
import xml.etree.ElementTree

from support import CLEAN, EVIL, OPAQUE, UNKNOWN, equal, expect, finish, printable, write

FORMS = ["text", "json", "sarif", "junit", "markdown", "cyclonedx", "html"]
# Names that mean something to a terminal, a page, a parser or a reader of logs.
HOSTILE = [
    b"<script>document.title='owned'<", b"<img src=x onerror=document.title='owned'>",
    b"a\x1b[31mred\x1b]0;owned\x07", b"new\nline\r", b"\"quotes'&amp;&#60;", b"bad\xff\xfeutf8",
    "rtl\u202egpj".encode(), "zero\u200bwidth".encode(), "\u05e2\u05d1\u05e8".encode(),
    b"`tick` ``two`` | cell | [link](javascript:x) ![i](x)", b"@everyone #1 www.owned.example",
    b"](x) {0} [a](b)", b"-->]]>", b"100%25%0A#frag?query", b"~~x~~ **y** __z__ $x$ :tada:",
    b"\\| \\` \\", "noncharacter\uffff".encode(), b" leading and trailing ",
    b"::error file=x::owned", b"</style></title></pre>"]


def forms_of(tool, folder, *options):
    """Each form as bytes, written by one scan in the folder."""
    wanted = [f"--report={form}={os.path.join(folder, 'r.' + form)}" for form in FORMS]
    result = tool.run("scan", "models", *wanted, *options, cwd=folder)
    found = {}
    for form in FORMS:
        with open(os.path.join(folder, "r." + form), "rb") as file:
            found[form] = file.read()
    return result, found


def some_models(tmp):
    for name, data in (("good.pkl", CLEAN), ("evil.pkl", EVIL), ("odd.pkl", UNKNOWN),
                       ("what.bin", OPAQUE), ("sub/evil too.pkl", EVIL)):
        write(tmp, "models/" + name, data)


def one_scan_many_reports(tool, tmp):
    """What goes to the terminal, and files in other forms at the same time."""
    some_models(tmp)
    result, found = forms_of(tool, tmp, "--digest")
    expect(result, "refused")
    assert b"5 files:" in result.out, result.out
    equal(result.out, found["text"])
    # Once more, byte for byte; and each again from the JSON alone.
    equal(forms_of(tool, tmp, "--digest")[1], found)
    for form in FORMS:
        again = expect(tool.run("report", form, "r.json", cwd=tmp), "clean")
        equal(again.out, found[form], form)
        expect(tool.run("report", form, "-", "--output", "again", stdin=found["json"], cwd=tmp),
               "clean")
        with open(os.path.join(tmp, "again"), "rb") as file:
            equal(file.read(), found[form], form)


def to_a_file(tool, tmp):
    some_models(tmp)
    out = os.path.join(tmp, "out.sarif")
    for _ in range(2):  # the second replaces the first
        result = expect(tool.run("scan", "models", "--format", "sarif", "--output", out, cwd=tmp),
                        "refused")
        equal(result.out, b"")
        with open(out, "rb") as file:
            equal(json.load(file)["version"], "2.1.0")


def files_that_cannot_be(tool, tmp):
    """A wrong path is found before the scan, and leaves nothing behind."""
    some_models(tmp)
    for option in ("--report=sarif=no/such/folder/x", "--output=no/such/folder/x",
                   "--report=html=models"):
        result = expect(tool.run("scan", "models", option, cwd=tmp), "undecided", "pratique: ")
        equal(result.out, b"")
    equal(sorted(os.listdir(tmp)), ["models"])
    for option in ("--report=sarif", "--report=sarif=", "--report=pdf=x", "--report==x"):
        expect(tool.run("scan", "models", option, cwd=tmp), "usage", "--report")
    expect(tool.run("scan", "models", "--format", "pdf", cwd=tmp), "usage", "must be one of")


def no_report(tool, tmp):
    write(tmp, "models/evil.pkl", EVIL)
    good = tool.scan("models", cwd=tmp).out
    for data in (b"", b"{", b"[]", b"{}", EVIL, good[:-20], good.replace(b"critical", b"harmless"),
                 good.replace(b'"malicious"', b'"clean"'),
                 good.replace(b"PRQ-PICKLE-001", b"\\u001b[2J")):
        result = expect(tool.run("report", "html", "-", stdin=data), "undecided", "pratique: -: ")
        equal(result.out, b"")
        printable(result.err)
    expect(tool.run("report", "html", os.path.join(tmp, "missing")), "undecided", "cannot be read")
    expect(tool.run("report", "pdf", "-", stdin=good), "usage")


# --- SARIF ---------------------------------------------------------------------------------------

def sarif(tool, tmp):
    some_models(tmp)
    run, = json.loads(forms_of(tool, tmp, "--digest")[1]["sarif"])["runs"]
    driver = run["tool"]["driver"]
    equal(driver["name"], "pratique")
    assert driver["properties"]["rulesDigest"].startswith("sha256:")
    equal(run["columnKind"], "unicodeCodePoints")
    equal(len(run["artifacts"]), 5)  # what is clean was scanned too
    by_rule = {}
    for result in run["results"]:
        rule = driver["rules"][result["ruleIndex"]]
        equal(rule["id"], result["ruleId"])
        assert rule["help"]["text"] and rule["help"]["markdown"] and rule["fullDescription"]["text"]
        assert 0 <= float(rule["properties"]["security-severity"]) <= 10
        assert "security" in rule["properties"]["tags"]
        physical = result["locations"][0]["physicalLocation"]
        place = physical["artifactLocation"]
        equal(run["artifacts"][place["index"]]["location"]["uri"], place["uri"])
        equal(place["uriBaseId"], "%SRCROOT%")
        by_rule.setdefault(result["ruleId"], []).append((place["uri"], result["level"], physical))
    equal([(uri, level) for uri, level, _ in by_rule["PRQ-PICKLE-001"]],
          [("models/evil.pkl", "error"), ("models/sub/evil%20too.pkl", "error")])
    equal(by_rule["PRQ-PICKLE-001"][0][2]["region"], {"startLine": 1, "byteOffset": 24})
    equal(by_rule["PRQ-PICKLE-003"][0][1], "warning")
    equal(by_rule["GAP-unknown-format"][0][:2], ("models/what.bin", "warning"))
    equal(run["invocations"][0]["executionSuccessful"], True)
    # The same from elsewhere, by absolute path: what lies below the folder is relative to it.
    result = tool.run("scan", os.path.join(os.path.realpath(tmp), "models"), "--format", "sarif",
                      cwd=tmp)
    equal([item["location"]["uri"] for item in json.loads(result.out)["runs"][0]["artifacts"]],
          [item["location"]["uri"] for item in run["artifacts"]])


def sarif_of_a_member(tool, tmp):
    import zipfile
    with zipfile.ZipFile(os.path.join(tmp, "model.pt"), "w") as out:
        out.writestr("archive/data.pkl", EVIL)
    report = json.loads(tool.run("scan", "model.pt", "--format", "sarif", cwd=tmp).out)
    evil, = [result for result in report["runs"][0]["results"]
             if result["ruleId"] == "PRQ-PICKLE-001"]
    location = evil["locations"][0]
    equal(location["logicalLocations"], [{
        "name": "archive/data.pkl", "fullyQualifiedName": "model.pt!archive/data.pkl",
        "kind": "member"}])
    equal(location["physicalLocation"]["region"], {"startLine": 1})
    equal([evil["properties"][key] for key in ("artifact", "offset")], ["archive/data.pkl", 24])


def sarif_of_failure(tool, tmp):
    """A file that the program could not read makes its run one that did not succeed."""
    report = tool.run("scan", os.path.join(tmp, "missing.pkl"), "--format", "sarif").out
    invocation, = json.loads(report)["runs"][0]["invocations"]
    equal(invocation["executionSuccessful"], False)
    equal(len(invocation["toolExecutionNotifications"]), 1)


# --- JUnit, Markdown, CycloneDX ------------------------------------------------------------------

def junit(tool, tmp):
    some_models(tmp)
    root = xml.etree.ElementTree.fromstring(forms_of(tool, tmp)[1]["junit"])
    suite, = root
    equal([suite.get(key) for key in ("tests", "failures", "errors")], ["5", "3", "1"])
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    equal({name: [child.tag for child in case] for name, case in cases.items()}, {
        "models/good.pkl": [], "models/evil.pkl": ["failure"], "models/odd.pkl": ["failure"],
        "models/what.bin": ["error"], "models/sub/evil too.pkl": ["failure"]})
    assert "os.system" in cases["models/evil.pkl"][0].text
    equal(cases["models/evil.pkl"][0].get("type"), "malicious")


def markdown(tool, tmp):
    some_models(tmp)
    text = forms_of(tool, tmp)[1]["markdown"].decode()
    assert text.startswith("## Pratique: malicious\n"), text[:80]
    equal(len(re.findall(r"^\| \S+ (?:malicious|suspicious|incomplete) \|", text, re.M)), 4)
    equal(text.count("<details>"), 4)
    assert "good.pkl" not in text, "what is clean is only counted"


def cyclonedx(tool, tmp):
    some_models(tmp)
    report, other = (json.loads(forms_of(tool, tmp, *options)[1]["cyclonedx"])
                     for options in (["--digest"], []))
    equal([report["bomFormat"], report["specVersion"]], ["CycloneDX", "1.6"])
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
                        report["serialNumber"])
    assert report["serialNumber"] != other["serialNumber"], "two contents, one serial number"
    assert "timestamp" not in json.dumps(report)
    refs = {item["name"]: item for item in report["components"]}
    equal(refs["models/evil.pkl"]["type"], "machine-learning-model")
    equal(refs["models/what.bin"]["type"], "file")
    equal(refs["models/evil.pkl"]["hashes"],
          [{"alg": "SHA-256", "content": hashlib.sha256(EVIL).hexdigest()}])
    evil, = [item for item in report["vulnerabilities"] if item["id"] == "PRQ-PICKLE-001"]
    equal({item["ref"] for item in evil["affects"]},
          {refs[name]["bom-ref"] for name in ("models/evil.pkl", "models/sub/evil too.pkl")})
    incomplete, = [item for item in report["compositions"] if item["aggregate"] == "incomplete"]
    equal(incomplete["assemblies"], [refs["models/what.bin"]["bom-ref"]])


# --- HTML ----------------------------------------------------------------------------------------

class Page(html.parser.HTMLParser):
    """Elements, attributes and text of a page, as a browser would see them."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts = set(), [], []
        self.title = self.style = self.inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs
        self.inside = tag

    def handle_data(self, data):
        if self.inside == "style":
            self.style += data
        if self.inside == "title":
            self.title += data
        self.texts.append(data)

    def handle_endtag(self, tag):
        self.inside = ""


def page_of(text):
    page = Page(text)
    names = {name for name, _ in page.attributes}
    unexpected = page.tags & {"script", "img", "iframe", "object", "embed", "link", "form", "base"}
    assert not unexpected, unexpected
    assert not any(name.startswith("on") or name in ("style", "src", "srcset", "action")
                   for name in names), names
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    policy = next(value for name, value in page.attributes
                  if name == "content" and "default-src" in value)
    digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
    equal(policy, f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
                  "form-action 'none'")
    assert "url(" not in page.style and "@import" not in page.style
    return page


def html_page(tool, tmp):
    some_models(tmp)
    text = forms_of(tool, tmp)[1]["html"].decode()
    page = page_of(text)
    shown = "".join(page.texts)
    for words in ("2 of 5 files malicious", "Loading this file would", "run code or start programs",
                  "REDUCE", "** critical PRQ-PICKLE-001", "unknown-format", "Isolation", "Binding"):
        assert words in shown, words
    assert shown.index("evil.pkl") < shown.index("odd.pkl") < shown.index("what.bin") \
        < shown.index("good.pkl"), "not worst first"


def html_says_no_more_than_the_scan(tool, tmp):
    """Standard input cannot be read a second time: there are no instructions, and no wait."""
    text = expect(tool.run("scan", "-", "--format", "html", stdin=EVIL), "refused").out.decode()
    assert "os.system" in text and "REDUCE" not in text


def html_of_a_pipe(tool, tmp):
    path = os.path.join(tmp, "pipe.pkl")
    os.mkfifo(path)
    process = tool.start("scan", "--format", "html", path)
    with open(path, "wb") as out:
        out.write(EVIL)
    assert b"os.system" in expect(finish(process, timeout=20), "refused").out


def gate_as_junit(tool, tmp):
    by = os.path.join(tmp, "policy.json")
    write(tmp, "<evil>&/a.pkl", EVIL)
    write(tmp, "good/a.pkl")
    write(tmp, "odd/a.bin", OPAQUE)
    for mode, code, counts in (({}, "refused", ["1", "1", "0"]),
                               ({"mode": "warn"}, "undecided", ["0", "1", "1"])):
        write(tmp, "policy.json", json.dumps({"version": 1, **mode}).encode())
        result = expect(tool.run("gate", "--policy", by, "--format", "junit", "<evil>&", "good",
                                 "odd", cwd=tmp), code)
        root = xml.etree.ElementTree.fromstring(result.out)
        equal([root.get(key) for key in ("failures", "errors", "skipped")], counts, mode)
        equal([suite.get("name") for suite in root], ["<evil>&", "good", "odd"])
        assert all(not list(case) for case in root[1].iter("testcase"))


def instructions_in_the_json(tool, tmp):
    write(tmp, "models/evil.pkl", EVIL)
    file, = tool.scan("--explain", "models", cwd=tmp).report["files"]
    excerpt, = file["excerpts"]
    assert any("REDUCE" in line for line in excerpt["lines"]), excerpt
    assert excerpt["lines"][-1].strip().startswith("** critical PRQ-PICKLE-001"), excerpt
    file, = tool.scan("models", cwd=tmp).report["files"]
    assert "excerpts" not in file


# --- Hostile names -------------------------------------------------------------------------------

def hostile_names_in_every_form(tool, tmp):
    """Every form holds every name, and in none does a name do anything."""
    for number, name in enumerate(HOSTILE):
        write(tmp, b"models/" + name.replace(b"/", b"\xe2\x88\x95") + b"%d.pkl" % number, EVIL)
    result, found = forms_of(tool, tmp)
    expect(result, "refused")
    for form in FORMS:
        printable(found[form])
    names = [file["path"] for file in json.loads(found["json"])["files"]]
    equal(len(names), len(HOSTILE))
    on_disk = sorted(b"models/" + name for name in os.listdir(os.fsencode(tmp) + b"/models"))

    # SARIF: each URI is the very bytes of a name.
    run, = json.loads(found["sarif"])["runs"]
    uris = [item["location"]["uri"] for item in run["artifacts"]]
    assert all(re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", uri) for uri in uris), uris
    equal(sorted(urllib.parse.unquote_to_bytes(uri) for uri in uris), on_disk)
    for result in run["results"]:
        text = result["message"]["text"]
        assert not re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", text), text

    # JUnit: a parser gives the names back.
    cases = xml.etree.ElementTree.fromstring(found["junit"]).iter("testcase")
    equal([case.get("name").replace("\\uffff", "\uffff") for case in cases], names)

    # Markdown: outside of <code> there is nothing of a name, and inside nothing that begins markup.
    text = found["markdown"].decode()
    for code in re.findall(r"<code>(.*?)</code>", text):
        assert re.fullmatch(r"(?:[\w /\-,.()\"'=;%+?…\u0080-\U0010ffff]|&#\d+;)*", code), code
        assert "_" not in code and not re.search(r"www\.|://", code, re.I), code
    outside = re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", text, flags=re.S)
    assert "owned" not in outside and "everyone" not in outside, outside
    equal(set(re.findall(r"<[^>]*>", outside)), {"<details>", "</details>", "<summary>",
                                                 "</summary>"})

    # HTML: all of it is text.
    page = page_of(found["html"].decode())
    shown = "".join(page.texts)
    for name in names:
        assert name.replace("\uffff", "\\uffff") in shown, name

    # CycloneDX: JSON, and nothing else.
    equal([item["name"] for item in json.loads(found["cyclonedx"])["components"]], names)


# What the runners of GitHub and Azure would obey; "::" at a line's start, the others anywhere.
COMMANDS = [b"::error file=x::boo", b" ::set-output name=a::b", b"##[error]boo", b"a##[group]b",
            b"##vso[task.complete result=Succeeded;]", b"a ##VSO[build.addbuildtag]b"]


def obeyed(shown):
    return [line for line in shown.splitlines()
            if line.lstrip().startswith(b"::") or b"##[" in line or b"##vso[" in line.lower()]


def no_commands_in_logs(tool, tmp):
    """Of whatever is printed for people, no line is a command to a CI system; JSON is exact."""
    write(tmp, "policy.json", b'{"version": 1, "name": "any"}')
    for number, name in enumerate(COMMANDS):
        folder = os.path.join(tmp, str(number))
        write(folder, name + b".pkl", EVIL)
        write(folder, name, pickle.dumps({name.decode(): 1.5}))
        path = os.fsdecode(name)
        pickled = path + ".pkl"
        shown = b""
        for command in (("scan", path, pickled), ("scan", "--all", "-v", path, pickled),
                        ("explain", path), ("explain", pickled), ("inspect", "--structure", path),
                        ("load", pickled), ("load", path), ("convert", path, path + ".npz"),
                        ("gate", "--policy", "../policy.json", "--explain", path, pickled),
                        ("verify", path, "--key", path), ("rules", "show", path),
                        ("report", "text", path), ("keygen", "--no-password", "key" + path),
                        ("sign", path, "--key", "key" + path), (path,), ("scan", "--" + path)):
            done = tool.run(*command, cwd=folder)
            shown += done.out + b"\n" + done.err + b"\n"
        equal(obeyed(shown), [], name)
        assert b"\\x3a:" in shown or b"\\x23#" in shown, shown
        done = tool.scan(path, cwd=folder)
        equal(done.report["files"][0]["path"], path)


CASES = [no_commands_in_logs, one_scan_many_reports, to_a_file, files_that_cannot_be, no_report,
         sarif,
         sarif_of_a_member, sarif_of_failure, junit, markdown, cyclonedx, html_page,
         html_says_no_more_than_the_scan, html_of_a_pipe, gate_as_junit,
         instructions_in_the_json, hostile_names_in_every_form]
