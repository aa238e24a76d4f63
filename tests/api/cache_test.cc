#include <filesystem>
#include <fstream>

#include "api/cache/result_cache.h"
#include "api/scan.h"
#include "api/worker_path.h"
#include "files.h"
#include "rules/findings.h"
#include "scanner/wire.h"

using namespace api_test;

namespace {

const std::string kEvil =
    "\x80\x02"
    "cos\nsystem\n(X\x04" +
    std::string(3, '\0') + "truetR.";

struct Made {
    Folder folder;
    std::string evil = folder.path() + "/evil.pkl";
    std::shared_ptr<ResultCache> cache = open(folder.path() + "/cache");

    Made() { std::ofstream(evil, std::ios::binary) << kEvil; }

    static std::shared_ptr<ResultCache> open(const std::string& path) {
        auto opened = ResultCache::open({.folder = path, .key = "", .worker = worker_path()});
        const auto* why = std::get_if<std::string>(&opened);
        if (why != nullptr) BOOST_FAIL(*why);
        return std::get<std::shared_ptr<ResultCache>>(opened);
    }

    /// What the scan of the file asks.
    std::vector<std::byte> request() const {
        scanner::Request out;
        out.subject.name = "evil.pkl";
        out.size = kEvil.size();
        return scanner::encode(out);
    }

    scanner::Verdict scanned(bool apart = true) const {
        ScanOptions options;
        options.sandbox.worker = worker_path();
        options.isolate_files = apart;
        options.snapshot.emplace();
        options.cache = cache;
        return scan({evil}, options).verdict();
    }
};

sandbox::Isolation isolation(std::uint32_t landlock) {
    sandbox::Isolation out;
    out.seccomp = sandbox::Seccomp::trap;
    out.no_new_privs = out.caps_dropped = out.mdwe = out.namespaces = true;
    out.landlock_abi = landlock;
    if (landlock == 0) out.missing.push_back({sandbox::Layer::landlock, ENOSYS});
    return out;
}

ResultCache::Answer clean(const sandbox::Isolation& isolation) {
    ResultCache::Answer out;
    out.report.identities = {"pickle"};
    out.isolation = isolation;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(result_cache)

BOOST_AUTO_TEST_CASE(what_was_kept_is_found_again) {
    const Made made;
    ResultCache::Answer answer = clean(isolation(0));
    answer.isolation.group = {.memory = true, .swap = false, .processes = true};
    answer.report.findings.push_back(
        scanner::finding_of(rules::RuleId::pickle_unknown_call, "a!b", 7, "acme.f"));
    answer.report.gaps.push_back({GapReason::encrypted, "c", 9, "why"});
    answer.report.references.push_back({"shard", "", 3, 4});
    BOOST_TEST(!made.cache->find("digest", made.request(), 1000));
    made.cache->keep("digest", made.request(), answer);
    const auto found =
        Made::open(made.folder.path() + "/cache")->find("digest", made.request(), 1000);
    BOOST_REQUIRE(found.has_value());
    BOOST_TEST((found->report == answer.report));
    BOOST_TEST((found->isolation.tier() == sandbox::Tier::basic));
    BOOST_TEST(found->isolation.group.processes);
    BOOST_TEST(!found->isolation.group.swap);
    BOOST_TEST(!made.cache->find("digest2", made.request(), 1000));
    BOOST_TEST(!made.cache->find("", made.request(), 1000));
    BOOST_TEST(made.cache->spoilt() == 0U);
}

BOOST_AUTO_TEST_CASE(what_depends_on_the_machine_is_not_kept) {
    const Made made;
    for (const GapReason reason :
         {GapReason::limit, GapReason::crashed, GapReason::timed_out, GapReason::out_of_memory,
          GapReason::denied_call, GapReason::no_sandbox, GapReason::too_many, GapReason::changed,
          GapReason::unreadable}) {
        ResultCache::Answer answer = clean(isolation(1));
        answer.report.gaps.push_back({reason, "", 0, "why"});
        made.cache->keep("digest", made.request(), answer);
        BOOST_TEST(!made.cache->find("digest", made.request(), 1000), scanner::name(reason));
    }
    made.cache->keep("digest", made.request(), {});  // nobody has looked
    BOOST_TEST(!made.cache->find("digest", made.request(), 1000));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(loading)  // disabled as in load_test.cc: it takes a sandbox

BOOST_AUTO_TEST_CASE(results_of_less_isolation_are_not_used) {
    const Made made;
    BOOST_TEST((made.scanned(false) == scanner::Verdict::malicious));
    // As nobody could plant it: it shows that the request is the one that is asked.
    made.cache->keep(sha256(kEvil), made.request(), clean(isolation(1)));
    BOOST_TEST((made.scanned() == scanner::Verdict::clean));
    made.cache->keep(sha256(kEvil), made.request(), clean(isolation(0)));
    BOOST_TEST((made.scanned() == scanner::Verdict::malicious));
}

BOOST_AUTO_TEST_CASE(files_that_share_a_worker_have_no_cache) {
    const Made made;
    made.cache->keep(sha256(kEvil), made.request(), clean(isolation(1)));
    BOOST_TEST((made.scanned(false) == scanner::Verdict::malicious));
    BOOST_TEST(made.cache->found() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
