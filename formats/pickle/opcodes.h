// The 68 opcodes of pickle protocols 0 to 5: a table and nothing else. The decoder, the machine,
// the listing and the tests all read this one table; tests compare it with pickletools.
//
//   one instruction:   opcode (1 byte)  argument (by ArgKind)
//
// Source: CPython 3.11, Modules/_pickle.c and Lib/pickletools.py.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pratique::pickle {

/// How the bytes behind an opcode are read.
enum class ArgKind : std::uint8_t {
    none,
    u1,          // one byte
    u2,          // two, little-endian
    i4,          // four, little-endian, signed
    u4,          // four, little-endian
    u8,          // eight, little-endian
    f8,          // eight, big-endian IEEE 754
    line,        // text up to '\n'
    two_lines,   // text up to '\n', twice
    counted_u1,  // u1 length, bytes
    counted_u4,  // u4 length, bytes
    counted_u8,  // u8 length, bytes
    counted_i4,  // i4 length, bytes; a negative length is refused
};

// name, byte, argument, first protocol
#define PRATIQUE_OPCODES(X)                    \
    X(mark, '(', none, 0)                      \
    X(stop, '.', none, 0)                      \
    X(pop, '0', none, 0)                       \
    X(pop_mark, '1', none, 1)                  \
    X(dup, '2', none, 0)                       \
    X(real, 'F', line, 0)                      \
    X(integer, 'I', line, 0)                   \
    X(binint, 'J', i4, 1)                      \
    X(binint1, 'K', u1, 1)                     \
    X(long_, 'L', line, 0)                     \
    X(binint2, 'M', u2, 1)                     \
    X(none, 'N', none, 0)                      \
    X(persid, 'P', line, 0)                    \
    X(binpersid, 'Q', none, 1)                 \
    X(reduce, 'R', none, 0)                    \
    X(string, 'S', line, 0)                    \
    X(binstring, 'T', counted_i4, 1)           \
    X(short_binstring, 'U', counted_u1, 1)     \
    X(unicode, 'V', line, 0)                   \
    X(binunicode, 'X', counted_u4, 1)          \
    X(append, 'a', none, 0)                    \
    X(build, 'b', none, 0)                     \
    X(global, 'c', two_lines, 0)               \
    X(dict, 'd', none, 0)                      \
    X(empty_dict, '}', none, 1)                \
    X(appends, 'e', none, 1)                   \
    X(get, 'g', line, 0)                       \
    X(binget, 'h', u1, 1)                      \
    X(inst, 'i', two_lines, 0)                 \
    X(long_binget, 'j', u4, 1)                 \
    X(list, 'l', none, 0)                      \
    X(empty_list, ']', none, 1)                \
    X(obj, 'o', none, 1)                       \
    X(put, 'p', line, 0)                       \
    X(binput, 'q', u1, 1)                      \
    X(long_binput, 'r', u4, 1)                 \
    X(setitem, 's', none, 0)                   \
    X(tuple, 't', none, 0)                     \
    X(empty_tuple, ')', none, 1)               \
    X(setitems, 'u', none, 1)                  \
    X(binfloat, 'G', f8, 1)                    \
    X(proto, '\x80', u1, 2)                    \
    X(newobj, '\x81', none, 2)                 \
    X(ext1, '\x82', u1, 2)                     \
    X(ext2, '\x83', u2, 2)                     \
    X(ext4, '\x84', i4, 2)                     \
    X(tuple1, '\x85', none, 2)                 \
    X(tuple2, '\x86', none, 2)                 \
    X(tuple3, '\x87', none, 2)                 \
    X(newtrue, '\x88', none, 2)                \
    X(newfalse, '\x89', none, 2)               \
    X(long1, '\x8a', counted_u1, 2)            \
    X(long4, '\x8b', counted_i4, 2)            \
    X(binbytes, 'B', counted_u4, 3)            \
    X(short_binbytes, 'C', counted_u1, 3)      \
    X(short_binunicode, '\x8c', counted_u1, 4) \
    X(binunicode8, '\x8d', counted_u8, 4)      \
    X(binbytes8, '\x8e', counted_u8, 4)        \
    X(empty_set, '\x8f', none, 4)              \
    X(additems, '\x90', none, 4)               \
    X(frozenset, '\x91', none, 4)              \
    X(newobj_ex, '\x92', none, 4)              \
    X(stack_global, '\x93', none, 4)           \
    X(memoize, '\x94', none, 4)                \
    X(frame, '\x95', u8, 4)                    \
    X(bytearray8, '\x96', counted_u8, 5)       \
    X(next_buffer, '\x97', none, 5)            \
    X(readonly_buffer, '\x98', none, 5)

/// Each enumerator's value is the opcode's byte.
enum class Op : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, byte, arg, proto) name = static_cast<std::uint8_t>(byte),
    PRATIQUE_OPCODES(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};

struct OpcodeInfo {
    bool known = false;
    ArgKind arg = ArgKind::none;
    std::uint8_t protocol = 0;
    std::string_view name;  // as an enumerator: "binunicode"
};

/// Indexed by the byte; rows of bytes that are no opcode have `known` false.
inline constexpr std::array<OpcodeInfo, 256> kOpcodes = [] {
    std::array<OpcodeInfo, 256> table{};
#define PRATIQUE_ROW(name, byte, arg, proto) \
    table[static_cast<std::uint8_t>(byte)] = {true, ArgKind::arg, proto, #name};
    PRATIQUE_OPCODES(PRATIQUE_ROW)
#undef PRATIQUE_ROW
    return table;
}();

inline constexpr std::uint8_t kHighestProtocol = 5;

}  // namespace pratique::pickle
