#include "api/write/plan.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "api/same.h"
#include "api/write/text.h"
#include "base/text.h"
#include "sandbox/loader/names.h"

namespace pratique::api {
namespace {

using loader::Layout;
using loader::Tensor;
using loader::Tree;
using loader::TreeId;
using loader::TreeKind;

/// A key of the header of safetensors files.
constexpr std::string_view kReserved = "__metadata__";
/// Notes on single tensors; more of a kind are counted.
constexpr std::size_t kMostNotes = 20;

/// UTF-8 that every format takes.
std::string clean_name(std::string name) {
    if (name.empty()) return "tensor";
    return is_utf8(name) ? name : escape(name, name.size());
}

class Planner {
public:
    Planner(const loader::Loaded& model, const PlanOptions& options) : options_(options) {
        plan_.model = &model;
    }

    Plan run() {
        choose_names();
        keep_metadata();
        for (std::size_t i = 0; i < plan_.model->tensors.size(); ++i) {
            add(plan_.model->tensors[i], names_[i]);
        }
        note_renamed();
        note_shared();
        note_left_out();
        return std::move(plan_);
    }

private:
    /// State-dict names where no two tensors would share one, full names elsewhere.
    void choose_names() {
        const auto& tensors = plan_.model->tensors;
        std::unordered_map<std::string, unsigned> uses;
        for (const Tensor& tensor : tensors) ++uses[loader::state_name(tensor)];
        for (const Tensor& tensor : tensors) {
            std::string name = loader::state_name(tensor);
            if (uses[name] > 1) name = tensor.name();
            names_.push_back(clean_name(std::move(name)));
        }
        // Names without a second meaning stay as they are, whatever comes before them.
        std::unordered_map<std::string, unsigned> counts;
        for (const std::string& name : names_) ++counts[name];
        for (const auto& [name, count] : counts) taken_.insert(name);
        for (std::string& name : names_) {
            const bool again = counts[name] > 1 && !first_.insert(name).second;
            if (again || name == kReserved) name = unused(name);
        }
    }

    std::string unused(const std::string& name) {
        unsigned& number = numbers_[name];
        number = std::max(number, 1U);
        std::string out;
        do out = name + "#" + std::to_string(++number);
        while (!taken_.insert(out).second);
        if (renamed_++ < kMostNotes) {
            note("the name " + escape(name) + " is taken; one tensor is written as " + escape(out));
        }
        return out;
    }

    /// Parts of parts are few: check_form() bounds the depth.
    void add(const Tensor& tensor, const std::string& name) {  // NOLINT(misc-no-recursion)
        if (tensor.layout == Layout::object || tensor.layout == Layout::meta) {
            left_out_.push_back(escape(name) + (tensor.layout == Layout::object
                                                    ? " (Python objects)"
                                                    : " (no data in the file)"));
        } else if (tensor.has_data()) {
            add_item(tensor, name);
            if (tensor.quantizer) describe_quantizer(*tensor.quantizer, name);
        } else {
            describe_layout(tensor, name);
        }
        for (const Tensor& part : tensor.components) {
            std::string part_name = clean_name(name + "." + part.name());
            if (!taken_.insert(part_name).second) part_name = unused(part_name);
            add(part, part_name);
        }
    }

    void add_item(const Tensor& tensor, const std::string& name) {
        const auto bytes = tensor.logical_bytes();
        const bool is_empty = !bytes || *bytes == 0;
        if (!is_empty) {
            const auto [found, is_new] = seen_.try_emplace(&tensor, name);
            if (!is_new) {
                if (shared_.size() < kMostNotes) {
                    shared_.push_back(escape(name) + " and " + escape(found->second));
                }
                ++shared_count_;
                if (options_.shared == Shared::drop) {
                    put(name, found->second);
                    return;
                }
            }
        }
        plan_.items.push_back({name, &tensor});
    }

    void describe_quantizer(const loader::Quantizer& quantizer, const std::string& name) {
        std::string json = R"({"scheme":)" + json_string(quantizer.scheme);
        if (quantizer.axis) {
            json += R"(,"axis":)" + std::to_string(*quantizer.axis);
        } else {
            json += R"(,"scale":)" + shortest(quantizer.scale) + R"(,"zero_point":)" +
                    std::to_string(quantizer.zero_point);
        }
        put("pratique.quantizer." + name, json + "}");
    }

    void describe_layout(const Tensor& tensor, const std::string& name) {
        put("pratique.layout." + name, R"({"layout":)" + json_string(loader::name(tensor.layout)) +
                                           R"(,"dtype":)" + json_string(tensor.dtype.name()) +
                                           R"(,"shape":)" + json_numbers(tensor.shape) + "}");
    }

    /// The file's own words about itself: texts under the key "metadata".
    void keep_metadata() {
        const loader::Loaded& model = *plan_.model;
        if (!model.metadata) return;
        const Tree& tree = model.tree;
        if (const auto own = tree.find(*model.metadata, "metadata")) {
            const auto children = tree.children(*own);
            if (tree[*own].kind != TreeKind::dict) return;
            for (std::size_t i = 0; i + 1 < children.size(); i += 2) {
                const bool texts = tree[children[i]].kind == TreeKind::text &&
                                   tree[children[i + 1]].kind == TreeKind::text;
                if (!texts) continue;
                put(std::string(tree.characters(children[i])),
                    std::string(tree.characters(children[i + 1])));
            }
        }
        // What readers of safetensors files ask for.
        if (model.format.find("torch") != std::string::npos) put("format", "pt");
    }

    void put(const std::string& key, const std::string& value) {
        if (!keys_.insert(key).second) return;
        plan_.metadata.emplace_back(is_utf8(key) ? key : escape(key, key.size()),
                                    is_utf8(value) ? value : escape(value, value.size()));
    }

    void note(std::string text) { plan_.notes.push_back(std::move(text)); }

    void note_renamed() {
        if (renamed_ > kMostNotes) {
            note("and " + std::to_string(renamed_ - kMostNotes) + " more whose name is taken");
        }
    }

    void note_shared() {
        const bool dropped = options_.shared == Shared::drop;
        for (const std::string& pair : shared_) {
            note(pair + (dropped ? " share memory; only the second is written"
                                 : " share memory; both are written"));
        }
        if (shared_count_ > shared_.size()) {
            note("and " + std::to_string(shared_count_ - shared_.size()) +
                 " more that share memory");
        }
    }

    void note_left_out() {
        plan_.left_out = left_out_.size();
        for (std::size_t i = 0; i < std::min(left_out_.size(), kMostNotes); ++i) {
            note("left out: " + left_out_[i]);
        }
        if (left_out_.size() > kMostNotes) {
            note("and " + std::to_string(left_out_.size() - kMostNotes) + " more left out");
        }
    }

    const PlanOptions& options_;
    Plan plan_;
    std::vector<std::string> names_;
    std::unordered_set<std::string> taken_{std::string(kReserved)};
    std::unordered_set<std::string> first_;
    std::unordered_map<std::string, unsigned> numbers_;
    std::size_t renamed_ = 0;
    std::map<const Tensor*, std::string, SameElements> seen_;
    std::vector<std::string> shared_;
    std::size_t shared_count_ = 0;
    std::vector<std::string> left_out_;
    std::unordered_set<std::string> keys_;
};

}  // namespace

Plan make_plan(const loader::Loaded& model, const PlanOptions& options) {
    return Planner(model, options).run();
}

}  // namespace pratique::api
