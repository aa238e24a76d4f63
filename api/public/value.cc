// The public Value: a look at one node of the tree of inert data.
#include "api/public/state.h"

namespace pratique::v1 {
namespace {

using loader::TreeKind;

static_assert(static_cast<int>(Value::Kind::opaque) == static_cast<int>(TreeKind::opaque));
static_assert(static_cast<int>(Value::Kind::tensor) == static_cast<int>(TreeKind::tensor));

}  // namespace

Value::Kind Value::kind() const { return static_cast<Kind>((*source_->tree)[id_].kind); }

bool Value::boolean() const { return kind() == Kind::boolean && (*source_->tree)[id_].number != 0; }

std::int64_t Value::integer() const {
    return kind() == Kind::integer ? source_->tree->integer_of(id_) : 0;
}

double Value::real() const {
    if (kind() == Kind::integer) return static_cast<double>(integer());
    return kind() == Kind::real ? source_->tree->real_of(id_) : 0;
}

std::string_view Value::text() const { return source_->tree->characters(id_); }

std::size_t Value::tensor_index() const {
    return kind() == Kind::tensor ? (*source_->tree)[id_].number : SIZE_MAX;
}

std::size_t Value::size() const { return source_->tree->children(id_).size(); }

Value Value::operator[](std::size_t index) const {
    const auto children = source_->tree->children(id_);
    if (index >= children.size()) std::abort();
    return {source_, children[index]};
}

std::optional<Value> Value::find(std::string_view key) const {
    const auto found = source_->tree->find(id_, key);
    return found ? std::optional(Value(source_, *found)) : std::nullopt;
}

}  // namespace pratique::v1
