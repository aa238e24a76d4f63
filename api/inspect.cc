#include "api/inspect.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <unordered_map>

#include "api/report/log_lines.h"
#include "api/report/report.h"
#include "api/tensor_digest.h"
#include "api/tree_json.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "sandbox/loader/names.h"

namespace pratique::api {

using loader::Layout;
using loader::Tensor;

namespace {

/// Values of the tree that one report shows.
constexpr std::size_t kMostValues = 200'000;

using Digests = std::unordered_map<const Tensor*, std::string>;

Result<Digests> digests_of(const LoadedModel& model, int cancel) {
    const auto all = collect(model.content().tensors);
    const auto digests = TRY(tensor_digests(
        all, [&](std::uint32_t source) { return model.source(source); }, cancel));
    Digests out;
    for (std::size_t i = 0; i < all.size(); ++i) out.emplace(all[i], digests[i]);
    return out;
}

/// Bytes of a file; of a tensor what its elements take, written out.
std::optional<std::uint64_t> bytes_of(const Tensor& tensor) {
    const auto bytes = tensor.logical_bytes();
    if (!tensor.has_data() || !bytes) return std::nullopt;
    return *bytes;
}

// --- JSON --------------------------------------------------------------------------------------

class Json {
public:
    Json(const LoadedModel& model, const InspectOptions& options, const Digests& digests)
        : model_(model), options_(options), digests_(digests) {}

    std::string run(const std::string& path) {
        const loader::Loaded& content = model_.content();
        out_.begin_object().key("schema_version").number(1);
        out_.key("tool").begin_object().key("name").string("pratique");
        out_.key("version").string(PRATIQUE_VERSION).end_object();
        put_isolation(out_, model_.isolation());
        out_.key("binding").string(name(model_.binding()));
        out_.key("path").string(escape(path));
        out_.key("size").number(model_.size());
        if (!model_.sha256().empty()) out_.key("sha256").string(model_.sha256());
        out_.key("format").string(escape(content.format));
        out_.key("payload").string(content.payload_read ? "verified" : "not read");
        out_.key("tensors").begin_array();
        for (const Tensor& tensor : content.tensors) put(tensor);
        out_.end_array();
        put_metadata();
        if (options_.structure && content.structure) {
            out_.key("structure");
            put_tree(out_, content.tree, *content.structure, kMostValues);
        }
        put_warnings();
        out_.end_object();
        return out_.take();
    }

private:
    void put_path(const Tensor& tensor) {
        out_.key("path").begin_array();
        for (const loader::Step& step : tensor.path) {
            std::int64_t number = 0;
            const std::string_view key = step.key;
            const auto read = std::from_chars(key.begin(), key.end(), number);
            const bool is_number =
                step.is_number && read.ec == std::errc{} && read.ptr == key.end();
            is_number ? out_.signed_number(number) : out_.verbatim(step.key);
        }
        out_.end_array();
    }

    void put_quantizer(const loader::Quantizer& quantizer) {
        out_.key("quantizer").begin_object().key("scheme").verbatim(quantizer.scheme);
        if (quantizer.axis) {
            out_.key("axis").number(*quantizer.axis);
        } else {
            out_.key("scale").real(quantizer.scale);
            out_.key("zero_point").signed_number(quantizer.zero_point);
        }
        out_.end_object();
    }

    void put_flags(const Tensor& tensor) {
        if (tensor.layout != Layout::strided && tensor.layout != Layout::meta &&
            tensor.layout != Layout::object) {
            out_.key("layout").string(name(tensor.layout));
        }
        if (tensor.conj) out_.key("conj").boolean(true);
        if (tensor.neg) out_.key("neg").boolean(true);
        if (tensor.parameter) out_.key("parameter").boolean(true);
        if (tensor.requires_grad) out_.key("requires_grad").boolean(true);
        if (tensor.scalar) out_.key("scalar").boolean(true);
        if (tensor.ggml_type) out_.key("ggml_type").number(*tensor.ggml_type);
        if (!tensor.device.empty()) out_.key("device").verbatim(tensor.device);
        if (tensor.quantizer) put_quantizer(*tensor.quantizer);
    }

