#include "formats/rds/walk.h"

#include "base/checked.h"
#include "formats/rds/types.h"

namespace pratique::rds {
namespace {

/// Something still to be read, `count` times. The cells of a list follow each other, so that a long
/// list is no deep one.
struct Task {
    enum class What : std::uint8_t { item, string, code, constants, constant, operand } what{};
    Role role{};
    std::uint32_t parent = kNone;
    std::uint32_t code = kNone;
    std::uint64_t count = 1;
};

class Walk {
public:
    Walk(Bytes bytes, const Preamble& preamble)
        : in_(from(bytes, preamble.size), preamble.size, preamble.encoding) {
        out_.workspace = preamble.workspace;
    }

    Serialization run() {
        const Status done = walk();
        if (!done) out_.error = done.error();
        out_.end = in_.offset();
        return std::move(out_);
    }

private:
    using What = Task::What;

    Status walk() {
        TRY(read_header());
        TRY(open({What::item, Role::root}));
        while (!open_.empty()) {
            const Task task = open_.back();
            if (task.count <= 1) {
                open_.pop_back();
            } else {
                --open_.back().count;
            }
            TRY(step(task));
        }
        return {};
    }

    Status read_header() {
        const std::uint64_t at = in_.offset();
        out_.version = TRY(in_.integer());
        if (out_.version != 2 && out_.version != 3) return Error{Errc::unsupported, at};
        TRY(in_.skip_integers(2));
        if (out_.version == 3) TRY(in_.characters(TRY(count()), 0));
        return {};
    }

    Status step(const Task& task) {
        switch (task.what) {
            case What::item: return item(task);
            case What::string: return string(task);
            case What::code: return code(task);
            case What::constants:
                return open({What::constant, Role::constant, task.parent, task.code, TRY(count())});
            case What::constant:
            case What::operand: return constant(task);
        }
        return {};
    }

    /// The last that is opened is the first that is read.
    Status open(Task task) {
        if (task.count == 0) return {};
        if (open_.size() >= kMostOpen) return Error{Errc::limit_depth, in_.offset()};
        open_.push_back(task);
        return {};
    }

    // --- numbers and names ---

    Result<std::uint64_t> count() {
        const std::uint64_t at = in_.offset();
        const std::int32_t number = TRY(in_.integer());
        if (number < 0) return Error{Errc::negative_length, at};
        return static_cast<std::uint64_t>(number);
    }

    Result<std::uint64_t> length() {
        const std::uint64_t at = in_.offset();
        const std::int32_t number = TRY(in_.integer());
        if (number < -1) return Error{Errc::negative_length, at};
        if (number >= 0) return static_cast<std::uint64_t>(number);
        const auto high = static_cast<std::uint32_t>(TRY(in_.integer()));
        const auto low = static_cast<std::uint32_t>(TRY(in_.integer()));
        return std::uint64_t{high} << 32 | low;
    }

    Result<Flags> flags() { return Flags{static_cast<std::uint32_t>(TRY(in_.integer()))}; }

    struct Characters {
        std::string kept;
        bool has_attributes = false;
    };
    Result<Characters> characters() {
        const std::uint64_t at = in_.offset();
        const Flags head = TRY(flags());
        if (head.type() != kCharacters) return Error{Errc::wrong_type, at};
        const std::int32_t size = TRY(in_.integer());
        if (size < -1) return Error{Errc::negative_length, at};
        if (size == -1) return Characters{"NA", head.has_attributes()};
        return Characters{TRY(in_.characters(static_cast<std::uint64_t>(size), kKeptName)),
                          head.has_attributes()};
    }

    // --- what is kept ---

    std::uint32_t keep_name(std::string name) {
        out_.names.push_back(std::move(name));
        return static_cast<std::uint32_t>(out_.names.size() - 1);
    }

    /// True for the second and later cells of a list.
    static bool goes_on(Kind parent, Kind kind, Role role) {
        const auto is_cell = [](Kind k) { return k == Kind::cell || k == Kind::dots; };
        return role == Role::tail && is_cell(kind) && (is_cell(parent) || parent == Kind::call);
    }

    Result<std::uint32_t> keep(Kind kind, const Task& task, std::uint64_t at) {
        if (out_.nodes.size() >= kMostNodes) return Error{Errc::limit_nodes, at};
        const auto number = static_cast<std::uint32_t>(out_.nodes.size());
        Node node{.kind = kind, .role = task.role, .parent = task.parent, .code = task.code};
        node.at = at;
        node.first = number;
        if (task.parent != kNone) {
            Node& parent = out_.nodes[task.parent];
            if (goes_on(parent.kind, kind, task.role)) node.first = parent.first;
            if (task.role == Role::head) parent.head = number;
            if (task.role == Role::tag) parent.tag = number;
        }
        out_.nodes.push_back(node);
        return number;
    }

