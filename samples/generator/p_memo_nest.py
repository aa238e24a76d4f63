"""p-memo: what the memo really does.  p-nest: pickles inside pickles."""
from .assemble import *
from .sample import Shelf

memo = Shelf("p-memo")
nest = Shelf("p-nest")
SHELL = text(COMMAND)
CALL = SHELL + TUPLE1 + REDUCE + STOP

memo.add("memoize-after-get", "chain",
         PROTO4 + text("os") + MEMOIZE + POP + text("system") + MEMOIZE + POP + binget(0)
         + MEMOIZE + POP + binget(1) + MEMOIZE + POP + binget(2) + binget(3) + STACK_GLOBAL + CALL,
         "MEMOIZE after BINGET: whoever stores the argument of the opcode before stores a number")
memo.add("memo-count", "sparse",
         PROTO4 + text("collections") + binput(1) + POP + text("os") + MEMOIZE + POP + binget(1)
         + text("system") + STACK_GLOBAL + CALL,
         "MEMOIZE takes the number of filled slots (1), not the highest plus one: slot 1 changes")
memo.add("memo-count", "rewritten",
         PROTO4 + text("collections") + binput(0) + binput(0) + POP + text("os") + MEMOIZE + POP
         + binget(1) + text("system") + STACK_GLOBAL + CALL,
         "filling slot 0 twice counts once")
memo.add("memo-callable", "get", PROTO4 + SYSTEM + MEMOIZE + POP + EMPTY_LIST + POP + binget(0)
         + CALL, "the callable comes out of the memo at the call")
memo.add("memo-callable", "dup", PROTO4 + SYSTEM + DUP + POP + NONE + POP + CALL,
         "DUP and POP between the callable and its call")
memo.add("memo-callable", "second_get", PROTO4 + SYSTEM + binput(5) + binput(6) + POP + binget(6)
         + binput(7) + POP + binget(7) + CALL, "through three memo slots")


def popped(word):
    return call(sg("builtins", "list.pop"), lst(text(word)))


memo.add("operand-from-list", "pop", PROTO4 + popped("os") + popped("system") + STACK_GLOBAL
         + CALL, "both operands are results of list.pop")

INNER = data(evil())
BYTESIO = call(sg("io", "BytesIO"), INNER)


def unpickled(module, name, argument=INNER):
    return PROTO4 + call(sg(module, name), argument) + STOP


nest.add("nested-loads", "pickle", unpickled("pickle", "loads"), "pickle.loads of bytes")
nest.add("nested-loads", "c", unpickled("_pickle", "loads"), "the C module")
nest.add("nested-loads", "python", unpickled("pickle", "_loads"),
         "the pure-Python loads, which hooks on the C one miss")
nest.add("nested-loads", "file", unpickled("pickle", "load", BYTESIO), "pickle.load of a BytesIO")
nest.add("nested-loads", "unpickler", unpickled("pickle", "Unpickler.load",
         call(sg("pickle", "Unpickler"), BYTESIO)), "the method of an Unpickler")
nest.add("nested-loads", "encoded", unpickled("pickle", "loads", call(sg("_codecs", "encode"),
         text(evil_text().decode()), text("latin1"))),
         "the inner pickle is text, encoded on the way")
nest.add("nested-rare", "forking", unpickled("multiprocessing.reduction", "ForkingPickler.loads"),
         "ForkingPickler.loads")
nest.add("nested-rare", "alias", unpickled("multiprocessing.connection", "_ForkingPickler.loads"),
         "the same by an alias in another module")
nest.add("nested-rare", "twice", unpickled("pickle", "loads",
         data(unpickled("pickle", "loads"))), "two levels deep")
nest.add("nested-grammar", "loads",
         PROTO4 + call(sg("lib2to3.pgen2.grammar", "Grammar.loads"),
         call(sg("lib2to3.pgen2.grammar", "Grammar")), data(PROTO4 + payload() + POP + EMPTY_DICT
         + STOP)) + STOP, "a parser class of the standard library that unpickles")
