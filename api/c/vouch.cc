// Signing and attesting: the same calls of the floor below as the program makes.
#include "api/c/handles.h"
#include "api/sign.h"
#include "base/text.h"
#include "signing/keys/files.h"
#include "signing/keys/password.h"

using pratique::c::guard;
using pratique::c::must;

namespace pratique::c {
namespace {

constexpr std::uint32_t kSignFlags =
    PRATIQUE_SIGN_REPLACE | PRATIQUE_SIGN_GIT_PATHS | PRATIQUE_SIGN_SPEC_NAMES;

template <class T>
T accepted(signing::Judged<T> judged) {
    if (!judged) throw failure(judged.error());
    return std::move(judged).value();
}

signing::PrivateKey key_of(const char* path, const char* password) {
    const auto ask = [&]() -> signing::Judged<signing::Secret> {
        if (password == nullptr) {
            return signing::Refusal{signing::Reason::wrong_password, "", "none was given"};
        }
        return signing::Secret(as_bytes(std::string_view(password)));
    };
    const signing::Secret text = accepted(signing::read_secret_file(path));
    auto key = signing::read_private_key(text.bytes(), ask);
    if (!key) throw failure(signing::Refusal{key.error().reason, path, key.error().detail});
    return std::move(key).value();
}

template <class Options>
Options asked_for(const Options* options) {
    Options defaults{};
    defaults.size = sizeof(defaults);
    return taken(options, defaults);
}

pratique_report sign(const char* model, const char* key_path,
                     const pratique_sign_options* options) {
    const auto asked = asked_for(options);
    must_know(asked.flags, kSignFlags);
    const auto flag = [&](std::uint32_t one) { return (asked.flags & one) != 0; };
    const signing::PrivateKey key = key_of(key_path, asked.password);
    api::SignRequest request;
    request.model = model;
    request.signature =
        asked.signature == nullptr ? api::default_signature(request.model) : asked.signature;
    request.replace = flag(PRATIQUE_SIGN_REPLACE);
    request.options.chain = accepted(api::read_chain(strings(asked.chain)));
    request.options.shard_size = asked.shard_size;
    request.options.ignore_git = !flag(PRATIQUE_SIGN_GIT_PATHS);
    request.options.spec_names = flag(PRATIQUE_SIGN_SPEC_NAMES);
    if (asked.cancel != nullptr) request.options.cancel = asked.cancel->event.get();
    for (const std::string& path : strings(asked.ignored)) {
        request.options.ignored.push_back(api::relative_to_model(request.model, path));
    }
    if (const auto done = api::sign(request, key); !done) {
        throw_if_set(asked.cancel);
        throw failure(done.error());
    }
    json::Writer out;
    out.begin_object().key("schema_version").number(1);
    out.key("signature").string(v1::escape(request.signature));
    out.key("key").string(key.public_key().id()).end_object();
    return {out.take(), api::kClean};
}

pratique_report attest(const char* model, const char* key_path,
                       const pratique_attest_options* options) {
    const auto asked = asked_for(options);
    must_know(asked.flags, PRATIQUE_ATTEST_REPLACE);
    const Reading reading = reading_of(asked.reading);
    const signing::PrivateKey key = key_of(key_path, asked.password);
    api::AttestRequest request;
    request.model = model;
    request.output =
        asked.output == nullptr ? api::default_attestation(request.model) : asked.output;
    request.replace = (asked.flags & PRATIQUE_ATTEST_REPLACE) != 0;
    request.scan.limits = reading.limits;
    request.scan.sandbox = reading.sandbox;
    request.scan.snapshot = reading.snapshot;
    request.scan.jobs = asked.jobs;
    if (asked.policy != nullptr) request.policy = accepted(api::read_policy_file(asked.policy));
    must(asked.name == nullptr || request.policy.has_value(), "a name goes with a policy");
    request.name = string_or_empty(asked.name);
    request.chain = accepted(api::read_chain(strings(asked.chain)));
    const auto done = api::attest(request, key);
    if (!done) {
        throw_if_set(reading.cancel);
        throw failure(done.error());
    }
    json::Writer out;
    out.begin_object().key("schema_version").number(1);
    out.key("attestation").string(v1::escape(request.output));
    out.key("key").string(key.public_key().id()).key("files").number(done->files.size());
    out.key("verdict").string(name(verdict(*done)));
    out.key("passed").boolean(api::exit_code(*done) == api::kClean).end_object();
    return {out.take(), api::exit_code(*done), static_cast<int>(verdict(*done))};
}

}  // namespace
}  // namespace pratique::c

void pratique_sign_options_init(pratique_sign_options* options, size_t size) {
    pratique::c::set_up(options, size, pratique_sign_options{});
}

void pratique_attest_options_init(pratique_attest_options* options, size_t size) {
    pratique::c::set_up(options, size, pratique_attest_options{});
}

int pratique_sign(const char* model, const char* key, const pratique_sign_options* options,
                  pratique_report** report, pratique_error** error) {
    return guard(error, [&] {
        pratique::c::must_have(model, report);
        must(key != nullptr, "no key");
        pratique::c::give_report(pratique::c::sign(model, key, options), report);
    });
}

int pratique_attest(const char* model, const char* key, const pratique_attest_options* options,
                    pratique_report** report, pratique_error** error) {
    return guard(error, [&] {
        pratique::c::must_have(model, report);
        must(key != nullptr, "no key");
        pratique::c::give_report(pratique::c::attest(model, key, options), report);
    });
}
