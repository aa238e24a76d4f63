#include "sandbox/loader/wire.h"

#include <algorithm>
#include <bit>

namespace pratique::loader {
namespace {

constexpr std::uint32_t kLongestName = 64 * 1024;
constexpr std::uint32_t kLongestType = 4 * 1024 * 1024;
constexpr std::uint32_t kMostCompanions = 10'000;
constexpr std::uint8_t kLayouts = static_cast<std::uint8_t>(Layout::meta) + 1;
constexpr std::uint8_t kScalars = static_cast<std::uint8_t>(Scalar::other) + 1;

enum Flag : std::uint8_t {
    kConj = 1,
    kNeg = 2,
    kParameter = 4,
    kRequiresGrad = 8,
    kScalar = 16,
    kGgmlType = 32,
    kQuantizer = 64,
    kAxis = 128,
};

/// A number of things that take at least `least` bytes each.
Result<std::uint32_t> count(Reader& in, std::uint64_t least) {
    const std::uint64_t at = in.offset();
    const auto number = TRY(in.le<std::uint32_t>());
    if (number > in.left() / least) return Error{Errc::truncated, at};
    return number;
}

/// A number below `end`.
Result<std::uint8_t> below(Reader& in, std::uint8_t end) {
    const std::uint64_t at = in.offset();
    const auto number = TRY(in.u8());
    if (number >= end) return Error{Errc::bad_header, at};
    return number;
}

Status at_end(const Reader& in) {
    return in.at_end() ? Status() : Status(Error{Errc::trailing_bytes, in.offset()});
}

// --- Types and tensors -------------------------------------------------------------------------

void put(WireWriter& out, const Dtype& dtype) {
    out.u8(static_cast<std::uint8_t>(dtype.scalar));
    if (dtype.scalar == Scalar::other) out.u32(dtype.group).u64(dtype.bytes).text(dtype.text);
}

Result<Dtype> get_dtype(Reader& in) {
    const auto scalar = static_cast<Scalar>(TRY(below(in, kScalars)));
    if (scalar != Scalar::other) return Dtype(scalar);
    const auto group = TRY(in.le<std::uint32_t>());
    const auto bytes = TRY(in.le<std::uint64_t>());
    if (group == 0) return Error{Errc::bad_header, in.offset()};
    return Dtype::other(std::string(TRY(wire_text(in, kLongestType))), bytes, group);
}

void put(WireWriter& out, const std::vector<std::uint64_t>& numbers) {
    out.u8(static_cast<std::uint8_t>(numbers.size()));
    for (const std::uint64_t number : numbers) out.u64(number);
}

Result<std::vector<std::uint64_t>> get_numbers(Reader& in) {
    std::vector<std::uint64_t> out(TRY(below(in, kMostDimensions + 1)));
    for (std::uint64_t& number : out) number = TRY(in.le<std::uint64_t>());
    return out;
}

std::uint8_t flags_of(const Tensor& tensor) {
    unsigned flags = 0;
    if (tensor.conj) flags |= kConj;
    if (tensor.neg) flags |= kNeg;
    if (tensor.parameter) flags |= kParameter;
    if (tensor.requires_grad) flags |= kRequiresGrad;
    if (tensor.scalar) flags |= kScalar;
    if (tensor.ggml_type) flags |= kGgmlType;
    if (tensor.quantizer) flags |= kQuantizer;
    if (tensor.quantizer && tensor.quantizer->axis) flags |= kAxis;
    return static_cast<std::uint8_t>(flags);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as check_form() lets a tensor be
void put(WireWriter& out, const Tensor& tensor) {
    out.u32(static_cast<std::uint32_t>(tensor.path.size()));
    for (const Step& step : tensor.path) out.u8(step.is_number ? 1 : 0).text(step.key);
    put(out, tensor.dtype);
    put(out, tensor.shape);
    put(out, tensor.strides);
    out.u8(static_cast<std::uint8_t>(tensor.layout)).u32(tensor.source).u64(tensor.offset);
    out.u8(flags_of(tensor)).text(tensor.device);
    if (tensor.ggml_type) out.u32(*tensor.ggml_type);
    if (tensor.quantizer) {
        out.text(tensor.quantizer->scheme);
        out.u64(std::bit_cast<std::uint64_t>(tensor.quantizer->scale));
        out.u64(static_cast<std::uint64_t>(tensor.quantizer->zero_point));
        if (tensor.quantizer->axis) out.u32(*tensor.quantizer->axis);
    }
    out.u32(static_cast<std::uint32_t>(tensor.components.size()));
    for (const Tensor& part : tensor.components) put(out, part);
}

Result<Quantizer> get_quantizer(Reader& in, bool has_axis) {
    Quantizer out;
    out.scheme = TRY(wire_text(in, kLongestName));
    out.scale = std::bit_cast<double>(TRY(in.le<std::uint64_t>()));
    out.zero_point = static_cast<std::int64_t>(TRY(in.le<std::uint64_t>()));
    if (has_axis) out.axis = TRY(in.le<std::uint32_t>());
    return out;
}

// NOLINTNEXTLINE(misc-no-recursion): bounded by kMostNesting
Result<Tensor> get_tensor(Reader& in, unsigned nesting) {
    constexpr std::uint64_t kLeastStep = 5;
    constexpr std::uint64_t kLeastTensor = 28;
    if (nesting > kMostNesting) return Error{Errc::limit_depth, in.offset()};
    Tensor out;
    const auto steps = TRY(count(in, kLeastStep));
    out.path.reserve(steps);
    for (std::uint32_t i = 0; i < steps; ++i) {
        const bool is_number = TRY(below(in, 2)) != 0;
        out.path.push_back({std::string(TRY(wire_text(in, kLongestType))), is_number});
    }
    out.dtype = TRY(get_dtype(in));
    out.shape = TRY(get_numbers(in));
    out.strides = TRY(get_numbers(in));
    out.layout = static_cast<Layout>(TRY(below(in, kLayouts)));
    out.source = TRY(in.le<std::uint32_t>());
    out.offset = TRY(in.le<std::uint64_t>());
    const auto flags = TRY(in.u8());
    out.conj = (flags & kConj) != 0;
    out.neg = (flags & kNeg) != 0;
    out.parameter = (flags & kParameter) != 0;
    out.requires_grad = (flags & kRequiresGrad) != 0;
    out.scalar = (flags & kScalar) != 0;
    out.device = TRY(wire_text(in, kLongestName));
    if ((flags & kGgmlType) != 0) out.ggml_type = TRY(in.le<std::uint32_t>());
    if ((flags & kQuantizer) != 0) out.quantizer = TRY(get_quantizer(in, (flags & kAxis) != 0));
    const auto parts = TRY(count(in, kLeastTensor));
    for (std::uint32_t i = 0; i < parts; ++i) {
        out.components.push_back(TRY(get_tensor(in, nesting + 1)));
    }
    return out;
}

// --- The rest ----------------------------------------------------------------------------------

void put(WireWriter& out, const Warning& warning) {
    out.u8(static_cast<std::uint8_t>(warning.code)).text(warning.place).u64(warning.offset);
    out.text(warning.text);
}

Result<Errc> get_errc(Reader& in) {
    const std::uint64_t at = in.offset();
    const auto code = errc_from(TRY(in.u8()));
    if (!code) return Error{Errc::bad_header, at};
    return *code;
}

Result<Warning> get_warning(Reader& in) {
    Warning out;
    out.code = TRY(get_errc(in));
    out.place = TRY(wire_text(in, kLongestName));
    out.offset = TRY(in.le<std::uint64_t>());
    out.text = TRY(wire_text(in, kLongestName));
    return out;
}

void put(WireWriter& out, const Wanted& wanted) {
    out.text(wanted.name).u8(wanted.is_shard ? 1 : 0);
    out.u32(static_cast<std::uint32_t>(wanted.tensors.size()));
    for (const std::string& tensor : wanted.tensors) out.text(tensor);
}

Result<Wanted> get_wanted(Reader& in) {
    Wanted out;
    out.name = TRY(wire_text(in, kLongestName));
    out.is_shard = TRY(below(in, 2)) != 0;
    const auto tensors = TRY(count(in, 4));
    for (std::uint32_t i = 0; i < tensors; ++i) {
        out.tensors.emplace_back(TRY(wire_text(in, kLongestName)));
    }
    return out;
}

void put(WireWriter& out, const std::optional<TreeId>& id) {
    out.u8(id ? 1 : 0);
    if (id) out.u32(*id);
}

Result<std::optional<TreeId>> get_id(Reader& in, const Tree& tree) {
    if (TRY(below(in, 2)) == 0) return std::optional<TreeId>();
    const std::uint64_t at = in.offset();
    const auto id = TRY(in.le<TreeId>());
    if (id >= tree.size()) return Error{Errc::bad_header, at};
    return std::optional(id);
}

/// Every reference of the tree to a tensor leads to one.
Status check_references(const Loaded& loaded) {
    for (TreeId id = 0; id < loaded.tree.size(); ++id) {
        const Tree::Node& node = loaded.tree[id];
        if (node.kind == TreeKind::tensor && node.number >= loaded.tensors.size()) {
            return Error{Errc::bad_header, 0};
        }
    }
    return {};
}

}  // namespace

std::vector<std::byte> encode(const Loaded& loaded) {
    constexpr std::size_t kUsualTensor = 80;
    constexpr std::size_t kUsualNode = 40;
    WireWriter out;
    out.reserve(kUsualTensor * loaded.tensors.size() + kUsualNode * loaded.tree.size());
    out.text(loaded.format).u8(loaded.payload_read ? 1 : 0);
    out.u32(static_cast<std::uint32_t>(loaded.tensors.size()));
    for (const Tensor& tensor : loaded.tensors) put(out, tensor);
    loaded.tree.encode(out);
    put(out, loaded.structure);
    put(out, loaded.metadata);
    out.u32(static_cast<std::uint32_t>(loaded.packages.size()));
    for (const std::string& package : loaded.packages) out.text(package);
    out.u32(static_cast<std::uint32_t>(loaded.warnings.size()));
    for (const Warning& warning : loaded.warnings) put(out, warning);
    out.u32(static_cast<std::uint32_t>(loaded.wanted.size()));
    for (const Wanted& wanted : loaded.wanted) put(out, wanted);
    return out.take();
}

Result<Loaded> decode_loaded(Bytes payload) {
    constexpr std::uint64_t kLeastTensor = 28;
    constexpr std::uint64_t kLeastWarning = 17;
    constexpr std::uint64_t kLeastWanted = 9;
    Reader in(payload);
    Loaded out;
    out.format = TRY(wire_text(in, kLongestName));
    out.payload_read = TRY(below(in, 2)) != 0;
    const auto tensors = TRY(count(in, kLeastTensor));
    out.tensors.reserve(tensors);
    for (std::uint32_t i = 0; i < tensors; ++i) out.tensors.push_back(TRY(get_tensor(in, 0)));
    out.tree = TRY(Tree::decode(in));
    out.structure = TRY(get_id(in, out.tree));
    out.metadata = TRY(get_id(in, out.tree));
    const auto packages = TRY(count(in, 4));
    for (std::uint32_t i = 0; i < packages; ++i) {
        out.packages.emplace_back(TRY(wire_text(in, kLongestName)));
    }
    const auto warnings = TRY(count(in, kLeastWarning));
    for (std::uint32_t i = 0; i < warnings; ++i) out.warnings.push_back(TRY(get_warning(in)));
    const auto wanted = TRY(count(in, kLeastWanted));
    for (std::uint32_t i = 0; i < wanted; ++i) out.wanted.push_back(TRY(get_wanted(in)));
    TRY(at_end(in));
    TRY(check_references(out));
    return out;
}

std::vector<std::byte> encode(const Failed& failed) {
    WireWriter out;
    out.u8(static_cast<std::uint8_t>(failed.error.code)).u64(failed.error.offset);
    out.text(failed.place);
    return out.take();
}

Result<Failed> decode_failed(Bytes payload) {
    Reader in(payload);
    Failed out;
    out.error.code = TRY(get_errc(in));
    out.error.offset = TRY(in.le<std::uint64_t>());
    out.place = TRY(wire_text(in, kLongestName));
    TRY(at_end(in));
    return out;
}

std::vector<std::byte> encode(const Request& request) {
    const Limits& l = request.limits;
    const Options& o = request.options;
    WireWriter out;
    out.u32(l.depth).u32(l.members).u64(l.inflated_bytes).u64(l.ratio).u64(l.ratio_floor);
    out.u64(l.nodes).u32(l.pickle_depth).u32(l.pickles).u64(l.probed_bytes).u32(l.reported);
    out.text(o.name).u8(static_cast<std::uint8_t>(o.mode)).u8(o.verify ? 1 : 0);
    out.u8(o.dequantize ? 1 : 0).u64(o.logical_bytes);
    out.u8(static_cast<std::uint8_t>(request.work)).u64(request.size).u64(request.output);
    out.u32(static_cast<std::uint32_t>(request.sidecars.size()));
    for (const std::string& sidecar : request.sidecars) out.text(sidecar);
    out.u32(static_cast<std::uint32_t>(request.companions.size()));
    for (const Request::Beside& beside : request.companions) {
        out.text(beside.name).u64(beside.size).u8(beside.offset ? 1 : 0);
        out.u64(beside.offset.value_or(0));
    }
    out.u32(static_cast<std::uint32_t>(request.blocks.size()));
    for (const std::uint32_t block : request.blocks) out.u32(block);
    return out.take();
}

namespace {

Status get_limits(Reader& in, Limits& l) {
    l.depth = TRY(in.le<std::uint32_t>());
    l.members = TRY(in.le<std::uint32_t>());
    l.inflated_bytes = TRY(in.le<std::uint64_t>());
    l.ratio = TRY(in.le<std::uint64_t>());
    l.ratio_floor = TRY(in.le<std::uint64_t>());
    l.nodes = TRY(in.le<std::uint64_t>());
    l.pickle_depth = TRY(in.le<std::uint32_t>());
    l.pickles = TRY(in.le<std::uint32_t>());
    l.probed_bytes = TRY(in.le<std::uint64_t>());
    l.reported = TRY(in.le<std::uint32_t>());
    return {};
}

Status get_options(Reader& in, Options& o) {
    o.name = TRY(wire_text(in, kLongestName));
    o.mode = static_cast<Mode>(TRY(below(in, static_cast<std::uint8_t>(Mode::strict) + 1)));
    o.verify = TRY(below(in, 2)) != 0;
    o.dequantize = TRY(below(in, 2)) != 0;
    o.logical_bytes = TRY(in.le<std::uint64_t>());
    return {};
}

}  // namespace

Result<Request> decode_request(Bytes payload) {
    constexpr std::uint64_t kLeastCompanion = 21;
    Reader in(payload);
    Request out;
    TRY(get_limits(in, out.limits));
    TRY(get_options(in, out.options));
    out.work = static_cast<Work>(TRY(below(in, 2)));
    out.size = TRY(in.le<std::uint64_t>());
    out.output = TRY(in.le<std::uint64_t>());
    const auto sidecars = TRY(count(in, 4));
    for (std::uint32_t i = 0; i < sidecars; ++i) {
        out.sidecars.emplace(TRY(wire_text(in, kLongestName)));
    }
    const auto companions = TRY(count(in, kLeastCompanion));
    if (companions > kMostCompanions) return Error{Errc::limit_members, in.offset()};
    for (std::uint32_t i = 0; i < companions; ++i) {
        Request::Beside beside;
        beside.name = TRY(wire_text(in, kLongestName));
        beside.size = TRY(in.le<std::uint64_t>());
        const bool has_bytes = TRY(below(in, 2)) != 0;
        const auto offset = TRY(in.le<std::uint64_t>());
        if (has_bytes) beside.offset = offset;
        out.companions.push_back(std::move(beside));
    }
    const auto blocks = TRY(count(in, 4));
    out.blocks.reserve(blocks);
    for (std::uint32_t i = 0; i < blocks; ++i) {
        out.blocks.push_back(TRY(in.le<std::uint32_t>()));
    }
    TRY(at_end(in));
    return out;
}

}  // namespace pratique::loader
