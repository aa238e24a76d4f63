#include "formats/pickle/joblib.h"

#include <algorithm>
#include <charconv>

#include "base/checked.h"
#include "base/reader.h"

namespace pratique::pickle {
namespace {

/// A structured dtype is built right before the wrapper that uses it, or was memoised; looking
/// back further than this would make many arrays quadratic.
constexpr std::size_t kLookBack = 4096;

Value member(const Program& program, Value dict, std::string_view key) {
    const auto items = program.items(dict);
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        if (program.text(items[i]) == key) return items[i + 1];
    }
    return {};
}

/// NPY_ITEM_REFCOUNT in the flags of a structured dtype's state says that it holds objects.
bool state_has_objects(const Program& program, Value dtype) {
    const auto& effects = program.effects;
    const std::size_t oldest = effects.size() > kLookBack ? effects.size() - kLookBack : 0;
    for (std::size_t i = effects.size(); i-- > oldest;) {
        if (effects[i].kind != EffectKind::set_state || effects[i].subject != dtype) continue;
        const auto flags = program.integer(program.item(effects[i].argument, 7));
        return flags && (*flags & 1) != 0;
    }
    return false;
}

struct ItemSize {
    std::uint64_t bytes;
    bool has_objects;
};

/// From the text that numpy.dtype was called with: "f8", "O8", "U3", "V24", "M8", "b1".
std::optional<ItemSize> item_size(const Program& program, Value dtype) {
    const Value arguments = program.item(dtype, 1);
    const auto text = program.text(program.item(arguments, 0));
    if (dtype.kind() != Kind::object || !text) return std::nullopt;
    std::string_view code = *text;
    if (!code.empty() && std::string_view("<>=|").find(code.front()) != std::string_view::npos) {
        code.remove_prefix(1);
    }
    if (code.empty()) return std::nullopt;
    const std::string_view digits = code.substr(1, code.find('[') - 1);
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), count);
    if (error != std::errc{} || end != digits.end()) return std::nullopt;
    const bool structured = code.front() == 'V';
    const bool objects = code.front() == 'O' || (structured && state_has_objects(program, dtype));
    if (count > UINT32_MAX) return std::nullopt;
    return ItemSize{code.front() == 'U' ? 4 * count : count, objects};
}

std::optional<std::uint64_t> product(const Program& program, Value shape, std::uint64_t bytes) {
    if (shape.kind() != Kind::tuple) return std::nullopt;
    for (const Value dimension : program.items(shape)) {
        const auto extent = program.integer(dimension);
        if (!extent || *extent < 0) return std::nullopt;
        const auto next = checked_mul(bytes, static_cast<std::uint64_t>(*extent));
        if (!next) return std::nullopt;
        bytes = *next;
    }
    return bytes;
}

}  // namespace

bool is_global(const Program& program, Value value, std::string_view module,
               std::string_view name) {
    if (value.kind() != Kind::global) return false;
    const auto names = program.items(value);
    if (names.size() == 2) {
        return program.text(names[0]) == module && program.text(names[1]) == name;
    }
    const auto in = Decoder(from(program.stream, program.at(value)), program.at(value)).next();
    return in && text(in->first) == module && text(in->second) == name;
}

bool is_array_wrapper(const Program& program, Value value) {
    // scikit-learn carried a copy of joblib until 0.22.
    return is_global(program, value, "joblib.numpy_pickle", "NumpyArrayWrapper") ||
           is_global(program, value, "sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper");
}

std::optional<JoblibArray> joblib_array(const Program& program, Value wrapper) {
    if (wrapper.kind() != Kind::object) return std::nullopt;
    const Value callable = program.item(wrapper, 0);
    if (!is_array_wrapper(program, callable)) return std::nullopt;
    const Value state = program.effects.back().argument;
    JoblibArray array;
    array.is_padded = static_cast<bool>(member(program, state, "numpy_array_alignment_bytes"));
    const auto item = item_size(program, member(program, state, "dtype"));
    if (!item) return array;
    array.has_objects = item->has_objects;
    array.bytes = product(program, member(program, state, "shape"), item->bytes);
    return array;
}

Result<std::uint64_t> JoblibArray::size(Bytes rest, std::uint64_t at) const {
    if (!bytes) return Error{Errc::bad_header, at};
    Reader in(rest, at);
    const std::uint64_t padding = is_padded ? TRY(in.u8()) : 0;
    TRY(in.skip(padding));
    TRY(in.skip(*bytes));
    return in.offset() - at;
}

}  // namespace pratique::pickle
