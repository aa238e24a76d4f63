#include "signing/keys/der.h"

#include <algorithm>
#include <array>

namespace pratique::signing::der {
namespace {

Refusal broken(const char* what) { return {Reason::bad_key, "", what}; }

Refusal cut() { return broken("the DER ends too early"); }

/// Definite, and as short as it can be; 64 KiB is more than any key has.
Judged<std::uint64_t> take_length(Reader& in) {
    const auto first = in.u8();
    if (!first) return cut();
    if (*first < 0x80) return std::uint64_t{*first};
    const unsigned count = *first & 0x7fU;
    if (count == 0 || count > 2) return broken("a length that DER does not have");
    std::uint64_t length = 0;
    for (unsigned i = 0; i < count; ++i) {
        const auto next = in.u8();
        if (!next) return cut();
        length = length << 8U | *next;
    }
    if (length < (count == 1 ? 0x80U : 0x100U)) return broken("a length that DER does not have");
    return length;
}

Secret concatenate(std::initializer_list<Bytes> parts) {
    std::size_t size = 0;
    for (const Bytes part : parts) size += part.size();
    Secret out(size);
    auto rest = out.writable();
    for (const Bytes part : parts) {
        std::copy(part.begin(), part.end(), rest.begin());
        rest = rest.subspan(part.size());
    }
    return out;
}

}  // namespace

bool next_is(const Reader& in, Tag tag) {
    return !in.at_end() && in.rest().front() == std::byte{tag};
}

Judged<Bytes> take(Reader& in, Tag tag) {
    if (!next_is(in, tag)) return broken("not the DER of a key");
    if (!in.skip(1)) return cut();
    const std::uint64_t length = TRY(take_length(in));
    const auto content = in.take(length);
    if (!content) return cut();
    return *content;
}

Judged<Reader> enter(Reader& in, Tag tag) { return Reader(TRY(take(in, tag))); }

Judged<std::uint64_t> take_number(Reader& in) {
    const Bytes content = TRY(take(in, kInteger));
    if (content.empty()) return broken("an empty number");
    const auto at = [&](std::size_t i) { return std::to_integer<unsigned>(content[i]); };
    if (at(0) >= 0x80) return broken("a negative number");
    if (content.size() > 1 && at(0) == 0 && at(1) < 0x80) return broken("a number too long");
    if (content.size() > 8) return broken("a number too large");
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < content.size(); ++i) out = out << 8U | at(i);
    return out;
}

Judged<Bytes> take_bits(Reader& in, Tag tag) {
    const Bytes content = TRY(take(in, tag));
    if (content.empty() || content.front() != std::byte{0}) return broken("not whole bytes");
    return from(content, 1);
}

Judged<void> end(const Reader& in) {
    if (!in.at_end()) return broken("bytes are left over in the DER");
    return {};
}

Secret value(Tag tag, std::initializer_list<Bytes> parts) {
    const Secret content = concatenate(parts);
    const std::size_t size = content.size();
    const std::byte low{static_cast<std::uint8_t>(size & 0xffU)};
    const std::byte high{static_cast<std::uint8_t>(size >> 8U & 0xffU)};
    const std::array<std::byte, 4> head{std::byte{tag}, std::byte{0x82}, high, low};
    if (size >= 0x100) return concatenate({head, content.bytes()});
    if (size >= 0x80) {
        return concatenate({std::array{head[0], std::byte{0x81}, low}, content.bytes()});
    }
    return concatenate({std::array{head[0], low}, content.bytes()});
}

Secret number(std::uint64_t value) {
    std::array<std::byte, 9> content{};  // a zero in front, so that it is not negative
    for (std::size_t i = content.size(); i-- > 1; value >>= 8U) {
        content.at(i) = std::byte{static_cast<std::uint8_t>(value & 0xffU)};
    }
    std::size_t start = 0;
    while (start < 8 && content.at(start) == std::byte{0} &&
           std::to_integer<unsigned>(content.at(start + 1)) < 0x80) {
        ++start;
    }
    return der::value(kInteger, {from(content, start)});
}

Secret bits(Bytes content, Tag tag) {
    const std::byte unused{0};
    return value(tag, {Bytes(&unused, 1), content});
}

}  // namespace pratique::signing::der
