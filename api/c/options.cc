// The options of <pratique.h>: their defaults, which are the floors' own, and what they ask for.
#include "api/c/handles.h"

namespace pratique::c {
namespace {

constexpr std::uint32_t kLoadFlags = PRATIQUE_LOAD_VIEW | PRATIQUE_LOAD_DEQUANTIZE |
                                     PRATIQUE_LOAD_ALLOW_MALICIOUS | PRATIQUE_LOAD_HASH |
                                     PRATIQUE_LOAD_WRITABLE;

pratique_reading default_reading() {
    const v1::Options known;
    const Limits limits;
    pratique_reading out{};
    out.size = sizeof(out);
    out.max_snapshot_memory = known.max_snapshot_memory;
    out.max_decompressed_bytes = limits.inflated_bytes;
    out.max_ratio = limits.ratio;
    out.max_worker_memory = known.max_worker_memory;
    out.max_depth = limits.depth;
    out.max_members = limits.members;
    out.max_seconds = known.max_seconds;
    out.min_isolation = static_cast<std::uint32_t>(known.min_isolation);
    return out;
}

pratique_load_options default_load() {
    const v1::Options known;
    pratique_load_options out{};
    out.size = sizeof(out);
    out.max_tensor_bytes = known.max_tensor_bytes;
    out.mode = static_cast<std::uint32_t>(known.mode);
    return out;
}

}  // namespace

std::vector<std::string> strings(const char* const* list) {
    std::vector<std::string> out;
    for (; list != nullptr && *list != nullptr; ++list) out.emplace_back(*list);
    return out;
}

Reading reading_of(const pratique_reading* from) {
    const pratique_reading asked = taken(from, default_reading());
    must(asked.min_isolation <= PRATIQUE_TIER_FULL, "no such tier of isolation");
    Reading out;
    out.limits.depth = asked.max_depth;
    out.limits.members = asked.max_members;
    out.limits.inflated_bytes = asked.max_decompressed_bytes;
    out.limits.ratio = asked.max_ratio;
    out.sandbox.worker = asked.worker == nullptr ? api::worker_path() : asked.worker;
    out.sandbox.cgroup = string_or_empty(asked.cgroup);
    out.sandbox.min_tier = static_cast<sandbox::Tier>(asked.min_isolation);
    out.sandbox.memory_bytes = asked.max_worker_memory;
    out.sandbox.request_timeout = std::chrono::seconds(asked.max_seconds);
    if (asked.cancel != nullptr) out.sandbox.cancel = asked.cancel->event.get();
    out.snapshot.most_in_memory = asked.max_snapshot_memory;
    out.snapshot.folder = string_or_empty(asked.snapshot_folder);
    out.cancel = asked.cancel;
    return out;
}

Loads loads_of(const pratique_load_options* from) {
    const pratique_load_options asked = taken(from, default_load());
    must(asked.mode <= PRATIQUE_MODE_STRICT, "no such mode");
    must((asked.flags & ~kLoadFlags) == 0, "an unknown flag");
    const auto flag = [&](std::uint32_t one) { return (asked.flags & one) != 0; };
    const Reading reading = reading_of(asked.reading);
    Loads out;
    out.cancel = reading.cancel;
    api::LoadOptions& options = out.options;
    options.limits = reading.limits;
    options.sandbox = reading.sandbox;
    options.snapshot = reading.snapshot;
    options.snapshot.digest = flag(PRATIQUE_LOAD_HASH);
    options.loader.mode = static_cast<loader::Mode>(asked.mode);
    options.loader.dequantize = flag(PRATIQUE_LOAD_DEQUANTIZE);
    options.loader.logical_bytes = asked.max_tensor_bytes;
    options.view = flag(PRATIQUE_LOAD_VIEW);
    options.writable = flag(PRATIQUE_LOAD_WRITABLE);
    options.allow_malicious = flag(PRATIQUE_LOAD_ALLOW_MALICIOUS);
    if (asked.admitted != nullptr) {
        must(!options.view, "what a gate admitted is loaded as a copy, not a view");
        const auto text = api::read_small_file(asked.admitted, api::kMostRecord);
        if (!text) throw failure(text.error());
        const auto files = api::read_record(*text);
        if (!files) throw failure(files.error());
        options.admitted = api::admitted_set(*files);
    }
    return out;
}

}  // namespace pratique::c

void pratique_reading_init(pratique_reading* reading, size_t size) {
    pratique::c::set_up(reading, size, pratique::c::default_reading());
}

void pratique_load_options_init(pratique_load_options* options, size_t size) {
    pratique::c::set_up(options, size, pratique::c::default_load());
}
