// Loading, and what is asked of single tensors.
#include "api/c/model.h"

using pratique::c::guard;
using pratique::c::must;
using pratique::c::tensor_at;

namespace pratique::c {
namespace {

template <class From>
void load(const From& from, const pratique_load_options* options, pratique_model** out) {
    must(out != nullptr, "nowhere to put the model");
    *out = nullptr;
    const Loads loads = loads_of(options);
    auto loaded = api::load(from, loads.options);
    throw_if_set(loads.cancel);
    if (const auto* failed = std::get_if<api::LoadFailure>(&loaded)) throw failure(*failed);
    *out = new pratique_model(  // NOLINT: C's owner
        v1::model_of(std::move(std::get<api::LoadedModel>(loaded))));
}

template <class Out>
void hand_over(v1::Result<Out*> made, Out** out) {
    if (!made) throw failure(made.error());
    *out = *made;
}

}  // namespace
}  // namespace pratique::c

int pratique_load(const char* path, const pratique_load_options* options, pratique_model** model,
                  pratique_error** error) {
    return guard(error, [&] {
        must(path != nullptr, "no path");
        pratique::c::load(std::string(path), options, model);
    });
}

int pratique_load_fd(int fd, const pratique_load_options* options, pratique_model** model,
                     pratique_error** error) {
    return guard(error, [&] { pratique::c::load(fd, options, model); });
}

int pratique_tensor_copy(const pratique_model* model, size_t index, void* out, size_t size,
                         pratique_error** error) {
    return guard(error, [&] {
        must(out != nullptr || size == 0, "nowhere to put the elements");
        const auto done = tensor_at(model, index).copy_to({static_cast<std::byte*>(out), size});
        if (!done) throw pratique::c::failure(done.error());
    });
}

int pratique_tensor_sha256(const pratique_model* model, size_t index, char out[65],
                           pratique_error** error) {
    return guard(error, [&] {
        must(out != nullptr, "nowhere to put the digest");
        const auto digest = tensor_at(model, index).sha256();
        if (!digest) throw pratique::c::failure(digest.error());
        const std::size_t size = std::min<std::size_t>(digest->size(), 64);
        std::memcpy(out, digest->data(), size);
        out[size] = '\0';  // NOLINT: it has 65
    });
}

int pratique_tensor_dlpack(const pratique_model* model, size_t index, int copy,
                           DLManagedTensor** out, pratique_error** error) {
    return guard(error, [&] {
        must(out != nullptr, "nowhere to put the tensor");
        pratique::c::hand_over(pratique::v1::to_dlpack(tensor_at(model, index), copy != 0), out);
    });
}

int pratique_tensor_dlpack_versioned(const pratique_model* model, size_t index, int copy,
                                     DLManagedTensorVersioned** out, pratique_error** error) {
    return guard(error, [&] {
        must(out != nullptr, "nowhere to put the tensor");
        pratique::c::hand_over(
            pratique::v1::to_dlpack_versioned(tensor_at(model, index), copy != 0), out);
    });
}
