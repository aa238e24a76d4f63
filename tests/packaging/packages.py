#!/usr/bin/env python3
"""Packs a build into the .deb packages, twice, and looks at them: fields, files and their modes,
what the programs inside need and how they are hardened, and that they say nothing of this machine.

    packages.py CPACK BUILD SOURCE        exit 0 if all holds, 1 if not, 77 if Debian's tools lack
"""
import gzip
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from running import exit_with, run

WORKER = "usr/libexec/pratique/pratique-worker"
EPOCH = 1700000000
NEEDED = {"ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libcrypto.so.3",
          "libgcc_s.so.1", "libm.so.6", "libsodium.so.23", "libstdc++.so.6"}


def pack(cpack, build, folder, umask, zone):
    """The packages of a build by name, packed with little effort."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "TZ": zone}
    run(cpack, "--config", build / "CPackConfig.cmake", "-B", folder,
        "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip", cwd=build, env=environment, umask=umask)
    packages = {path.name.split("_")[0]: path for path in folder.glob("*.deb")}
    assert sorted(packages) == ["pratique", "pratique-dev"], packages
    return packages


def sums(package):
    """Of what is inside: the modes of cpack's own files are in the frame, and script/package's."""
    return [hashlib.sha256(subprocess.run(["dpkg-deb", option, package], check=True, timeout=60,
                                          capture_output=True).stdout).hexdigest()
            for option in ("--ctrl-tarfile", "--fsys-tarfile")]


def has_fields(packages, version):
    for name, path in packages.items():
        fields = dict(line.split(": ", 1) for line in run("dpkg-deb", "--field", path).splitlines()
                      if re.match(r"[A-Z][\w-]*: ", line))
        assert fields["Package"] == name, fields
        assert fields["Version"] == f"{version}-1", fields
        assert fields["Section"] == {"pratique": "utils", "pratique-dev": "libdevel"}[name], fields
        assert re.fullmatch(r"[^<>]+ <\S+@\S+>", fields["Maintainer"]), fields
        depends = re.split(r"\s*,\s*", fields.get("Depends", ""))
        if name == "pratique":
            wanted = [r"libc6 \(>= .*\)", r"libssl3(t64)? \(>= .*\)", r"libsodium23 \(>= .*\)",
                      r"libstdc\+\+6 \(>= .*\)", r"libgcc-s1 \(>= .*\)"]
            assert all(any(re.fullmatch(one, has) for has in depends) for one in wanted), depends
            assert len(depends) == len(wanted), depends
        else:
            assert depends == [f"pratique (= {version}-1)"], depends
    shlibs = run("dpkg-deb", "--info", packages["pratique"], "shlibs").split()
    assert shlibs[:3] == ["libpratique", version.split(".")[0], "pratique"], shlibs


def has_files(packages):
    """What lies where, whose it is, and what it is allowed."""
    seen = {}
    utc = {**os.environ, "TZ": "UTC"}
    for name, path in packages.items():
        # mode owner/group size date time ./path
        for line in run("dpkg-deb", "--contents", path, env=utc).splitlines():
            mode, owner, _, day, _, file = line.split(None, 5)
            is_program = re.fullmatch(rf"\./(usr/bin/pratique|{WORKER})", file)
            wanted = {"d": "drwxr-xr-x", "l": "lrwxrwxrwx"}.get(
                mode[0], "-rwxr-xr-x" if is_program else "-rw-r--r--")
            assert mode == wanted and owner == "root/root" and day == "2023-11-14", line
            assert mode[0] == "d" or file not in seen, f"{file} is in both packages"
            seen[file] = name
    for file, name in {
            "usr/bin/pratique": "pratique", WORKER: "pratique",
            "usr/share/man/man1/pratique.1.gz": "pratique",
            "usr/share/bash-completion/completions/pratique": "pratique",
            "usr/share/doc/pratique/copyright": "pratique",
            "usr/share/doc/pratique-dev/copyright": "pratique-dev",
            "usr/include/pratique.h": "pratique-dev",
            "usr/include/pratique/pratique.h": "pratique-dev"}.items():
        assert seen.get(f"./{file}") == name, file
    for pattern, name in ((r"/libpratique\.so -> ", "pratique-dev"),
                          (r"/libpratique\.so\.0 -> ", "pratique"),
                          (r"/pkgconfig/pratique\.pc$", "pratique-dev"),
                          (r"/cmake/pratique/pratiqueConfig\.cmake$", "pratique-dev")):
        assert [seen[file] for file in seen if re.search(pattern, file)] == [name], pattern


def is_documented(root, name, version):
    doc = root / "usr/share/doc" / name
    changes = gzip.decompress((doc / "changelog.Debian.gz").read_bytes()).decode()
    assert changes.startswith(f"pratique ({version}-1) "), changes
    assert "Tue, 14 Nov 2023 22:13:20 +0000" in changes, changes
    assert b"# Changelog" in gzip.decompress((doc / "changelog.gz").read_bytes())
    for path in root.rglob("*.gz"):  # RFC 1952: no name (FLG), no time
        head = path.read_bytes()[:8]
        assert head[3] == 0 and head[4:8] == bytes(4), path


def is_hardened(path):
    """Position-independent, nothing writable that is executable, all bound before it starts. No
    mark of control-flow enforcement is asked for: Debian's own start files have none."""
    headers = run("readelf", "-hlW", path)
    dynamic = run("readelf", "-dW", path)
    for pattern in (r"DYN \(", r"GNU_STACK .* RW +0x", r"GNU_RELRO"):
        assert re.search(pattern, headers), f"{path}: no {pattern}\n{headers}"
    assert "NOW" in dynamic, f"{path}: bound late"
    assert not re.search(r"RPATH|RUNPATH|TEXTREL", dynamic), dynamic
    assert not re.search(r"\.symtab|\.debug", run("readelf", "-SW", path)), f"{path}: not stripped"
    assert "Build ID" in run("readelf", "-nW", path), f"{path}: no build id"
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    if path.name == "pratique-worker":
        assert not needed and "INTERP" not in headers, f"{path}: has a dynamic loader"
        return
    assert needed <= NEEDED, f"{path}: {needed}"
    symbols = run("nm", "-D", "--undefined-only", path)
    for pattern in (r" __stack_chk_fail@", r" __\w+_chk@"):
        assert re.search(pattern, symbols), f"{path}: no {pattern}"


