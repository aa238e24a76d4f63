#include "formats/flatbuffers/table.h"

#include "base/checked.h"

namespace pratique::flatbuffers {
namespace {

constexpr std::uint64_t kOffset = 4;

Result<std::uint32_t> u32_at(Bytes file, std::uint64_t at) {
    if (!fits(at, kOffset, file.size())) return Error{Errc::out_of_bounds, at};
    return Reader(from(file, at), at).le<std::uint32_t>();
}

/// Where the offset that stands at `at` leads: forward, to an aligned place in the file.
Result<std::uint64_t> follow(Bytes file, std::uint64_t at) {
    const std::uint64_t target = at + TRY(u32_at(file, at));
    if (target == at || target % kOffset != 0) return Error{Errc::bad_offset, at};
    if (!fits(target, kOffset, file.size())) return Error{Errc::out_of_bounds, at};
    return target;
}

Result<std::string_view> read_text(Bytes file, std::uint64_t at) {
    const std::uint32_t length = TRY(u32_at(file, at));
    if (!fits(at + kOffset, length, file.size())) return Error{Errc::out_of_bounds, at};
    return text(file.subspan(at + kOffset, length));
}

}  // namespace

Result<Table> Table::root(Bytes bytes) {
    const std::uint64_t at = TRY(follow(bytes, 0));
    return open(bytes, std::make_shared<std::uint64_t>(0), at);
}

Result<Table> Table::open(Bytes file, const std::shared_ptr<std::uint64_t>& visits,
                          std::uint64_t at) {
    if (++*visits > kMostVisits) return Error{Errc::limit_nodes, at};
    Table out(file, visits);
    out.at_ = at;
    const auto back = static_cast<std::int32_t>(TRY(u32_at(file, at)));
    const std::int64_t vtable = static_cast<std::int64_t>(at) - back;
    if (vtable < 0 || !fits(static_cast<std::uint64_t>(vtable), kOffset, file.size())) {
        return Error{Errc::out_of_bounds, at};
    }
    out.vtable_ = static_cast<std::uint64_t>(vtable);
    const std::uint32_t sizes = TRY(u32_at(file, out.vtable_));
    const std::uint32_t table_bytes = sizes >> 16;
    out.vtable_bytes_ = sizes & 0xffff;
    const bool sound = out.vtable_ % 2 == 0 && out.vtable_bytes_ >= kOffset &&
                       out.vtable_bytes_ % 2 == 0 && table_bytes >= kOffset;
    if (!sound) return Error{Errc::bad_header, out.vtable_};
    if (!fits(out.vtable_, out.vtable_bytes_, file.size())) {
        return Error{Errc::out_of_bounds, out.vtable_};
    }
    if (!fits(at, table_bytes, file.size())) return Error{Errc::out_of_bounds, at};
    return out;
}

Result<std::uint64_t> Table::find(std::uint32_t field, std::uint64_t width) const {
    const std::uint64_t entry = kOffset + 2 * std::uint64_t{field};
    if (entry + 2 > vtable_bytes_) return std::uint64_t{0};
    Reader in(from(file_, vtable_ + entry), vtable_ + entry);
    const std::uint16_t place = TRY(in.le<std::uint16_t>());
    if (place == 0) return std::uint64_t{0};
    if (place < kOffset) return Error{Errc::bad_header, vtable_ + entry};
    if (!fits(at_ + place, width, file_.size())) return Error{Errc::out_of_bounds, at_ + place};
    if ((at_ + place) % width != 0) return Error{Errc::bad_offset, at_ + place};
    return at_ + place;
}

Result<std::optional<Table>> Table::table(std::uint32_t field) const {
    const std::uint64_t place = TRY(find(field, kOffset));
    if (place == 0) return std::optional<Table>{};
    const std::uint64_t target = TRY(follow(file_, place));
    return std::optional{TRY(open(file_, visits_, target))};
}

Result<std::string_view> Table::text(std::uint32_t field) const {
    const std::uint64_t place = TRY(find(field, kOffset));
    if (place == 0) return std::string_view{};
    return read_text(file_, TRY(follow(file_, place)));
}

Result<std::optional<Vector>> Table::vector(std::uint32_t field, std::uint32_t width) const {
    const std::uint64_t place = TRY(find(field, kOffset));
    if (place == 0) return std::optional<Vector>{};
    const std::uint64_t target = TRY(follow(file_, place));
    const std::uint32_t count = TRY(u32_at(file_, target));
    if (!fits(target + kOffset, std::uint64_t{count} * width, file_.size())) {
        return Error{Errc::out_of_bounds, target};
    }
    return std::optional{Vector(file_, visits_, target + kOffset, count, width)};
}

Bytes Vector::bytes() const { return file_.subspan(at_, std::size_t{count_} * width_); }

Result<Table> Vector::table(std::uint32_t index) const {
    const std::uint64_t target = TRY(follow(file_, at_ + kOffset * index));
    return Table::open(file_, visits_, target);
}

Result<std::string_view> Vector::text(std::uint32_t index) const {
    if (++*visits_ > kMostVisits) return Error{Errc::limit_nodes, at_};
    return read_text(file_, TRY(follow(file_, at_ + kOffset * index)));
}

}  // namespace pratique::flatbuffers
