#include "signing/envelope/statement.h"

#include "base/json_fields.h"

namespace pratique::signing {
namespace {

constexpr std::string_view kType = "https://in-toto.io/Statement/v1";
constexpr std::size_t kMostPayload = 48UL << 20;
constexpr std::uint32_t kDepth = 32;

Subject read_subject(json::Fields in) {
    Subject out;
    out.name = in.string("name");
    if (out.name.empty()) in.complain("name", "is empty");
    json::Fields digest = in.object("digest");
    out.sha256 = digest.string("sha256");
    if (!is_hex(out.sha256, 32)) digest.complain("sha256", "is no SHA-256 in lower case");
    return out;
}

}  // namespace

bool is_hex(std::string_view text, std::size_t bytes) {
    return text.size() == bytes * 2 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Judged<Statement> read_statement(std::string_view payload) {
    if (payload.size() > kMostPayload) return Refusal{Reason::too_large, "", "the statement"};
    auto value = json::parse(payload, kDepth);
    if (!value) return not_json(Reason::bad_statement, value.error());
    std::string problem;
    Statement out;
    json::Fields top(*value, "statement", problem);
    if (top.string("_type") != kType) top.complain("_type", "is not " + std::string(kType));
    for (json::Fields& subject : top.objects("subject"))
        out.subjects.push_back(read_subject(subject));
    if (out.subjects.empty()) top.complain("subject", "is empty");
    out.predicate_type = top.string("predicateType");
    top.object("predicate");
    top.finish();
    if (!problem.empty()) return Refusal{Reason::bad_statement, "", problem};
    out.predicate = *value->find("predicate");
    return out;
}

void begin_statement(json::Writer& out, const std::vector<Subject>& subjects,
                     std::string_view predicate_type) {
    out.begin_object().key("_type").string(kType);
    out.key("subject").begin_array();
    for (const Subject& subject : subjects) {
        out.begin_object().key("name").string(subject.name);
        out.key("digest").begin_object().key("sha256").string(subject.sha256).end_object();
        out.end_object();
    }
    out.end_array().key("predicateType").string(predicate_type);
    out.key("predicate").begin_object();
}

}  // namespace pratique::signing
