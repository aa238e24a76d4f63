// What a pickle would do, written down instead of done. A pickle is a program without branches,
// so one symbolic run of the machine yields everything there is to know: the values it builds
// and, in stream order, its *effects* - the places where Python would run code that is not the
// unpickler's own. A Program is plain data; nothing in it can be executed.
//
//   nodes    one per container, import, call result, ...        (what was built)
//   edges    the Values inside nodes, in runs                   (what is in what)
//   effects  import, call, set state, ... in stream order       (what would run)
//   notes    where two readers of the stream would differ       (what smells)
//
// Constants have no node: a Value carries the offset of the opcode that pushed it, and the text
// or number is decoded again when somebody asks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "formats/pickle/decoder.h"

namespace pratique::pickle {

enum class Kind : std::uint8_t {
    absent,  // no value; an empty memo slot
    // Constants: the payload is the offset of the opcode.
    none,
    boolean,
    integer,
    real,
    bytes,
    text,
    bytearray,
    // Nodes: the payload is an index into Program::nodes, or, when folded, an offset.
    tuple,
    list,
    dict,
    set,
    frozenset,
    global,      // an import
    object,      // the result of a call
    persistent,  // what persistent_load returns
    extension,   // what the extension registry returns
    buffer,      // an out-of-band buffer
};

/// One value on the stack, in the memo or inside a node: 8 bytes, copied freely.
class Value {
public:
    Value() = default;
    static Value constant(Kind kind, std::uint64_t at) { return Value(kind, at << 8); }
    static Value node(Kind kind, std::uint32_t index) {
        return Value(kind, std::uint64_t{index} << 8);
    }
    /// A container whose contents, plain data, were forgotten. `weight` is its logical size.
    static Value folded(Kind kind, std::uint64_t at, std::uint64_t weight);

    Kind kind() const { return static_cast<Kind>(bits_ & 0x3f); }
    bool is_folded() const { return (bits_ & kFolded) != 0; }
    bool is_constant() const { return kind() >= Kind::none && kind() <= Kind::bytearray; }
    bool is_node() const { return kind() >= Kind::tuple && !is_folded(); }
    std::uint32_t index() const { return static_cast<std::uint32_t>(bits_ >> 8); }
    /// Of a constant or a folded container.
    std::uint64_t at() const { return bits_ >> 8 & (is_folded() ? kFoldedOffset : ~0ULL); }
    std::uint64_t folded_weight() const { return 1ULL << (bits_ >> 58); }
    explicit operator bool() const { return kind() != Kind::absent; }
    friend bool operator==(Value, Value) = default;

private:
    static constexpr std::uint64_t kFolded = 0x40;
    static constexpr std::uint64_t kFoldedOffset = (1ULL << 50) - 1;

    Value(Kind kind, std::uint64_t payload) : bits_(payload | static_cast<std::uint64_t>(kind)) {}

