// PyTorch's files: what holds the pickles (zip, TorchScript, the legacy stream, the legacy tar) and
// whether the storages beside them are as the pickles say. Storage bytes are numbers to every
// loader; they are measured here, not searched.
#pragma once

#include <optional>
#include <vector>

#include "formats/archive/zip.h"
#include "scanner/checks/pickle/names.h"
#include "scanner/scan.h"

namespace pratique::scanner {

/// What a persistent id ('storage', class, key, location, numel[, view]) refers to.
struct Storage {
    std::string key;
    std::uint64_t numel = 0;
    std::uint64_t item_size = 0;  // bytes; 0 for a class that is not known
    bool known_class = false;
    bool is_view = false;  // legacy: a part of the storage `key`, these elements of it
    std::uint64_t view_begin = 0;
    std::uint64_t view_numel = 0;
    std::uint64_t at = 0;

    /// numel × item_size; nothing if that does not fit or the class is not known.
    std::optional<std::uint64_t> bytes() const;
};

/// The storage that a persistent id names; nothing if the id has another form.
std::optional<Storage> storage_of(const pickle::Program& program, Names& names, pickle::Value id);

/// Adds the storages that the program's persistent ids name.
void collect_storages(const pickle::Program& program, std::vector<Storage>& out);

/// True if the archive is a checkpoint or TorchScript: some member is `<root>/data.pkl` or
/// `<root>/constants.pkl`, in whatever case (PyTorch's reader looks names up without regard to it).
bool is_torch_zip(const zip::Archive& archive);

/// Checks the storages behind the five pickles of a legacy stream; `begin` is where they start,
/// `keys` the fifth program. Returns where they end.
std::uint64_t check_legacy_storages(Scan& scan, const Artifact& artifact,
                                    const pickle::Program& keys,
                                    const std::vector<Storage>& storages, std::uint64_t begin);

/// The members `storages` and `tensors` of a legacy tar: pickles with raw numbers between.
void check_legacy_tar_member(Scan& scan, const Artifact& artifact, bool is_storages);

/// TorchScript source: operators that read or write files, or call out.
void check_torchscript_code(Scan& scan, const Artifact& artifact);
/// `bytecode.pkl` of the mobile form: its functions list the operators that they call by name.
void check_torchscript_bytecode(Scan& scan, const Artifact& artifact);

}  // namespace pratique::scanner
