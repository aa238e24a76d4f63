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