    std::uint64_t bits_ = 0;
};

/// A container, an import or the result of an effect.
struct Node {
    std::uint64_t at = 0;       // offset of the opcode that made it
    std::uint64_t total = 0;    // items put in, whether shown or not
    std::uint64_t weight = 1;   // logical size: itself and everything inside, saturating
    std::uint32_t first = 0;    // index of the first run of edges, 0 for none
    std::uint32_t last = 0;     // index of the last run
    std::uint32_t depth = 1;    // containers inside each other, itself included
    std::uint8_t protocol = 0;  // in force when the node was made: decides how names are read
    bool plain = true;          // holds constants and plain containers only, no hook names
    bool unhashable = false;
    bool from_inst = false;  // an import made by INST
};

/// Consecutive edges of one node.
struct Run {
    std::uint32_t first_edge = 0;
    std::uint32_t count = 0;
    std::uint32_t next = 0;  // index of the next run, 0 for none
};

enum class EffectKind : std::uint8_t {
    import_,      // GLOBAL, STACK_GLOBAL, INST: a module's body runs, a name is looked up in it
    call,         // REDUCE: callable(*arguments)
    construct,    // NEWOBJ, NEWOBJ_EX: class.__new__(class, *arguments)
    instantiate,  // OBJ, INST: class(*arguments), or class.__new__ when there are none
    set_state,    // BUILD: __setstate__(state), or attributes are set
    append,       // APPEND, APPENDS on no list: extend() or append()
    set_item,     // SETITEM, SETITEMS on no dictionary: __setitem__()
    add_item,     // ADDITEMS on no set: add()
    persistent,   // PERSID, BINPERSID: persistent_load(id), the application's hook
    extension,    // EXT1, EXT2, EXT4: a callable from copyreg's registry
};

struct Effect {
    EffectKind kind{};
    std::uint64_t at = 0;  // offset of the opcode
    /// The node that the effect made (import, call, construct, instantiate, persistent,
    /// extension) or acts on (set_state, append, set_item, add_item).
    Value subject;
    /// The state of set_state; a tuple of the items for append, set_item and add_item.
    Value argument;
};

// Where readers differ, or where no ordinary writer goes.
#define PRATIQUE_PICKLE_NOTES(X)                                                               \
    X(frame_crossed, "an opcode or its argument crosses the end of a FRAME")                   \
    X(text_number, "a number in a text form that readers take differently")                    \
    X(long_number, "a number of thousands of digits, which takes quadratic time to read")      \
    X(text_line, "a text argument that is empty or runs into the end of the stream")           \
    X(import_before_error, "INST without its MARK: only some readers import before they stop") \
    X(items_before_error, "a key without a value: only some readers set the others first")     \
    X(text_encoding, "a Python 2 string whose bytes are not ASCII")                            \
    X(arguments_no_tuple, "call arguments that are no tuple")                                  \
    X(protocol_change, "PROTO stands elsewhere than at the start")                             \
    X(memo_index, "a memo index far above the number of values")                               \
    X(expansion, "shared containers that stand for a gigantic value")                          \
    X(nesting, "containers nested thousands of levels deep")                                   \
    X(hash_collision, "many keys made to have one hash")                                       \
    X(stack_left, "values are left on the stack at STOP")                                      \
    X(folded_changed, "a finished container is changed afterwards")                            \
    X(out_of_band, "a buffer that only some readers are given")                                \
    X(unregistered_extension, "an extension code")

enum class NoteKind : std::uint8_t {
#define PRATIQUE_ENUMERATOR(name, meaning) name,
    PRATIQUE_PICKLE_NOTES(PRATIQUE_ENUMERATOR)
#undef PRATIQUE_ENUMERATOR
};
std::string_view name(NoteKind kind);
std::string_view meaning(NoteKind kind);

struct Note {
    NoteKind kind{};
    std::uint64_t at = 0;
};

/// Raw bytes inside the stream that joblib's reader, unlike pickle's, takes for an array.
struct RawArray {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
};

/// One pickle of a stream. Offsets count from the start of `stream`.
struct Program {
    Bytes stream;             // what was decoded; constants are read from it again
    std::uint64_t begin = 0;  // of this pickle
    std::uint64_t end = 0;    // behind STOP, or where the error stands
    std::vector<Node> nodes;
    std::vector<Run> runs;
    std::vector<Value> edges;
    std::vector<Effect> effects;
    std::vector<Note> notes;
    std::vector<RawArray> raw_arrays;
    std::vector<Program> nested;  // arrays of objects inside joblib streams
    Value root;                   // absent unless STOP was reached
    std::optional<Error> error;   // what ended it early; the effects before it still count
    std::uint64_t opcodes = 0;

    const Node& operator[](Value value) const { return nodes[value.index()]; }
    /// The shown items of a node; a prefix of all `total` of them when some were folded.
    std::vector<Value> items(Value value) const;
    /// The item at `position`, or absent.
    Value item(Value value, std::size_t position) const;
    /// Offset of the opcode that made `value`.
    std::uint64_t at(Value value) const;
    /// The instruction that pushed a constant.
    std::optional<Instruction> instruction(Value constant) const;
    /// The characters of a text constant as UTF-8 (escapes resolved), or of a Python 2 string.
    std::optional<std::string> text(Value value) const;
    /// Whether text() is `wanted`, without a copy of it.
    bool is_text(Value value, std::string_view wanted) const;
    /// The raw bytes of a bytes or bytearray constant, or of a Python 2 string in binary form.
    std::optional<Bytes> bytes(Value value) const;
    /// An integer constant that fits.
    std::optional<std::int64_t> integer(Value value) const;
    std::optional<double> real(Value value) const;
    std::optional<bool> boolean(Value value) const;
};

}  // namespace pratique::pickle