    // NOLINTNEXTLINE(misc-no-recursion): as deep as check_form() lets a tensor be
    void put(const Tensor& tensor) {
        out_.begin_object().key("name").verbatim(tensor.name());
        put_path(tensor);
        const std::string in_module = state_name(tensor);
        if (in_module != tensor.name()) out_.key("state_name").verbatim(in_module);
        if (is_optimizer_state(tensor)) out_.key("role").string("optimizer");
        out_.key("dtype").verbatim(tensor.dtype.name());
        out_.key("shape").begin_array();
        for (const std::uint64_t extent : tensor.shape) out_.number(extent);
        out_.end_array().key("nbytes");
        const auto bytes = bytes_of(tensor);
        bytes ? out_.number(*bytes) : out_.null();
        if (options_.digest) {
            out_.key("sha256");
            const std::string& digest = digests_.at(&tensor);
            digest.empty() ? out_.null() : out_.string(digest);
        }
        put_flags(tensor);
        if (!tensor.components.empty()) {
            out_.key("components").begin_array();
            for (const Tensor& part : tensor.components) put(part);
            out_.end_array();
        }
        out_.end_object();
    }

    void put_metadata() {
        const loader::Loaded& content = model_.content();
        out_.key("metadata");
        if (content.metadata) {
            put_tree(out_, content.tree, *content.metadata, kMostValues);
        } else {
            out_.begin_object().end_object();
        }
        out_.key("packages").begin_array();
        for (const std::string& package : content.packages) out_.verbatim(package);
        out_.end_array();
    }

    void put_warnings() {
        out_.key("warnings").begin_array();
        for (const loader::Warning& warning : model_.content().warnings) {
            out_.begin_object().key("code").string(name(warning.code));
            out_.key("artifact").string(escape(warning.place));
            out_.key("offset").number(warning.offset);
            out_.key("message").string(escape(warning.text)).end_object();
        }
        out_.end_array();
    }

    const LoadedModel& model_;
    const InspectOptions& options_;
    const Digests& digests_;
    json::Writer out_;
};

// --- Text --------------------------------------------------------------------------------------

std::string size_text(std::uint64_t bytes) {
    constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", value,
                  kUnits.at(unit));
    return text.data();
}

std::string shape_text(const Tensor& tensor) {
    std::string out;
    for (const std::uint64_t extent : tensor.shape) {
        out += (out.empty() ? "" : "×") + std::to_string(extent);
    }
    return out.empty() ? "scalar" : out;
}

void put_column(std::string& out, const std::string& text, std::size_t width) {
    out += text;
    out.append(columns(text) < width ? width - columns(text) : 0, ' ');
}

class Text {
public:
    Text(const LoadedModel& model, const InspectOptions& options, const Digests& digests)
        : model_(model), options_(options), digests_(digests) {}

    std::string run(const std::string& path) {
        const loader::Loaded& content = model_.content();
        measure_keys();
        line("file", escape(path) + ", " + size_text(model_.size()));
        line("format", escape(content.format));
        if (!model_.sha256().empty()) line("sha256", model_.sha256());
        put_metadata();
        put_packages();
        put_sums();
        put_table();
        if (options_.structure && content.structure) {
            json::Writer tree;
            put_tree(tree, content.tree, *content.structure, kMostValues);
            out_ += "\nstructure\n" + tree.take();
        }
        return std::move(out_);
    }

private:
    void line(std::string_view key, std::string_view text) {
        put_column(out_, std::string(key), key_width_ + 2);
        out_ += text;
        out_ += '\n';
    }

