// The values of a pickle that are tensors, and what they are made of: storages, types, shapes. Each
// is understood when it is first asked for and remembered. Values may lie in pickles inside this
// one (a torch.save in a torch.save, an array of objects in a joblib stream): a Ref says where.
//
//      Ref ──tensor()──► Tensor, its place checked against its storage
//           └─resolve()─► the Ref of what it stands for: load_from_bytes(…), restore_type_tag(x, …)
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "sandbox/loader/load.h"
#include "sandbox/loader/numpy_type.h"
#include "sandbox/loader/pickle/graph.h"

namespace pratique::loader {

/// Where a storage's bytes are.
struct StoragePlace {
    std::uint32_t source = 0;
    std::uint64_t offset = 0;
};

/// What a persistent id of torch names.
struct Storage {
    std::string key;
    Scalar scalar = Scalar::other;
    bool untyped = false;
    std::uint64_t numel = 0;  ///< elements; of an untyped storage bytes
    std::uint64_t first = 0;  ///< legacy views: the first element of the root storage that is meant
    std::uint64_t view_numel = 0;  ///< and how many
    bool is_view = false;
    std::string location;
    class Storages* from = nullptr;  ///< where its bytes are
    std::uint64_t at = 0;
};

/// Where the bytes of storages are: each of torch's containers has a way of its own.
class Storages {
public:
    Storages() = default;
    Storages(const Storages&) = delete;
    Storages& operator=(const Storages&) = delete;
    virtual ~Storages() = default;

    /// The place of a whole storage of exactly `bytes` bytes, its numbers of `unit` bytes in this
    /// machine's order. Errors: missing_record, size_mismatch, and those of the container.
    virtual Result<StoragePlace> place(const Storage& storage, std::uint64_t bytes,
                                       std::uint64_t unit) = 0;
    /// A persistent id that is no storage: the value that it stands for (a class of the legacy
    /// format, a tensor of the tar). Errors: bad_persistent_id.
    virtual Result<std::optional<Tensor>> other(Graph& graph, pickle::Value id, std::uint64_t at);
};

class Values;

/// What a nested file needs to stay alive: its storages and its values.
class NestedFile {
public:
    NestedFile() = default;
    NestedFile(const NestedFile&) = delete;
    NestedFile& operator=(const NestedFile&) = delete;
    virtual ~NestedFile() = default;
};

/// A value in one of the pickles that belong together.
struct Ref {
    Values* in = nullptr;
    pickle::Value value;

    friend bool operator==(const Ref&, const Ref&) = default;
};

/// A node, in whichever pickle: what tables of values are ordered by.
using RefKey = std::pair<const Values*, std::uint32_t>;
struct RefHash {
    std::size_t operator()(const RefKey& key) const {
        return std::hash<const void*>()(key.first) * 31 + key.second;
    }
};

/// A number for each of some nodes, in whichever pickle. Dense: of most pickles with tensors, most
/// nodes get one sooner or later.
class RefTable {
public:
    /// The first number of a node stays.
    void add(const Ref& ref, std::uint32_t number);
    std::optional<std::uint32_t> find(const Ref& ref) const;

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;
    std::unordered_map<const Values*, std::vector<std::uint32_t>> numbers_;
};

class Values {
public:
    /// `storages` is null where no persistent ids are expected: they are then inert.
    /// `depth` counts pickles inside pickles.
    Values(Load& load, pickle::Program program, Storages* storages, unsigned depth);
    Values(const Values&) = delete;
    Values& operator=(const Values&) = delete;
    ~Values();

    Graph& graph() { return graph_; }
    const Graph& graph() const { return graph_; }
    Load& load() { return load_; }
    Ref root() { return {this, graph_.root()}; }

    /// What `value` stands for: usually itself. Errors: those of a nested file, limit_depth.
    Result<Ref> resolve(pickle::Value value);
    /// The tensor that `value`, already resolved, is; null if it is none. Valid until the next
    /// call. Errors: everything that can be wrong with it.
    Result<const Tensor*> tensor(pickle::Value value);
    /// An array of objects: its items, flat in C order, and its shape.
    struct Elements {
        Ref items;
        std::vector<std::uint64_t> shape;
    };
    /// The elements of the array of objects that tensor() found `value` to be.
    std::optional<Elements> elements(pickle::Value value) const;
    /// Looks at all persistent ids of this pickle. Errors: bad_persistent_id, unknown_dtype,
    /// conflict, …
    Status check_storages();
    /// The storages that were named so far, in stream order.
    const std::deque<Storage>& storages() const { return all_storages_; }
    /// Refuses what strict mode does not admit: unknown_callable.
    Status check_strict() const;

private:
    enum class State : std::uint8_t { unknown, busy, none, tensor };
    static constexpr std::uint32_t kNone = UINT32_MAX;
    /// Of a node, once it was asked.
    struct Remembered {
        State state = State::unknown;
        std::uint32_t tensor = 0;
        std::uint32_t storage = kNone;  ///< of an id, or of a storage in the pickle itself
    };
    /// A view of a storage: numbers of elements, as the file says them.
    struct View {
        std::uint64_t offset = 0;
        std::vector<std::uint64_t> shape;
        std::vector<std::uint64_t> strides;
    };
    /// Tensors made of tensors: a parameter of a view of a subclass of … . Real ones need three.
    static constexpr unsigned kMostNesting = 24;

