#include "api/c/model.h"

namespace pratique::c {
namespace {

/// Copies a text to the end of those that are there; there is room for it.
pratique_text append(std::string& texts, std::string_view added) {
    const std::size_t at = texts.size();
    texts.append(added).push_back('\0');
    return {texts.data() + at, added.size()};  // NOLINT(*-pointer-arithmetic): inside of it
}

/// Room for all names, so that none of them moves when the next is added.
std::size_t room_for_names(const std::vector<v1::Tensor>& tensors) {
    std::size_t out = 0;
    for (const v1::Tensor& one : tensors) out += one.name().size() + one.state_name().size() + 2;
    return out;
}

std::uint32_t flags_of(const v1::Tensor& tensor) {
    std::uint32_t out = 0;
    if (tensor.is_contiguous()) out |= PRATIQUE_TENSOR_CONTIGUOUS;
    if (tensor.is_conjugate()) out |= PRATIQUE_TENSOR_CONJUGATE;
    if (tensor.is_negative()) out |= PRATIQUE_TENSOR_NEGATIVE;
    if (tensor.is_parameter()) out |= PRATIQUE_TENSOR_PARAMETER;
    if (tensor.requires_grad()) out |= PRATIQUE_TENSOR_REQUIRES_GRAD;
    if (tensor.is_scalar()) out |= PRATIQUE_TENSOR_SCALAR;
    return out;
}

void put_quantizer(const loader::Tensor& tensor, pratique_model& model, pratique_tensor& out) {
    out.quantizer_axis = -1;
    out.quantizer_scheme = text("");
    if (!tensor.quantizer) return;
    out.flags |= PRATIQUE_TENSOR_QUANTIZED;
    out.quantizer_scheme = text(*model.kinds.insert(tensor.quantizer->scheme).first);
    out.quantizer_scale = tensor.quantizer->scale;
    out.quantizer_zero_point = tensor.quantizer->zero_point;
    if (tensor.quantizer->axis) out.quantizer_axis = *tensor.quantizer->axis;
}

void put_place(const v1::Tensor& tensor, std::uint32_t output, pratique_tensor& out) {
    const loader::Tensor& from = *tensor.record()->tensor;
    out.source = PRATIQUE_NO_SOURCE;
    const std::span<const std::byte> storage = tensor.storage();
    if (!from.has_data()) return;
    out.source = from.source == loader::kOutput ? output : from.source;
    out.offset = from.offset;
    out.storage_bytes = storage.size();
    out.data = reinterpret_cast<const unsigned char*>(storage.data());  // NOLINT: what C takes
}

pratique_tensor plain(const v1::Tensor& tensor, std::uint32_t output, pratique_model& model) {
    const loader::Tensor& from = *tensor.record()->tensor;
    pratique_tensor out{};
    out.name = append(model.texts, tensor.name());
    out.state_name =
        tensor.state_name() == tensor.name() ? out.name : append(model.texts, tensor.state_name());
    out.dtype_name = text(*model.kinds.emplace(tensor.dtype_name()).first);
    out.numpy_descr = text(*model.kinds.insert(loader::numpy_descr(from.dtype)).first);
    out.shape = tensor.shape().data();
    out.strides = tensor.strides().empty() ? nullptr : tensor.strides().data();
    out.ndim = static_cast<std::uint32_t>(tensor.shape().size());
    out.nbytes = tensor.nbytes();
    out.count = tensor.count();
    out.element_size = tensor.element_size();
    out.dtype = static_cast<std::uint32_t>(tensor.dtype());
    out.layout = static_cast<std::uint32_t>(tensor.layout());
    out.flags = flags_of(tensor);
    out.ggml_type = from.ggml_type ? static_cast<std::int32_t>(*from.ggml_type) : -1;
    put_place(tensor, output, out);
    put_quantizer(from, model, out);
    return out;
}

pratique_source source_of(Bytes bytes) {
    return {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()};  // NOLINT: for C
}

}  // namespace

const v1::Tensor& tensor_at(const pratique_model* model, std::size_t index) {
    must(model != nullptr, "no model");
    must(index < model->flat.size(), "no such tensor");
    return model->flat[index];
}

}  // namespace pratique::c

using pratique::c::text;

pratique_model::pratique_model(pratique::v1::Model loaded) : model(std::move(loaded)) {
    const auto top = model.tensors();
    const auto& held = model.state().loaded;
    const std::uint32_t output = held.sources();
    for (std::uint32_t i = 0; i < output; ++i) {
        sources.push_back(pratique::c::source_of(held.source(i)));
    }
    sources.push_back(pratique::c::source_of(held.source(pratique::loader::kOutput)));
    flat.assign(top.begin(), top.end());
    // It grows while it is walked: the components of each tensor lie side by side.
    std::vector<std::size_t> first;
    for (std::size_t i = 0; i < flat.size(); ++i) {
        const auto parts = flat[i].components();
        first.push_back(flat.size());
        flat.insert(flat.end(), parts.begin(), parts.end());
    }
    texts.reserve(pratique::c::room_for_names(flat));
    tensors.reserve(flat.size());
    for (std::size_t i = 0; i < flat.size(); ++i) {
        pratique_tensor& made = tensors.emplace_back(pratique::c::plain(flat[i], output, *this));
        made.first_component = static_cast<std::uint32_t>(first[i]);
        made.component_count = static_cast<std::uint32_t>(flat[i].components().size());
    }
    for (const pratique::v1::Warning& one : model.warnings()) {
        warnings.push_back({text(one.code), text(one.place), text(one.message), one.offset});
    }
}

void pratique_model_get(const pratique_model* model, pratique_model_info* info) {
    if (model == nullptr) return;
    pratique_model_info out{};
    out.format = text(model->model.format());
    out.file_sha256 = text(model->model.file_sha256());
    out.file_size = model->model.file_size();
    out.tensors = model->tensors.data();
    out.tensor_count = model->model.tensors().size();
    out.component_count = model->tensors.size() - out.tensor_count;
    out.tensor_size = sizeof(pratique_tensor);
    out.sources = model->sources.data();
    out.source_count = model->sources.size();
    out.warnings = model->warnings.data();
    out.warning_count = model->warnings.size();
    out.texts = text(model->texts);
    out.isolation = static_cast<std::uint32_t>(model->model.isolation());
    out.binding = static_cast<std::uint32_t>(model->model.binding());
    out.is_writable = model->model.state().loaded.is_writable() ? 1 : 0;
    pratique::c::give(out, info);
}

void pratique_model_free(pratique_model* model) { delete model; }  // NOLINT: C's owner
