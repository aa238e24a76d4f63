#include "sandbox/loader/onnx.h"

#include <array>
#include <set>
#include <string>

#include "base/checked.h"
#include "formats/onnx/model.h"
#include "sandbox/loader/narrow.h"
#include "sandbox/loader/onnx_metadata.h"

namespace pratique::loader {
namespace {

/// Bytes of all names of tensors together, as they are kept: nested graphs repeat those of the
/// nodes around them.
constexpr std::uint64_t kMostNames = 64 * kMiB;
/// Files that one model is spread over. Exporters make one per tensor at most.
constexpr std::size_t kMostFiles = 10'000;
/// Strings of one tensor that are kept for the metadata.
constexpr std::size_t kMostStrings = 10'000;

Step step_of(std::string_view key) { return {.key = std::string(key), .is_number = false}; }
Step step_of(std::uint64_t number) { return {.key = std::to_string(number), .is_number = true}; }

/// The numbers that may stand for an element: those of its type, signed or as a pattern of bits.
class Range {
public:
    explicit Range(const onnx::ElementType& type) {
        const unsigned bits = type.name == "bool" ? 1 : type.number_bits;
        most_ = bits == 64 ? UINT64_MAX : (std::uint64_t{1} << bits) - 1;
        const bool may_be_negative = bits >= 8 && type.bits >= 8 && type.name != "uint32";
        if (may_be_negative) last_positive_ = ~(most_ / 2) - 1;
    }

    bool has(std::uint64_t number) const { return number <= most_ || number > last_positive_; }

private:
    std::uint64_t most_ = 0;
    /// What is above is negative: 64 bits of two's complement.
    std::uint64_t last_positive_ = UINT64_MAX;
};

class Onnx {
public:
    Onnx(Load& load, Bytes bytes) : load_(load), bytes_(bytes), strings_(load.tree()) {}

    Status model() {
        const onnx::Model model = TRY(onnx::read_model(bytes_, load_.limits()));
        places_ = &model.places;
        load_.out().tensors.reserve(model.tensors.size() + model.sparse.size());
        for (const onnx::PlacedTensor& each : model.tensors) {
            TRY(add(each.tensor, TRY(path_to(each.place, each.tensor.at))));
        }
        for (const onnx::PlacedSparse& each : model.sparse) {
            TRY(add_sparse(each.tensor, TRY(path_to(each.place, each.tensor.at))));
        }
        DictBuilder metadata(load_.tree());
        metadata.text("format", "onnx");
        describe_onnx(model, load_.tree(), metadata);
        finish(metadata);
        return {};
    }

    Status single() {
        const onnx::Tensor tensor = TRY(onnx::read_tensor(bytes_, 0));
        std::vector<Step> path;
        if (!tensor.name.empty()) path.push_back(step_of(tensor.name));
        TRY(add(tensor, std::move(path)));
        DictBuilder metadata(load_.tree());
        metadata.text("format", "onnx-tensor");
        finish(metadata);
        return {};
    }

private:
    void finish(DictBuilder& metadata) {
        if (!strings_.empty()) metadata.add("strings", strings_.take());
        load_.out().metadata = metadata.take();
    }

    std::vector<Step> spell(std::uint32_t place, bool with_numbers) const {
        std::vector<Step> out;
        for (; place != 0; place = (*places_)[place].parent) {
            const onnx::Key& key = (*places_)[place].key;
            const bool is_named = !key.name.empty() || !key.number;
            // From the inside to the outside.
            if (key.number && (with_numbers || !is_named)) out.push_back(step_of(*key.number));
            if (is_named) out.push_back(step_of(key.name));
        }
        return {out.rbegin(), out.rend()};
    }

    /// The way to a place that no other tensor has: nodes may share a name, and are then told apart
    /// by their numbers. Errors: duplicate_key, limit_memory.
    Result<std::vector<Step>> path_to(std::uint32_t place, std::uint64_t at) {
        for (const bool with_numbers : {false, true}) {
            std::vector<Step> path = spell(place, with_numbers);
            std::string key;
            for (const Step& step : path) {
                key += step.is_number ? '#' : '.';
                key += std::to_string(step.key.size()) + ':' + step.key;
            }
            names_ += path.size() * sizeof(Step) + key.size();
            if (names_ > kMostNames) return Error{Errc::limit_memory, at};
            if (seen_.insert(std::move(key)).second) return path;
        }
        return Error{Errc::duplicate_key, at};
    }

    /// Adds a tensor, or leaves it if the file that it lies in is not there yet.
    Status add(const onnx::Tensor& tensor, std::vector<Step> path) {
        auto converted = TRY(convert(tensor, std::move(path)));
        if (!converted) return {};
        if (tensor.storage == onnx::Storage::strings) note_strings(tensor, converted->name());
        return load_.add(std::move(*converted));
    }