    Status keep_named(Kind kind, const Task& task, std::uint64_t at, std::uint32_t name) {
        out_.nodes[TRY(keep(kind, task, at))].name = name;
        return {};
    }

    void refer_to(std::uint32_t symbol = kNone) { references_.push_back(symbol); }

    // --- items ---

    Status item(const Task& task) {
        const std::uint64_t at = in_.offset();
        const Flags head = TRY(flags());
        switch (head.type()) {
            case kNil:
            case kBaseEnvironment:
            case kEmptyEnvironment:
            case kBaseNamespace:
            case kMissing:
            case kGlobalEnvironment:
            case kNilValue: return {};
            case kUnbound: TRY(keep(Kind::unbound, task, at)); return {};
            case kSymbol: return symbol(task, at);
            case kReference: return reference(head, task, at);
            case kPersistent:
            case kPackage:
            case kNamespace: return names(task);
            case kEnvironment: return environment(task, at);
            case kList: return cell(Kind::cell, head, task, at);
            case kDots: return cell(Kind::dots, head, task, at);
            case kClosure: return cell(Kind::closure, head, task, at);
            case kPromise: return cell(Kind::promise, head, task, at);
            case kCall: return cell(Kind::call, head, task, at);
            case kSpecial:
            case kBuiltin: return built_in(task, at);
            case kAlternative: return alternative(task, at);
            default: return with_attributes(head, task, at);
        }
    }

    Status symbol(const Task& task, std::uint64_t at) {
        Characters read = TRY(characters());
        if (read.has_attributes) return Error{Errc::unsupported, at};
        const std::uint32_t name = keep_name(std::move(read.kept));
        refer_to(name);
        return keep_named(Kind::symbol, task, at, name);
    }

    /// To a symbol, an environment or the like that was there before.
    Status reference(Flags head, const Task& task, std::uint64_t at) {
        std::uint64_t number = head.bits >> 8;
        if (number == 0) number = TRY(count());
        if (number == 0 || number > references_.size()) return Error{Errc::missing_record, at};
        const std::uint32_t name = references_[number - 1];
        return name == kNone ? Status{} : keep_named(Kind::symbol, task, at, name);
    }

    Status names(const Task& task) {
        const std::uint64_t at = in_.offset();
        if (TRY(in_.integer()) != 0) return Error{Errc::unsupported, at};
        refer_to();
        return open({What::string, Role::element, task.parent, kNone, TRY(count())});
    }

    Status environment(const Task& task, std::uint64_t at) {
        TRY(in_.integer());  // locked
        refer_to();
        const std::uint32_t node = TRY(keep(Kind::environment, task, at));
        TRY(open({What::item, Role::attribute, node}));
        TRY(open({What::item, Role::frame, node, kNone, 2}));
        return open({What::item, Role::element, node});
    }

    Status cell(Kind kind, Flags head, const Task& task, std::uint64_t at) {
        const std::uint32_t node = TRY(keep(kind, task, at));
        out_.nodes[node].active = head.active();
        const bool starts_code = kind == Kind::closure || kind == Kind::promise;
        const std::uint32_t code = starts_code ? node : task.code;
        // What a promise came to is a value, and the environments are data.
        const std::uint32_t of_head = kind == Kind::promise ? kNone : code;
        TRY(open({What::item, Role::tail, node, code}));
        TRY(open({What::item, Role::head, node, of_head}));
        if (head.has_tag()) TRY(open({What::item, Role::tag, node}));
        if (head.has_attributes()) TRY(open({What::item, Role::attribute, node}));
        return {};
    }

    Status built_in(const Task& task, std::uint64_t at) {
        const std::uint64_t size = TRY(count());
        return keep_named(Kind::builtin, task, at, keep_name(TRY(in_.characters(size, kKeptName))));
    }

    Status alternative(const Task& task, std::uint64_t at) {
        const std::uint32_t node = TRY(keep(Kind::alternative, task, at));
        TRY(open({What::item, Role::attribute, node}));
        TRY(open({What::item, Role::element, node}));
        return open({What::item, Role::info, node});
    }

