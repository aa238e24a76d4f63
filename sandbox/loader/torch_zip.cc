#include "sandbox/loader/torch_zip.h"

#include <algorithm>
#include <charconv>

#include "sandbox/loader/pickle/load_pickle.h"

namespace pratique::loader {
namespace {

constexpr std::int64_t kHighestVersion = 10;

bool is_plain_key(std::string_view key) {
    return !key.empty() && key != "." && key != ".." &&
           key.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
}

/// Storages that are members of the archive: <folder><key>.
class ZipStorages final : public Storages {
public:
    ZipStorages(Load& load, ZipMembers& members, std::string folder, bool swap)
        : load_(load),
          members_(members),
          folder_(std::move(folder)),
          swap_(swap),
          placed_(members.entries().size()) {}

    Result<StoragePlace> place(const Storage& storage, std::uint64_t bytes,
                               std::uint64_t unit) override {
        if (!is_plain_key(storage.key)) return Error{Errc::bad_name, storage.at};
        const zip::Entry* entry = members_.find(folder_ + storage.key);
        if (entry == nullptr) return Error{Errc::missing_record, storage.at};
        Placed& placed = placed_[members_.index(*entry)];
        // Swapped for numbers of one size, it cannot serve those of another.
        if (placed.place && swap_ && placed.unit != unit) {
            return Error{Errc::unsupported, storage.at};
        }
        if (entry->size != bytes) return Error{Errc::size_mismatch, storage.at};
        if (placed.place) return *placed.place;
        const Bytes content = TRY(members_.bytes(*entry));
        Tensor at;
        TRY(swap_ ? load_.put_swapped(at, content, unit) : load_.put(at, content));
        placed = {StoragePlace{at.source, at.offset}, unit};
        return *placed.place;
    }

private:
    struct Placed {
        std::optional<StoragePlace> place;
        std::uint64_t unit = 0;
    };

    Load& load_;
    ZipMembers& members_;
    std::string folder_;
    bool swap_;
    std::vector<Placed> placed_;  ///< by the index of the member
};

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
    return text;
}

class TorchZip {
public:
    TorchZip(Load& load, ZipMembers& members)
        : load_(load), members_(members), metadata_(load.tree()) {
        const std::string_view first = members.entries().front().name;
        root_ = std::string(first.substr(0, first.find('/') + 1));
    }

    Status run() {
        const bool script = members_.find(root_ + "constants.pkl") != nullptr;
        load_.out().format += script ? "torchscript" : "torch-zip";
        TRY(read_version());
        const bool swap = TRY(read_byteorder());
        TRY(note(".format_version"));
        TRY(note(".storage_alignment"));
        TRY(note(".data/serialization_id"));
        TRY(load_pickle("data.pkl", "data/", swap, {}));
        if (script) TRY(load_pickle("constants.pkl", "constants/", swap, {{"constants", false}}));
        load_.out().metadata = metadata_.take();
        load_.at("");
        return {};
    }

private:
    /// The text of a small member; empty if there is none.
    Result<std::string_view> record(std::string_view name) {
        constexpr std::uint64_t kLongest = 4 * kKiB;
        load_.at(root_ + std::string(name));
        const zip::Entry* entry = members_.find(root_ + std::string(name));
        if (entry == nullptr) return std::string_view();
        if (entry->size > kLongest) return Error{Errc::bad_header, 0};
        return trimmed(text(TRY(members_.bytes(*entry))));
    }

    Status note(std::string_view name) {
        const std::string_view text = TRY(record(name));
        if (!text.empty()) metadata_.text(name.substr(name.rfind('/') + 1), text);
        return {};
    }

    Status read_version() {
        std::string_view text = TRY(record("version"));
        if (text.empty()) text = TRY(record(".data/version"));
        if (text.empty()) return {};
        std::int64_t version = 0;
        const auto read = std::from_chars(text.begin(), text.end(), version);
        if (read.ec != std::errc{} || read.ptr != text.end()) return Error{Errc::bad_number, 0};
        if (version < 1 || version > kHighestVersion) return Error{Errc::unsupported, 0};
        metadata_.integer("version", version);
        return {};
    }

    Result<bool> read_byteorder() {
        const std::string_view text = TRY(record("byteorder"));
        if (text != "" && text != "little" && text != "big") return Error{Errc::bad_header, 0};
        if (!text.empty()) metadata_.text("byteorder", text);
        return text == "big";
    }

    Status load_pickle(std::string_view name, std::string_view folder, bool swap,
                       std::vector<Step> prefix) {
        load_.at(root_ + std::string(name));
        const zip::Entry* entry = members_.find(root_ + std::string(name));
        if (entry == nullptr) return Error{Errc::missing_record, 0};
        const Bytes stream = TRY(members_.bytes(*entry));
        pickle::Program program = TRY(run_for_values(load_, stream, 0, false));
        if (program.end != stream.size()) return Error{Errc::trailing_bytes, program.end};
        ZipStorages storages(load_, members_, root_ + std::string(folder), swap);
        Values values(load_, std::move(program), &storages, 0);
        TRY(values.check_storages());
        return add_values(load_, values, std::move(prefix));
    }

    Load& load_;
    ZipMembers& members_;
    DictBuilder metadata_;
    std::string root_;
};

}  // namespace

bool is_torch_zip(const ZipMembers& members) {
    if (members.entries().empty()) return false;
    const std::string_view first = members.entries().front().name;
    const std::string root(first.substr(0, first.find('/') + 1));
    return members.find(root + "data.pkl") != nullptr;
}

Status load_torch_zip(Load& load, ZipMembers& members) { return TorchZip(load, members).run(); }

}  // namespace pratique::loader
