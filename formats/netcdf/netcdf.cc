#include "formats/netcdf/netcdf.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::netcdf {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t kDimensions = 10;
constexpr std::uint32_t kVariables = 11;
constexpr std::uint32_t kAttributes = 12;
constexpr std::uint64_t kMostRank = 1024;

/// Of byte, char, short, int, float, double, then of version 5: ubyte, ushort, uint, int64, uint64.
constexpr std::array<std::uint64_t, 12> kElement{0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8};

class Walk {
public:
    explicit Walk(Bytes bytes) : in_(bytes), size_(bytes.size()) {}

    Result<std::uint64_t> run() {
        TRY(in_.skip(3));
        version_ = TRY(in_.u8());
        TRY(number());  // records
        TRY(list(kDimensions, &Walk::dimension));
        TRY(list(kAttributes, &Walk::attribute));
        TRY(list(kVariables, &Walk::variable));
        if (first_ < in_.offset()) return Error{Errc::out_of_bounds, first_};
        return size_;
    }

private:
    Result<std::uint64_t> number() {
        if (version_ == 5) return in_.be<std::uint64_t>();
        return std::uint64_t{TRY(in_.be<std::uint32_t>())};
    }

    // NOLINTNEXTLINE(misc-no-recursion): variables hold attributes, and those nothing
    Status list(std::uint32_t tag, Status (Walk::*entry)()) {
        const std::uint64_t at = in_.offset();
        const auto found = TRY(in_.be<std::uint32_t>());
        const std::uint64_t entries = TRY(number());
        if (found != tag && (found != 0 || entries != 0)) return Error{Errc::bad_header, at};
        for (std::uint64_t i = 0; i < entries; ++i) TRY((this->*entry)());
        return {};
    }

    Status padded(std::uint64_t bytes) {
        TRY(in_.skip(bytes));
        return in_.skip((4 - bytes % 4) % 4);
    }

    Status name() { return padded(TRY(number())); }

    Result<std::uint64_t> element() {
        const std::uint64_t at = in_.offset();
        const auto type = TRY(in_.be<std::uint32_t>());
        if (type == 0 || type >= kElement.size()) return Error{Errc::bad_header, at};
        return kElement[type];
    }

    Status dimension() {
        TRY(name());
        TRY(number());
        return {};
    }

    Status attribute() {
        TRY(name());
        const std::uint64_t bytes = TRY(element());
        return padded(TRY(checked_mul(TRY(number()), bytes, in_.offset())));
    }

    // NOLINTNEXTLINE(misc-no-recursion): see list()
    Status variable() {
        TRY(name());
        const std::uint64_t at = in_.offset();
        const std::uint64_t rank = TRY(number());
        if (rank > kMostRank) return Error{Errc::limit_rank, at};
        TRY(in_.skip(rank * (version_ == 5 ? 8 : 4)));
        TRY(list(kAttributes, &Walk::attribute));
        TRY(element());
        TRY(number());  // its size, which is wrong above 4 GiB
        const std::uint64_t begin =
            version_ == 1 ? TRY(in_.be<std::uint32_t>()) : TRY(in_.be<std::uint64_t>());
        if (begin > size_) return Error{Errc::out_of_bounds, at};
        first_ = std::min(first_, begin);
        return {};
    }

    Reader in_;
    std::uint64_t size_;
    std::uint64_t first_ = UINT64_MAX;  // where data begins
    std::uint8_t version_ = 0;
};

}  // namespace

bool recognise(Bytes bytes) {
    return starts_with(bytes, "CDF\x01"sv) || starts_with(bytes, "CDF\x02"sv) ||
           starts_with(bytes, "CDF\x05"sv);
}

Result<std::uint64_t> measure(Bytes bytes) { return Walk(bytes).run(); }

}  // namespace pratique::netcdf
