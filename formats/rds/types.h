// The first word of an item, taken apart.
#pragma once

#include <cstdint>

namespace pratique::rds {

/// The numbers of types in flags; the rest are vectors and fixed values.
enum Type : std::uint8_t {
    kNil = 0,
    kSymbol = 1,
    kList = 2,
    kClosure = 3,
    kEnvironment = 4,
    kPromise = 5,
    kCall = 6,
    kSpecial = 7,
    kBuiltin = 8,
    kCharacters = 9,
    kLogicals = 10,
    kIntegers = 13,
    kReals = 14,
    kComplexes = 15,
    kStrings = 16,
    kDots = 17,
    kVector = 19,
    kExpressions = 20,
    kByteCode = 21,
    kPointer = 22,
    kWeakReference = 23,
    kRaw = 24,
    kS4 = 25,
    kAlternative = 238,
    kListWithAttributes = 239,
    kCallWithAttributes = 240,
    kBaseEnvironment = 241,
    kEmptyEnvironment = 242,
    kSharedUse = 243,
    kSharedDefinition = 244,
    kPersistent = 247,
    kPackage = 248,
    kNamespace = 249,
    kBaseNamespace = 250,
    kMissing = 251,
    kUnbound = 252,
    kGlobalEnvironment = 253,
    kNilValue = 254,
    kReference = 255,
};

struct Flags {
    std::uint32_t bits = 0;

    std::uint8_t type() const { return bits & 0xff; }
    bool has_attributes() const { return (bits & 0x200) != 0; }
    bool has_tag() const { return (bits & 0x400) != 0; }
    /// Bit 15 of the levels, on a cell of a frame.
    bool active() const { return (bits & (1U << (12 + 15))) != 0; }
};

}  // namespace pratique::rds