    /// One step of resolve(); nothing if the value stands for itself.
    Result<std::optional<Ref>> stands_for(pickle::Value value);
    Result<Ref> nested_file(pickle::Value content, std::uint64_t at);
    Result<std::optional<Ref>> nested_array(pickle::Value wrapper);
    Result<std::optional<Tensor>> make(pickle::Value value);
    Result<std::optional<Tensor>> make_call(const Graph::Call& call, pickle::Value value);
    std::optional<pickle::Value> module_class(pickle::Value value) const;
    Status check_untouched(pickle::Value value) const;
    /// A tensor that another one is made of.
    Result<Tensor> part(pickle::Value value, std::uint64_t at);
    pickle::Value argument(const Graph::Call& call, std::size_t index) const;
    std::optional<pickle::Value> member(pickle::Value dict, std::string_view key) const;

    // values_storage.cc
    bool is_storage(pickle::Value id) const;
    Result<const Storage*> storage(pickle::Value id);
    const Storage* keep(pickle::Value value, Storage storage);
    Result<Storage> read_storage(pickle::Value id);
    Result<const Storage*> storage_argument(pickle::Value value);
    Result<const Storage*> literal_storage(pickle::Value value);
    Result<Tensor> view(const Storage& storage, Scalar scalar, View shape, std::uint64_t at);
    Result<Tensor> view_of_all(const Storage& storage);
    Result<View> view_arguments(const Graph::Call& call, std::size_t first, std::uint64_t at);
    Result<std::vector<std::uint64_t>> extents(pickle::Value value, std::uint64_t at);

    // values_torch.cc
    Result<Tensor> rebuild(const Graph::Call& call, Known function, std::uint64_t at);
    Result<Tensor> rebuild_parameter(const Graph::Call& call, std::uint64_t at);
    Result<Tensor> rebuild_sparse(const Graph::Call& call, std::uint64_t at);
    Result<Tensor> rebuild_quantized(const Graph::Call& call, std::uint64_t at);
    Result<Tensor> rebuild_nested(const Graph::Call& call, std::uint64_t at);
    Result<Tensor> rebuild_meta(const Graph::Call& call, std::uint64_t at);
    Result<Tensor> rebuild_wrapper(const Graph::Call& call, std::uint64_t at);
    Result<std::optional<Tensor>> rebuild_from_type(const Graph::Call& call, pickle::Value value);
    Result<std::optional<Tensor>> legacy_tensor(const Graph::Call& call, pickle::Value value);
    Result<Scalar> scalar_of(pickle::Value value, std::uint64_t at) const;
    Result<Layout> layout_of(pickle::Value value, std::uint64_t at) const;
    Status add_channels(pickle::Value parameters, Tensor& out, std::uint64_t at);

    // values_numpy.cc
    Result<std::optional<Tensor>> numpy_array(const Graph::Call& call, pickle::Value value);
    Result<Tensor> array_from_state(pickle::Value value, pickle::Value state, std::uint64_t at);
    Result<Tensor> plain_array(const numpy::Dtype& type, std::vector<std::uint64_t> shape,
                               bool fortran, Bytes bytes, std::uint64_t at);
    Result<std::optional<Tensor>> numpy_scalar(const Graph::Call& call, std::uint64_t at);
    Result<Tensor> from_buffer(const Graph::Call& call, std::uint64_t at);
    Result<std::optional<Tensor>> joblib_array(pickle::Value value);
    Result<numpy::Dtype> numpy_type(pickle::Value value, unsigned depth = 0);
    Status apply_type_state(pickle::Value state, numpy::Dtype& out, unsigned depth);
    Status apply_subarray(pickle::Value subarray, numpy::Dtype& out, unsigned depth);
    Status apply_itemsize(pickle::Value itemsize, numpy::Dtype& out, std::uint64_t at);
    Status apply_unit(pickle::Value metadata, numpy::Dtype& out, std::uint64_t at);
    Status add_fields(pickle::Value names, pickle::Value fields, numpy::Dtype& out, unsigned depth);

    Load& load_;
    Graph graph_;
    Storages* storages_;
    std::unique_ptr<class LiteralStorages> literals_;
    unsigned depth_;
    std::vector<Remembered> state_;
    std::deque<Tensor> tensors_;        // pointers to them stay good,
    std::deque<Storage> all_storages_;  // and to these
    /// What was said first about each key, which is that of the storage.
    std::unordered_map<std::string_view, const Storage*> seen_;
    std::unordered_map<std::uint32_t, Elements> elements_;
    std::unordered_map<std::uint32_t, Ref> resolved_;
    std::vector<std::unique_ptr<Values>> nested_;
    std::vector<std::unique_ptr<NestedFile>> files_;
    std::unordered_map<std::uint32_t, numpy::Dtype> types_;
    unsigned nesting_ = 0;  // calls of make() inside make()
};

/// A number that is none below zero. Errors: wrong_type, negative_length, overflow.
Result<std::uint64_t> natural(const Graph& graph, pickle::Value value, std::uint64_t at);

/// A torch file inside a pickle: its root. Memory lives in `owner`.
Result<Ref> load_nested_torch(Load& load, Bytes bytes, unsigned depth,
                              std::unique_ptr<NestedFile>& owner);

}  // namespace pratique::loader
