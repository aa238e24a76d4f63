// The callables that the loader understands: what each builds is plain data or a tensor, and is
// made here without them. Everything else stays a name in the inert tree. One table; strict mode
// admits nothing that has no row.
//
// Sources: torch/_utils.py, torch/_tensor.py, torch/storage.py of PyTorch 2.12 and their history;
// numpy/core/multiarray.py, numpy/_core; CPython's copyreg, collections.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sandbox/loader/dtype.h"

namespace pratique::loader {

enum class Known : std::uint8_t {
    unknown,
    harmless,  // a class or value that strict mode admits; kept as a name or an inert object
    // Containers and plain values.
    mapping,      // dict, OrderedDict, Counter
    default_map,  // defaultdict: its first argument is the factory
    sequence,     // list, deque
    tuple,        // and torch.Size
    set,
    frozenset,
    bytes_of,       // bytes, bytearray
    encode,         // _codecs.encode(text, 'latin1'): bytes of protocol 2
    reconstructor,  // copyreg._reconstructor(class, base, state)
    new_object,     // copyreg.__newobj__(class, *arguments)
    new_object_ex,  // copyreg.__newobj_ex__(class, arguments, keywords)
    same,           // f(x, …) is x: restore_type_tag
    // torch.
    rebuild_tensor,
    rebuild_tensor_v2,
    rebuild_tensor_v3,
    rebuild_parameter,
    rebuild_from_type,
    rebuild_sparse,
    rebuild_quantized,
    rebuild_nested,
    rebuild_meta,
    rebuild_wrapper,
    rebuild_on_device,
    load_from_bytes,
    parameter_class,
    tensor_class,
    layout_of,  // torch.serialization._get_layout("torch.sparse_coo")
    storage_class,
    torch_dtype,  // torch.float32: a value, not a callable
    // NumPy.
    np_reconstruct,
    np_scalar,
    np_dtype,
    np_frombuffer,
    np_masked,  // numpy.ma.core._mareconstruct
    np_array_class,
    np_record,  // numpy.record, the class of one row
    joblib_array,
};

inline bool is_sequence(Known known) {
    return known >= Known::sequence && known <= Known::frozenset;
}

struct KnownName {
    Known known = Known::unknown;
    Scalar scalar = Scalar::other;  ///< of storage_class and torch_dtype
    bool untyped = false;           ///< of storage_class: its size is in bytes
};

/// What the loader knows of `module.name`, by its Python 3 spelling. Storage classes count whatever
/// their module is, as torch has it.
KnownName known(std::string_view module, std::string_view name);

}  // namespace pratique::loader
