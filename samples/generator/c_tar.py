"""c-torch-legacy: the five pickles in a row.  c-tar: what tar readers disagree about."""
from . import deflate, tarwriter, torchfmt
from .assemble import *
from .sample import Shelf
from .tarwriter import END, header, member

legacy = Shelf("c-torch-legacy", extension="pt", loader="torch")
tar = Shelf("c-tar", extension="tar", loader="none")
RUN = call(glob("os", "system"), binunicode(COMMAND)) + POP
EVIL = PROTO2 + RUN + EMPTY_DICT + STOP

legacy.add("legacy-position", "object", torchfmt.legacy(body=EVIL),
           "payload in the fourth pickle")
legacy.add("legacy-position", "magic", torchfmt.legacy(
    magic=PROTO2 + RUN + integer(torchfmt.MAGIC) + STOP), "in the first, the right number on top")
legacy.add("legacy-position", "protocol", torchfmt.legacy(
    protocol=PROTO2 + RUN + integer(1001) + STOP), "in the second")
legacy.add("legacy-position", "facts", torchfmt.legacy(facts=EVIL), "in the third")
legacy.add("legacy-keys", "keys", torchfmt.legacy(
    keys=PROTO2 + RUN + EMPTY_LIST + STOP), "in the fifth, the list of storage keys")
MAGIC = torchfmt.MAGIC
legacy.add("legacy-magic", "eval", torchfmt.legacy(body=EVIL, magic=PROTO2 + call(
    glob("__builtin__", "eval"), binunicode(hex(MAGIC))) + STOP), "the magic number is computed")
legacy.add("legacy-magic", "decimal", torchfmt.legacy(body=EVIL, magic=long_line(f"{MAGIC}L")
           + STOP), "the magic number as a decimal LONG")
legacy.add("legacy-magic", "hex", torchfmt.legacy(body=EVIL, magic=long_line(f"{MAGIC:#x}L")
           + STOP), "as a hex LONG")
legacy.add("legacy-magic", "decoy", torchfmt.legacy(body=EVIL, magic=PROTO2 + integer(1) + POP
           + integer(MAGIC) + STOP), "another number first")

PICKLE = evil()


def pack(*parts):
    return b"".join(parts) + END


def zipped(technique, variant, content, why, **more):
    tar.add(technique, variant, deflate.gzip(content), why, extension="tar.gz", executes=False,
            **more)


def plain(technique, variant, content, why, **more):
    tar.add(technique, variant, content, why, executes=False, **more)


zipped("tar-pickle", "gz", pack(member(b"model/weights.pkl", PICKLE)), "a pickle in a tar.gz")
plain("tar-pickle", "nemo", pack(member(b"./model_config.yaml", b"name: sample\n"),
      member(b"./model_weights.ckpt", torchfmt.checkpoint(EVIL))), "the layout of NeMo",
      extension="nemo")
zipped("tar-pickle", "no_extension", pack(member(b"weights", evil_text())),
       "no extension, protocol 0")
zipped("tar-pax", "path", pack(tarwriter.pax(path="model.pkl"), member(b"readme.txt", PICKLE)),
       "a PAX header renames the member")
zipped("tar-pax", "path_slip", pack(tarwriter.pax(path="../../escape.txt"),
       member(b"readme.txt", b"sample")), "a PAX path with ..")
zipped("tar-pax", "linkpath", pack(tarwriter.pax(linkpath="/etc/hostname"),
       header(b"link", kind=b"2", link=b"readme.txt")), "a PAX linkpath")
zipped("tar-longname", "gnu", pack(tarwriter.long_name(b"a/" * 60 + b"model.pkl"),
       member(b"a/a/short.txt", PICKLE)), "a GNU long name")
zipped("tar-longname", "gnu_slip", pack(tarwriter.long_name(b"../" * 40 + b"escape.txt"),
       member(b"short.txt", b"sample")), "a GNU long name with ..")
CLEAN = member(b"readme.txt", b"nothing here\n")
plain("tar-concat", "after_end", pack(CLEAN) + pack(member(b"model.pkl", PICKLE)),
      "a second archive after the end blocks", expected="suspicious")
plain("tar-concat", "no_end", CLEAN + pack(member(b"model.pkl", PICKLE)),
      "a second archive without end blocks between")
plain("tar-size-lie", "huge", pack(header(b"big.bin", 0o77777777777), b"abc"),
      "a size past the end", expected="malformed")
