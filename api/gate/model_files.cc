#include "api/gate/model_files.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "api/verify.h"

namespace pratique::api {
namespace {

namespace fs = std::filesystem;

std::string name_in(const std::string& model, const std::string& path, bool is_file) {
    if (is_file) return fs::path(model).filename().native();
    return fs::path(path).lexically_relative(model).native();
}

}  // namespace

ModelFiles find_model(const std::string& model, const std::vector<std::string>& vouchers) {
    std::set<std::string> own;
    for (const std::string& path : vouchers) {
        const auto relative = inside(model, path);
        if (!relative) continue;
        const auto text = read_small_file(path, signing::kMostBundle);
        if (text && signing::read_bundle(*text)) own.insert(*relative);
    }
    ModelFiles out;
    std::error_code error;
    out.is_file = !fs::is_directory(model, error);
    out.found = find_files({model});
    const auto is_own = [&](const FoundFile& file) {
        return own.contains(name_in(model, file.path, out.is_file));
    };
    std::erase_if(out.found.files, is_own);
    out.vouchers.assign(own.begin(), own.end());
    for (const FoundFile& file : out.found.files) {
        out.names.push_back(name_in(model, file.path, out.is_file));
    }
    return out;
}

}  // namespace pratique::api
