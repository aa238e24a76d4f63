#include "sandbox/loader/hdf5_chunks.h"

#include <algorithm>

#include "base/checked.h"
#include "formats/hdf5/filter.h"

namespace pratique::loader {
namespace {

constexpr std::uint64_t kBand = 64 * kMiB;
/// A band is worth its memory if its chunks cover this part of it at least.
constexpr std::uint64_t kLeastCovered = 4;
constexpr std::uint64_t kPiece = kMiB;
/// Runs that are written by themselves; each is a call of the kernel.
constexpr std::uint64_t kMostRuns = 64'000'000;

using Numbers = std::vector<std::uint64_t>;

bool is_zero(Bytes bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0}; });
}

/// The fill value as it stands in the output.
std::vector<std::byte> fill_of(const hdf5::Dataset& dataset, const Hdf5Element& element) {
    std::vector<std::byte> out(dataset.fill.begin(), dataset.fill.end());
    reverse_elements(out, element);
    return out;
}

void repeat(std::span<std::byte> out, const std::vector<std::byte>& value) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = value[i % value.size()];
}

class Assembler {
public:
    Assembler(Load& load, hdf5::File& file, const hdf5::Dataset& dataset,
              const Hdf5Element& element, ChunkBudget& budget)
        : load_(load),
          file_(file),
          dataset_(dataset),
          element_(element),
          budget_(budget),
          shape_(dataset.space.shape),
          chunk_(dataset.layout.chunk),
          grid_(hdf5::grid_of(shape_, chunk_)) {}

    Result<std::uint64_t> run(std::uint64_t bytes) {
        TRY(hdf5::check_filters(dataset_.filters));
        const std::vector<hdf5::Chunk> chunks = TRY(hdf5::read_chunks(file_, dataset_));
        start_ = TRY(load_.reserve(bytes));
        measure();
        std::uint64_t all = 1;
        for (const std::uint64_t count : grid_) all *= count;
        if (chunks.size() < all) {
            TRY(write_fill(load_, dataset_, element_, start_, bytes, budget_));
        }
        // Chunks are sorted, so that those of a band follow each other.
        for (std::size_t begin = 0; begin < chunks.size();) {
            const std::uint64_t band = chunks[begin].position / chunks_in_band_;
            std::size_t end = begin + 1;
            while (end < chunks.size() && chunks[end].position / chunks_in_band_ == band) ++end;
            TRY(write_band(std::span(chunks).subspan(begin, end - begin), band));
            begin = end;
        }
        return start_;
    }

private:
    /// Distances in the output and in a chunk; all products are at most those that were checked.
    void measure() {
        const std::size_t rank = shape_.size();
        out_strides_.assign(rank, 0);
        chunk_strides_.assign(rank, 0);
        std::uint64_t out = dataset_.type.size;
        std::uint64_t in_chunk = dataset_.type.size;
        for (std::size_t i = rank; i > 0; --i) {
            out_strides_[i - 1] = out;
            chunk_strides_[i - 1] = in_chunk;
            out *= shape_[i - 1];
            in_chunk *= chunk_[i - 1];
            if (i > 1) chunks_in_band_ *= grid_[i - 1];
        }
        // Dimensions that a chunk covers from end to end are one run with the one before them.
        run_from_ = rank - 1;
        while (run_from_ > 0 && chunk_[run_from_] == shape_[run_from_]) --run_from_;
    }

    /// All stored chunks with the same place in the first dimension.
    Status write_band(std::span<const hdf5::Chunk> chunks, std::uint64_t number) {
        const std::uint64_t first_row = number * chunk_[0];
        const std::uint64_t rows = std::min(chunk_[0], shape_[0] - first_row);
        const std::uint64_t bytes = rows * out_strides_[0];
        const std::uint64_t covered = saturating_mul(
            saturating_mul<std::uint64_t>(dataset_.layout.chunk_bytes, chunks.size()),
            kLeastCovered);
        const bool use_band = chunks.size() > 1 && bytes <= kBand && covered >= bytes;
        band_.clear();
        if (use_band) {
            band_.resize(bytes);
            const std::vector<std::byte> fill = fill_of(dataset_, element_);
            if (chunks.size() < chunks_in_band_ && !is_zero(fill)) repeat(band_, fill);
        }
        band_start_ = first_row * out_strides_[0];
        for (const hdf5::Chunk& chunk : chunks) TRY(write_chunk(chunk));
        return use_band ? load_.output().write(start_ + band_start_, band_) : Status{};
    }

