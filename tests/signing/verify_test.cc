// From signing a model to comparing it, and every way in between to change what was signed.
#include "signing/verify.h"

#include <random>

#include "folder.h"
#include "key_support.h"
#include "signing/sign.h"
#include "statements.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::signing::test;
using pratique::test::Folder;
using pratique::test::has_vectors;
using pratique::test::oms_folder;
using pratique::test::slurp;

namespace {

/// From the text of a signature to what it signs, as a caller goes through it.
Judged<Manifest> read_signature(const std::string& text, const PublicKey& key) {
    const Bundle bundle = TRY(read_bundle(text));
    TRY(find_signer(bundle, {{key}}));
    return read_manifest(TRY(read_statement(bundle.payload)));
}

/// "reason subject;…", or the reason why it came to no comparison.
std::string verify(const std::string& model, const std::string& bundle, const PublicKey& key,
                   const VerifyOptions& options = {}) {
    const auto read = read_signature(bundle, key);
    if (!read) return said(read);
    const auto found = measure(model, *read, options);
    if (!found) return said(found) + " " + found.error().subject;
    return shown(compare(*read, found->files, {false, found->is_file}));
}

std::string sign(const std::string& model, const PrivateKey& key, const SignOptions& options = {}) {
    auto out = sign_model(model, key, options);
    BOOST_TEST_REQUIRE(bool(out), said(out));
    return *std::move(out);
}

void fill(const Folder& folder) {
    std::filesystem::create_directories(folder / "sub");
    std::filesystem::create_directories(folder / ".git");
    folder.write("weights.bin", std::string(1000, 'w'));
    folder.write("sub/config.json", "{}");
    folder.write("sub/empty", "");
    folder.write(".git/HEAD", "ref");
}

/// One change to a text, or a few.
std::string mutated(std::string text, std::mt19937& random) {
    const auto at = [&] { return random() % text.size(); };
    for (std::size_t changes = 1 + random() % 3; changes > 0 && !text.empty(); --changes) {
        const std::size_t place = at();
        switch (random() % 6) {
            case 0: text[place] = static_cast<char>(text[place] ^ (1 << random() % 8)); break;
            case 1: text[place] = static_cast<char>(random()); break;
            case 2: text.insert(place, 1, "\"{}[],:=+/-_ \\n0Aa\x80"[random() % 19]); break;
            case 3: text.erase(place, 1 + random() % 4); break;
            case 4: std::swap(text[place], text[at()]); break;
            // A piece once more: members and entries twice.
            default: text.insert(at(), text.substr(place, random() % 64));
        }
    }
    return text;
}

/// Whatever a text is, if it stands then it says what the good one says.
void must_be_the_same(const std::string& text, const Bundle& good, const PublicKey& key,
                      std::size_t& stood) {
    const auto read = read_bundle(text);
    if (!read || !check_key(*read, key)) return;
    ++stood;
    const bool same = read->method == Method::key && read->hint == key.hint() &&
                      read->payload == good.payload && read->payload_type == good.payload_type &&
                      read->signature == good.signature;
    if (!same) BOOST_TEST(same, text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verify_)

BOOST_AUTO_TEST_CASE(what_is_signed_verifies_and_what_is_changed_does_not) {
    const Folder folder;
    fill(folder);
    for (const KeyType type : {KeyType::ed25519, KeyType::p256, KeyType::p384, KeyType::p521}) {
        const PrivateKey key = PrivateKey::generate(type);
        const std::string bundle = sign(folder.path(), key);
        BOOST_TEST(verify(folder.path(), bundle, key.public_key()) == "");
        BOOST_TEST(verify(folder.path(), bundle, PrivateKey::generate(type).public_key()) ==
                   "wrong_key: ");
    }
    const PrivateKey key = PrivateKey::generate(KeyType::ed25519);
    const std::string bundle = sign(folder.path(), key);
    const auto now = [&] { return verify(folder.path(), bundle, key.public_key()); };
    folder.write(".git/HEAD", "other");
    BOOST_TEST(now() == "");
    folder.write("sub/empty", "x");
    BOOST_TEST(now() == "changed_file sub/empty;");
    folder.write("sub/empty", "");
    folder.write("weights.bin", std::string(999, 'w'));
    BOOST_TEST(now() == "changed_file weights.bin;");
    folder.write("weights.bin", std::string(1000, 'w'));
    folder.write("sub/__init__.py", "");
    BOOST_TEST(now() == "uncovered_file sub/__init__.py;");
    std::filesystem::remove(folder / "sub/__init__.py");
    std::filesystem::rename(folder / "sub/config.json", folder / "sub/Config.json");
    BOOST_TEST(now() == "uncovered_file sub/Config.json;missing_file sub/config.json;");
    std::filesystem::rename(folder / "sub/Config.json", folder / "sub/config.json");
    BOOST_TEST(now() == "");
    std::filesystem::create_symlink("weights.bin", folder / "link");
    BOOST_TEST(now().starts_with("link: "));
}

BOOST_AUTO_TEST_CASE(shards_are_signed_and_verified) {
    const Folder folder;
    fill(folder);
    const PrivateKey key = PrivateKey::generate(KeyType::p256);
    for (const HashAlgorithm hash : {HashAlgorithm::sha256, HashAlgorithm::blake2b}) {
        const std::string bundle = sign(folder.path(), key, {.hash = hash, .shard_size = 300});
        const auto read = read_signature(bundle, key.public_key());
        BOOST_REQUIRE(read);
        BOOST_TEST(read->files.size() == 2U);  // an empty file has no shard
        BOOST_TEST(read->files.at(1).digests.size() == 4U);
        BOOST_TEST(verify(folder.path(), bundle, key.public_key()) == "");
        folder.write("weights.bin", std::string(999, 'w') + "x");
        BOOST_TEST(verify(folder.path(), bundle, key.public_key()) == "changed_file weights.bin;");
        folder.write("weights.bin", std::string(1000, 'w'));
    }
}

BOOST_AUTO_TEST_CASE(a_single_file_by_both_of_its_names) {
    const Folder folder;
    const std::string path = folder.write("m.gguf", "GGUF");
    const PrivateKey key = PrivateKey::generate(KeyType::p256);
    for (const bool spec_names : {false, true}) {
        const std::string bundle = sign(path, key, {.spec_names = spec_names});
        const auto read = read_signature(bundle, key.public_key());
        BOOST_REQUIRE(read);
        BOOST_TEST(read->files.at(0).name == (spec_names ? "m.gguf" : "."));
        BOOST_TEST(read->model_name == "m.gguf");
        BOOST_TEST(verify(path, bundle, key.public_key()) == "");
        BOOST_TEST(verify(folder.write("n.gguf", "other"), bundle, key.public_key()) != "");
    }
}

BOOST_AUTO_TEST_CASE(there_must_be_something_to_sign) {
    const Folder folder;
    const PrivateKey key = PrivateKey::generate(KeyType::ed25519);
    BOOST_TEST(said(sign_model(folder.path(), key, {})) ==
               "missing_file: there is nothing to sign");
    folder.write("empty", "");
    BOOST_TEST(
        said(sign_model(folder.path(), key, {.shard_size = 10})).starts_with("bad_manifest"));
    folder.write("a", "x");
    BOOST_TEST(!sign_model(folder.path(), key, {.ignored = {"../a"}}));
    const PrivateKey other = PrivateKey::generate(KeyType::p256);
    BOOST_TEST(said(sign_model(folder.path(), key, {.chain = {Der(3)}})).starts_with("bad_cert"));
}

BOOST_AUTO_TEST_CASE(any_of_the_keys_may_have_signed_and_nobody_else) {
    const PrivateKey one = PrivateKey::generate(KeyType::ed25519);
    const PrivateKey two = PrivateKey::generate(KeyType::p256);
    const auto text = sign_statement(statement_text({{"a"}}), two, {});
    BOOST_REQUIRE(text);
    Bundle bundle = *read_bundle(*text);
    const auto find = [&](const Trusted& trusted) {
        const auto signer = find_signer(bundle, trusted);
        return signer ? std::string(name(signer->key.type())) : said(signer);
    };
    const PublicKey a = one.public_key();
    const PublicKey b = two.public_key();
    BOOST_TEST(find({{a, b}}) == "ecdsa-p256");
    BOOST_TEST(find({{a}}) == "wrong_key: ");
    BOOST_TEST(find({{a, a}}) == "untrusted_key: ");
    BOOST_TEST(find({}) == "untrusted_key: ");
    BOOST_TEST(find({{}, ChainOptions{}}) == "wrong_method: method key");
    bundle.payload += " ";
    BOOST_TEST(find({{a, b}}) == "bad_signature: ");
    BOOST_TEST(find({{b}}) == "bad_signature: ");
    bundle.method = Method::certificate;
    BOOST_TEST(find({{a, b}}) == "wrong_method: method certificate");
    bundle.method = Method::sigstore;
    BOOST_TEST(find({{b}}).starts_with("unsupported"));
    BOOST_TEST(find({{}, ChainOptions{}}).starts_with("unsupported"));
}

BOOST_AUTO_TEST_CASE(nothing_of_the_payload_counts_before_its_signature) {
    const PrivateKey key = PrivateKey::generate(KeyType::ed25519);
    const auto text = sign_statement("no JSON", key, {});
    BOOST_REQUIRE(text);
    BOOST_TEST(said(read_signature(*text, key.public_key())).starts_with("bad_statement"));
    const std::string forged = changed(*text, base64(as_bytes("no JSON")), base64(as_bytes("{}")));
    BOOST_TEST(said(read_signature(forged, key.public_key())) == "bad_signature: ");
}

BOOST_AUTO_TEST_CASE(what_is_ignored_is_what_all_say_together) {
    const auto read = manifest_of(statement_text({{"a"}}, kFiles + R"(,"ignore_paths":["x"])"));
    BOOST_REQUIRE(read);
    BOOST_TEST(
        (ignored_by(*read, {.ignored = {"y", "x"}}) ==
         std::vector<std::string>{".git", ".gitattributes", ".github", ".gitignore", "x", "y"}));
    BOOST_TEST((ignored_by(*read, {.ignore_git = false}) == std::vector<std::string>{"x"}));
    // What is signed is looked at.
    const auto hooks = manifest_of(statement_text({{".git/hooks/x"}, {".gitignore"}}));
    BOOST_REQUIRE(hooks);
    BOOST_TEST((ignored_by(*hooks, {}) == std::vector<std::string>{".gitattributes", ".github"}));
    const Folder folder;
    folder.write("a", "content");
    folder.write("x", "hidden");
    folder.write(".gitignore", "");
    const auto found = measure(folder.path(), *read, {});
    BOOST_REQUIRE(found);
    BOOST_TEST(found->files.size() == 1U);
    BOOST_TEST((found->ignored_files == std::vector<std::string>{".gitignore", "x"}));
}

BOOST_AUTO_TEST_CASE(links_need_the_word_of_both_sides) {
    const Folder folder;
    folder.write("a", "content");
    std::filesystem::create_symlink("a", folder / "b");
    for (const bool signer : {false, true}) {
        const std::string how = signer ? changed(kFiles, "false", "true") : kFiles;
        const auto read = manifest_of(statement_text({{"a"}, {"b"}}, how));
        BOOST_REQUIRE(read);
        for (const bool user : {false, true}) {
            const auto found = measure(folder.path(), *read, {.allow_links = user});
            BOOST_TEST(bool(found) == (signer && user));
            if (!found) BOOST_TEST(said(found).starts_with("link"));
        }
    }
}

// --- Changes to the bundle ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(no_beginning_of_a_bundle_is_a_bundle) {
    for (const KeyType type : {KeyType::ed25519, KeyType::p256}) {
        const PrivateKey key = PrivateKey::generate(type);
        const auto good = sign_statement(statement_text({{"a"}}), key, {});
        BOOST_REQUIRE(good);
        const std::size_t end = good->find_last_not_of(" \n") + 1;
        for (std::size_t size = 0; size < end; ++size) {
            BOOST_TEST(said(read_bundle(good->substr(0, size))).starts_with("bad_bundle: "));
        }
        BOOST_TEST(bool(read_bundle(good->substr(0, end))));
    }
}

BOOST_AUTO_TEST_CASE(a_bundle_that_was_changed_says_the_same_or_nothing) {
    std::mt19937 random(20'270'115);  // NOLINT: the same changes in every run
    const auto seed = as_bytes("0123456789abcdef0123456789abcdef");
    const PrivateKey ed25519 = *PrivateKey::from_ed25519_seed(seed);
    std::size_t stood = 0;
    for (const PrivateKey& key : {ed25519, PrivateKey::generate(KeyType::p256)}) {
        const auto text = sign_statement(statement_text({{"a"}}), key, {});
        BOOST_REQUIRE(text);
        const Bundle good = *read_bundle(*text);
        must_be_the_same(*text, good, key.public_key(), stood);
        BOOST_TEST_REQUIRE(stood != 0U);
        for (int i = 0; i < 50'000; ++i) {
            must_be_the_same(mutated(*text, random), good, key.public_key(), stood);
        }
    }
    // White space and the key id, for some, mean nothing; most changes are refused.
    BOOST_TEST(stood > 100U);
    BOOST_TEST(stood < 50'000U);
}

BOOST_AUTO_TEST_CASE(every_single_character_of_payload_and_signature_counts) {
    for (const KeyType type : {KeyType::ed25519, KeyType::p256}) {
        const PrivateKey key = PrivateKey::generate(type);
        const auto text = sign_statement(statement_text({{"a"}}), key, {});
        BOOST_REQUIRE(text);
        for (const char* member : {R"("payload": ")", R"("sig": ")"}) {
            const std::size_t from = text->find(member) + std::string_view(member).size();
            const std::size_t end = text->find('"', from);
            BOOST_TEST_REQUIRE(end - from > 60U);
            for (std::size_t at = from; at < end; ++at) {
                for (const char other : {'A', 'Z', '9', '/', '=', ' ', '\x80'}) {
                    if ((*text)[at] == other) continue;
                    std::string bad = *text;
                    bad[at] = other;
                    const auto read = read_bundle(bad);
                    if (read) BOOST_TEST(!check_key(*read, key.public_key()), bad);
                }
            }
        }
    }
}

// --- Statements of the reference ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(statements_of_the_reference_are_understood,
                     *boost::unit_test::precondition(has_vectors)) {
    const auto folder = oms_folder() / "upstream/payloads";
    std::size_t seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string id = entry.path().filename().native();
        BOOST_TEST_CONTEXT(id) {
            ++seen;
            const std::string text = slurp(entry.path());
            const auto read = manifest_of(text);
            // Of an empty folder, and of empty files in shards, nothing is signed.
            const bool nothing = id.starts_with("empty_model_folder") ||
                                 id.starts_with("empty_model_file_") ||
                                 id.starts_with("model_folder_with_empty_file_");
            BOOST_TEST(bool(read) == !nothing, said(read));
            if (!read) continue;
            const auto again = manifest_of(write_manifest("m", read->serialization, read->files));
            BOOST_TEST_REQUIRE(bool(again), said(again));
            BOOST_TEST(shown(compare(*again, read->files)) == "");
        }
    }
    BOOST_TEST(seen == 21U);
}

