"""Plants one fault after the other in a small tree; tidy.py must find that one and no other."""
import os
import tempfile
import unittest

import tidy

CLEAN = {
    "base/bytes.h": "// Why.\n#pragma once\n",
    "base/bytes.cc": '#include "base/bytes.h"\n\nint f() { return 1\'000; }\n',
    "formats/zip.h": '// Why.\n#pragma once\n#include "base/bytes.h"\n',
    "sandbox/worker/main.cc": '// Why.\n#include "scanner/walk.h"\n#include "sandbox/child.h"\n',
    "cli/main.cc": '// Why.\n#include "api/gate.h"\n#include <cstdio>\n',
    "docs/notes.md": "| a table | " + "x" * 200 + " |\n",
}


def body(lines):
    return "".join(f"    int x{i} = {i};\n" for i in range(lines))


class TidyTest(unittest.TestCase):
    def faults(self, extra):
        with tempfile.TemporaryDirectory() as root:
            for path, text in {**CLEAN, **extra}.items():
                full = os.path.join(root, path)
                os.makedirs(os.path.dirname(full), exist_ok=True)
                with open(full, "wb") as stream:
                    stream.write(text if isinstance(text, bytes) else text.encode())
            return tidy.check(root)

    def expect(self, path, text, fault):
        found = self.faults({path: text})
        self.assertEqual(len(found), 1, found)
        self.assertTrue(found[0].startswith(f"{path}:{fault}"), found)

    def expect_clean(self, path, text):
        self.assertEqual(self.faults({path: text}), [])

    def test_a_clean_tree_has_no_faults(self):
        self.assertEqual(self.faults({}), [])

    def test_lines(self):
        self.expect("base/a.h", "// " + "x" * 98 + "\n", "1: line_length")
        self.expect_clean("base/a.h", "// " + "ü" * 97 + "\n")
        self.expect("script/a", "#" * 101 + "\n", "1: line_length")
        self.expect("base/a.h", "// Why.\n\tint x;\n", "2: blanks: a tab")
        self.expect("docs/a.md", "text \n", "1: blanks: blanks")
        self.expect("base/a.h", "// Why.", "1: blanks: no line end")

    def test_file_length(self):
        self.expect("base/a.h", "// Why.\n" * 501, "1: file_length")
        self.expect_clean("base/a.h", "// Why.\n" * 500)

    def test_function_length(self):
        def source(lines, head="Result<int> Thing::run(Reader& in) const"):
            return f"// Why.\nnamespace a {{\n\n{head} {{\n{body(lines)}}}\n}}  // namespace a\n"
        self.expect("base/a.cc", source(59), "4: function_length: Thing::run has 61")
        self.expect_clean("base/a.cc", source(58))
        self.expect("base/a.cc", source(59, "Thing::Thing(int a) : a_{a}, b_(2)"),
                    "4: function_length")
        self.expect("base/a.cc", source(59, "bool operator==(const A& a, const A& b)"),
                    "4: function_length")
        self.expect_clean("base/a.cc", source(90, "constexpr auto kTable = make(").replace(
            "make( {", "make({").replace("}\n}", "});\n}"))
        self.expect_clean("base/a.cc", source(90, "struct Plain"))
        self.expect("base/a.cc", source(59).replace(
            "int x1 = 1;", "if (a) { auto s = \"}}}\"; char c = '}'; }  // }}"),
                    "4: function_length: Thing::run has 61")
        self.expect_clean("formats/pickle/machine.cc", source(90, "Status Machine::execute(Op op)"))
        self.expect("formats/pickle/other.cc", source(90, "Status Machine::execute(Op op)"),
                    "4: function_length")

    def test_macros_do_not_confuse_the_brace_counter(self):
        macro = "#define OPEN(x) \\\n    f(x) {\n"
        text = "// Why.\n" + macro + body(70) + "int g(int a) { return a; }\n"
        self.expect_clean("base/a.cc", text)

    def test_banned_calls(self):
        for call in ("strcpy(a, b)", "std::sprintf(a, b)", "atoi(s)", "::system(c)", "rand()"):
            self.expect("cli/a.cc", f"// Why.\nint x = f({call});\n", "2: banned_calls")
        for fine in ('// system("x")', 'auto s = "system(";', "machine.system(x);", "operand(1);",
                     'R"x(rand())x";', "file_system(a);"):
            self.expect_clean("cli/a.cc", f"// Why.\n{fine}\n")

    def test_casts_and_pointers_belong_to_base(self):
        cast = "auto* p = reinterpret_cast<char*>(q);"
        self.expect("formats/a.cc", f"// Why.\n{cast}\n", "2: banned_calls: reinterpret_cast")
        self.expect_clean("formats/a.cc", f"// Why.\n{cast}  // NOLINT: the system call wants it\n")
        self.expect_clean("base/a.cc", f"// Why.\n{cast}\n")
        self.expect("scanner/a.cc", "// Why.\nauto* p = b.data() + n;\n",
                    "2: banned_calls: pointer arithmetic")
        self.expect_clean("scanner/a.cc", "// Why.\nparse(s.data(), s.data() + s.size(), n);\n")

    def test_include_direction(self):
        def include(path, target):
            return path, f'// Why.\n#include "{target}"\n'
        for path, target in (("base/a.cc", "formats/zip.h"), ("formats/a.cc", "rules/rules.h"),
                             ("rules/a.cc", "formats/zip.h"), ("scanner/a.cc", "sandbox/child.h"),
                             ("sandbox/a.cc", "formats/zip.h"), ("sandbox/a.cc", "scanner/walk.h"),
                             ("sandbox/a.cc", "sandbox/worker/serve.h"),
                             ("sandbox/loader/a.cc", "scanner/walk.h"), ("api/a.cc", "cli/args.h"),
                             ("formats/a.cc", "zip.h"), ("scanner/a.cc", "../base/bytes.h"),
                             ("tests/base/a.cc", "../support/files.h")):
            self.expect(*include(path, target), "2: include_direction")
        for path, target in (("scanner/a.cc", "rules/rules.h"), ("api/a.cc", "sandbox/child.h"),
                             ("sandbox/worker/a.cc", "formats/zip.h"), ("cli/a.cc", "base/text.h"),
                             ("sandbox/loader/a.cc", "formats/zip.h"), ("tests/a.cc", "files.h")):
            self.expect_clean(*include(path, target))

    def test_open_ends(self):
        for word in ("TO" + "DO", "FIX" + "ME", "XX" + "X"):
            self.expect("docs/a.md", f"later ({word})\n", "1: open_ends")
        self.expect_clean("base/a.cc", '// Why.\nauto name = "file' + 6 * "X" + '";\n')

    def test_every_file_says_why_it_exists(self):
        self.expect("base/a.h", "#pragma once\n// late\n", "1: opening_comment")
        self.expect("base/a.cc", '#include "base/bytes.h"\n', "1: opening_comment")
        self.expect("samples/a.py", "import os\n", "1: opening_comment")
        self.expect_clean("tests/base/a.cc", '#include "base/bytes.h"\n')

    def test_paths_of_one_machine(self):
        for path in ("/wor" + "k/main", "/roo" + "t/x", "/hom" + "e/ann", "/Use" + "rs/ann"):
            self.expect("docs/a.md", f"see {path}/file\n", "1: machine_paths")
            self.expect("cli/a.cc", f'// Why.\nauto s = "{path}/file";\n', "2: machine_paths")
        self.expect_clean("docs/a.md", "sandbox/" + "wor" + "k/x and <a>/hom" + "e/x\n")
        self.expect_clean("cli/a.cc", '// Why.\nopen("/roo' + 't/.ssh");  // NOLINT(path)\n')

    def test_what_is_not_text_is_named_and_what_is_built_is_left_alone(self):
        self.expect("base/a.h", b"// \xff\n", "1: encoding")
        self.expect_clean("build/dev/a.cc", "\t\n")
        self.expect_clean("samples/files/a.json", "{} \n")

    def test_the_program_fails_on_a_fault(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertEqual(tidy.main(["tidy.py", root]), 1)  # nothing to check is no success
            with open(os.path.join(root, "a.md"), "w", encoding="utf-8") as stream:
                stream.write("fine\n")
            self.assertEqual(tidy.main(["tidy.py", root]), 0)
            with open(os.path.join(root, "b.md"), "w", encoding="utf-8") as stream:
                stream.write("not fine \n")
            self.assertEqual(tidy.main(["tidy.py", root]), 1)
        self.assertEqual(tidy.main(["tidy.py"]), 64)


if __name__ == "__main__":
    unittest.main()
