#include "scanner/checks/hdf5/hdf5.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "base/text.h"
#include "formats/archive/tar.h"
#include "formats/hdf5/group.h"
#include "rules/findings.h"
#include "scanner/checks/archive/member.h"
#include "scanner/checks/hdf5/attributes.h"
#include "scanner/checks/hdf5/dataset.h"
#include "scanner/checks/hdf5/outside.h"
#include "scanner/checks/hdf5/soft_links.h"
#include "scanner/checks/pickle/check.h"

namespace pratique::scanner {
namespace {

/// Groups in groups. Models inside models reach some thirty.
constexpr std::size_t kMostDepth = 128;

class Hdf5Check {
public:
    Hdf5Check(Scan& scan, const Artifact& artifact, hdf5::File& file)
        : scan_(scan), artifact_(artifact), file_(file) {}

    void run() {
        check_object(file_.root());
        while (!open_.empty()) {
            Group& group = open_.back();
            path_.resize(group.path);
            if (group.next == group.links.size()) {
                ancestors_.erase(group.address);
                open_.pop_back();
                continue;
            }
            const hdf5::Link link = group.links[group.next++];
            // A long path costs what it is long, for each object below it.
            const Status paid = file_.spend(path_.size() + link.name.size(), link.offset);
            if (!paid) return scan_.gap(paid.error(), artifact_);
            path_ += '/';
            path_ += link.name;
            if (!follow(link)) return;
        }
        soft_.report(scan_, artifact_, file_);
    }

private:
    struct Group {
        std::uint64_t address = 0;
        std::size_t path = 0;  ///< bytes of path_ that name it
        std::vector<hdf5::Link> links;
        std::size_t next = 0;
    };

    /// False when the limit of objects is reached.
    bool follow(const hdf5::Link& link) {
        switch (link.kind) {
            case hdf5::LinkKind::hard: break;
            case hdf5::LinkKind::soft: soft_.add(path_, link); return true;
            case hdf5::LinkKind::external:
                soft_.add_opaque(path_);
                check_external(link);
                return true;
            case hdf5::LinkKind::user:
                soft_.add_opaque(path_);
                find(RuleId::hdf5_user_link, link.offset);
                return true;
        }
        if (ancestors_.contains(link.address)) {
            find(RuleId::hdf5_circle, link.offset);
            return true;
        }
        if (++links_ > scan_.limits().members) {
            scan_.gap(Error{Errc::limit_members, link.offset}, artifact_);
            return false;
        }
        // An object of two names is looked at under the first.
        if (seen_.contains(link.address)) {
            soft_.add_opaque(path_);
        } else {
            soft_.add_object(path_);
            check_object(link.address);
        }
        return true;
    }

    void check_external(const hdf5::Link& link) {
        hdf5::ExternalFile other;
        other.name = link.file;
        other.offset = link.offset;
        check_outside(scan_, artifact_, other, path_, RuleId::hdf5_other_file);
    }

    void check_object(std::uint64_t address) {
        seen_.insert(address);
        const auto object = hdf5::read_object(file_, address);
        if (!object) return scan_.gap(object.error(), artifact_);
        check_attributes(scan_, artifact_, file_, *object, path_);
        if (hdf5::is_group(*object)) return enter(*object);
        const bool is_root = path_.empty();
        if (is_root) return scan_.gap(Error{Errc::bad_header, object->offset}, artifact_);
        // What is neither is a type with a name.
        const bool is_dataset = object->find(hdf5::MessageType::layout) != nullptr ||
                                object->find(hdf5::MessageType::dataspace) != nullptr;
        if (is_dataset) check_dataset(scan_, artifact_, file_, *object, path_);
    }

    void enter(const hdf5::Object& object) {
        if (open_.size() >= kMostDepth) {
            return scan_.gap(Error{Errc::limit_depth, object.offset}, artifact_);
        }
        auto links = hdf5::read_links(file_, object);
        if (!links) return scan_.gap(links.error(), artifact_);
        ancestors_.insert(object.address);
        open_.push_back({object.address, path_.size(), std::move(*links), 0});
    }

    void find(RuleId rule, std::uint64_t offset) {
        scan_.find(rule, artifact_, offset, escape(path_, 200));
    }

    Scan& scan_;
    const Artifact& artifact_;
    hdf5::File& file_;
    std::string path_;
    std::vector<Group> open_;
    std::unordered_set<std::uint64_t> ancestors_;  ///< addresses of the open groups
    std::unordered_set<std::uint64_t> seen_;       ///< addresses of objects
    SoftLinks soft_;
    std::uint64_t links_ = 0;
};

/// In front of a MATLAB file stand 128 bytes that say so, and zeros.
bool is_matlab_block(Bytes block) {
    constexpr std::size_t kHead = 128;
    const auto rest = from(block, kHead);
    return starts_with(block, "MATLAB 7.") && block.size() > kHead &&
           std::ranges::all_of(rest, [](std::byte b) { return b == std::byte{0}; });
}

void check_user_block(Scan& scan, const Artifact& artifact, std::uint64_t end) {
    const Artifact block{chained(artifact, "unclaimed@0"), slice(artifact.bytes, 0, end),
                         artifact.depth + 1, "unclaimed@0", true};
    if (is_matlab_block(block.bytes)) return search_hidden_pickles(scan, block);
    inspect_unclaimed(scan, artifact, 0, end);
}

}  // namespace

/// The first member of a tar begins where a user block may end; it is read as that member.
Claim recognise_hdf5(Bytes bytes, const Limits& /*limits*/) {
    const auto at = hdf5::recognise(bytes);
    if (!at) return Claim::no;
    return *at == 0 || !tar::recognise(bytes) ? Claim::strong : Claim::no;
}

void check_hdf5(Scan& scan, const Artifact& artifact) {
    auto file = hdf5::File::open(artifact.bytes, scan.limits());
    if (!file) {
        scan.gap(file.error(), artifact);
        return search_hidden_pickles(scan, artifact);
    }
    check_user_block(scan, artifact, file->base());
    inspect_unclaimed(scan, artifact, file->end(), artifact.bytes.size());
    Hdf5Check(scan, artifact, *file).run();
}

}  // namespace pratique::scanner
