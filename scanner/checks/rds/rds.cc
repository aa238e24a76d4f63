#include "scanner/checks/rds/rds.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "formats/rds/rds.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/rds/functions.h"

namespace pratique::scanner {
namespace {

using rds::Kind;
using rds::kNone;
using rds::Node;
using rds::Role;

/// Classes of vectors whose elements come from elsewhere, all of R's own.
constexpr auto kVectorClasses = std::to_array<std::string_view>(
    {"compact_intseq", "compact_realseq", "deferred_string", "wrap_complex", "wrap_integer",
     "wrap_list", "wrap_logical", "wrap_raw", "wrap_real", "wrap_string"});

/// R calls these when it starts in a folder with an .RData, and when it ends.
bool is_start_hook(std::string_view name) { return name == ".First" || name == ".Last"; }

class RdsCheck {
public:
    RdsCheck(Scan& scan, const Artifact& artifact)
        : scan_(scan), artifact_(artifact), read_(rds::read(artifact.bytes)) {}

    void run() {
        for (const Node& node : read_.nodes) check(node);
        report_carried();
        if (read_.error) {
            scan_.gap(*read_.error, artifact_);
            search_hidden_pickles(scan_, artifact_);
        } else {
            inspect_unclaimed(scan_, artifact_, read_.end, artifact_.bytes.size());
        }
    }

private:
    const Node& at(std::uint32_t number) const { return read_.nodes[number]; }
    bool is(std::uint32_t number, Kind kind) const {
        return number != kNone && at(number).kind == kind;
    }
    bool is_function(std::uint32_t number) const {
        return is(number, Kind::closure) || is(number, Kind::builtin);
    }

    void check(const Node& node) {
        switch (node.kind) {
            case Kind::closure:
            case Kind::bytecode: return carry(node, functions_);
            case Kind::promise: return check_promise(node);
            case Kind::symbol:
                check_hook(node);
                check_vector_class(node);
                return check_name(node);
            case Kind::builtin:
            case Kind::text: return check_name(node);
            case Kind::cell:
                if (node.active) find(RuleId::rds_active_binding, node, "");
                return;
            case Kind::pointer: return carry(node, pointers_);
            case Kind::call:
            case Kind::dots:
            case Kind::environment:
            case Kind::alternative:
            case Kind::unbound: return;
        }
    }

    // --- what R does by itself ---

    /// Not evaluated yet: the value is the mark for that.
    bool is_pending(const Node& promise) const {
        return promise.kind == Kind::promise && is(promise.head, Kind::unbound);
    }

    /// A variable of an environment, or one of its `...`: where functions keep their arguments.
    bool is_variable(const Node& node) const {
        if (node.role != Role::head) return false;
        const Node& first = at(at(node.parent).first);
        return first.role == Role::frame || (first.kind == Kind::dots && is_variable_cell(first));
    }
    bool is_variable_cell(const Node& node) const {
        return node.role == Role::head && at(at(at(node.parent).first).first).role == Role::frame;
    }

    void check_promise(const Node& node) {
        if (!is_pending(node)) return;
        if (is_variable(node)) return carry(node, promises_);
        find(RuleId::rds_promise, node, "");
    }

    void check_hook(const Node& node) {
        if (!read_.workspace || node.role != Role::tag || !is_start_hook(read_.name(node))) return;
        const Node& cell = at(node.parent);
        if (at(cell.first).role != Role::root) return;
        // Its function comes behind its name.
        hooks_.push_back(node.parent);
    }

    void check_vector_class(const Node& node) {
        const bool is_first = node.role == Role::head && at(node.parent).role == Role::info;
        if (!is_first) return;
        const std::string& name = read_.name(node);
        if (std::ranges::find(kVectorClasses, name) != kVectorClasses.end()) return;
        find(name.starts_with("mmap_") ? RuleId::rds_maps_file : RuleId::rds_vector_class, node,
             name);
    }

    // --- code that waits ---

    struct Carried {
        std::uint64_t count = 0;
        std::uint64_t at = 0;  // of the first
    };
    static void carry(const Node& node, Carried& carried) {
        if (carried.count++ == 0) carried.at = node.at;
    }

    void report_carried() {
        const auto say = [&](RuleId rule, const Carried& carried, std::string_view what) {
            if (carried.count == 0) return;
            scan_.find(rule, artifact_, carried.at,
                       std::to_string(carried.count) + ' ' + std::string(what));
        };
        say(RuleId::rds_code, functions_, "functions or byte codes");
        say(RuleId::rds_code, promises_, "arguments not evaluated yet");
        say(RuleId::rds_pointer, pointers_, "pointers");
        for (const std::uint32_t hook : hooks_) {
            if (!is_function(at(hook).head)) continue;
            find(RuleId::rds_start_hook, at(hook), read_.name(at(at(hook).tag)));
        }
    }

    /// The function of a call, or a name given to one that calls by name: `base::system`,
    /// do.call("system", ...).
    bool is_called(const Node& node) const {
        if (node.kind == Kind::builtin || node.role == Role::constant) return true;
        if (node.role != Role::head) return false;
        const Node& cell = at(node.parent);
        if (cell.kind == Kind::call) return true;
        const Node& first = at(cell.first);
        return first.kind == Kind::call && is_named(first.head) &&
               calls_by_name(read_.name(at(first.head)));
    }
    bool is_named(std::uint32_t number) const {
        return number != kNone && at(number).name != kNone;
    }

    void check_name(const Node& node) {
        const std::string& name = read_.name(node);
        const Reach reach = reach_of(name);
        if (reach == Reach::plain || !is_called(node)) return;
        const bool carried = node.kind == Kind::builtin || is_code(node);
        if (reach == Reach::system) {
            find_once(carried ? RuleId::rds_code_reaches_out : RuleId::rds_call, node, name);
        } else if (carried) {
            find_once(RuleId::rds_code_evaluates, node, name);
        }
    }

    /// Of a function, or of an expression that still waits.
    bool is_code(const Node& node) const {
        if (node.code == kNone) return false;
        const Node& owner = at(node.code);
        return owner.kind != Kind::promise || is_pending(owner);
    }

    void find(RuleId rule, const Node& node, std::string_view evidence) {
        scan_.find(rule, artifact_, node.at, escape(evidence, 200));
    }
    void find_once(RuleId rule, const Node& node, const std::string& name) {
        if (said_.emplace(rule, name).second) find(rule, node, name);
    }

    Scan& scan_;
    const Artifact& artifact_;
    rds::Serialization read_;
    Carried functions_;
    Carried promises_;
    Carried pointers_;
    std::vector<std::uint32_t> hooks_;
    std::set<std::pair<RuleId, std::string>> said_;
};

}  // namespace

void check_rds(Scan& scan, const Artifact& artifact) { RdsCheck(scan, artifact).run(); }

}  // namespace pratique::scanner
