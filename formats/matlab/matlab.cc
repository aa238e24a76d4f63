#include "formats/matlab/matlab.h"

#include <algorithm>

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::matlab {
namespace {

constexpr std::uint64_t kHeader = 128;
constexpr std::uint32_t kMatrix = 14;
constexpr std::uint32_t kPacked = 15;
constexpr std::uint32_t kLastType = 18;
constexpr std::uint32_t kFlags = 6;  // a u32 array, the first in each matrix

constexpr std::uint32_t kObject = 3;
constexpr std::uint32_t kFunction = 16;
constexpr std::uint32_t kOpaque = 17;

Result<std::uint32_t> u32(Reader& in, std::endian order) {
    return order == std::endian::little ? in.le<std::uint32_t>() : in.be<std::uint32_t>();
}

struct Element {
    std::uint32_t type = 0;
    Reader content;
};

Result<Element> read_element(Reader& in, std::endian order) {
    const std::uint64_t at = in.offset();
    std::uint32_t type = TRY(u32(in, order));
    const bool is_small = type >> 16 != 0;
    std::uint64_t size = is_small ? type >> 16 : TRY(u32(in, order));
    type &= 0xffff;
    if (type == 0 || type > kLastType || (is_small && size > 4)) return Error{Errc::bad_header, at};
    Element out{type, TRY(in.sub(size))};
    // The last one of a file may lack its padding.
    const std::uint64_t padding = type == kPacked ? 0 : is_small ? 4 - size : (8 - size % 8) % 8;
    TRY(in.skip(std::min<std::uint64_t>(padding, in.left())));
    return out;
}

class Look {
public:
    explicit Look(std::endian order) : order_(order) {}

    Result<Contents> run(Reader element) {
        open_.push_back(element);
        while (!open_.empty()) {
            if (open_.back().at_end()) {
                open_.pop_back();
                continue;
            }
            const Element next = TRY(read_element(open_.back(), order_));
            if (next.type == kMatrix) TRY(matrix(next.content));
        }
        return found_;
    }

private:
    Status matrix(Reader content) {
        const std::uint64_t at = content.offset();
        if (content.at_end()) return {};  // an empty cell
        if (open_.size() >= kMostDepth) return Error{Errc::limit_depth, at};
        Element flags = TRY(read_element(content, order_));
        if (flags.type != kFlags) return Error{Errc::bad_header, at};
        const std::uint32_t cls = TRY(u32(flags.content, order_)) & 0xff;
        if (cls == 0 || cls > kOpaque) return Error{Errc::bad_header, at};
        if (cls == kFunction && !found_.function) found_.function = at;
        if ((cls == kObject || cls == kOpaque) && !found_.object) found_.object = at;
        open_.push_back(content);
        return {};
    }

    std::endian order_;
    Contents found_;
    std::vector<Reader> open_;
};

std::uint64_t bytes_of_4(std::uint32_t element) {
    constexpr std::uint64_t kBytes[] = {8, 4, 4, 2, 2, 1};
    return element < std::size(kBytes) ? kBytes[element] : 0;
}

/// One matrix of version 4.
Status skip_matrix_4(Reader& in) {
    constexpr std::uint32_t kLargestType = 5052;
    const std::uint64_t at = in.offset();
    Reader ahead = in;
    std::endian order = std::endian::little;
    std::uint32_t type = TRY(ahead.le<std::uint32_t>());
    if (type > kLargestType) {
        order = std::endian::big;
        ahead = in;
        type = TRY(ahead.be<std::uint32_t>());
    }
    const std::uint64_t element = bytes_of_4(type / 10 % 10);
    if (type > kLargestType || element == 0 || type % 10 > 2 || type / 100 % 10 != 0) {
        return Error{Errc::bad_header, at};
    }
    const std::uint64_t rows = TRY(u32(ahead, order));
    const std::uint64_t columns = TRY(u32(ahead, order));
    const std::uint64_t imaginary = TRY(u32(ahead, order));
    const std::uint64_t name = TRY(u32(ahead, order));
    if (rows > INT32_MAX || columns > INT32_MAX) return Error{Errc::negative_length, at};
    if (imaginary > 1 || name < 2) return Error{Errc::bad_header, at};
    const std::string_view spelt = text(TRY(ahead.take(name)));
    if (spelt.find('\0') != name - 1) return Error{Errc::bad_header, at};
    TRY(ahead.skip(TRY(checked_mul(rows * columns, element * (1 + imaginary), at))));
    in = ahead;
    return {};
}

}  // namespace

bool recognise(Bytes bytes) { return starts_with(bytes, "MATLAB 5.0 MAT-file"); }

File read(Bytes bytes) {
    File out;
    const std::string_view mark = text(slice(bytes, kHeader - 2, 2));
    if (mark != "IM" && mark != "MI") {
        out.error = Error{bytes.size() < kHeader ? Errc::truncated : Errc::unsupported, 126};
        return out;
    }
    out.order = mark == "IM" ? std::endian::little : std::endian::big;
    Reader in(from(bytes, kHeader), kHeader);
    while (!in.at_end()) {
        const std::uint64_t at = in.offset();
        auto element = read_element(in, out.order);
        if (!element || out.variables.size() >= kMostVariables) {
            out.error = element ? Error{Errc::limit_members, at} : element.error();
            return out;
        }
        const bool packed = element->type == kPacked;
        const Bytes whole = slice(bytes, at, in.offset() - at);
        out.variables.push_back({packed ? element->content.rest() : whole, at, packed});
    }
    return out;
}

Result<Contents> look_into(Bytes element, std::endian order) {
    return Look(order).run(Reader(element));
}

bool recognise_4(Bytes bytes) {
    Reader in(bytes);
    if (!skip_matrix_4(in)) return false;
    return static_cast<bool>(measure_4(bytes));
}

Result<std::uint64_t> measure_4(Bytes bytes) {
    Reader in(bytes);
    while (!in.at_end()) TRY(skip_matrix_4(in));
    return in.offset();
}

}  // namespace pratique::matlab
