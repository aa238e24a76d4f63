// What came of a load, and how several become one.
#include <algorithm>

#include "api/load.h"
#include "api/source.h"

namespace pratique::api {

LoadedModel::LoadedModel() = default;
LoadedModel::LoadedModel(LoadedModel&&) noexcept = default;
LoadedModel& LoadedModel::operator=(LoadedModel&&) noexcept = default;
LoadedModel::~LoadedModel() = default;

Bytes LoadedModel::source(std::uint32_t number) const {
    if (number == loader::kOutput) return output_ == nullptr ? Bytes{} : output_->bytes();
    return number < sources_.size() ? sources_[number]->bytes() : Bytes{};
}

void LoadedModel::let_go(std::uint32_t number, std::uint64_t offset, std::uint64_t size) const {
    if (number < sources_.size()) sources_[number]->let_go(offset, size);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as check_form() lets a tensor be
static void renumber(loader::Tensor& tensor, std::uint32_t first, std::uint32_t output) {
    tensor.source = tensor.source == loader::kOutput ? output : tensor.source + first;
    for (loader::Tensor& part : tensor.components) renumber(part, first, output);
}

void LoadedModel::add(LoadedModel shard) {
    const auto first = static_cast<std::uint32_t>(sources_.size());
    for (auto& source : shard.sources_) sources_.push_back(std::move(source));
    const auto output = static_cast<std::uint32_t>(sources_.size());
    sources_.push_back(std::move(shard.output_));
    for (loader::Tensor& tensor : shard.content_.tensors) {
        renumber(tensor, first, output);
        content_.tensors.push_back(std::move(tensor));
    }
    for (loader::Warning& warning : shard.content_.warnings) {
        content_.warnings.push_back(std::move(warning));
    }
    auto& packages = content_.packages;
    for (std::string& package : shard.content_.packages) {
        const auto place = std::lower_bound(packages.begin(), packages.end(), package);
        if (place == packages.end() || *place != package) packages.insert(place, package);
    }
    content_.payload_read = content_.payload_read && shard.content_.payload_read;
    binding_ = std::min(binding_, shard.binding_);
    if (shard.isolation_.tier() < isolation_.tier()) isolation_ = shard.isolation_;
    size_ += shard.size_;
}

}  // namespace pratique::api
