// pratique keygen: a new key. pratique key: what a key file holds, and its public half.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <map>
#include <memory>
#include <variant>

#include "api/write/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/trust_options.h"
#include "signing/keys/password.h"

namespace pratique::cli {
namespace {

using api::TargetFile;
using signing::KeyType;
using signing::PrivateKey;
using signing::PublicKey;
using signing::Secret;

struct KeygenOptions {
    std::string out;
    KeyType type = KeyType::ed25519;
    std::string password;
    bool no_password = false;
    bool replace = false;
    bool quiet = false;
};

struct KeyOptions {
    std::string file;
    std::string password;
    bool replace = false;
};

/// Says it on standard error.
int fail(const std::string& what) {
    complain(what);
    return kUndecided;
}

using Made = std::variant<std::unique_ptr<TargetFile>, std::string>;

/// A file that holds these bytes and lacks only its name; or what went wrong.
Made prepare_file(const std::string& path, Bytes bytes, TargetFile::Readers readers, bool replace) {
    auto made = TargetFile::create(path, replace, TargetFile::Unnamed::where_possible, readers);
    if (std::holds_alternative<std::string>(made)) return made;
    TargetFile& file = *std::get<std::unique_ptr<TargetFile>>(made);
    if (!file.write(bytes) || !file.prepare()) return file.failure();
    return made;
}

Made prepare_public(const PublicKey& key, const std::string& path, bool replace) {
    const std::string pem = key.pem();
    return prepare_file(path, as_bytes(pem), TargetFile::Readers::as_umask_says, replace);
}

/// Empty if it has its name now; else what went wrong.
std::string commit(const Made& made) {
    if (const auto* why = std::get_if<std::string>(&made)) return *why;
    TargetFile& file = *std::get<std::unique_ptr<TargetFile>>(made);
    return file.commit() ? "" : file.failure();
}

/// Why the files could not be written, as far as can be known before there is a key.
std::string look_at_targets(const KeygenOptions& options) {
    for (const std::string& path : {options.out, options.out + ".pub"}) {
        const auto made = TargetFile::create(path, options.replace);
        if (const auto* why = std::get_if<std::string>(&made)) return *why;
    }
    return "";
}

std::string describe_key(const PublicKey& key) {
    return "type  " + std::string(name(key.type())) + "\nid    " + key.id() + "\nhint  " +
           key.hint() + "\n";
}

int ask_failed(const signing::Refusal& refusal, const KeygenOptions& options) {
    const int exit = complain(refusal);
    const bool no_terminal =
        options.password.empty() && refusal.reason == signing::Reason::unreadable;
    if (no_terminal) {
        std::fputs(
            "pratique: --password says where the password of the key comes from; "
            "--no-password makes a key without one\n",
            stderr);
    }
    return exit;
}

/// The private key first: the public one can be made of it again, and not the other way round.
/// Neither takes its name before both are on the disk: a full one must leave the old pair whole.
int write_both(const PrivateKey& key, const Secret* password, const KeygenOptions& options) {
    const std::string shown = options.out + ".pub";
    const Secret text = signing::write_private_key(key, password);
    const Made own =
        prepare_file(options.out, text.bytes(), TargetFile::Readers::owner, options.replace);
    if (const auto* why = std::get_if<std::string>(&own)) return fail(*why);
    const Made other = prepare_public(key.public_key(), shown, options.replace);
    if (const auto* why = std::get_if<std::string>(&other)) return fail(*why);
    // A public key beside a private one that is not its own would be worse than none.
    if (options.replace && ::unlink(shown.c_str()) != 0 && errno != ENOENT) {
        return fail(escape(shown) + " cannot be replaced");
    }
    if (const std::string why = commit(own); !why.empty()) {
        return fail(why + (options.replace ? "; pratique key public writes " + escape(shown) : ""));
    }
    if (const std::string why = commit(other); !why.empty()) {
        return fail(why + "; pratique key public writes it when that is mended");
    }
    if (options.quiet) return kClean;
    const std::string head = escape(options.out) + ": private key, " +
                             (password != nullptr ? "under a password" : "not encrypted") + "\n" +
                             escape(shown) + ": public key\n";
    return print_text(head + describe_key(key.public_key())) ? kClean : kUndecided;
}

int run_keygen(const KeygenOptions& options) {
    if (const std::string why = look_at_targets(options); !why.empty()) return fail(why);
    if (options.no_password) {
        return write_both(PrivateKey::generate(options.type), nullptr, options);
    }
    const auto password = signing::ask_password(options.password, true);
    if (!password) return ask_failed(password.error(), options);
    return write_both(PrivateKey::generate(options.type), &*password, options);
}

/// Of a file of either kind.
signing::Judged<PublicKey> public_half(const KeyOptions& options) {
    const Secret bytes = TRY(signing::read_key_file(options.file));
    if (signing::is_private_key(text(bytes.bytes()))) {
        return TRY(read_key(options.file, options.password)).public_key();
    }
    auto key = signing::read_public_key(text(bytes.bytes()));
    if (!key) return signing::Refusal{key.error().reason, options.file, key.error().detail};
    return key;
}

int show(const KeyOptions& options) {
    const auto key = public_half(options);
    if (!key) return complain(key.error());
    return print(describe_key(*key) + key->pem()) ? kClean : kUndecided;
}

int write_half(const KeyOptions& options) {
    const auto key = read_key(options.file, options.password);
    if (!key) return complain(key.error());
    const std::string path = options.file + ".pub";
    if (const std::string why = commit(prepare_public(key->public_key(), path, options.replace));
        !why.empty()) {
        return fail(why);
    }
    const std::string head = escape(path) + ": public key\n";
    return print_text(head + describe_key(key->public_key())) ? kClean : kUndecided;
}

CLI::Option* add_password(CLI::App& command, std::string& password) {
    const CLI::Validator is_source(
        [](std::string& source) {
            return signing::is_password_source(source) ? ""
                                                       : "not one of fd:N, file:PATH, env:NAME";
        },
        "");
    return command
        .add_option("--password", password,
                    "Where the password comes from: fd:N, file:PATH, env:NAME; by default it is "
                    "asked for")
        ->type_name("SOURCE")
        ->check(is_source);
}

/// One of the commands below `key`, which work on one file.
CLI::App* add_key_command(CLI::App& key, const char* name, const char* description, int& exit,
                          const std::shared_ptr<KeyOptions>& options,
                          int (*run)(const KeyOptions&)) {
    auto* command = key.add_subcommand(name, description);
    command->add_option("FILE", options->file, "A key file")->required();
    add_password(*command, options->password);
    command->callback([options, run, &exit] { exit = run(*options); });
    return command;
}

}  // namespace

void add_keygen(CLI::App& app, int& exit) {
    auto* command = app.add_subcommand("keygen", "Make a key to sign with");
    auto options = std::make_shared<KeygenOptions>();
    command->add_option("OUT", options->out, "The private key; the public one becomes OUT.pub")
        ->required();
    const std::map<std::string, KeyType> types = {{"ed25519", KeyType::ed25519},
                                                  {"p256", KeyType::p256},
                                                  {"p384", KeyType::p384},
                                                  {"p521", KeyType::p521}};
    command
        ->add_option("--type", options->type,
                     "ed25519; p256, p384, p521: those that other OMS tools verify")
        ->transform(one_of(types))
        ->default_str("ed25519");
    auto* password = add_password(*command, options->password);
    command->add_flag("--no-password", options->no_password, "Leave the private key unencrypted")
        ->excludes(password);
    command->add_flag("--replace", options->replace, "Replace the files if they exist");
    add_quiet(*command, options->quiet, "what was made");
    command->callback([options, &exit] { exit = run_keygen(*options); });
}

void add_key(CLI::App& app, int& exit) {
    auto* key = app.add_subcommand("key", "Look at a key file");
    key->require_subcommand(1);
    add_key_command(*key, "show", "Type, id, hint and public half of a key file of any form", exit,
                    std::make_shared<KeyOptions>(), show);
    auto options = std::make_shared<KeyOptions>();
    add_key_command(*key, "public", "Write the public half of a private key to FILE.pub", exit,
                    options, write_half)
        ->add_flag("--replace", options->replace, "Replace FILE.pub if it exists");
}

}  // namespace pratique::cli
