// Checkpoints: the index says what lies where in the shards, and the shards are elements only.
#include "formats/tensorbundle/bundle.h"

#include "rules/findings.h"
#include "scanner/checks/pickle/check.h"
#include "scanner/checks/tensorflow/tensorflow.h"

namespace pratique::scanner {

void check_bundle_index(Scan& scan, const Artifact& artifact) {
    const auto bundle = tensorbundle::read_bundle(artifact.bytes, scan.limits());
    if (bundle && bundle->table.unclaimed == 0) return;
    if (bundle) {
        scan.find(RuleId::tensorflow_index_hidden_bytes, artifact, 0,
                  std::to_string(bundle->table.unclaimed) + " bytes");
    } else {
        scan.gap(bundle.error(), artifact);
    }
    search_hidden_pickles(scan, artifact);
}

namespace {

/// A name that is taken apart from its end.
class Ending {
public:
    explicit Ending(std::string_view name) : name_(name) {}

    bool take(std::string_view end) {
        if (!name_.ends_with(end)) return false;
        name_.remove_suffix(end.size());
        return true;
    }
    bool take_digits(std::size_t least) {
        const std::size_t last = name_.find_last_not_of("0123456789");
        const std::size_t begin = last == std::string_view::npos ? 0 : last + 1;
        const std::size_t digits = name_.size() - begin;
        name_ = name_.substr(0, begin);
        return digits >= least;
    }
    bool is_empty() const { return name_.empty(); }

private:
    std::string_view name_;
};

}  // namespace

bool is_bundle_shard(std::string_view name) {
    Ending end(name);
    return end.take_digits(5) && end.take("-of-") && end.take_digits(5) && end.take(".data-") &&
           !end.is_empty();
}

bool is_js_shard(std::string_view name) {
    Ending end(name);
    end.take(".bin");
    return end.take_digits(1) && end.take("of") && end.take_digits(1) && end.take("-shard") &&
           end.take_digits(1) && end.take("group");
}

/// Nothing tells elements from anything else; a pickle among them may be meant for another loader.
void check_shard(Scan& scan, const Artifact& artifact) {
    Artifact front = artifact;
    front.bytes = slice(artifact.bytes, 0, scan.limits().probed_bytes);
    search_hidden_pickles(scan, front);
}

}  // namespace pratique::scanner
