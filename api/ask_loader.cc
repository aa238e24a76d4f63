#include "api/ask_loader.h"

#include "sandbox/session.h"
#include "scanner/wire.h"

namespace pratique::api {

using sandbox::Outcome;

namespace {

/// Takes one reply in; false if it is nothing that a worker may say.
bool take(const sandbox::Reply& reply, const Limits& limits, LoaderAnswer& answer) {
    return reply.payload.validate([&](Bytes piece) {
        if (reply.kind == static_cast<std::uint32_t>(scanner::Answer::report)) {
            return static_cast<bool>(scanner::decode_piece(piece, limits.reported, answer.report));
        }
        if (reply.kind == loader::kLoadedPiece) {
            answer.table.insert(answer.table.end(), piece.begin(), piece.end());
            return true;
        }
        if (reply.kind != loader::kLoadFailed || answer.failed) return false;
        const auto failed = loader::decode_failed(piece);
        if (failed) answer.failed = *failed;
        return static_cast<bool>(failed);
    });
}

}  // namespace

Outcome ask_loader(const loader::Request& request, int fd, const LoadOptions& options,
                   LoaderAnswer& answer) {
    sandbox::Options one_file = options.sandbox;
    one_file.profile = sandbox::Profile::single;
    one_file.output_bytes = request.output;
    auto started = sandbox::Session::start(one_file);
    if (const auto* outcome = std::get_if<Outcome>(&started)) return *outcome;
    auto made = sandbox::Output::make(request.output);
    if (const auto* outcome = std::get_if<Outcome>(&made)) return *outcome;
    auto& session = std::get<sandbox::Session>(started);
    auto& output = std::get<sandbox::Output>(made);
    answer.isolation = session.isolation();
    const auto payload = encode(request);
    const sandbox::Request sent{.kind = loader::kLoadTask,
                                .id = 1,
                                .payload = payload,
                                .fd = fd,
                                .output = output.descriptor()};
    Outcome outcome = session.submit(std::span(&sent, 1));
    while (outcome.ok()) {
        auto event = session.receive();
        if (const auto* ended = std::get_if<Outcome>(&event)) return *ended;
        const auto& reply = std::get<sandbox::Reply>(event);
        if (reply.done()) {
            // Now, while the worker gives its memory back.
            if (auto decoded = loader::decode_loaded(answer.table)) {
                answer.loaded = std::move(*decoded);
            }
            outcome = session.finish();
            break;
        }
        if (!take(reply, options.limits, answer)) {
            return {.failure = sandbox::Failure::protocol_violation};
        }
    }
    answer.output = std::move(output);
    return outcome;
}

}  // namespace pratique::api
