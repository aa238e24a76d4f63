#include "scanner/checks/torch/views.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/checked.h"
#include "base/text.h"
#include "rules/findings.h"

namespace pratique::scanner {
namespace {

using pickle::EffectKind;
using pickle::Kind;
using pickle::Program;
using pickle::Value;

/// More elements than this out of a storage a thousand times smaller are a bomb: whoever copies the
/// tensor pays for them.
constexpr std::uint64_t kManyElements = 1ULL << 28;
constexpr std::uint64_t kExpansion = 1000;
constexpr std::uint64_t kMostDimensions = 64;

struct Rebuild {
    std::string_view name;
    std::uint64_t least;
    std::uint64_t most;
};
constexpr auto kRebuilds = std::to_array<Rebuild>({
    {"torch._utils._rebuild_tensor", 4, 4},
    {"torch._utils._rebuild_tensor_v2", 6, 7},
    {"torch._utils._rebuild_tensor_v3", 7, 8},
    {"torch._utils._rebuild_qtensor", 7, 7},
});

/// What is wrong with a view.
enum class Fault : std::uint8_t { none, arguments, beyond, bomb };

struct View {
    std::uint64_t elements = 1;
    std::uint64_t reach = 0;  // elements of the storage up to the last one of the view
};

class ViewCheck {
public:
    ViewCheck(Scan& scan, const Artifact& artifact, const Program& program)
        : scan_(scan), artifact_(artifact), program_(program), names_(program) {}

    void run() {
        for (const pickle::Effect& effect : program_.effects) {
            if (effect.kind != EffectKind::call) continue;
            const std::string called = names_.symbol(program_.item(effect.subject, 0)).dotted();
            const auto rebuild = std::ranges::find(kRebuilds, called, &Rebuild::name);
            if (rebuild == kRebuilds.end()) continue;
            is_wrong_ = false;
            report(fault(*rebuild, program_.item(effect.subject, 1)), effect.at, called);
        }
    }

private:
    void report(Fault fault, std::uint64_t at, const std::string& called) {
        switch (fault) {
            case Fault::none: return;
            case Fault::arguments:
                return scan_.find(RuleId::torch_view_arguments, artifact_, at, escape(called));
            case Fault::beyond:
                return scan_.find(RuleId::torch_view_beyond, artifact_, at, escape(called));
            case Fault::bomb:
                return scan_.find(RuleId::torch_view_bomb, artifact_, at, escape(called));
        }
    }

    Fault fault(const Rebuild& rebuild, Value arguments) {
        if (arguments.kind() != Kind::tuple || !arguments.is_node()) return Fault::arguments;
        const std::uint64_t count = program_[arguments].total;
        if (count < rebuild.least || count > rebuild.most) return Fault::arguments;
        const auto offset = number(program_.item(arguments, 1));
        const auto sizes = numbers(program_.item(arguments, 2));
        const auto strides = numbers(program_.item(arguments, 3));
        if (is_wrong_) return Fault::arguments;
        if (!offset || !sizes || !strides) return Fault::none;
        if (sizes->size() != strides->size()) return Fault::arguments;
        if (*offset < 0 || is_negative(*sizes) || is_negative(*strides)) return Fault::beyond;
        const auto view = measure(static_cast<std::uint64_t>(*offset), *sizes, *strides);
        if (!view) return Fault::beyond;
        const auto storage = storage_at(program_.item(arguments, 0));
        return storage ? against(*view, *storage) : Fault::none;
    }

    /// A storage that came by a persistent id; others are objects that the caller made.
    std::optional<Storage> storage_at(Value value) {
        if (value.kind() != Kind::persistent || !value.is_node()) return std::nullopt;
        return storage_of(program_, names_, program_.item(value, 0));
    }

    /// Nothing for what is no number (it is wrong), or what only a call would tell.
    std::optional<std::int64_t> number(Value value) {
        const auto out = program_.integer(value);
        is_wrong_ = is_wrong_ || (!out && value.is_constant());
        return out;
    }

    /// The same for a tuple of numbers.
    std::optional<std::vector<std::int64_t>> numbers(Value value) {
        is_wrong_ = is_wrong_ || value.is_constant();
        if (value.kind() != Kind::tuple || !value.is_node()) return std::nullopt;
        is_wrong_ = is_wrong_ || program_[value].total > kMostDimensions;
        if (is_wrong_) return std::nullopt;
        std::vector<std::int64_t> out;
        for (const Value item : program_.items(value)) {
            const auto got = number(item);
            if (!got) return std::nullopt;
            out.push_back(*got);
        }
        return out;
    }

    static bool is_negative(const std::vector<std::int64_t>& numbers) {
        return std::ranges::any_of(numbers, [](std::int64_t n) { return n < 0; });
    }

    /// Nothing if the numbers do not fit 64 bits.
    static std::optional<View> measure(std::uint64_t offset, const std::vector<std::int64_t>& sizes,
                                       const std::vector<std::int64_t>& strides) {
        View out;
        if (std::ranges::find(sizes, 0) != sizes.end()) return View{0, 0};
        std::uint64_t last = offset;
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            const auto size = static_cast<std::uint64_t>(sizes[i]);
            const auto elements = checked_mul(out.elements, size);
            const auto step = checked_mul(size - 1, static_cast<std::uint64_t>(strides[i]));
            const auto reached = step ? checked_add(last, *step) : step;
            if (!elements || !reached) return std::nullopt;
            out.elements = *elements;
            last = *reached;
        }
        const auto reach = checked_add(last, std::uint64_t{1});
        if (!reach) return std::nullopt;
        out.reach = *reach;
        return out;
    }

    static Fault against(const View& view, const Storage& storage) {
        if (storage.is_view) {
            const auto end = checked_add(storage.view_begin, storage.view_numel);
            if (!end || *end > storage.numel) return Fault::beyond;
        }
        const std::uint64_t numel = storage.is_view ? storage.view_numel : storage.numel;
        if (view.reach > numel) return Fault::beyond;
        const bool many = view.elements >= kManyElements;
        return many && view.elements / kExpansion > storage.numel ? Fault::bomb : Fault::none;
    }

    Scan& scan_;
    const Artifact& artifact_;
    const Program& program_;
    Names names_;
    bool is_wrong_ = false;  // an argument of the call at hand is of a type that torch never writes
};

}  // namespace

void check_views(Scan& scan, const Artifact& artifact, const Program& program) {
    ViewCheck(scan, artifact, program).run();
}

void check_storage_conflicts(Scan& scan, const Artifact& artifact,
                             const std::vector<Storage>& storages) {
    std::map<std::string_view, const Storage*> first;
    for (const Storage& storage : storages) {
        const auto [place, fresh] = first.emplace(storage.key, &storage);
        const Storage& known = *place->second;
        if (fresh || (known.numel == storage.numel && known.item_size == storage.item_size)) {
            continue;
        }
        scan.find(RuleId::torch_storage_conflict, artifact, storage.at, escape(storage.key));
    }
}

}  // namespace pratique::scanner
