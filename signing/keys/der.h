// The distinguished encoding of ASN.1, as far as keys need it: each value is a tag, a length and
// the content, and there is one way to write it.
//
//      30 2a              SEQUENCE
//         30 05 06 03 …      SEQUENCE { OBJECT IDENTIFIER }
//         03 21 00 …         BIT STRING
//
// Keys are read here and not by OpenSSL, so that what they ask for (a curve, a cost) is looked at
// before anything is done with it, and nothing is accepted in two spellings. Source: X.690.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "base/reader.h"
#include "signing/keys/secret.h"
#include "signing/refusal.h"

namespace pratique::signing::der {

enum Tag : std::uint8_t {
    kInteger = 0x02,
    kBitString = 0x03,
    kOctetString = 0x04,
    kNull = 0x05,
    kObjectId = 0x06,
    kSequence = 0x30,
    kContext0 = 0xa0,           // [0], holding a value
    kContext1 = 0xa1,           // [1], holding a value
    kContext1Primitive = 0x81,  // [1] in place of the tag of a string
};

/// True if the next value has this tag.
bool next_is(const Reader& in, Tag tag);
/// The content of the next value, which must have this tag. Refusals: bad_key.
Judged<Bytes> take(Reader& in, Tag tag);
/// The same as a Reader.
Judged<Reader> enter(Reader& in, Tag tag);
/// An integer that is not negative and fits. Refusals: bad_key.
Judged<std::uint64_t> take_number(Reader& in);
/// The bytes of a BIT STRING of whole bytes. Refusals: bad_key.
Judged<Bytes> take_bits(Reader& in, Tag tag = kBitString);
/// Refusals: bad_key if something is left.
Judged<void> end(const Reader& in);

/// A value of these parts, one behind the other. Secret, as it may hold a key.
Secret value(Tag tag, std::initializer_list<Bytes> parts);
/// An integer.
Secret number(std::uint64_t value);
/// A BIT STRING of whole bytes.
Secret bits(Bytes content, Tag tag = kBitString);

}  // namespace pratique::signing::der
