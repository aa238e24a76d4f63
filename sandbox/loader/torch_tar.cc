#include "sandbox/loader/torch_tar.h"

#include <algorithm>

#include "base/checked.h"
#include "sandbox/loader/pickle/load_pickle.h"
#include "sandbox/loader/torch_legacy.h"

namespace pratique::loader {

using pickle::Value;

namespace {

const tar::Entry* find(const tar::Archive& archive, std::string_view name) {
    const auto found =
        std::find_if(archive.entries.begin(), archive.entries.end(), [&](const tar::Entry& entry) {
            std::string_view stored = entry.name;
            if (stored.starts_with("./")) stored.remove_prefix(2);
            return stored == name && entry.type == tar::EntryType::file;
        });
    return found == archive.entries.end() ? nullptr : &*found;
}

/// One member: pickles and numbers in turn.
class Member {
public:
    Member(Load& load, Bytes file, const tar::Entry& entry)
        : load_(load), bytes_(slice(file, entry.data_offset, entry.size)) {}

    Result<Graph> pickle() {
        pickle::Program program = TRY(run_for_values(load_, bytes_, at_, false));
        at_ = program.end;
        return Graph(std::move(program));
    }
    Result<Bytes> take(std::uint64_t count) {
        Reader in(from(bytes_, at_), at_);
        const Bytes out = TRY(in.take(count));
        at_ += count;
        return out;
    }
    Result<std::uint64_t> natural() {
        Reader in(TRY(take(8)), at_);
        const auto number = static_cast<std::int64_t>(TRY(in.le<std::uint64_t>()));
        if (number < 0) return Error{Errc::negative_length, at_};
        return static_cast<std::uint64_t>(number);
    }
    std::uint64_t at() const { return at_; }
    std::uint64_t left() const { return bytes_.size() - at_; }

private:
    Load& load_;
    Bytes bytes_;
    std::uint64_t at_ = 0;
};

std::optional<std::string> key_of(const Graph& graph, Value value) {
    if (const auto number = graph.integer(value)) return std::to_string(*number);
    return graph.text(value);
}

class TorchTar final : public Storages {
public:
    explicit TorchTar(Load& load) : load_(load) {}

    Status read_storages(Member in) {
        const std::uint64_t count = TRY(count_of(in));
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t at = in.at();
            const Graph graph = TRY(in.pickle());
            const auto item = [&](std::size_t n) { return graph.program().item(graph.root(), n); };
            const auto key = key_of(graph, item(0));
            const KnownName type = graph.known(item(2));
            if (!key || type.known != Known::storage_class) return Error{Errc::bad_header, at};
            const std::uint64_t numel = TRY(in.natural());
            const std::uint64_t bytes = TRY(checked_mul(numel, Dtype(type.scalar).bytes, at));
            Tensor place;
            TRY(load_.put(place, TRY(in.take(bytes))));
            Stored stored{type.scalar, numel, place.source, place.offset};
            if (!storages_.try_emplace(*key, stored).second) return Error{Errc::duplicate_key, at};
        }
        return read_views(in);
    }

    Status read_tensors(Member in) {
        const std::uint64_t count = TRY(count_of(in));
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t at = in.at();
            const Graph graph = TRY(in.pickle());
            const auto item = [&](std::size_t n) { return graph.program().item(graph.root(), n); };
            const auto key = key_of(graph, item(0));
            const auto storage = key_of(graph, item(1));
            if (!key) return Error{Errc::bad_header, at};
            Tensor tensor = TRY(read_tensor(in, storage, at));
            if (!tensors_.try_emplace(*key, std::move(tensor)).second) {
                return Error{Errc::duplicate_key, at};
            }
        }
        return in.left() == 0 ? Status() : Status(Error{Errc::trailing_bytes, in.at()});
    }

    Result<StoragePlace> place(const Storage& storage, std::uint64_t /*bytes*/,
                               std::uint64_t /*unit*/) override {
        return Error{Errc::bad_persistent_id, storage.at};
    }

    Result<std::optional<Tensor>> other(Graph& graph, Value id, std::uint64_t at) override {
        const auto key = key_of(graph, id);
        if (!key) return Error{Errc::bad_persistent_id, at};
        if (const auto tensor = tensors_.find(*key); tensor != tensors_.end()) {
            return std::optional(tensor->second);
        }
        const auto found = storages_.find(*key);
        if (found == storages_.end()) return Error{Errc::missing_record, at};
        const Stored& stored = found->second;
        Tensor whole;
        whole.dtype = stored.scalar;
        whole.shape = {stored.numel};
        whole.source = stored.source;
        whole.offset = stored.offset;
        return std::optional(std::move(whole));
    }

private:
    struct Stored {
        Scalar scalar = Scalar::other;
        std::uint64_t numel = 0;
        std::uint32_t source = 0;
        std::uint64_t offset = 0;
    };

