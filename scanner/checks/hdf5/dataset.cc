#include "scanner/checks/hdf5/dataset.h"

#include <algorithm>
#include <array>

#include "base/checked.h"
#include "base/text.h"
#include "formats/hdf5/chunks.h"
#include "formats/hdf5/external.h"
#include "formats/hdf5/filter.h"
#include "formats/hdf5/heap.h"
#include "rules/findings.h"
#include "scanner/checks/hdf5/outside.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

/// What a dataset may claim, and how many times what is stored: Keras' own limits.
constexpr std::uint64_t kMostClaimed = 4 * kGiB;
constexpr std::uint64_t kMostRatio = 1000;
/// Elements of variable length, or packed in arrays, that are looked at.
constexpr std::uint64_t kMostElements = 100'000;

/// Filters that libhdf5 or h5py has built in, below and at; the others are libraries.
constexpr std::uint16_t kFirstPlugin = 256;
constexpr std::uint16_t kLzf = 32000;
/// Those that hdf5plugin and the netCDF library bring: bzip2, Blosc, Snappy, LZ4, bitshuffle, ZFP,
/// FPZIP, Zstandard, Blosc 2, SZ, FCIDECOMP, SPERR, and others of their kind. Sorted. Source: the
/// HDF Group's list of registered filters.
constexpr auto kRegistered = std::to_array<std::uint16_t>(
    {305,   307,   309,   32001, 32002, 32003, 32004, 32005, 32006, 32007, 32008,
     32009, 32010, 32011, 32012, 32013, 32014, 32015, 32016, 32017, 32018, 32019,
     32020, 32021, 32022, 32023, 32024, 32025, 32026, 32027, 32028, 32029});

class DatasetCheck {
public:
    DatasetCheck(Scan& scan, const Artifact& artifact, hdf5::File& file, const hdf5::Object& object,
                 const std::string& path)
        : scan_(scan), artifact_(artifact), file_(file), object_(object), path_(path) {}

    void run() {
        if (const auto* message = object_.find(hdf5::MessageType::external_files)) {
            return report(hdf5::read_external_files(file_, *message),
                          RuleId::hdf5_external_storage);
        }
        const auto* layout = object_.find(hdf5::MessageType::layout);
        if (layout != nullptr && hdf5::is_virtual(*layout)) {
            return report(hdf5::read_virtual_sources(file_, *layout), RuleId::hdf5_other_file);
        }
        const Status status = check();
        if (!status) scan_.gap(status.error(), artifact_);
    }

private:
    void report(const Result<std::vector<hdf5::ExternalFile>>& files, RuleId inside) {
        if (!files) {
            scan_.find(inside, artifact_, object_.offset, escape(path_, 200));
            return scan_.gap(files.error(), artifact_);
        }
        for (const hdf5::ExternalFile& file : *files) {
            if (file.name == "." && inside == RuleId::hdf5_other_file) continue;  // this file
            check_outside(scan_, artifact_, file, path_, inside);
        }
    }

    Status check() {
        const auto dataset = hdf5::read_dataset(file_, object_);
        if (!dataset) {
            // A product that no number holds is a claim all the same.
            if (dataset.error().code == Errc::overflow) find(RuleId::hdf5_shape_bomb, "overflow");
            return dataset.error();
        }
        for (const hdf5::Filter& filter : dataset->filters) check_filter(filter);
        if (dataset->space.is_null) return {};
        const std::uint64_t elements = product(dataset->space.shape);
        const std::uint64_t claimed = saturating_mul(elements, std::uint64_t{dataset->type.size});
        const auto storage = check_storage(*dataset, claimed);
        const std::uint64_t stored = storage ? *storage : 0;
        if (claimed > kMostClaimed && claimed / kMostRatio > stored) {
            find(RuleId::hdf5_shape_bomb, std::to_string(elements) + " elements, " +
                                              std::to_string(stored) + " bytes stored");
        }
        return storage ? Status{} : storage.error();
    }

    static std::uint64_t product(const std::vector<std::uint64_t>& shape) {
        // An empty dimension makes all empty, however long the others are.
        if (std::ranges::find(shape, 0U) != shape.end()) return 0;
        std::uint64_t out = 1;
        for (const std::uint64_t length : shape) out = saturating_mul(out, length);
        return out;
    }

    void check_filter(const hdf5::Filter& filter) {
        if (filter.id < kFirstPlugin || filter.id == kLzf) return;
        const bool is_known = std::ranges::binary_search(kRegistered, filter.id);
        scan_.find(is_known ? RuleId::hdf5_filter_registered : RuleId::hdf5_filter_plugin,
                   artifact_, filter.offset,
                   escape(path_, 200) + ": filter " + std::to_string(filter.id));
    }

    /// The bytes that are there.
    Result<std::uint64_t> check_storage(const hdf5::Dataset& dataset, std::uint64_t claimed) {
        const hdf5::Layout& layout = dataset.layout;
        if (layout.storage == hdf5::Storage::chunked) return check_chunks(dataset);
        const bool is_compact = layout.storage == hdf5::Storage::compact;
        if (!is_compact && layout.address == hdf5::kNoAddress) return std::uint64_t{0};
        const Bytes data =
            is_compact ? layout.compact : TRY(file_.data(layout.address, layout.size));
        // libhdf5 takes the shape's word for what it reads, and reads that much.
        if (data.size() < claimed) return Error{Errc::size_mismatch, layout.offset};
        check_content(dataset, data);
        return std::uint64_t{data.size()};
    }

