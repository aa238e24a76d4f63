// Streams of pickles: one or several programs, what stands between and behind them, and the second
// readings that other loaders would make of the same bytes.
#pragma once

#include <vector>

#include "scanner/checks/pickle/judge.h"
#include "scanner/checks/torch/torch.h"

namespace pratique::scanner {

struct PickleOptions {
    bool torch = false;
    /// Receives the storages that persistent ids name.
    std::vector<Storage>* storages = nullptr;
};

/// Runs and judges every pickle of the artifact, which begins with one.
void check_pickle(Scan& scan, const Artifact& artifact, PickleOptions options = {});

/// How sure the front of `bytes` is to be a pickle.
enum class PickleStart : std::uint8_t {
    no,
    weak,    // no PROTO, but a run reaches STOP or calls something by plausible names
    strong,  // PROTO 2 to 5
};
PickleStart pickle_start(Bytes bytes, const Limits& limits);
/// Whether a run of `bytes` imports something that could be meant, however it ends: too little to
/// call bytes a pickle, but what is named like one is loaded as one.
bool imports_at_start(Bytes bytes, const Limits& limits);

/// Searches bytes that no format claims for a pickle that begins inside them, and scans it.
void search_hidden_pickles(Scan& scan, const Artifact& artifact, std::uint64_t begin = 0);

}  // namespace pratique::scanner
