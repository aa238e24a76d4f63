#include "signing/keys/password.h"

#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "key_support.h"
#include "signing/keys/pem.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::test;

namespace {

/// A folder that is gone at the end.
class Folder {
public:
    Folder() : path_(std::filesystem::temp_directory_path() / "pratique-test-XXXXXX") {
        std::string name = path_;
        BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string file(const std::string& name, const std::string& content, mode_t mode) const {
        const std::string path = path_ / name;
        std::ofstream(path, std::ios::binary) << content;
        BOOST_REQUIRE(::chmod(path.c_str(), mode) == 0);
        return path;
    }
    std::string operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

std::string got(const Judged<Secret>& secret) {
    return secret ? std::string(text(secret->bytes())) : "!" + reason(secret);
}
std::string asked(const std::string& source) { return got(ask_password(source, false)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(password_)

BOOST_AUTO_TEST_CASE(a_descriptor_gives_one_line_and_keeps_the_rest) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE(::pipe(ends.data()) == 0);
    const std::string lines = "one word\ntwo\n\nlast";
    BOOST_REQUIRE(::write(ends[1], lines.data(), lines.size()) ==
                  static_cast<ssize_t>(lines.size()));
    ::close(ends[1]);
    const std::string source = "fd:" + std::to_string(ends[0]);
    BOOST_TEST(asked(source) == "one word");
    BOOST_TEST(got(ask_password(source, true)) == "two");  // there is nobody to ask twice
    BOOST_TEST(asked(source) == "!wrong_password");
    BOOST_TEST(asked(source) == "last");
    BOOST_TEST(asked(source) == "!wrong_password");
    ::close(ends[0]);
    BOOST_TEST(asked(source) == "!unreadable");
}

BOOST_AUTO_TEST_CASE(a_password_has_a_length) {
    ::setenv("PRATIQUE_TEST_WORD", std::string(kMostPassword, 'p').c_str(), 1);
    BOOST_TEST(asked("env:PRATIQUE_TEST_WORD") == std::string(kMostPassword, 'p'));
    ::setenv("PRATIQUE_TEST_WORD", std::string(kMostPassword + 1, 'p').c_str(), 1);
    BOOST_TEST(asked("env:PRATIQUE_TEST_WORD") == "!wrong_password");
    ::setenv("PRATIQUE_TEST_WORD", "", 1);
    BOOST_TEST(asked("env:PRATIQUE_TEST_WORD") == "!wrong_password");
    ::unsetenv("PRATIQUE_TEST_WORD");
    BOOST_TEST(asked("env:PRATIQUE_TEST_WORD") == "!unreadable");
    const Folder folder;
    BOOST_TEST(asked("file:" + folder.file("long", std::string(kMostPassword + 1, 'p') + "\n",
                                           0600)) == "!wrong_password");
}

BOOST_AUTO_TEST_CASE(a_file_gives_its_first_line) {
    const Folder folder;
    BOOST_TEST(asked("file:" + folder.file("a", "word of it\nmore", 0600)) == "word of it");
    BOOST_TEST(asked("file:" + folder.file("b", "word", 0400)) == "word");
    BOOST_TEST(asked("file:" + folder.file("c", "word\n", 0640)) == "!exposed_key");
    BOOST_TEST(asked("file:" + folder.file("d", "\nword", 0600)) == "!wrong_password");
    BOOST_TEST(asked("file:" + folder.file("e", "", 0600)) == "!wrong_password");
    BOOST_TEST(asked("file:" + folder / "nowhere") == "!unreadable");
}

BOOST_AUTO_TEST_CASE(other_sources_there_are_none) {
    for (const char* source : {"word", "fd:", "fd:-1", "fd:1x", "fd: 1", "fd:99999999999",
                               "file:", "env:", "pass:word", "Terminal"}) {
        BOOST_TEST(!is_password_source(source));
        BOOST_TEST(asked(source) == "!unreadable");
    }
    for (const char* source : {"", "terminal", "fd:0", "file:x", "env:X"}) {
        BOOST_TEST(is_password_source(source));
    }
}

BOOST_AUTO_TEST_CASE(a_private_key_file_is_its_owners_alone) {
    const Folder folder;
    for (const mode_t mode : std::initializer_list<mode_t>{0600, 0400, 0700}) {
        BOOST_TEST(got(read_secret_file(folder.file("good", "key", mode))) == "key");
    }
    for (const mode_t mode :
         std::initializer_list<mode_t>{0640, 0604, 0620, 0602, 0644, 0610, 0601, 0666}) {
        BOOST_TEST(got(read_secret_file(folder.file("bad", "key", mode))) == "!exposed_key");
    }
    BOOST_TEST(got(read_key_file(folder / "bad")) == "key");
    const std::string link = folder / "link";
    std::filesystem::create_symlink("good", link);
    BOOST_TEST(got(read_secret_file(link)) == "key");
    // What counts is the file that is opened, not the link to it.
    std::filesystem::remove(link);
    std::filesystem::create_symlink("bad", link);
    BOOST_TEST(got(read_secret_file(link)) == "!exposed_key");
}

BOOST_AUTO_TEST_CASE(a_private_key_file_of_another_user_is_refused) {
    const Folder folder;
    const std::string path = folder.file("key", "key", 0600);
    if (::geteuid() != 0) return;  // only root can give a file away
    BOOST_REQUIRE(::chown(path.c_str(), 12345, 12345) == 0);
    BOOST_TEST(got(read_secret_file(path)) == "!exposed_key");
}

BOOST_AUTO_TEST_CASE(only_small_regular_files_are_read) {
    const Folder folder;
    const std::string pipe = folder / "pipe";
    BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    BOOST_TEST(got(read_secret_file(pipe)) == "!unreadable");  // and does not wait
    BOOST_TEST(got(read_secret_file(folder / "")) == "!unreadable");
    BOOST_TEST(got(read_secret_file("/dev/null")) == "!unreadable");
    BOOST_TEST(got(read_secret_file("")) == "!unreadable");
    const std::string most(kMostKeyFile, 'k');
    BOOST_TEST(got(read_secret_file(folder.file("most", most, 0600))) == most);
    BOOST_TEST(got(read_secret_file(folder.file("more", most + 'k', 0600))) == "!too_large");
    BOOST_TEST(got(read_secret_file(folder.file("empty", "", 0600))).empty());
}

BOOST_AUTO_TEST_CASE(a_secret_is_moved_and_not_left_behind) {
    Secret first(as_bytes("secret"));
    const Secret second = std::move(first);
    BOOST_TEST(first.empty());  // NOLINT(bugprone-use-after-move): that is the question
    BOOST_TEST(first.bytes().empty());
    BOOST_TEST(text(second.bytes()) == "secret");
    BOOST_TEST((second == Secret(as_bytes("secret"))));
    BOOST_TEST((second != Secret(as_bytes("secres"))));
    BOOST_TEST((second != Secret(as_bytes("secrets"))));
    BOOST_TEST((Secret() == Secret()));
    BOOST_TEST(text(second.first(3).bytes()) == "sec");
    BOOST_TEST(text(Secret(3).bytes()) == std::string(3, '\0'));
}

BOOST_AUTO_TEST_SUITE_END()