    Result<std::uint64_t> check_chunks(const hdf5::Dataset& dataset) {
        const auto chunks = TRY(hdf5::read_chunks(file_, dataset));
        std::uint64_t stored = 0;
        for (const hdf5::Chunk& chunk : chunks) {
            TRY(file_.data(chunk.address, chunk.size));
            stored = saturating_add(stored, chunk.size);
        }
        if (!chunks.empty() && may_be_pickle(dataset)) TRY(check_packed(dataset, chunks));
        return stored;
    }

    // --- Content -----------------------------------------------------------------------------

    static bool may_be_pickle(const hdf5::Dataset& dataset) {
        return is_bytes(dataset.type) || is_sequence(dataset.type);
    }

    /// Bytes of variable length, as PyTables keeps pickled objects.
    static bool is_sequence(const hdf5::Datatype& type) {
        return type.kind == hdf5::Class::variable && !type.is_text && !type.base.empty() &&
               is_bytes(type.base.front());
    }

    /// Chunks along one dimension follow each other. Of a table the first is looked at: what is no
    /// pickle there is numbers, or texts.
    Status check_packed(const hdf5::Dataset& dataset, const std::vector<hdf5::Chunk>& chunks) {
        TRY(hdf5::check_filters(dataset.filters));
        const bool is_row = dataset.space.shape.size() == 1;
        const bool is_run = is_bytes(dataset.type) && dataset.type.size == 1;
        std::vector<std::byte> all;
        for (const hdf5::Chunk& chunk : chunks) {
            const bool is_first = all.empty();
            TRY(unpack(dataset, chunk, all));
            if (!is_row || all.size() > scan_.limits().probed_bytes) break;
            // A run of bytes that does not begin as a pickle is none further on.
            if (is_first && is_run && pickle_start(all, scan_.limits()) == PickleStart::no) break;
        }
        check_content(dataset, all);
        return {};
    }

    Status unpack(const hdf5::Dataset& dataset, const hdf5::Chunk& chunk,
                  std::vector<std::byte>& out) {
        archive::InflateLimits limits = archive::inflate_limits(scan_.limits());
        limits.bytes = std::min(limits.bytes, scan_.inflatable());
        const Bytes packed = TRY(file_.data(chunk.address, chunk.size));
        const auto unpacked =
            TRY(hdf5::unfilter(packed, dataset.filters, chunk.skipped, dataset.layout.chunk_bytes,
                               file_.offset_of(chunk.address), limits));
        scan_.inflated(unpacked.memory.size());
        out.insert(out.end(), unpacked.bytes.begin(), unpacked.bytes.end());
        return {};
    }

    void check_content(const hdf5::Dataset& dataset, Bytes data) {
        if (is_sequence(dataset.type)) return check_sequences(dataset, data);
        if (!is_bytes(dataset.type)) return;
        check_blob(scan_, artifact_, path_, data);
        const std::uint64_t size = dataset.type.size;
        constexpr std::uint64_t kShortest = 8;
        if (size < kShortest || size == data.size()) return;
        const std::uint64_t count = std::min(data.size() / size, kMostElements);
        for (std::uint64_t i = 1; i < count; ++i) {
            check_blob(scan_, artifact_, path_ + "[" + std::to_string(i) + "]",
                       slice(data, i * size, size));
        }
    }

    void check_sequences(const hdf5::Dataset& dataset, Bytes data) {
        const std::uint64_t size = dataset.type.size;
        const std::uint64_t count = data.size() / size;
        for (std::uint64_t i = 0; i < std::min(count, kMostElements); ++i) {
            Reader in(slice(data, i * size, size), object_.offset);
            const auto place = hdf5::read_heap_reference(file_, in);
            if (!place) return scan_.gap(place.error(), artifact_);
            // An element that was never written refers to nothing.
            if (place->count == 0) continue;
            const auto object = hdf5::read_global_object(file_, *place);
            if (!object) return scan_.gap(object.error(), artifact_);
            check_blob(scan_, artifact_, path_ + "[" + std::to_string(i) + "]", *object);
        }
        if (count > kMostElements) {
            scan_.gap(Error{Errc::limit_members, object_.offset}, artifact_);
        }
    }

    void find(RuleId rule, std::string_view what) {
        scan_.find(rule, artifact_, object_.offset, escape(path_, 200) + ": " + std::string(what));
    }

    Scan& scan_;
    const Artifact& artifact_;
    hdf5::File& file_;
    const hdf5::Object& object_;
    const std::string& path_;
};

}  // namespace

bool is_bytes(const hdf5::Datatype& type) {
    const bool is_byte = type.kind == hdf5::Class::integer || type.kind == hdf5::Class::bits;
    return type.kind == hdf5::Class::opaque || type.kind == hdf5::Class::string ||
           (is_byte && type.size == 1);
}

void check_blob(Scan& scan, const Artifact& artifact, std::string_view path, Bytes bytes) {
    if (pickle_start(bytes, scan.limits()) == PickleStart::no) return;
    search_hidden_pickles(scan, Artifact{chained(artifact, path), bytes, artifact.depth + 1,
                                         std::string(path), true});
}

void check_dataset(Scan& scan, const Artifact& artifact, hdf5::File& file,
                   const hdf5::Object& object, const std::string& path) {
    DatasetCheck(scan, artifact, file, object, path).run();
}

}  // namespace pratique::scanner
