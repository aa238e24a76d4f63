#include "signing/files/model.h"

#include <sys/mount.h>
#include <sys/sysmacros.h>

#include "model_files.h"
#include "signing/files/names.h"

using namespace pratique;
using namespace pratique::signing;
using namespace pratique::signing::test;
using Names = std::vector<std::string>;

namespace {

/// What a model that holds one entry of some kind is refused for.
std::string refused_with(const std::function<void(const Folder&)>& add,
                         const ModelOptions& options = {}) {
    const Folder folder;
    folder.write("model", "weights");
    add(folder);
    return refusal(Model::open(folder.path(), options));
}

std::string content(const Model& model, std::size_t index) {
    const auto fd = model.open_file(index);
    BOOST_REQUIRE_MESSAGE(fd, refusal(fd));
    std::string out(100, '\0');
    const ssize_t got = ::pread(fd.value().get(), out.data(), out.size(), 0);
    BOOST_REQUIRE(got >= 0);
    out.resize(static_cast<std::size_t>(got));
    return out;
}

/// What opening the file `a/b` is refused for, when `change` is made behind its listing.
std::string refused_after(const std::function<void(const Folder&)>& change) {
    const Folder folder;
    make_folder(folder / "a");
    folder.write("a/b", "1");
    const Model model = opened(folder.path());
    change(folder);
    return refusal(model.open_file(0));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(model)

BOOST_AUTO_TEST_CASE(files_below_a_folder_are_sorted_by_their_bytes) {
    const Folder folder;
    for (const char* below : {"a", "a/b", "Z", "empty"}) make_folder(folder / below);
    for (const char* file : {"a-b", "a/b/c", "a/b-c", "a0", "Z/z", "\xC3\xA9"}) {
        folder.write(file, std::string(std::strlen(file), 'x'));
    }
    const Model model = opened(folder.path());
    BOOST_TEST(names(model) == (Names{"Z/z", "a-b", "a/b-c", "a/b/c", "a0", "\xC3\xA9"}),
               boost::test_tools::per_element());
    for (const ModelFile& file : model.files()) BOOST_TEST(file.size == file.name.size());
    BOOST_TEST(!model.is_file());
    BOOST_TEST(model.basename() == std::filesystem::path(folder.path()).filename().native());
    BOOST_TEST(model.ignored_files().empty());
    BOOST_TEST(content(model, 4) == "xx");
}

BOOST_AUTO_TEST_CASE(a_file_is_a_model_of_one) {
    const Folder folder;
    folder.write("other", "");
    make_link("model.pt", folder / "link");
    const std::string path = folder.write("model.pt", "weights");
    for (const std::string& given : {path, folder / "link", folder / "./model.pt"}) {
        const Model model = opened(given, {.ignored = {"model.pt"}});
        BOOST_TEST(model.is_file());
        BOOST_TEST(model.basename() == "model.pt");
        BOOST_TEST(names(model) == Names{"model.pt"}, boost::test_tools::per_element());
        BOOST_TEST(model.files()[0].size == 7U);
        BOOST_TEST(content(model, 0) == "weights");
    }
}

BOOST_AUTO_TEST_CASE(links_and_dots_in_the_path_itself_are_the_users_word) {
    const Folder folder, elsewhere;
    make_folder(folder / "real");
    folder.write("real/file", "1");
    make_link(folder / "real", elsewhere / "link");
    for (const std::string& given : {folder / "real/", folder / "./real/../real", folder / "real/.",
                                     elsewhere / "link", elsewhere / "link/"}) {
        const Model model = opened(given);
        BOOST_TEST(model.basename() == "real");
        BOOST_TEST(names(model) == Names{"file"}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(paths_that_lead_to_no_model) {
    const Folder folder;
    make_fifo(folder / "fifo");
    make_socket(folder / "socket");
    make_link("nowhere", folder / "link");
    make_folder(folder / "\xFF");
    folder.write("\xFE", "");
    const auto refused = [](const std::string& path) {
        const auto judged = Model::open(path);
        return judged ? "none" : std::string(name(judged.error().reason));
    };
    BOOST_TEST(refused("") == "unreadable");
    BOOST_TEST(refused(folder / "missing") == "unreadable");
    BOOST_TEST(refused(folder / "link") == "unreadable");
    BOOST_TEST(refused(folder / "fifo") == "special_file");
    BOOST_TEST(refused(folder / "socket") == "special_file");
    BOOST_TEST(refused("/dev/null") == "special_file");
    BOOST_TEST(refused(folder / "\xFF") == "bad_file_name");
    BOOST_TEST(refused(folder / "\xFE") == "bad_file_name");
    BOOST_TEST(refused(folder.path() + std::string("\0x", 2)) == "bad_file_name");
}

BOOST_AUTO_TEST_CASE(what_names_may_be) {
    const std::string component(255, 'c');
    std::string longest;
    for (int i = 0; i < 15; ++i) longest += component + "/";
    longest += std::string(4096 - longest.size() - 2, 'd') + "/e";
    for (const std::string& good : {std::string("a"), std::string("a/b"), component, longest,
                                    std::string("..."), std::string("a:\\b\n\x1B\x7F")}) {
        BOOST_TEST(fault_of_name(good).empty(), good);
    }
    for (const std::string& bad :
         {std::string(), std::string("/"), std::string("/a"), std::string("a/"),
          std::string("a//b"), std::string("."), std::string(".."), std::string("a/./b"),
          std::string("a/.."), std::string("\xFF"), std::string("\xED\xA0\x80"),
          std::string("a\0", 2), component + "c", "a/" + component + "c", longest + "e"}) {
        BOOST_TEST(!fault_of_name(bad).empty(), bad);
    }
}

BOOST_AUTO_TEST_CASE(odd_names_are_kept_as_they_are) {
    const Folder folder;
    Names odd{"\x01", "\n", "a:1:2", "a\\b", "e\xCC\x81", "\xC3\xA9", std::string(255, 'l')};
    for (const std::string& name : odd) folder.write(name, "");
    std::sort(odd.begin(), odd.end());
    BOOST_TEST(names(opened(folder.path())) == odd, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_that_are_no_utf8_are_refused) {
    BOOST_TEST(refused_with([](const Folder& folder) { folder.write("a\xFF", ""); }) ==
               "bad_file_name: a\xFF");
    BOOST_TEST(refused_with([](const Folder& folder) { make_folder(folder / "\xC0\xAF"); }) ==
               "bad_file_name: \xC0\xAF");
}

BOOST_AUTO_TEST_CASE(ignored_paths_cover_whole_components_and_all_below) {
    const Folder folder;
    for (const char* below : {".git", ".git/objects", "sub", "sub/x", "sub/xy", "sub/.git"}) {
        make_folder(folder / below);
    }
    for (const char* file : {".git/config", ".git/objects/\xFF", ".gitignore", "sub/.git/config",
                             "sub/x/1", "sub/xy/2", "sub/y", "x"}) {
        folder.write(file, "1");
    }
    make_link("/etc/passwd", folder / ".git/link");
    make_link("sub", folder / "sub/x/folder");
    make_fifo(folder / ".git/fifo");
    const Model model =
        opened(folder.path(), {.ignored = {"sub/x", ".git", "sub/y", "missing", "su", "/x"}});
    BOOST_TEST(names(model) == (Names{".gitignore", "sub/.git/config", "sub/xy/2", "x"}),
               boost::test_tools::per_element());
    BOOST_TEST(
        model.ignored_files() == (Names{".git/config", ".git/fifo", ".git/link",
                                        ".git/objects/\xFF", "sub/x/1", "sub/x/folder", "sub/y"}),
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_ignored_link_is_not_followed) {
    const Folder folder, elsewhere;
    elsewhere.write("file", "");
    make_link(elsewhere.path(), folder / "link");
    const Model model = opened(folder.path(), {.ignored = {"link"}, .allow_links = true});
    BOOST_TEST(model.files().empty());
    BOOST_TEST(model.ignored_files() == Names{"link"}, boost::test_tools::per_element());
    BOOST_TEST(refusal(Model::open(folder.path(), {.ignored = {"link/file"}})) == "link: link");
}

BOOST_AUTO_TEST_CASE(links_and_what_is_no_file_are_refused) {
    for (const char* to : {"model", "folder", "nowhere", "/etc/passwd", "..", "fifo"}) {
        const auto add = [&](const Folder& folder) {
            make_folder(folder / "folder");
            make_link(std::string("../") + to, folder / "folder/link");
        };
        BOOST_TEST(refused_with(add) == "link: folder/link");
    }
    BOOST_TEST(refused_with([](const Folder& folder) { make_fifo(folder / "fifo"); }) ==
               "special_file: fifo");
    BOOST_TEST(refused_with([](const Folder& folder) { make_socket(folder / "socket"); }) ==
               "special_file: socket");
}

BOOST_AUTO_TEST_CASE(devices_are_refused) {
    const Folder folder;
    if (::mknod((folder / "zero").c_str(), S_IFCHR | 0600, makedev(1, 5)) != 0) {
        BOOST_TEST_MESSAGE("skipped: making a device takes root");
        return;
    }
    BOOST_TEST(refusal(Model::open(folder.path())) == "special_file: zero");
    BOOST_TEST(refusal(Model::open(folder.path(), {.allow_links = true})) == "special_file: zero");
}

BOOST_AUTO_TEST_CASE(of_several_the_first_in_its_folder_is_named) {
    const Folder folder;
    for (int i = 99; i >= 10; --i) {
        make_folder(folder / std::to_string(i));
        make_fifo(folder / std::to_string(i) + "/x");
    }
    BOOST_TEST(refusal(Model::open(folder.path())) == "special_file: 10/x");
    for (int i = 99; i >= 10; --i) make_fifo(folder / "a" + std::to_string(i));
    BOOST_TEST(refusal(Model::open(folder.path())) == "special_file: a10");
}

BOOST_AUTO_TEST_CASE(allowed_links_stand_for_files_inside) {
    const Folder folder;
    make_folder(folder / "sub");
    make_folder(folder / ".git");
    folder.write("sub/file", "weights");
    folder.write(".git/object", "hidden");
    make_link("sub/file", folder / "down");
    make_link("../sub/../down", folder / "sub/up");
    make_link(".git/object", folder / "ignored");
    const Model model = opened(folder.path(), {.ignored = {".git"}, .allow_links = true});
    BOOST_TEST(names(model) == (Names{"down", "ignored", "sub/file", "sub/up"}),
               boost::test_tools::per_element());
    const std::vector<bool> links{true, true, false, true};
    for (std::size_t i = 0; i < links.size(); ++i) BOOST_TEST(model.files()[i].link == links[i]);
    BOOST_TEST(model.files()[3].size == 7U);
    BOOST_TEST(content(model, 3) == "weights");
    BOOST_TEST(content(model, 1) == "hidden");
}

BOOST_AUTO_TEST_CASE(links_that_are_refused_though_links_are_allowed) {
    const ModelOptions allowed{.allow_links = true};
    const auto to = [&](const std::string& target) {
        return refused_with(
            [&](const Folder& folder) {
                make_folder(folder / "folder");
                folder.write("folder/file", "");
                make_link(target.starts_with('%') ? folder / target.substr(1) : target,
                          folder / "folder/link");
            },
            allowed);
    };
    BOOST_TEST(to("file") == "none");
    BOOST_TEST(to("../folder") == "link: folder/link");      // a folder
    BOOST_TEST(to(".") == "link: folder/link");              // a folder around it
    BOOST_TEST(to("nowhere") == "link: folder/link");        // nothing
    BOOST_TEST(to("file/x") == "link: folder/link");         // below a file
    BOOST_TEST(to("link") == "link: folder/link");           // itself
    BOOST_TEST(to("../../outside") == "link: folder/link");  // out
    BOOST_TEST(to("%folder/file") == "link: folder/link");   // in, by way of the root
    BOOST_TEST(to("/proc/self/exe") == "link: folder/link");
    const auto fifo = [](const Folder& folder) {
        make_folder(folder / ".git");
        make_fifo(folder / ".git/fifo");
        make_link(".git/fifo", folder / "link");
    };
    BOOST_TEST(refused_with(fifo, {.ignored = {".git"}, .allow_links = true}) ==
               "special_file: link");
}

BOOST_AUTO_TEST_CASE(what_a_file_became_behind_its_listing) {
    const auto replace = [](const std::function<void(const std::string&)>& make) {
        return [=](const Folder& folder) {
            remove(folder / "a/b");
            make(folder / "a/b");
        };
    };
    BOOST_TEST(refused_after([](const Folder&) {}) == "none");
    BOOST_TEST(refused_after([](const Folder& folder) { remove(folder / "a/b"); }) ==
               "missing_file: a/b");
    BOOST_TEST(refused_after(replace([](const auto& at) { make_link("/etc/passwd", at); })) ==
               "link: a/b");
    BOOST_TEST(refused_after(replace([](const auto& at) { make_link("../a/c", at); })) ==
               "link: a/b");
    BOOST_TEST(refused_after(replace(make_folder)) == "special_file: a/b");
    BOOST_TEST(refused_after(replace(make_fifo)) == "special_file: a/b");  // and nobody waits
    BOOST_TEST(refused_after(replace(make_socket)) == "special_file: a/b");
    const auto folder_to_link = [](const Folder& folder) {
        std::filesystem::rename(folder / "a", folder / "c");
        make_link("c", folder / "a");
    };
    BOOST_TEST(refused_after(folder_to_link) == "link: a/b");
    const auto folder_to_file = [](const Folder& folder) {
        std::filesystem::rename(folder / "a", folder / "c");
        folder.write("a", "");
    };
    BOOST_TEST(refused_after(folder_to_file) == "missing_file: a/b");
}

BOOST_AUTO_TEST_CASE(with_links_allowed_a_file_must_not_become_one) {
    const Folder folder, elsewhere;
    elsewhere.write("file", "");
    folder.write("a", "1");
    folder.write("b", "2");
    make_link("a", folder / "link");
    const Model model = opened(folder.path(), {.allow_links = true});
    remove(folder / "b");
    make_link("a", folder / "b");
    BOOST_TEST(refusal(model.open_file(1)) == "link: b");
    remove(folder / "link");
    make_link(elsewhere / "file", folder / "link");
    BOOST_TEST(refusal(model.open_file(2)) == "link: link");
}

BOOST_AUTO_TEST_CASE(the_folder_stays_the_one_that_was_opened) {
    const Folder folder;
    make_folder(folder / "model");
    folder.write("model/file", "old");
    const Model model = opened(folder / "model");
    std::filesystem::rename(folder / "model", folder / "away");
    make_folder(folder / "model");
    folder.write("model/file", "new");
    BOOST_TEST(content(model, 0) == "old");
}

BOOST_AUTO_TEST_CASE(deep_folders_take_neither_stack_nor_descriptors) {
    const Large large;
    const Folder folder;
    const Descriptor lowest = make_deep(folder.path(), "d", 2000);
    Descriptor file(::openat(lowest.get(), "file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    BOOST_REQUIRE(::write(file.get(), "deep", 4) == 4);
    file.reset();
    const std::size_t before = open_descriptors();
    {
        const FewDescriptors few(6);
        const Model model = opened(folder.path());
        BOOST_TEST(model.files().size() == 1U);
        BOOST_TEST(model.files()[0].name.size() == 4004U);
        BOOST_TEST(content(model, 0) == "deep");
    }
    BOOST_TEST(open_descriptors() == before);
    BOOST_REQUIRE(::unlinkat(lowest.get(), "file", 0) == 0);
    remove_deep(folder.path(), "d", 2000);
}

BOOST_AUTO_TEST_CASE(a_name_of_4096_bytes_is_read_and_one_more_is_refused) {
    const Folder folder;
    const std::string component(255, 'd');
    const Descriptor lowest = make_deep(folder.path(), component, 15);
    const std::string name(255, 'f');  // 15 * 256 + 255 = 4095
    const Descriptor below = make_deep(folder.path(), "x", 1);
    BOOST_REQUIRE(::mkdirat(lowest.get(), "e", 0700) == 0);
    const auto make = [&](std::size_t size) {  // 15 * 256 + 2 + size
        const std::string path = "e/" + std::string(size, 'f');
        const Descriptor made(::openat(lowest.get(), path.c_str(), O_CREAT | O_WRONLY, 0600));
        BOOST_REQUIRE(made);
    };
    make(4096 - 3842);
    {
        const Model model = opened(folder.path());
        BOOST_TEST(model.files()[0].name.size() == 4096U);
        BOOST_TEST(content(model, 0).empty());
    }
    make(4097 - 3842);
    const auto judged = Model::open(folder.path());
    BOOST_REQUIRE(!judged);
    BOOST_TEST((judged.error().reason == Reason::bad_file_name));
    BOOST_TEST(judged.error().subject.size() == 4097U);
}

BOOST_AUTO_TEST_CASE(folders_deeper_than_names_can_say_are_refused) {
    const Large large;
    const Folder folder;
    folder.write("file", "");
    make_deep(folder.path(), "d", 5000);
    const ModelOptions all, without{.ignored = {"d"}};
    for (const ModelOptions& options : {all, without}) {
        const auto judged = Model::open(folder.path(), options);
        BOOST_REQUIRE(!judged);
        BOOST_TEST((judged.error().reason == Reason::bad_file_name));
    }
    remove_deep(folder.path(), "d", 5000);
}

BOOST_AUTO_TEST_CASE(more_files_than_are_allowed) {
    const Folder folder;
    make_folder(folder / ".git");
    for (const char* file : {"abc", "def", ".git/ghi"}) folder.write(file, "");
    BOOST_TEST(refusal(Model::open(folder.path(), {.ignored = {".git"}, .most_files = 4})) ==
               "none");
    BOOST_TEST(refusal(Model::open(folder.path(), {.ignored = {".git"}, .most_files = 3})) ==
               "too_large: .git");
    const std::uint64_t bytes = 4 + 4 + 5 + 8;
    BOOST_TEST(refusal(Model::open(folder.path(), {.most_name_bytes = bytes})) == "none");
    BOOST_TEST(refusal(Model::open(folder.path(), {.most_name_bytes = bytes - 1})) ==
               "too_large: .git");
}

BOOST_AUTO_TEST_CASE(files_that_come_and_go_meanwhile) {
    const Folder folder;
    for (int i = 0; i < 1000; ++i) folder.write("a" + std::to_string(i), "");
    const Meanwhile coming([&] {
        folder.write("b", "");
        remove(folder / "b");
    });
    int refused = 0;
    for (int i = 0; i < 1000 && refused < 5; ++i) {
        const auto judged = Model::open(folder.path());
        if (judged) continue;
        ++refused;
        BOOST_TEST((judged.error().reason == Reason::unstable_file), refusal(judged));
    }
    BOOST_TEST(refused > 0);
}

BOOST_AUTO_TEST_CASE(files_that_only_come_meanwhile) {
    const Large large;
    const Folder folder;
    for (int i = 0; i < 1000; ++i) folder.write("a" + std::to_string(i), "");
    int made = 0;
    const Meanwhile coming([&] {
        if (made < 3000) folder.write("b" + std::to_string(made++), "");
    });
    std::string refused = "none";
    for (int i = 0; i < 300 && refused == "none"; ++i) {
        refused = refusal(Model::open(folder.path()));
    }
    BOOST_TEST(refused == "unstable_file: ");
}

BOOST_AUTO_TEST_CASE(what_is_mounted_inside_is_part_of_the_model) {
    const Folder folder;
    make_folder(folder / "mount");
    if (::mount("tmpfs", (folder / "mount").c_str(), "tmpfs", 0, "size=1m") != 0) {
        BOOST_TEST_MESSAGE("skipped: mounting takes root");
        return;
    }
    folder.write("mount/file", "1");
    {
        const Model model = opened(folder.path());
        BOOST_TEST(names(model) == Names{"mount/file"}, boost::test_tools::per_element());
        BOOST_TEST(content(model, 0) == "1");
    }
    BOOST_TEST(::umount((folder / "mount").c_str()) == 0);
}

BOOST_AUTO_TEST_CASE(fifty_thousand_files) {
    const Large large;
    const Folder folder;
    for (int i = 0; i < 50; ++i) {
        const std::string below = folder / std::to_string(i);
        make_folder(below);
        for (int k = 0; k < 1000; ++k) {
            const Descriptor made(
                ::open((below + "/" + std::to_string(k)).c_str(), O_CREAT | O_WRONLY, 0600));
            BOOST_REQUIRE(made);
        }
    }
    const FewDescriptors few(6);
    const Model model = opened(folder.path());
    BOOST_TEST(model.files().size() == 50'000U);
    BOOST_TEST(std::is_sorted(model.files().begin(), model.files().end(),
                              [](const auto& a, const auto& b) { return a.name < b.name; }));
    BOOST_TEST(content(model, 49'999).empty());
}

BOOST_AUTO_TEST_SUITE_END()