plain("tar-size-lie", "negative", pack(header(b"big.bin", b"\xff" * 12)),
      "a negative size in base 256", expected="malformed")
plain("tar-size-lie", "link_with_size", pack(
      header(b"link", 512, kind=b"2", link=b"readme.txt"), member(b"model.pkl", PICKLE)),
      "a link that has a size: readers look for the next header in different places",
      expected="suspicious")
plain("tar-header", "bad_sum", pack(header(b"model.pkl", len(PICKLE), checksum=1),
      tarwriter.padded(PICKLE)), "a wrong header checksum", expected="malformed")
plain("tar-header", "prefix_slip", pack(member(b"escape.txt", b"sample", prefix=b"../..")),
      "a ustar prefix with ..")
plain("tar-header", "v7", pack(member(b"model.pkl", PICKLE, magic=b"")),
      "a header of 1979, without magic")

HOSTNAME = b"/etc/hostname"
plain("tar-link", "absolute", pack(header(b"link", kind=b"2", link=HOSTNAME)), "a link elsewhere")
plain("tar-link", "climbs", pack(header(b"a/link", kind=b"2", link=b"../../x")),
      "a link that climbs")
plain("tar-link", "hard_absolute", pack(header(b"link", kind=b"1", link=HOSTNAME)),
      "a hard link elsewhere")
plain("tar-link", "hard_climbs", pack(header(b"a/link", kind=b"1", link=b"a/../../x")),
      "a hard link that climbs: its target counts from the root")
plain("tar-link", "through", pack(header(b"a", kind=b"2", link=b"b/c"),
      member(b"./a//x.txt", b"sample")), "a file behind a link")
plain("tar-link", "chain", pack(header(b"b", kind=b"5"), header(b"b/here", kind=b"2", link=b"."),
      header(b"b/here/up", kind=b"2", link=b"..")), "links that lead out only together")
plain("tar-special", "device", pack(header(b"disk", kind=b"4")), "a block device")
plain("tar-special", "pipe", pack(header(b"pipe", kind=b"6")), "a pipe")


def cpio(*members):
    """The new ASCII form: (name, mode, content)."""
    out = b""
    for name, mode, content in (*members, (b"TRAILER!!!", 0, b"")):
        fields = [1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0]
        out += b"070701" + b"".join(b"%08X" % field for field in fields) + name + b"\0"
        out += bytes(-len(out) % 4) + content
        out += bytes(-len(out) % 4)
    return out


FILE, LINK, DEVICE = 0o100644, 0o120777, 0o020600


def foreign(technique, variant, content, why, extension, **more):
    tar.add(technique, variant, content, why, executes=False, extension=extension, **more)


foreign("cpio", "pickle", cpio((b"model.pkl", FILE, PICKLE)), "a pickle in a cpio", "cpio")
foreign("cpio", "slip", cpio((b"../../x", FILE, b"sample")), "a name that climbs", "cpio")
foreign("cpio", "link", cpio((b"a", LINK, b"b"), (b"a/x", FILE, b"sample")),
        "a file behind a link", "cpio")
foreign("cpio", "device", cpio((b"disk", DEVICE, b"")), "a device", "cpio")


def ar(*members):
    return b"!<arch>\n" + b"".join(
        name.ljust(16) + b"0".ljust(12) + b"0".ljust(6) * 2 + b"100644".ljust(8)
        + b"%d" % len(content) + b" " * (10 - len(b"%d" % len(content))) + b"`\n" + content
        + b"\n" * (len(content) % 2) for name, content in members)


foreign("ar", "deb", ar((b"debian-binary", b"2.0\n"), (b"data.tar.gz",
        deflate.gzip(pack(member(b"model.pkl", PICKLE))))), "the layout of a Debian package", "deb")
foreign("gz-members", "second", deflate.gzip(b"nothing here\n") + deflate.gzip(PICKLE),
        "a pickle in the second member", "gz")
benign = Shelf("benign", extension="tar", loader="none")
benign.add("archives", "links_inside", pack(header(b"a", kind=b"5"), member(b"a/x", b"sample"),
           header(b"b", kind=b"2", link=b"a/x"), header(b"a/y", kind=b"1", link=b"a/x")),
           "links between members", expected="benign")
benign.add("archives", "cpio", cpio((b"readme.txt", FILE, b"nothing here\n")), "a text in a cpio",
           expected="benign", extension="cpio")
