#include "sandbox/loader/pickle/load_pickle.h"

#include <algorithm>

#include "formats/pickle/machine.h"
#include "formats/torch/facts.h"
#include "sandbox/loader/pickle/inert.h"
#include "sandbox/loader/pickle/names.h"
#include "sandbox/loader/torch_legacy.h"

namespace pratique::loader {

Result<pickle::Program> run_for_values(const Load& load, Bytes stream, std::uint64_t begin,
                                       bool raw_arrays) {
    pickle::Program program =
        pickle::run(stream, begin, load.limits(), {.fold = false, .raw_arrays = raw_arrays});
    if (program.error) return *program.error;
    for (const pickle::Effect& effect : program.effects) {
        if (effect.kind == pickle::EffectKind::extension)
            return Error{Errc::unsupported, effect.at};
    }
    return program;
}

namespace {

/// The packages of everything that is imported.
void note_packages(Load& load, const Graph& graph) {
    constexpr std::size_t kMostPackages = 200;
    auto& packages = load.out().packages;
    for (const pickle::Effect& effect : graph.program().effects) {
        if (effect.kind != pickle::EffectKind::import_) continue;
        const std::string module = graph.name_of(effect.subject).module;
        const std::string package = module.substr(0, module.find('.'));
        const auto place = std::lower_bound(packages.begin(), packages.end(), package);
        const bool known = place != packages.end() && *place == package;
        if (package.empty() || known || packages.size() >= kMostPackages) continue;
        packages.insert(place, package);
    }
}

}  // namespace

Status add_values(Load& load, Values& values, std::vector<Step> prefix) {
    if (load.options().mode == Mode::strict) TRY(values.check_strict());
    note_packages(load, values.graph());
    // Most storages are one tensor's.
    load.out().tensors.reserve(load.out().tensors.size() + values.storages().size());
    RefTable tensors;
    TRY(name_tensors(load, values.root(), std::move(prefix), tensors));
    if (load.options().mode == Mode::tensors) return {};
    const TreeId root = TRY(add_inert(load, values.root(), tensors));
    if (!load.out().structure) load.out().structure = root;
    return {};
}

namespace {

/// The protocol that the stream says it has; 0 for one that says nothing.
std::int64_t protocol_of(const pickle::Program& program) {
    pickle::Decoder decoder(from(program.stream, program.begin), program.begin);
    const auto first = decoder.next();
    if (!first || first->op != pickle::Op::proto) return 0;
    return static_cast<std::int64_t>(first->number);
}

}  // namespace

Status load_pickle(Load& load, Bytes stream) {
    pickle::Program program = TRY(run_for_values(load, stream, 0, true));
    if (torch::is_legacy_magic(program)) return load_torch_legacy(load, stream);
    // A number and more behind it: the start of some stream, but of none that is known.
    if (program.root.kind() == pickle::Kind::integer && program.end < stream.size()) {
        return Error{Errc::bad_magic, 0};
    }
    const bool joblib = !program.raw_arrays.empty();
    load.out().format += joblib ? "joblib" : "pickle";
    DictBuilder metadata(load.tree());
    metadata.integer("pickle_protocol", protocol_of(program));
    load.out().metadata = metadata.take();
    if (program.end < stream.size()) {
        load.warn(Errc::trailing_bytes, program.end, "what stands behind the pickle is not loaded");
    }
    Values values(load, std::move(program), nullptr, 0);
    return add_values(load, values);
}

}  // namespace pratique::loader
