// The header as C++ sees it, beside the C++ API.
#include <pratique.h>
#include <pratique/pratique.h>

static_assert(PRATIQUE_SIZED(pratique_tree).size == sizeof(pratique_tree));
static_assert(static_cast<int>(pratique::DType::float8_e8m0fnu) == PRATIQUE_DTYPE_FLOAT8_E8M0FNU);
static_assert(static_cast<int>(pratique::Layout::meta) == PRATIQUE_LAYOUT_META);
static_assert(static_cast<int>(pratique::Value::Kind::opaque) == PRATIQUE_NODE_OPAQUE);
static_assert(static_cast<int>(pratique::Mode::strict) == PRATIQUE_MODE_STRICT);
static_assert(static_cast<int>(pratique::Tier::full) == PRATIQUE_TIER_FULL);
static_assert(static_cast<int>(pratique::Binding::snapshot) == PRATIQUE_BINDING_SNAPSHOT);
