// load() of the public API, and what a Model says of the whole file: the floors' own answers in
// public words.
#include "api/public/state.h"

namespace pratique::v1 {
namespace {

api::LoadOptions options_of(const Options& options) {
    api::LoadOptions out;
    out.loader.mode = static_cast<loader::Mode>(options.mode);
    out.loader.dequantize = options.dequantize;
    out.loader.logical_bytes = options.max_tensor_bytes;
    out.limits.inflated_bytes = options.max_decompressed_bytes;
    out.sandbox.worker = options.worker.empty() ? api::worker_path() : options.worker;
    out.sandbox.min_tier = static_cast<sandbox::Tier>(options.min_isolation);
    out.sandbox.memory_bytes = options.max_worker_memory;
    out.sandbox.request_timeout = std::chrono::seconds(options.max_seconds);
    out.view = options.view;
    out.writable = options.writable;
    out.snapshot.most_in_memory = options.max_snapshot_memory;
    out.snapshot.folder = options.snapshot_folder;
    out.snapshot.digest = options.hash;
    out.allow_malicious = options.allow_malicious;
    return out;
}

static_assert(static_cast<int>(Mode::strict) == static_cast<int>(loader::Mode::strict));
static_assert(static_cast<int>(Tier::full) == static_cast<int>(sandbox::Tier::full));
static_assert(static_cast<int>(Binding::snapshot) == static_cast<int>(api::Binding::snapshot));

}  // namespace

Error translated(const api::LoadFailure& failure) {
    Error out;
    out.path = failure.path;
    out.place = failure.place;
    out.refused = failure.refused;
    if (failure.error) {
        out.code = name(failure.error->code);
        out.offset = failure.error->offset;
    } else {
        out.code = failure.refused ? failure.findings.empty() ? "not_admitted" : "malicious"
                                   : scanner::name(failure.gap);
    }
    out.message =
        failure.path + (failure.place.empty() ? "" : ": " + failure.place) + ": " + failure.message;
    for (const scanner::Finding& finding : failure.findings) {
        out.findings.push_back(std::string(rules::info(finding.rule).id) + " " + finding.message +
                               (finding.evidence.empty() ? "" : ": " + finding.evidence));
    }
    return out;
}

namespace {

/// Records of a tensor and its parts, whose depth was checked.
Tensor add_record(Model::State& state,  // NOLINT(misc-no-recursion)
                  const loader::Tensor& tensor) {
    Tensor::Record& record = state.records.emplace_back();
    record.model = &state;
    record.tensor = &tensor;
    record.name = tensor.name();
    record.state_name = loader::state_name(tensor);
    for (const loader::Tensor& part : tensor.components) {
        record.components.push_back(add_record(state, part));
    }
    return Tensor(&record);
}

}  // namespace

Model model_of(api::LoadedModel loaded) {
    const auto state = std::make_shared<Model::State>();
    state->loaded = std::move(loaded);
    const loader::Loaded& content = state->loaded.content();
    state->values.tree = &content.tree;
    state->tensors.reserve(content.tensors.size());
    state->by_name.reserve(content.tensors.size());
    for (const loader::Tensor& tensor : content.tensors) {
        const Tensor added = add_record(*state, tensor);
        state->by_name.try_emplace(added.name(), state->tensors.size());
        // What has no other name there is found by name, which is asked for first.
        if (added.state_name() != added.name()) {
            state->by_state_name.try_emplace(added.state_name(), state->tensors.size());
        }
        state->tensors.push_back(added);
    }
    for (const loader::Warning& warning : content.warnings) {
        state->warnings.push_back({std::string(pratique::name(warning.code)),
                                   pratique::escape(warning.place, 4096),
                                   pratique::escape(warning.text, 4096), warning.offset});
    }
    return Model(state);
}

namespace {

Result<Model> result_of(std::variant<api::LoadedModel, api::LoadFailure> loaded) {
    if (auto* failure = std::get_if<api::LoadFailure>(&loaded)) return translated(*failure);
    return model_of(std::move(std::get<api::LoadedModel>(loaded)));
}

}  // namespace

Model::Model(std::shared_ptr<const State> state) : state_(std::move(state)) {}
Model::Model(const Model&) = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(const Model&) = default;
Model& Model::operator=(Model&&) noexcept = default;
Model::~Model() = default;

std::span<const Tensor> Model::tensors() const { return state_->tensors; }

std::optional<Tensor> Model::find(std::string_view name) const {
    for (const auto* names : {&state_->by_name, &state_->by_state_name}) {
        const auto found = names->find(name);
        if (found != names->end()) return state_->tensors[found->second];
    }
    return std::nullopt;
}

const std::string& Model::format() const { return state_->loaded.content().format; }
std::uint64_t Model::file_size() const { return state_->loaded.size(); }
const std::string& Model::file_sha256() const { return state_->loaded.sha256(); }

std::optional<Value> Model::metadata() const {
    const auto id = state_->loaded.content().metadata;
    return id ? std::optional(Value(&state_->values, *id)) : std::nullopt;
}

std::optional<Value> Model::structure() const {
    const auto id = state_->loaded.content().structure;
    return id ? std::optional(Value(&state_->values, *id)) : std::nullopt;
}

std::span<const Warning> Model::warnings() const { return state_->warnings; }

Tier Model::isolation() const { return static_cast<Tier>(state_->loaded.isolation().tier()); }
Binding Model::binding() const { return static_cast<Binding>(state_->loaded.binding()); }

Result<Model> load(const std::string& path, const Options& options) {
    return result_of(api::load(path, options_of(options)));
}

Result<Model> load(int fd, const Options& options) {
    return result_of(api::load(fd, options_of(options)));
}

std::string escape(std::string_view text) { return pratique::escape(text, text.size()); }
std::string_view name(Tier tier) { return sandbox::name(static_cast<sandbox::Tier>(tier)); }
std::string_view name(Binding binding) { return api::name(static_cast<api::Binding>(binding)); }
std::string_view name(Layout layout) { return loader::name(static_cast<loader::Layout>(layout)); }
std::string_view version() { return PRATIQUE_VERSION; }

}  // namespace pratique::v1
