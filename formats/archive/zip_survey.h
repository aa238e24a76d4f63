// One reading of one archive: the state that the three steps share. The directories are read first
// (zip_directory.cc), then the bytes that they leave unclaimed are searched for members and end
// records (zip_local.cc), and at last what was found is compared with itself (zip_check.cc).
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "formats/archive/zip.h"
#include "formats/archive/zip_records.h"

namespace pratique::zip {

/// Where a reader would start on the directory, and the offset that it takes this for: header
/// offsets are moved by the difference.
struct View {
    std::uint64_t start = 0;
    std::uint64_t stated = 0;

    /// The place of a header whose stated offset is `offset`; nothing if that is before the file.
    std::optional<std::uint64_t> place(std::uint64_t offset) const;
};

/// The views that readers may take of the directory of `end`, at which there is a record.
std::vector<View> readable_views(Bytes archive, const EndRecord& end);
/// The end record leads to a directory, or says that there are no entries.
bool is_plausible(Bytes archive, const EndRecord& end);

class Survey {
public:
    Survey(Bytes archive, const Limits& limits) : archive_(archive), limits_(limits) {}

    Archive run();

private:
    // zip_directory.cc
    void read_directories();
    void adopt(const EndRecord& end);
    void reserve(std::uint64_t stated);
    void read_view(const EndRecord& end, const View& view, const std::vector<View>& all);
    bool read_record(const CentralRecord& record, const View& view, const std::vector<View>& all);
    bool add_resolved(const CentralRecord& record, std::uint64_t header);
    bool add_unresolved(const CentralRecord& record);
    bool is_new(const CentralRecord& record, std::uint64_t header);
    bool inside_member(std::uint64_t at) const;
    void claim_lost_directory();

    // zip_local.cc
    std::uint64_t extent(const Entry& entry, const LocalHeader& local);
    void add_local_view(const Entry& central, const LocalHeader& local);
    void search_end_records();
    void search_members();
    void search_members(Range gap);
    std::optional<std::uint64_t> add_only_local(std::uint64_t at, std::uint64_t bound);
    void find_sizes(Entry& entry, std::uint64_t bound);
    Bytes affordable(std::uint64_t begin, std::uint64_t end);
    void walk_behind_local_views();

    // zip_check.cc
    void compare(const CentralRecord& record, const LocalHeader& local, const Entry& entry);
    void check_entries();
    void check_names();
    void check_overlaps();
    void check_edges();

    // zip.cc
    std::vector<Range> gaps();
    void claim(std::uint64_t begin, std::uint64_t end);
    void note(AnomalyKind kind, std::uint64_t offset, std::string_view name = {});
    void fail(Errc code, std::uint64_t offset);
    bool has_room(std::uint64_t offset);
    bool afford_header(std::uint64_t begin, std::uint64_t end);
    void stop(std::uint64_t offset);

    Bytes archive_;
    const Limits& limits_;
    Archive out_;

    /// Members' ranges: header to descriptor, in the order of discovery.
    struct Member {
        Range range;
        std::string_view name;
    };
    std::vector<Member> members_;
    std::vector<Range> structure_;  ///< directories and end records
    std::vector<Range> inside_;     ///< members_ sorted and merged, for inside_member()
    /// Pairs of record and header that are already entries; those of earlier views are sorted.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> seen_;
    std::ptrdiff_t seen_before_ = 0;
    std::vector<std::uint64_t> resume_;  ///< where a reader of local headers alone would go on
    std::size_t directories_ = 0;
    std::size_t records_ = 0;
    std::uint64_t probed_ = 0;
    std::uint64_t header_bytes_ = 0;
    bool full_ = false;  ///< a limit was reached: nothing more is added
};

/// `ranges` sorted, with those that touch or overlap joined.
std::vector<Range> merged(std::vector<Range> ranges);

}  // namespace pratique::zip