def says_nothing(root, secrets):
    """No path of the folders where it was built and packed is in any file."""
    for path in root.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            content = gzip.decompress(content) if path.suffix == ".gz" else content
            for secret in secrets:
                assert os.fsencode(secret) not in content, f"{secret} in {path}"


def main():
    if not all(map(shutil.which, ("dpkg-deb", "dpkg-shlibdeps", "file"))):
        print("without dpkg-dev and file: not tested")
        return 77
    cpack, build, source = sys.argv[1], *map(pathlib.Path, sys.argv[2:4])
    with tempfile.TemporaryDirectory(prefix="pratique-packages-") as name:
        folder = pathlib.Path(name).resolve()
        one, other = folder / "one", folder / "two/of them"
        packages = pack(cpack, build, one, 0o022, "UTC")
        again = pack(cpack, build, other, 0o077, "Asia/Kathmandu")
        for package, path in packages.items():
            assert sums(path) == sums(again[package]), f"{package}: packed twice, and different"
        version = run(build / "pratique", "--version").split()[-1]
        has_fields(packages, version)
        has_files(packages)
        for package, path in packages.items():
            root = folder / "root" / package
            root.parent.mkdir(exist_ok=True)
            run("dpkg-deb", "--extract", path, root)
            is_documented(root, package, version)
            says_nothing(root, (build, source, folder))
        root = folder / "root/pratique"
        library = [path for path in root.rglob("libpratique.so.*") if not path.is_symlink()]
        for path in (root / "usr/bin/pratique", root / WORKER, *library):
            is_hardened(path)
        for path in (root / "usr/bin/pratique", *library):
            assert f"/{WORKER}\n".encode() in path.read_bytes(), path
    print("packed, the same twice, and as Debian wants it")
    return 0


if __name__ == "__main__":
    exit_with(main)