    Status write_chunk(const hdf5::Chunk& chunk) {
        const std::uint64_t offset = file_.offset_of(chunk.address);
        const std::uint64_t bytes = dataset_.layout.chunk_bytes;
        TRY(budget_.spend(bytes, offset));
        Numbers first(shape_.size());
        Numbers lengths(shape_.size());
        bool is_edge = false;
        std::uint64_t position = chunk.position;
        for (std::size_t i = shape_.size(); i > 0; --i) {
            const std::size_t d = i - 1;
            first[d] = position % grid_[d] * chunk_[d];
            position /= grid_[d];
            lengths[d] = std::min(chunk_[d], shape_[d] - first[d]);
            is_edge = is_edge || lengths[d] < chunk_[d];
        }
        const std::uint32_t skipped =
            is_edge && dataset_.layout.edges_unfiltered ? UINT32_MAX : chunk.skipped;
        const Bytes stored = TRY(file_.data(chunk.address, chunk.size));
        const hdf5::Unfiltered unfiltered =
            TRY(hdf5::unfilter(stored, dataset_.filters, skipped, bytes, offset,
                               archive::inflate_limits(load_.limits())));
        return scatter(unfiltered.bytes, first, lengths);
    }

    /// Copies the part of a chunk that lies in the dataset, run by run.
    Status scatter(Bytes chunk, const Numbers& first, const Numbers& lengths) {
        std::uint64_t out = 0;
        for (std::size_t i = 0; i < first.size(); ++i) out += first[i] * out_strides_[i];
        const std::uint64_t run = lengths[run_from_] * out_strides_[run_from_];
        Numbers at(run_from_, 0);
        std::uint64_t in_chunk = 0;
        while (true) {
            TRY(write_run(out, slice(chunk, in_chunk, run)));
            std::size_t d = run_from_;
            while (d > 0) {
                --d;
                out += out_strides_[d];
                in_chunk += chunk_strides_[d];
                if (++at[d] < lengths[d]) break;
                out -= lengths[d] * out_strides_[d];
                in_chunk -= lengths[d] * chunk_strides_[d];
                at[d] = 0;
                if (d == 0) return {};
            }
            if (run_from_ == 0) return {};
        }
    }

    Status write_run(std::uint64_t at, Bytes run) {
        if (!band_.empty()) {
            const auto place = std::span(band_).subspan(at - band_start_, run.size());
            std::copy(run.begin(), run.end(), place.begin());
            reverse_elements(place, element_);
            return {};
        }
        if (++runs_ > kMostRuns) return Error{Errc::limit_steps, dataset_.layout.offset};
        if (element_.reversed.empty()) return load_.output().write(start_ + at, run);
        return write_reversed(load_, start_ + at, run, element_);
    }

    Load& load_;
    hdf5::File& file_;
    const hdf5::Dataset& dataset_;
    const Hdf5Element& element_;
    ChunkBudget& budget_;
    const Numbers& shape_;
    const Numbers& chunk_;
    Numbers grid_;
    Numbers out_strides_;
    Numbers chunk_strides_;
    std::size_t run_from_ = 0;
    std::uint64_t chunks_in_band_ = 1;
    std::uint64_t start_ = 0;
    std::uint64_t band_start_ = 0;
    std::uint64_t runs_ = 0;
    std::vector<std::byte> band_;
};

}  // namespace

ChunkBudget::ChunkBudget(std::uint64_t file_bytes, const Limits& limits)
    : most_(std::max(limits.inflated_bytes, saturating_mul<std::uint64_t>(4, file_bytes))),
      ratio_floor_(limits.ratio_floor),
      most_by_ratio_(saturating_mul<std::uint64_t>(limits.ratio, file_bytes)) {}

Status ChunkBudget::spend(std::uint64_t bytes, std::uint64_t offset) {
    spent_ = saturating_add(spent_, bytes);
    if (spent_ > most_) return Error{Errc::limit_bytes, offset};
    if (spent_ > ratio_floor_ && spent_ > most_by_ratio_) return Error{Errc::limit_ratio, offset};
    return {};
}

Result<std::uint64_t> assemble(Load& load, hdf5::File& file, const hdf5::Dataset& dataset,
                               const Hdf5Element& element, std::uint64_t bytes,
                               ChunkBudget& budget) {
    return Assembler(load, file, dataset, element, budget).run(bytes);
}

Status write_fill(Load& load, const hdf5::Dataset& dataset, const Hdf5Element& element,
                  std::uint64_t offset, std::uint64_t bytes, ChunkBudget& budget) {
    const std::vector<std::byte> fill = fill_of(dataset, element);
    if (is_zero(fill)) return {};
    TRY(budget.spend(bytes, dataset.layout.offset));
    std::vector<std::byte> piece(
        std::min(bytes, std::max<std::uint64_t>(fill.size(), kPiece / fill.size() * fill.size())));
    repeat(piece, fill);
    for (std::uint64_t done = 0; done < bytes; done += piece.size()) {
        TRY(load.output().write(offset + done, slice(piece, 0, bytes - done)));
    }
    return {};
}

Status write_reversed(Load& load, std::uint64_t offset, Bytes data, const Hdf5Element& element) {
    const std::uint64_t size = std::max<std::uint64_t>(element.dtype.bytes, 1);
    const std::uint64_t most = std::max(size, kPiece / size * size);
    std::vector<std::byte> piece;
    for (std::uint64_t done = 0; done < data.size(); done += most) {
        const Bytes part = slice(data, done, most);
        piece.assign(part.begin(), part.end());
        reverse_elements(piece, element);
        TRY(load.output().write(offset + done, piece));
    }
    return {};
}

}  // namespace pratique::loader
