#include "layer.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cstring>

using namespace escapes;

namespace {

Options with(const Options& options, Layers layers) {
    Options chosen = options;
    chosen.min_tier = Tier::none;
    chosen.canary_layers = layers;
    chosen.cpu_seconds = 1;
    return chosen;
}

/// Whether this system, for this user, can do that at all. Says so if not.
bool has(const Options& options, Layer layer) {
    const Session session = start(with(options, {layer}));
    const auto& missing = session.isolation().missing;
    const auto row = std::ranges::find(missing, layer, &Missing::layer);
    if (row == missing.end()) return true;
    BOOST_TEST_MESSAGE("skipped: " << name(layer) << ": " << ::strerrorname_np(row->error));
    return false;
}

bool concerns(Who who) { return who == Who::anyone || (who == Who::root) == (::geteuid() == 0); }

std::string line(const LayerRow& row, const char* when, const Must& must, const End& end) {
    return std::to_string(row.number) + " " + std::string(row.attempt) + " (" + when +
           "): must be " + describe(must, 0) + ", is " + describe(end) + "\n";
}

/// What is wrong with `row`, with the layers and without.
std::string wrong(const LayerRow& row, const Options& options, Layers layers) {
    if (!concerns(row.who)) return "";
    const Tried tried = try_calls(row.calls, with(options, layers));
    const bool old = tried.isolation.landlock_abi < row.since;
    const Must& must = old ? row.without : row.must;
    if (!fulfils(tried.end, must, 0)) return line(row, "layer alone", must, tried.end);
    if (row.holds && !row.holds(tried.data)) return line(row, "data", must, tried.end);
    return "";
}

std::string wrong_without(const LayerRow& row, const Options& options) {
    if (!concerns(row.who) || row.without.empty()) return "";
    const Tried tried = try_calls(row.calls, with(options, {}));
    if (!fulfils(tried.end, row.without, 0)) {
        return line(row, "no layer", row.without, tried.end);
    }
    const bool worked = tried.end.how == End::How::works;
    if (worked && row.holds && row.holds(tried.data)) {
        return line(row, "data without a layer", row.without, tried.end);
    }
    return "";
}

std::string wrong(
    const LayerRows& rows, const Options& options, Layers layers,
    const std::function<void()>& restore = [] {}) {
    std::string lines;
    for (const LayerRow& row : rows) {
        restore();
        lines += wrong(row, options, layers);
        restore();
        lines += wrong_without(row, options);
    }
    return lines;
}

std::string wrong_on(LayerRows (*rows)(const Host&), const Options& options, Layers layers) {
    const Host host;
    return wrong(rows(host), options, layers, [&host] { host.restore(); });
}

std::string landlock(const Options& options) {
    // Landlock needs no_new_privs, or the powers of root.
    return wrong_on(landlock_rows, options, {Layer::no_new_privs, Layer::landlock});
}

std::string limits(const Options& options) {
    // The session resets the mask, which blocks the signals of the limits.
    return wrong(limit_rows(), options, {Layer::session, Layer::limits});
}

std::string capabilities(const Options& options) {
    return wrong_on(capability_rows, options, {Layer::capabilities});
}

std::string identity(const Options& options) {
    return wrong_on(identity_rows, options, {Layer::identity, Layer::capabilities});
}

std::string namespaces(const Options& options) {
    if (!has(options, Layer::namespaces)) return "";
    return wrong_on(namespace_rows, options, {Layer::namespaces});
}

std::string seals(const Options& options) { return wrong(seal_rows(), options, {}); }

std::string output_seals(const Options& options) {
    Options single = options;
    single.profile = Profile::single;
    return wrong(output_seal_rows(), single, {Layer::descriptors, Layer::no_new_privs});
}

std::string executable_memory(const Options& options) {
    if (!has(options, Layer::mdwe)) return "";
    return wrong(executable_memory_rows(), options, {Layer::mdwe});
}

std::string privileges(const Options& options) {
    return wrong(privilege_rows(owned_by_root(options.worker)), options, {Layer::no_new_privs});
}

/// As the user who runs the test and, if that is root, as an ordinary one.
void expect_nothing_wrong(std::string (*part)(const Options&)) {
    BOOST_TEST(part(options()) == "");
    if (::geteuid() == 0) BOOST_TEST(as_ordinary_user(part) == "");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layer)

BOOST_AUTO_TEST_CASE(landlock_alone) { expect_nothing_wrong(landlock); }

BOOST_AUTO_TEST_CASE(limits_alone) { expect_nothing_wrong(limits); }

BOOST_AUTO_TEST_CASE(seals_alone) {
    expect_nothing_wrong(seals);
    expect_nothing_wrong(output_seals);
}

BOOST_AUTO_TEST_CASE(no_new_privs_alone) {
    struct statvfs status {};
    const std::string folder = std::filesystem::temp_directory_path();
    const bool nosuid = ::statvfs(folder.c_str(), &status) != 0 || (status.f_flag & ST_NOSUID) != 0;
    if (::geteuid() != 0 || nosuid) {
        BOOST_TEST_MESSAGE(
            "skipped: only root can make a program that runs as root, and not on "
            "every file system");
        return;
    }
    BOOST_TEST(as_ordinary_user(privileges) == "");
}

BOOST_AUTO_TEST_CASE(capabilities_alone) { expect_nothing_wrong(capabilities); }

BOOST_AUTO_TEST_CASE(identity_without_powers) { expect_nothing_wrong(identity); }

BOOST_AUTO_TEST_CASE(namespaces_alone) { expect_nothing_wrong(namespaces); }

BOOST_AUTO_TEST_CASE(mdwe_alone) { expect_nothing_wrong(executable_memory); }

BOOST_AUTO_TEST_SUITE_END()