BOOST_AUTO_TEST_CASE(the_reference_counts_the_same_bytes,
                     *boost::unit_test::precondition(has_vectors)) {
    // Its own example: d0 and d1 with three files each, and four beside them.
    const Folder folder;
    for (const char* sub : {"d0", "d1"}) std::filesystem::create_directories(folder / sub);
    for (const int d : {0, 1}) {
        for (const int f : {0, 1, 2}) {
            const std::string id = "f" + std::to_string(d) + std::to_string(f);
            folder.write("d" + std::to_string(d) + "/" + id,
                         "This is file " + id + " in d" + std::to_string(d) + ".");
        }
    }
    for (const int f : {0, 1, 2, 3}) {
        const std::string id = "f" + std::to_string(f);
        folder.write(id, "This is file " + id + " in root.");
    }
    for (const char* id :
         {"sample_model_folder", "sample_model_folder_shard", "sample_model_folder_small_shards"}) {
        const auto read = manifest_of(slurp(oms_folder() / "upstream/payloads" / id));
        BOOST_TEST_REQUIRE(bool(read), said(read));
        const auto found = measure(folder.path(), *read, {});
        BOOST_REQUIRE(found);
        BOOST_TEST(shown(compare(*read, found->files)) == "", id);
    }
}

BOOST_AUTO_TEST_SUITE_END()