    Status add_sparse(const onnx::SparseTensor& sparse, std::vector<Step> path) {
        auto values = TRY(convert(sparse.values, {step_of("values")}));
        auto indices = TRY(convert(sparse.indices, {step_of("indices")}));
        if (!values || !indices) return {};
        Tensor out;
        out.path = std::move(path);
        out.dtype = values->dtype;
        out.shape = sparse.shape;
        out.layout = Layout::sparse_onnx;
        out.components.push_back(std::move(*values));
        out.components.push_back(std::move(*indices));
        return load_.add(std::move(out));
    }

    Result<std::optional<Tensor>> convert(const onnx::Tensor& tensor, std::vector<Step> path) {
        Tensor out;
        out.path = std::move(path);
        out.shape = tensor.shape;
        if (tensor.type->is_string()) {
            out.dtype = Dtype::object();
            out.layout = Layout::object;
            return std::optional(std::move(out));
        }
        out.dtype = *scalar_named(tensor.type->name);
        switch (tensor.storage) {
            case onnx::Storage::nothing:
            case onnx::Storage::strings: break;
            case onnx::Storage::raw: TRY(put_raw(out, tensor.raw)); break;
            case onnx::Storage::numbers: TRY(put_numbers(out, tensor)); break;
            case onnx::Storage::external:
                if (!TRY(put_external(out, tensor))) return std::optional<Tensor>();
                break;
        }
        return std::optional(std::move(out));
    }

    /// The same bytes, but for six-bit elements: the last group of these may be cut short.
    Status put_raw(Tensor& out, Bytes raw) {
        const std::uint64_t wanted = TRY(out.dtype.size_of(TRY(out.count())));
        if (raw.size() == wanted) return load_.put(out, raw);
        out.source = kOutput;
        out.offset = TRY(load_.reserve(wanted));
        return load_.output().write(out.offset, raw);
    }

    Status put_numbers(Tensor& out, const onnx::Tensor& tensor) {
        if (!tensor.raw.empty()) return load_.put(out, tensor.raw);
        const onnx::ElementType& type = *tensor.type;
        out.source = kOutput;
        out.offset = TRY(load_.reserve(TRY(out.dtype.size_of(tensor.count))));
        OutputWriter writer(load_, out.offset);
        Packer packer(writer, type.number_bits);
        const Range range(type);
        onnx::Values values(tensor);
        std::array<std::uint64_t, 1024> room{};
        while (const std::size_t count = TRY(values.read(room))) {
            const auto numbers = std::span(room).first(count);
            for (const std::uint64_t number : numbers) {
                if (!range.has(number)) return Error{Errc::bad_number, values.offset()};
                if (type.number_bits < 8) TRY(packer.put(number));
            }
            if (type.number_bits >= 8) TRY(writer.put_numbers(numbers, type.number_bits / 8));
        }
        TRY(packer.finish());
        return writer.finish();
    }

    /// False if the file is not there.
    Result<bool> put_external(Tensor& out, const onnx::Tensor& tensor) {
        const onnx::External& external = tensor.external;
        const auto source = TRY(load_.companion(external.location, external.at));
        if (!source) {
            if (load_.out().wanted.size() > kMostFiles) {
                return Error{Errc::limit_members, external.at};
            }
            return false;
        }
        if (external.has_checksum && !warned_of_checksum_) {
            warned_of_checksum_ = true;
            load_.warn(Errc::unsupported, external.at,
                       "The SHA-1 that is given for external data is not checked.");
        }
        const Companion& file = load_.companion(*source);
        if (!fits(external.offset, tensor.size, file.size)) {
            return Error{Errc::view_out_of_bounds, external.at};
        }
        if (TRY(out.dtype.size_of(tensor.count)) != tensor.size) {
            const Bytes raw = slice(file.bytes, external.offset, tensor.size);
            if (raw.size() != tensor.size) return Error{Errc::unsupported, external.at};
            TRY(put_raw(out, raw));
            return true;
        }
        out.source = *source;
        out.offset = external.offset;
        return true;
    }

    /// Tensors of text have no bytes that could be handed out: what they say is metadata.
    void note_strings(const onnx::Tensor& tensor, std::string_view name) {
        if (load_.options().mode == Mode::tensors) return;
        std::vector<TreeId> items;
        for (const std::string_view each : onnx::strings_of(tensor, kMostStrings)) {
            items.push_back(load_.tree().text(each));
        }
        if (items.size() < tensor.numbers) {
            load_.warn(Errc::limit_nodes, tensor.at, "Not all strings of a tensor were kept.");
        }
        strings_.add(name, load_.tree().container(TreeKind::list, items));
    }

    Load& load_;
    Bytes bytes_;
    DictBuilder strings_;
    const std::vector<onnx::Place>* places_ = nullptr;
    std::set<std::string> seen_;
    std::uint64_t names_ = 0;
    bool warned_of_checksum_ = false;
};

}  // namespace

Status load_onnx(Load& load, Bytes bytes) {
    load.out().format += "onnx";
    return Onnx(load, bytes).model();
}

Status load_onnx_tensor(Load& load, Bytes bytes) {
    load.out().format += "onnx-tensor";
    return Onnx(load, bytes).single();
}

}  // namespace pratique::loader
