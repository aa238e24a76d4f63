#include "scanner/extension.h"

#include <algorithm>
#include <array>

namespace pratique::scanner {
namespace {

struct Promise {
    std::string_view ending;
    std::array<std::string_view, 2> identities;  // as identify() spells them
};

constexpr auto kPromises = std::to_array<Promise>({
    {".safetensors", {"safetensors"}},
    {".gguf", {"gguf"}},
    {".onnx", {"onnx"}},
    {".ort", {"onnxruntime"}},
    {".tflite", {"tflite"}},
    {".npy", {"npy"}},
    {".npz", {"zip"}},
    {".h5", {"hdf5"}},
    {".hdf5", {"hdf5"}},
    {".keras", {"zip", "hdf5"}},
    {".mar", {"zip", "gzip"}},
    {".nemo", {"tar", "gzip"}},
    {".skops", {"zip"}},
    {".zip", {"zip"}},
    {".png", {"png"}},
    {".jpg", {"jpeg"}},
    {".pdf", {"pdf"}},
});

const Promise* promise_of(std::string_view file) {
    std::string lower(file);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    const auto* found = std::ranges::find_if(
        kPromises, [&](const Promise& promise) { return lower.ends_with(promise.ending); });
    return found == kPromises.end() ? nullptr : found;
}

}  // namespace

bool is_misnamed(std::string_view file, const std::vector<std::string>& identities) {
    const Promise* promise = promise_of(file);
    if (promise == nullptr || identities.empty()) return false;
    // What only stands for the file says nothing of its content.
    return std::ranges::none_of(identities, [&](const std::string& identity) {
        return std::ranges::find(promise->identities, identity) != promise->identities.end() ||
               identity.ends_with("-pointer");
    });
}

bool is_called_a_model(std::string_view file) { return promise_of(file) != nullptr; }

}  // namespace pratique::scanner