    /// The types whose attributes come last.
    Status with_attributes(Flags head, const Task& task, std::uint64_t at) {
        if (head.has_attributes()) TRY(open({What::item, Role::attribute, task.parent}));
        switch (head.type()) {
            case kCharacters: {
                const std::int32_t size = TRY(in_.integer());
                if (size < -1) return Error{Errc::negative_length, at};
                TRY(in_.characters(size < 0 ? 0 : static_cast<std::uint64_t>(size), 0));
                return {};
            }
            case kLogicals:
            case kIntegers: return in_.skip_integers(TRY(length()));
            case kReals: return in_.skip_reals(TRY(length()));
            case kComplexes:
                return in_.skip_reals(TRY(checked_mul(TRY(length()), std::uint64_t{2}, at)));
            case kRaw: return in_.skip_raw(TRY(length()));
            case kStrings: return strings(task);
            case kVector:
            case kExpressions: return vector(task);
            case kByteCode: return byte_code(task, at);
            case kPointer: {
                refer_to();
                const std::uint32_t node = TRY(keep(Kind::pointer, task, at));
                return open({What::item, Role::element, node, kNone, 2});
            }
            case kWeakReference: refer_to(); return {};
            case kS4: return {};
            default: return Error{Errc::unsupported, at};
        }
    }

    Status strings(const Task& task) {
        const std::uint64_t at = in_.offset();
        const std::uint64_t size = TRY(length());
        if (size == 1 && task.code != kNone) {
            Characters only = TRY(characters());
            if (only.has_attributes) return Error{Errc::unsupported, at};
            return keep_named(Kind::text, task, at, keep_name(std::move(only.kept)));
        }
        if (size > in_.most(8)) return Error{Errc::truncated, at};
        return open({What::string, Role::element, task.parent, kNone, size});
    }

    Status string(const Task& task) {
        const std::uint64_t at = in_.offset();
        const Flags head = TRY(flags());
        if (head.type() != kCharacters) return Error{Errc::wrong_type, at};
        return with_attributes(head, task, at);
    }

    Status vector(const Task& task) {
        const std::uint64_t at = in_.offset();
        const std::uint64_t size = TRY(length());
        if (size > in_.most(4)) return Error{Errc::truncated, at};
        // The table of an environment is a vector of lists of variables.
        const Role role = task.role == Role::frame ? Role::frame : Role::element;
        return open({What::item, role, task.parent, task.code, size});
    }

    // --- byte code ---

    Status byte_code(const Task& task, std::uint64_t at) {
        const std::uint32_t node = TRY(keep(Kind::bytecode, task, at));
        TRY(count());  // of what is shared
        return open({What::code, Role::constant, node, node});
    }

    Status code(const Task& task) {
        const std::uint64_t at = in_.offset();
        const Flags head = TRY(flags());
        if (head.type() != kIntegers) return Error{Errc::wrong_type, at};
        TRY(in_.skip_integers(TRY(length())));
        TRY(open({What::constants, Role::constant, task.parent, task.code}));
        if (head.has_attributes()) TRY(open({What::item, Role::attribute, task.parent}));
        return {};
    }

    Status constant(const Task& task) {
        const std::uint64_t at = in_.offset();
        std::int32_t type = TRY(in_.integer());
        if (type == kByteCode && task.what == What::constant) {
            return open({What::code, Role::constant, task.parent, task.code});
        }
        if (type == kSharedUse) return in_.skip_integers(1);
        const bool defined = type == kSharedDefinition;
        if (defined) {
            TRY(in_.skip_integers(1));
            type = TRY(in_.integer());
        }
        const bool is_call = type == kCall || type == kCallWithAttributes;
        if (is_call || type == kList || type == kListWithAttributes) {
            const bool more = type == kCallWithAttributes || type == kListWithAttributes;
            return operands(is_call ? Kind::call : Kind::cell, more, task, at);
        }
        if (defined) return Error{Errc::wrong_type, at};
        return open({What::item, task.role, task.parent, task.code});
    }

    Status operands(Kind kind, bool has_attributes, const Task& task, std::uint64_t at) {
        const std::uint32_t node = TRY(keep(kind, task, at));
        TRY(open({What::operand, Role::tail, node, task.code}));
        TRY(open({What::operand, Role::head, node, task.code}));
        TRY(open({What::item, Role::tag, node}));
        if (has_attributes) TRY(open({What::item, Role::attribute, node}));
        return {};
    }

    Stream in_;
    Serialization out_;
    std::vector<Task> open_;
    std::vector<std::uint32_t> references_;  // the name of each that is a symbol
};

}  // namespace

Serialization walk(Bytes bytes, const Preamble& preamble) { return Walk(bytes, preamble).run(); }

}  // namespace pratique::rds
