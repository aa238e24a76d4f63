#include "sandbox/loader/npy.h"

#include "base/checked.h"
#include "formats/numpy/npy.h"
#include "sandbox/loader/numpy_type.h"
#include "sandbox/loader/pickle/load_pickle.h"

namespace pratique::loader {
namespace {

constexpr std::string_view kSuffix = ".npy";

/// The pickle behind the header is that of the whole array.
Status load_objects(Load& load, Bytes npy, const numpy::Header& header, std::vector<Step> path) {
    pickle::Program program = TRY(run_for_values(load, npy, header.data_offset, false));
    if (program.end != npy.size()) {
        load.warn(Errc::trailing_bytes, program.end, "what stands behind the array is not loaded");
    }
    Values values(load, std::move(program), nullptr, 1);
    return add_values(load, values, std::move(path));
}

std::string version_of(const numpy::Header& header) {
    return std::to_string(header.major) + "." + std::to_string(header.minor);
}

}  // namespace

Status load_npy(Load& load, Bytes npy, std::vector<Step> path) {
    const numpy::Header header = TRY(numpy::read(npy, load.limits()));
    if (load.out().format.empty() || load.out().format.ends_with('+')) {
        load.out().format += "npy";
        DictBuilder metadata(load.tree());
        load.out().metadata = metadata.text("version", version_of(header)).take();
    }
    if (header.dtype.has_object) return load_objects(load, npy, header, std::move(path));
    const Bytes behind = from(npy, header.data_offset);
    if (behind.size() < header.data_size) return Error{Errc::truncated, npy.size()};
    if (behind.size() > header.data_size) {
        load.warn(Errc::trailing_bytes, header.data_offset + header.data_size,
                  "bytes behind the array are not loaded");
    }
    Tensor out;
    out.path = std::move(path);
    out.shape = header.shape;
    if (header.fortran_order && out.shape.size() > 1) out.strides = fortran_strides(out.shape);
    TRY(put_elements(load, out, header.dtype, slice(behind, 0, header.data_size),
                     header.data_offset));
    if (out.is_contiguous()) out.strides.clear();
    return load.add(std::move(out));
}

bool is_npz(const ZipMembers& members) {
    std::size_t arrays = 0;
    for (const zip::Entry& entry : members.entries()) {
        if (entry.name.ends_with(kSuffix)) ++arrays;
    }
    return arrays != 0 && 2 * arrays >= members.entries().size();
}

Status load_npz(Load& load, ZipMembers& members) {
    load.out().format += "npz";
    for (const zip::Entry& entry : members.entries()) {
        load.at(std::string(entry.name));
        if (!entry.name.ends_with(kSuffix)) {
            load.warn(Errc::unsupported, entry.header_offset, "a member that is no array");
            continue;
        }
        const std::string_view name = entry.name.substr(0, entry.name.size() - kSuffix.size());
        TRY(load_npy(load, TRY(members.bytes(entry)), {{std::string(name), false}}));
    }
    load.at("");
    return {};
}

}  // namespace pratique::loader