    void put_metadata() {
        const loader::Loaded& content = model_.content();
        if (!content.metadata) return;
        const auto items = content.tree.children(*content.metadata);
        for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
            const std::string key = key_of(items[i]);
            if (!key.empty()) line(key, short_form(content.tree, items[i + 1]));
        }
    }

    /// Empty for what says nothing to people.
    std::string key_of(loader::TreeId id) const {
        std::string key = escape(model_.content().tree.characters(id), kWidestKey);
        const bool internal = key == "format" || key.starts_with("values") || key == "header_bytes";
        return internal ? std::string() : key;
    }

    void measure_keys() {
        const loader::Loaded& content = model_.content();
        if (!content.metadata) return;
        const auto items = content.tree.children(*content.metadata);
        for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
            key_width_ = std::max(key_width_, columns(key_of(items[i])));
        }
    }

    void put_packages() {
        std::string all;
        for (const std::string& package : model_.content().packages) {
            all += (all.empty() ? "" : ", ") + escape(package, 60);
        }
        if (!all.empty()) line("imports", all);
    }

    void put_sums() {
        std::uint64_t weights = 0;
        std::uint64_t states = 0;
        std::size_t state_count = 0;
        for (const Tensor* tensor : collect(model_.content().tensors)) {
            const std::uint64_t bytes = bytes_of(*tensor).value_or(0);
            (is_optimizer_state(*tensor) ? states : weights) += bytes;
            if (is_optimizer_state(*tensor)) ++state_count;
        }
        const std::size_t count = model_.content().tensors.size();
        std::string text = std::to_string(count) + (count == 1 ? " tensor, " : " tensors, ") +
                           size_text(weights + states);
        if (state_count != 0) {
            text += "; of these " + std::to_string(state_count) + " of an optimiser, " +
                    size_text(states);
        }
        line("tensors", text);
        line("binding", std::string(name(model_.binding())) + ", isolation " +
                            std::string(name(model_.isolation().tier())) +
                            (model_.content().payload_read ? "" : ", payload: not read"));
    }

    void put_table() {
        const auto all = collect(model_.content().tensors);
        if (all.empty()) return;
        std::size_t type_width = 5;
        std::size_t shape_width = 5;
        for (const Tensor* tensor : all) {
            type_width = std::max(type_width, columns(escape(tensor->dtype.name(), 24)));
            shape_width = std::max(shape_width, columns(shape_text(*tensor)));
        }
        shape_width = std::min<std::size_t>(shape_width, 24);
        out_ += '\n';
        for (const Tensor* tensor : all) {
            put_column(out_, escape(tensor->dtype.name(), 24), type_width + 2);
            put_column(out_, shape_text(*tensor), shape_width + 2);
            const auto bytes = bytes_of(*tensor);
            put_column(out_, bytes ? size_text(*bytes) : std::string(name(tensor->layout)), 12);
            const std::string shown = escape(state_name(*tensor), 400);
            out_ += shown.empty() ? "(the whole file)" : shown;
            out_ += '\n';
            if (options_.digest && !digests_.at(tensor).empty()) {
                out_ += "    sha256:" + digests_.at(tensor) + '\n';
            }
        }
    }

    const LoadedModel& model_;
    const InspectOptions& options_;
    const Digests& digests_;
    static constexpr std::size_t kWidestKey = 40;

    std::string out_;
    std::size_t key_width_ = 9;
};

Result<Digests> wanted_digests(const LoadedModel& model, const InspectOptions& options) {
    if (!options.digest) return Digests();
    return digests_of(model, options.cancel);
}

}  // namespace

Result<std::string> inspect_json(const LoadedModel& model, const std::string& path,
                                 const InspectOptions& options) {
    const Digests digests = TRY(wanted_digests(model, options));
    return Json(model, options, digests).run(path);
}

Result<std::string> inspect_text(const LoadedModel& model, const std::string& path,
                                 const InspectOptions& options) {
    const Digests digests = TRY(wanted_digests(model, options));
    return without_commands(Text(model, options, digests).run(path));
}

}  // namespace pratique::api
