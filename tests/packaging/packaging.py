#!/usr/bin/env python3
"""Installs a build into a folder of its own, builds the sample program against it, with CMake and
with pkg-config, and runs that and the installed program on small files.

    packaging.py CMAKE BUILD SOURCE COMPILER        exit 0 if all holds, 1 if not
"""
import hashlib
import os
import pathlib
import re
import shlex
import struct
import sys
import tempfile

from running import exit_with, run


def npy(values, descr="'<f4'"):
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': ({len(values)},), }}".encode()
    header += b" " * (63 - (10 + len(header)) % 64) + b"\n"
    data = struct.pack(f"<{len(values)}f", *values)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data, data


def only(folder, pattern):
    found = [path for path in folder.rglob(pattern) if not path.is_symlink()]
    assert len(found) == 1, f"{pattern}: {found}"
    return found[0]


def check_sample(program, folder, **more):
    content, data = npy([1.0, 2.5, -3.0])
    (folder / "w.npy").write_bytes(content)
    line = run(program, folder / "w.npy", **more)
    assert line == f"\tfloat32\t[3]\t{hashlib.sha256(data).hexdigest()}\n", line
    # The names of a record's fields are the file's own.
    (folder / "odd.npy").write_bytes(npy([1.0], "[('\u009b31m', '<f4')]")[0])
    line = run(program, folder / "odd.npy", **more)
    assert "\\u009b31m" in line and "\u009b" not in line, line
    (folder / "evil.pkl").write_bytes(b"\x80\x02cos\nsystem\n(X\x04\x00\x00\x00truetR.")
    run(program, folder / "evil.pkl", expect=1, **more)
    run(program, folder / "nowhere", expect=2, **more)


def by_cmake(cmake, source, compiler, prefix, folder):
    build = folder / "app"
    run(cmake, "-G", "Ninja", "-S", source / "samples/app", "-B", build,
        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_COMPILER={compiler}")
    run(cmake, "--build", build)
    check_sample(build / "tensors", folder)


def by_pkg_config(source, compiler, prefix, folder):
    where = only(prefix, "pratique.pc").parent
    flags = run("pkg-config", "--cflags", "--libs", "pratique",
                env={**os.environ, "PKG_CONFIG_PATH": str(where)})
    program = folder / "tensors"
    # The library stands behind what needs it.
    run(compiler, "-std=c++20", source / "samples/app/main.cc", "-o", program, *shlex.split(flags))
    library = only(prefix, "libpratique.so.*")
    check_sample(program, folder, env={**os.environ, "LD_LIBRARY_PATH": str(library.parent)})


def by_header_alone(compiler, prefix, folder):
    """The headers stand alone, in either order, and in the strictest of modes."""
    for number, headers in enumerate([["pratique", "dlpack"], ["dlpack", "pratique"]]):
        source = folder / f"headers{number}.cc"
        source.write_text("".join(f"#include <pratique/{name}.h>\n" for name in headers) +
                          "int main() { return 0; }\n")
        run(compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
            f"-I{only(prefix, 'pratique/pratique.h').parent.parent}", source)


def by_c(source, prefix, folder):
    """The program of docs/c.md, built as it says there, in the strictest of modes."""
    text = re.search(r"```c\n(.*?)```", (source / "docs/c.md").read_text(), re.DOTALL).group(1)
    (folder / "main.c").write_text(text)
    flags = run("pkg-config", "--cflags", "--libs", "pratique", env={
        **os.environ, "PKG_CONFIG_PATH": str(only(prefix, "pratique.pc").parent)})
    run("cc", "-std=c99", "-Wall", "-Werror", "-pedantic", folder / "main.c", "-o", folder / "main",
        *shlex.split(flags))
    library = only(prefix, "libpratique.so.*")
    environment = {**os.environ, "LD_LIBRARY_PATH": str(library.parent)}
    assert run(folder / "main", folder / "one.npy", env=environment) == "1 tensors, format npy\n"
    run(folder / "main", folder / "evil.pkl", env=environment, expect=1)


def exports_nothing_else(prefix):
    symbols = run("nm", "-DC", "--defined-only", only(prefix, "libpratique.so.*"))
    # Those of C are in tests/c.
    foreign = [line for line in symbols.splitlines()
               if not re.search(r"pratique::v1::| pratique_\w+@@| PRATIQUE\w*(@@|$)", line)]
    assert not foreign, foreign[:5]


def described(prefix):
    """Manual pages and completions are where man and the shells look, and as the program is now."""
    installed = prefix / "bin/pratique"
    for page, words in (("pratique.1", ()), ("pratique-sandbox-check.1", ("sandbox", "check"))):
        text = (prefix / "share/man/man1" / page).read_text(encoding="utf-8")
        assert text == run(installed, "man", *words), page
    for shell, path in (("bash", "bash-completion/completions/pratique"),
                        ("zsh", "zsh/site-functions/_pratique"),
                        ("fish", "fish/vendor_completions.d/pratique.fish")):
        text = (prefix / "share" / path).read_text(encoding="utf-8")
        assert text == run(installed, "completion", shell), path


def staged(cmake, build, folder):
    """DESTDIR is where files go, and no part of any path in them."""
    run(cmake, "--install", build, "--prefix", "/opt/elsewhere",
        env={**os.environ, "DESTDIR": str(folder / "stage")})
    program = only(folder / "stage", "bin/pratique")
    worker = "/opt/elsewhere/libexec/pratique/pratique-worker"
    assert program == folder / "stage/opt/elsewhere/bin/pratique", program
    assert (folder / f"stage{worker}").is_file()
    content = program.read_bytes()
    assert worker.encode() + b"\n" in content
    assert str(folder).encode() not in content
    assert not list((folder / "stage").rglob("*.worker-path"))


def main():
    cmake, build, source, compiler = sys.argv[1], *map(pathlib.Path, sys.argv[2:4]), sys.argv[4]
    with tempfile.TemporaryDirectory(prefix="pratique-install-") as name:
        folder = pathlib.Path(name).resolve()
        prefix = folder / "prefix"
        run(cmake, "--install", build, "--prefix", prefix)
        installed = prefix / "bin/pratique"
        content, _ = npy([1.0])
        (folder / "one.npy").write_bytes(content)
        run(installed, "scan", folder / "one.npy")
        run(installed, "load", folder / "one.npy", "--to", folder / "one.safetensors")
        by_cmake(cmake, source, compiler, prefix, folder)
        by_pkg_config(source, compiler, prefix, folder)
        by_c(source, prefix, folder)
        by_header_alone(compiler, prefix, folder)
        exports_nothing_else(prefix)
        described(prefix)
        # The installed copy has a worker of its own, and no other.
        worker = only(prefix, "pratique-worker")
        worker.rename(folder / "moved")
        run(installed, "scan", folder / "one.npy", expect=2)
        staged(cmake, build, folder)
    print("installed, found by CMake and by pkg-config, and run")
    return 0


if __name__ == "__main__":
    exit_with(main)