    static Result<std::uint64_t> count_of(Member& in) {
        const Graph graph = TRY(in.pickle());
        const auto count = graph.integer(graph.root());
        // Each takes more than a byte, so that this bounds the loop.
        if (!count || *count < 0 || static_cast<std::uint64_t>(*count) > in.left()) {
            return Error{Errc::bad_header, 0};
        }
        return static_cast<std::uint64_t>(*count);
    }

    Status read_views(Member& in) {
        const std::uint64_t at = in.at();
        const Graph graph = TRY(in.pickle());
        for (const Value view : graph.program().items(graph.root())) {
            const auto item = [&](std::size_t n) { return graph.program().item(view, n); };
            const auto key = key_of(graph, item(0));
            const auto root = key_of(graph, item(1));
            const auto offset = graph.integer(item(2));
            const auto numel = graph.integer(item(3));
            const auto found = root ? storages_.find(*root) : storages_.end();
            if (found == storages_.end()) return Error{Errc::missing_record, at};
            if (!key || !offset || !numel || *offset < 0 || *numel < 0) {
                return Error{Errc::bad_header, at};
            }
            Stored stored = found->second;
            const auto first = static_cast<std::uint64_t>(*offset);
            const auto count = static_cast<std::uint64_t>(*numel);
            if (!fits(first, count, stored.numel)) return Error{Errc::view_out_of_bounds, at};
            stored.offset += first * Dtype(stored.scalar).bytes;
            stored.numel = count;
            if (!storages_.try_emplace(*key, stored).second) return Error{Errc::duplicate_key, at};
        }
        return in.left() == 0 ? Status() : Status(Error{Errc::trailing_bytes, in.at()});
    }

    Result<Tensor> read_tensor(Member& in, const std::optional<std::string>& storage,
                               std::uint64_t at) {
        Reader rank_reader(TRY(in.take(8)), at);
        const auto rank = TRY(rank_reader.le<std::uint32_t>());
        if (rank > kMostDimensions) return Error{Errc::limit_rank, at};
        Tensor out;
        for (std::uint32_t i = 0; i < rank; ++i) out.shape.push_back(TRY(in.natural()));
        for (std::uint32_t i = 0; i < rank; ++i) out.strides.push_back(TRY(in.natural()));
        const std::uint64_t offset = TRY(in.natural());
        if (!storage) {
            // A tensor without a storage has no elements.
            if (TRY(out.count()) != 0 && rank != 0) return Error{Errc::missing_record, at};
            out.shape = {0};
            out.strides.clear();
            out.dtype = Scalar::float32;
            return out;
        }
        const auto found = storages_.find(*storage);
        if (found == storages_.end()) return Error{Errc::missing_record, at};
        const Stored& stored = found->second;
        out.dtype = stored.scalar;
        if (out.is_contiguous()) out.strides.clear();
        const std::uint64_t start = TRY(checked_mul(offset, out.dtype.bytes, at));
        if (!fits(start, TRY(out.extent()), stored.numel * out.dtype.bytes)) {
            return Error{Errc::view_out_of_bounds, at};
        }
        out.source = stored.source;
        out.offset = stored.offset + start;
        return out;
    }

    Load& load_;
    std::unordered_map<std::string, Stored> storages_;
    std::unordered_map<std::string, Tensor> tensors_;
};

}  // namespace

bool is_torch_tar(const tar::Archive& archive) {
    return find(archive, "pickle") != nullptr && find(archive, "storages") != nullptr &&
           find(archive, "tensors") != nullptr && find(archive, "sys_info") != nullptr;
}

Status load_torch_tar(Load& load, Bytes file, const tar::Archive& archive) {
    load.out().format += "torch-tar";
    if (archive.error) return *archive.error;
    const auto member = [&](std::string_view name) {
        load.at(std::string(name));
        return Member(load, file, *find(archive, name));
    };
    Member system = member("sys_info");
    if (TRY(is_big_endian(TRY(system.pickle())))) return Error{Errc::unsupported, 0};
    TorchTar tar(load);
    TRY(tar.read_storages(member("storages")));
    TRY(tar.read_tensors(member("tensors")));
    load.at("pickle");
    const tar::Entry& entry = *find(archive, "pickle");
    const Bytes stream = slice(file, entry.data_offset, entry.size);
    pickle::Program program = TRY(run_for_values(load, stream, 0, false));
    if (program.end != stream.size()) return Error{Errc::trailing_bytes, program.end};
    Values values(load, std::move(program), &tar, 0);
    TRY(add_values(load, values));
    load.at("");
    return {};
}

}  // namespace pratique::loader
