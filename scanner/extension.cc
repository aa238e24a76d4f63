#include "scanner/extension.h"

#include <algorithm>
#include <array>
#include <span>

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

constexpr auto kPickles =
    std::to_array<std::string_view>({".pkl", ".pickle", ".pth", ".joblib", ".dill"});
constexpr auto kPerhapsPickles = std::to_array<std::string_view>(
    {".pt", ".bin", ".ckpt", ".npy", ".th", ".p", ".pk", ".sav", ".model", ".weights", ".dat"});

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool ends_as_one_of(std::string_view file, std::span<const std::string_view> endings) {
    return std::ranges::any_of(endings,
                               [&](std::string_view ending) { return ends_as(file, ending); });
}

const Promise* promise_of(std::string_view file) {
    const auto* found = std::ranges::find_if(
        kPromises, [&](const Promise& promise) { return ends_as(file, promise.ending); });
    return found == kPromises.end() ? nullptr : found;
}

}  // namespace

std::string base_name(std::string_view name) {
    std::string out(name.substr(name.find_last_of("/\\") + 1));
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

bool ends_as(std::string_view name, std::string_view ending) {
    if (name.size() < ending.size()) return false;
    const std::string_view end = name.substr(name.size() - ending.size());
    return std::ranges::equal(end, ending, {}, lower);
}

bool is_misnamed(std::string_view file, const std::vector<std::string>& identities) {
    const Promise* promise = promise_of(file);
    if (promise == nullptr || identities.empty()) return false;
    // What only stands for the file says nothing of its content.
    return std::ranges::none_of(identities, [&](const std::string& identity) {
        return std::ranges::find(promise->identities, identity) != promise->identities.end() ||
               identity.ends_with("-pointer");
    });
}

bool is_called_a_pickle(std::string_view file) { return ends_as_one_of(file, kPickles); }

bool may_be_called_a_pickle(std::string_view file) { return ends_as_one_of(file, kPerhapsPickles); }

bool is_called_a_model(std::string_view file) { return promise_of(file) != nullptr; }

}  // namespace pratique::scanner
