// Pratique: the tensors of model files from strangers, and nothing else.
//
//     #include <pratique/pratique.h>
//
//     auto model = pratique::load("model.pt");
//     if (!model) { std::cerr << model.error().message << "\n"; return 1; }
//     for (const pratique::Tensor& tensor : model->tensors()) use(tensor.name(), tensor.bytes());
//
// The file is parsed in a locked-down process of its own; this one only maps the bytes that tensors
// lie in. Nothing in a file is ever run. All functions are thread-safe; there is no global state.
// Nothing throws but for std::bad_alloc. This header needs the standard library only.
//
// Texts that come from a file (names, values) are handed out as they are: whoever prints them
// escapes them (pratique::escape). Messages, codes and paths in an Error are safe to print.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#define PRATIQUE_API __attribute__((visibility("default")))

struct DLManagedTensor;
struct DLManagedTensorVersioned;

namespace pratique {
inline namespace v1 {

/// Why there is no result.
struct Error {
    std::string message;  ///< one line for people
    std::string code;     ///< for programs: "truncated", "malicious", "no-sandbox", …; stable
    std::string path;     ///< of the file, or of one beside it that it needs
    std::string place;    ///< inside the file: "archive/data.pkl"; mostly empty
    std::optional<std::uint64_t> offset;  ///< bytes, from the start of `place`
    /// The file was read, and the answer is no: it is malicious, malformed, of no known format, or
    /// does not keep to the mode. Otherwise nothing is known of it: an error of the system, no
    /// sandbox.
    bool refused = false;
    std::vector<std::string> findings;  ///< of a malicious file, one line each
};

/// A T, or the Error that kept it from being made. Asking for the one that is not there ends the
/// program.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    T& value() & { return get<0>(state_); }
    const T& value() const& { return get<0>(state_); }
    T&& value() && { return std::move(get<0>(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    const Error& error() const { return get<1>(state_); }

private:
    template <std::size_t I, class State>
    static auto& get(State& state) {
        auto* found = std::get_if<I>(&state);
        if (found == nullptr) std::abort();
        return *found;
    }

    std::variant<T, Error> state_;
};

/// The types of elements that most libraries know. `other`: what only dtype_name() says, such as
/// records, texts, or quantised blocks ("ggml:Q4_0").
enum class DType : std::uint8_t {
    other = 0,
    boolean = 1,
    uint8 = 2,
    int8 = 3,
    uint16 = 4,
    int16 = 5,
    uint32 = 6,
    int32 = 7,
    uint64 = 8,
    int64 = 9,
    float16 = 10,
    bfloat16 = 11,
    float32 = 12,
    float64 = 13,
    complex32 = 14,
    complex64 = 15,
    complex128 = 16,
    float8_e4m3fn = 17,
    float8_e5m2 = 18,
    float8_e4m3fnuz = 19,
    float8_e5m2fnuz = 20,
    float8_e8m0fnu = 21,
};

/// How elements are laid out. Anything but `strided` has no bytes, only components.
enum class Layout : std::uint8_t {
    strided = 0,
    sparse_coo = 1,
    sparse_csr = 2,
    sparse_csc = 3,
    sparse_bsr = 4,
    sparse_bsc = 5,
    sparse_onnx = 6,
    nested = 7,
    object = 8,  ///< Python objects
    meta = 9,    ///< shape and type only
};

/// How integers of a quantised tensor are to be read: (integer - zero_point) × scale. With an axis,
/// both are components of the tensor, `scales` and `zero_points`.
struct Quantizer {
    std::string scheme;  ///< "per_tensor_affine", …
    double scale = 0;
    std::int64_t zero_point = 0;
    std::optional<std::uint32_t> axis;
};

/// One tensor of a model. Cheap to copy; good for as long as the Model, or a copy of it, lives.
class PRATIQUE_API Tensor {
public:
    /// The keys that lead to it, joined with dots. Not always unique.
    std::string_view name() const;
    /// The name in the state dict of the module that it is part of; mostly that same name.
    std::string_view state_name() const;

    DType dtype() const;
    /// As torch and NumPy spell it: "float32", "bfloat16", "ggml:Q4_0". Of records with the names
    /// of fields, which are the file's own.
    std::string_view dtype_name() const;
    /// Bytes of an element; of a type of blocks, bytes of a block.
    std::uint64_t element_size() const;
    std::span<const std::uint64_t> shape() const;
    /// In elements; empty if they lie in the usual order (row-major).
    std::span<const std::uint64_t> strides() const;
    Layout layout() const;
    std::uint64_t count() const;
    /// Bytes of all elements in the usual order.
    std::uint64_t nbytes() const;

    bool is_conjugate() const;  ///< imaginary parts are still to be negated
    bool is_negative() const;   ///< elements are still to be negated
    bool is_parameter() const;
    bool requires_grad() const;
    bool is_scalar() const;  ///< a number of NumPy's, not an array
    std::optional<Quantizer> quantizer() const;
    /// The type of ggml, of tensors from GGUF files.
    std::optional<std::uint32_t> ggml_type() const;
    /// Parts of a sparse, nested or quantised tensor; tensors in an array of objects.
    std::span<const Tensor> components() const;

    /// True if bytes() is all of it: usual order, nothing to be negated.
    bool is_contiguous() const;
    /// The elements as they lie in the mapped file, little-endian; nothing is copied. Empty unless
    /// is_contiguous(). May begin at any address.
    std::span<const std::byte> bytes() const;
    /// From the first element to behind the last, as they lie in the file, for use with strides().
    std::span<const std::byte> storage() const;
    /// All elements in the usual order, nothing left to negate. `out` has nbytes() bytes.
    Result<std::size_t> copy_to(std::span<std::byte> out) const;
    Result<std::vector<std::byte>> copy() const;
    /// Lower-case hexadecimal SHA-256 of what copy() gives.
    Result<std::string> sha256() const;

    struct Record;
    explicit Tensor(const Record* record) : record_(record) {}
    const Record* record() const { return record_; }

private:
    const Record* record_;
};

/// A value in a file that is no tensor, as inert data. Values may be shared, and may contain
/// themselves: who walks them remembers their id(). Good for as long as the Model lives.
class PRATIQUE_API Value {
public:
    enum class Kind : std::uint8_t {
        none = 0,
        boolean = 1,
        integer = 2,
        big_integer = 3,  ///< text(): "0x…", "-0x…"
        real = 4,
        text = 5,
        bytes = 6,
        list = 7,
        tuple = 8,
        set = 9,
        frozenset = 10,
        dict = 11,    ///< items: keys and values in turn
        tensor = 12,  ///< tensor_index()
        global = 13,  ///< text(): "module.name", never imported
        object = 14,  ///< items: what made it, then words and values in turn: args, state, …
        opaque = 15,  ///< text(): a description of what is not kept
    };

    Kind kind() const;
    std::uint32_t id() const { return id_; }
    bool boolean() const;              ///< of a boolean; else false
    std::int64_t integer() const;      ///< of an integer; else 0
    double real() const;               ///< of a real, or an integer; else 0
    std::string_view text() const;     ///< of all that are written in characters; else empty
    std::size_t tensor_index() const;  ///< in Model::tensors(); of others SIZE_MAX

    std::size_t size() const;  ///< items of a container
    /// The item at `index` < size(). Any other ends the program.
    Value operator[](std::size_t index) const;
    /// The value of a text key of a dict.
    std::optional<Value> find(std::string_view key) const;

    struct Source;
    Value(const Source* source, std::uint32_t id) : source_(source), id_(id) {}

private:
    const Source* source_;
    std::uint32_t id_;
};

/// What comes out of a file, and what it may do to be let in.
enum class Mode : std::uint8_t {
    tensors = 0,  ///< tensors only
    inert = 1,    ///< and all other values as inert data; refused if the scan calls it malicious
    strict = 2,   ///< as inert; refused for any callable that is not known to build plain data
};

/// How strongly the reading process is locked down.
enum class Tier : std::uint8_t {
    none = 0,
    basic = 1,   ///< seccomp
    strong = 2,  ///< and Landlock
    full = 3,    ///< and namespaces
};

/// What ties the tensors to the bytes that were checked.
enum class Binding : std::uint8_t {
    weak = 0,      ///< the live file, compared before and after
    verity = 1,    ///< the live file, which the kernel keeps from changing
    snapshot = 2,  ///< a copy that nobody can change
};

struct Options {
    Mode mode = Mode::inert;
    /// Use the file where it is, and not a copy: fast, and only as good as whoever else can write
    /// to it. Checksums of stored data are not verified then. If somebody shortens the file while
    /// it is used, reading its bytes ends the program (SIGBUS).
    bool view = false;
    /// The mapped bytes may be written to (through DLPack, or a cast): a page that is written to
    /// becomes a copy that only this process has. Without it they cannot be: the attempt ends the
    /// program.
    bool writable = false;
    /// Blocks of quantised values of GGUF files become float32.
    bool dequantize = false;
    /// Load what the scan calls malicious: its data cannot do anything here, but it is not what it
    /// says it is.
    bool allow_malicious = false;
    /// Hash the file: while it is copied, or on its own for a view. Not those beside it.
    bool hash = false;
    /// Fail rather than read a file with less.
    Tier min_isolation = Tier::strong;
    /// The most that all tensors may stand for; four times the file is always allowed.
    std::uint64_t max_tensor_bytes = std::uint64_t{16} << 30U;
    std::uint64_t max_decompressed_bytes = std::uint64_t{2} << 30U;
    /// Private memory of the reading process.
    std::uint64_t max_worker_memory = std::uint64_t{4} << 30U;
    /// Memory for the copies of all files of a load; what goes beyond it is copied to disk.
    std::uint64_t max_snapshot_memory = std::uint64_t{4} << 30U;
    std::string snapshot_folder = {};  ///< where on disk; empty: the system's for temporary files
    std::uint32_t max_seconds = 60;
    /// Absolute path of the worker program; empty: the one that was installed with this library.
    std::string worker = {};
};

struct Warning {
    std::string code;     ///< as in Error
    std::string place;    ///< inside the file; safe to print
    std::string message;  ///< safe to print
    std::uint64_t offset = 0;
};

/// A loaded file. Copies share everything.
class PRATIQUE_API Model {
public:
    /// In the order of the file.
    std::span<const Tensor> tensors() const;
    /// By name(), or else by state_name(); the first of several.
    std::optional<Tensor> find(std::string_view name) const;

    /// "torch-zip", "safetensors", "gguf", "gzip+pickle", …
    const std::string& format() const;
    /// Bytes of the file, or of an index and all shards.
    std::uint64_t file_size() const;
    /// Lower-case hexadecimal SHA-256 of the file; empty unless Options::hash.
    const std::string& file_sha256() const;
    /// What the file says about itself: a dict.
    std::optional<Value> metadata() const;
    /// All that is no tensor, of formats that have it.
    std::optional<Value> structure() const;
    std::span<const Warning> warnings() const;

    Tier isolation() const;
    Binding binding() const;

    struct State;
    explicit Model(std::shared_ptr<const State> state);
    const State& state() const { return *state_; }
    Model(const Model&);
    Model(Model&&) noexcept;
    Model& operator=(const Model&);
    Model& operator=(Model&&) noexcept;
    ~Model();

private:
    std::shared_ptr<const State> state_;
};

/// Loads a file, with the files of the same folder that it names (shards, external data).
PRATIQUE_API Result<Model> load(const std::string& path, const Options& options = {});
/// The same of an open regular file, which stays the caller's.
PRATIQUE_API Result<Model> load(int fd, const Options& options = {});

/// The tensor for other libraries (DLPack 1.0, <pratique/dlpack.h>). It is handed over to whoever
/// calls its deleter, and keeps what it needs of the model alive. Its memory is the mapped file,
/// which must not be written to, or writable memory of its own: with `copy`, and whenever elements
/// are not aligned or are still to be negated. Errors: unsupported (a type that DLPack lacks, no
/// data).
PRATIQUE_API Result<DLManagedTensor*> to_dlpack(const Tensor& tensor, bool copy = false);
/// The same; says by its flags whether it may be written to.
PRATIQUE_API Result<DLManagedTensorVersioned*> to_dlpack_versioned(const Tensor& tensor,
                                                                   bool copy = false);

/// Text with everything but printable characters written as \n, \xNN or \uNNNN.
PRATIQUE_API std::string escape(std::string_view text);
PRATIQUE_API std::string_view name(Tier tier);
PRATIQUE_API std::string_view name(Binding binding);
PRATIQUE_API std::string_view name(Layout layout);
/// "0.1.0", of the library that runs.
PRATIQUE_API std::string_view version();

}  // namespace v1
}  // namespace pratique
