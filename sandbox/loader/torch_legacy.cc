#include "sandbox/loader/torch_legacy.h"

#include <algorithm>

#include "base/checked.h"
#include "formats/torch/facts.h"
#include "sandbox/loader/pickle/load_pickle.h"

namespace pratique::loader {

using pickle::Kind;
using pickle::Value;

namespace {

constexpr std::int64_t kVersion = 1001;

/// Storages that lie one behind the other, found by reading the number in front of each.
class LegacyStorages final : public Storages {
public:
    LegacyStorages(Load& load, Bytes stream, bool swap)
        : load_(load), stream_(stream), swap_(swap) {}

    /// Reads the numbers from `begin` on; returns where the last storage ends.
    Result<std::uint64_t> find_all(const std::vector<std::string>& keys,
                                   const std::deque<Storage>& named, std::uint64_t begin) {
        std::unordered_map<std::string, const Storage*> by_key;
        for (const Storage& storage : named) by_key.try_emplace(storage.key, &storage);
        Reader in(from(stream_, begin), begin);
        for (const std::string& key : keys) {
            const std::uint64_t at = in.offset();
            const auto found = by_key.find(key);
            if (found == by_key.end()) return Error{Errc::missing_record, at};
            const auto numel = static_cast<std::int64_t>(TRY(in.le<std::uint64_t>()));
            if (numel < 0) return Error{Errc::negative_length, at};
            const Storage& storage = *found->second;
            if (static_cast<std::uint64_t>(numel) != storage.numel) {
                return Error{Errc::size_mismatch, at};
            }
            const std::uint64_t bytes =
                TRY(checked_mul(storage.numel, Dtype(storage.scalar).bytes, at));
            const std::uint64_t start = in.offset();
            TRY(in.skip(bytes));
            if (!places_.try_emplace(key, Range{start, bytes}).second) {
                return Error{Errc::duplicate_key, at};
            }
        }
        // What the object refers to and nobody brought.
        for (const Storage& storage : named) {
            if (!places_.contains(storage.key)) return Error{Errc::missing_record, storage.at};
        }
        return in.offset();
    }

    Result<StoragePlace> place(const Storage& storage, std::uint64_t bytes,
                               std::uint64_t unit) override {
        const auto found = places_.find(storage.key);
        if (found == places_.end()) return Error{Errc::missing_record, storage.at};
        Range& range = found->second;
        if (range.bytes != bytes) return Error{Errc::size_mismatch, storage.at};
        // Swapped for numbers of one size, it cannot serve those of another.
        if (range.place && swap_ && range.unit != unit) return Error{Errc::unsupported, storage.at};
        if (!range.place) {
            Tensor at;
            const Bytes raw = slice(stream_, range.begin, range.bytes);
            TRY(swap_ ? load_.put_swapped(at, raw, unit) : load_.put(at, raw));
            range.place = StoragePlace{at.source, at.offset};
            range.unit = unit;
        }
        return *range.place;
    }

    /// A class with its source text, which torch only compares and we keep as it is.
    Result<std::optional<Tensor>> other(Graph& graph, Value id, std::uint64_t at) override {
        if (graph.text(graph.program().item(id, 0)) != "module") {
            return Error{Errc::bad_persistent_id, at};
        }
        return std::optional<Tensor>();
    }

private:
    struct Range {
        std::uint64_t begin = 0;
        std::uint64_t bytes = 0;
        std::optional<StoragePlace> place = {};
        std::uint64_t unit = 0;
    };

    Load& load_;
    Bytes stream_;
    bool swap_;
    std::unordered_map<std::string, Range> places_;
};

Result<std::vector<std::string>> keys_of(const Graph& graph) {
    if (graph.root().kind() != Kind::list) return Error{Errc::wrong_type, graph.at(graph.root())};
    std::vector<std::string> out;
    for (const Value item : graph.program().items(graph.root())) {
        auto text = graph.text(item);
        if (const auto number = graph.integer(item)) text = std::to_string(*number);
        if (!text) return Error{Errc::wrong_type, graph.at(item)};
        out.push_back(std::move(*text));
    }
    return out;
}

/// The five pickles and the storages of one stream.
class LegacyFile final : public NestedFile {
public:
    LegacyFile(Load& load, Bytes stream) : load_(load), stream_(stream) {}

    Status read(unsigned depth) {
        const Graph magic = TRY(next());
        if (!torch::is_legacy_magic(magic.program())) return Error{Errc::bad_magic, 0};
        const Graph version = TRY(next());
        if (version.integer(version.root()) != kVersion) {
            return Error{Errc::unsupported, version.program().begin};
        }
        const Graph system = TRY(next());
        storages_.emplace(load_, stream_, TRY(is_big_endian(system)));
        pickle::Program object = TRY(run());
        const Graph keys = TRY(next());
        values_.emplace(load_, std::move(object), &*storages_, depth);
        const auto all = TRY(keys_of(keys));
        TRY(values_->check_storages());
        const std::uint64_t end = TRY(storages_->find_all(all, values_->storages(), at_));
        if (end != stream_.size()) return Error{Errc::trailing_bytes, end};
        return {};
    }

    Values& values() { return *values_; }

private:
    Result<pickle::Program> run() {
        pickle::Program program = TRY(run_for_values(load_, stream_, at_, false));
        at_ = program.end;
        return program;
    }
    Result<Graph> next() { return Graph(TRY(run())); }

    Load& load_;
    Bytes stream_;
    std::uint64_t at_ = 0;
    std::optional<LegacyStorages> storages_;
    std::optional<Values> values_;
};

}  // namespace

Result<bool> is_big_endian(const Graph& graph) {
    for (const auto& [key, value] : graph.contents(graph.root()).pairs) {
        if (graph.text(key) != "little_endian") continue;
        if (const auto little = graph.program().boolean(value)) return !*little;
    }
    return Error{Errc::bad_header, graph.at(graph.root())};
}

Status load_torch_legacy(Load& load, Bytes stream) {
    load.out().format += "torch-legacy";
    LegacyFile file(load, stream);
    TRY(file.read(0));
    DictBuilder metadata(load.tree());
    load.out().metadata = metadata.integer("protocol_version", kVersion).take();
    return add_values(load, file.values());
}

Result<Ref> load_nested_torch(Load& load, Bytes bytes, unsigned depth,
                              std::unique_ptr<NestedFile>& owner) {
    auto file = std::make_unique<LegacyFile>(load, bytes);
    TRY(file->read(depth));
    const Ref root = file->values().root();
    owner = std::move(file);
    return root;
}

}  // namespace pratique::loader
