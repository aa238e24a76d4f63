#include "api/write/export.h"

#include <algorithm>
#include <array>
#include <utility>

#include "api/write/gguf.h"
#include "api/write/npz.h"
#include "api/write/safetensors.h"
#include "base/text.h"

namespace pratique::api {
namespace {

constexpr auto kExtensions = std::to_array<std::pair<std::string_view, Target>>({
    {".safetensors", Target::safetensors},
    {".npz", Target::npz},
    {".gguf", Target::gguf},
});

void note_lost(const std::vector<std::string>& lost, std::vector<std::string>& notes) {
    constexpr std::size_t kMost = 20;
    for (std::size_t i = 0; i < std::min(lost.size(), kMost); ++i) {
        notes.push_back("the value of " + escape(lost[i]) + " is left out");
    }
    if (lost.size() > kMost) {
        notes.push_back("and " + std::to_string(lost.size() - kMost) + " more values");
    }
}

Written write(const Plan& plan, const Sources& sources, const ExportOptions& options,
              TargetFile& file, std::vector<std::string>& notes) {
    switch (options.target) {
        case Target::safetensors: return write_safetensors(plan, sources, options.raw_bits, file);
        case Target::npz: return write_npz(plan, sources, options.raw_bits, file);
        case Target::gguf: {
            const GgufValues values = gguf_values(plan, sources.bytes);
            note_lost(values.lost, notes);
            return write_gguf(plan, values, sources, options.raw_bits, file);
        }
    }
    return WriteFailure{"no such format"};
}

}  // namespace

std::optional<Target> target_of(std::string_view path) {
    for (const auto& [extension, target] : kExtensions) {
        if (path.ends_with(extension)) return target;
    }
    return std::nullopt;
}

Exported export_model(const LoadedModel& model, const std::string& path,
                      const ExportOptions& options) {
    Exported out;
    Plan plan = make_plan(model.content(), options.plan);
    out.notes = std::move(plan.notes);
    out.tensors = plan.items.size();
    if (plan.items.empty() && plan.left_out != 0) {
        out.failure = "none of its tensors has data that could be written";
        return out;
    }
    auto made = TargetFile::create(path, options.replace);
    if (auto* failure = std::get_if<std::string>(&made)) {
        out.failure = std::move(*failure);
        return out;
    }
    TargetFile& file = *std::get<std::unique_ptr<TargetFile>>(made);
    file.heed(options.cancel);
    const Sources sources{[&](std::uint32_t number) { return model.source(number); },
                          [&](const loader::Tensor& tensor) {
                              if (const auto extent = tensor.extent(); extent) {
                                  model.let_go(tensor.source, tensor.offset, *extent);
                              }
                          }};
    if (Written failed = write(plan, sources, options, file, out.notes)) {
        out.failure = std::move(failed->message);
        return out;
    }
    out.bytes = file.size();
    if (!file.commit()) out.failure = file.failure();
    return out;
}

}  // namespace pratique::api
