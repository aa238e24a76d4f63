#include "formats/safetensors/header.h"

#include <charconv>

#include "base/json.h"

namespace pratique::safetensors {
namespace {

using json::Event;
using json::Token;

/// A number that counts or places something: digits and nothing else, below 2^63.
Result<std::uint64_t> whole_number(const Event& event) {
    std::uint64_t number = 0;
    const std::string_view digits = event.text;
    if (digits.size() > 1 && digits.front() == '-' && digits[1] != '0') {
        return Error{Errc::negative_length, event.offset};
    }
    const auto parsed = std::from_chars(digits.begin(), digits.end(), number);
    const bool is_whole = parsed.ec == std::errc{} && parsed.ptr == digits.end();
    if (!is_whole || number > INT64_MAX) return Error{Errc::bad_number, event.offset};
    return number;
}

/// Where in the header the walk is.
enum class Place : std::uint8_t {
    outside,
    top,           // at a name
    value_of_top,  // behind a name
    metadata,      // at a key
    value_of_metadata,
    tensor,  // at a field
    dtype,
    shape,  // before the list
    shape_items,
    offsets,
    offset_items,
    unknown,  // inside a field that no reader knows
};

class Entries : public json::Visitor {
public:
    Entries(std::uint64_t base, Header& out) : base_(base), out_(out) {}

    Status visit(const Event& event) override {
        switch (place_) {
            case Place::outside: return expect(event, Token::begin_object, Place::top);
            case Place::top: return top(event);
            case Place::value_of_top: return value_of_top(event);
            case Place::metadata: return metadata(event);
            case Place::value_of_metadata: return value_of_metadata(event);
            case Place::tensor: return tensor(event);
            case Place::dtype: return dtype(event);
            case Place::shape: return expect(event, Token::begin_array, Place::shape_items);
            case Place::shape_items: return shape_item(event);
            case Place::offsets: return expect(event, Token::begin_array, Place::offset_items);
            case Place::offset_items: return offset_item(event);
            case Place::unknown: return unknown(event);
        }
        return {};
    }

private:
    Tensor& current() { return out_.tensors.back(); }

    Status expect(const Event& event, Token token, Place next) {
        if (event.token != token) return Error{Errc::bad_header, event.offset};
        place_ = next;
        return {};
    }

    Status top(const Event& event) {
        if (event.token == Token::end_object) {
            place_ = Place::outside;
            return {};
        }
        name_ = event.text;
        name_offset_ = base_ + event.offset;
        place_ = Place::value_of_top;
        return {};
    }

    Status value_of_top(const Event& event) {
        if (name_ == "__metadata__") return expect(event, Token::begin_object, Place::metadata);
        TRY(expect(event, Token::begin_object, Place::tensor));
        if (out_.tensors.size() >= kMostTensors) return Error{Errc::limit_members, event.offset};
        out_.tensors.emplace_back();
        current().name = std::move(name_);
        current().offset = name_offset_;
        has_dtype_ = has_shape_ = has_offsets_ = false;
        return {};
    }

    Status metadata(const Event& event) {
        if (event.token == Token::end_object) {
            place_ = Place::top;
            return {};
        }
        name_ = event.text;
        place_ = Place::value_of_metadata;
        return {};
    }

    Status value_of_metadata(const Event& event) {
        TRY(expect(event, Token::string, Place::metadata));
        out_.metadata.emplace_back(std::move(name_), event.text);
        return {};
    }

    Status tensor(const Event& event) {
        if (event.token == Token::end_object) {
            const bool complete = has_dtype_ && has_shape_ && has_offsets_;
            if (!complete) return Error{Errc::bad_header, event.offset};
            place_ = Place::top;
        } else if (event.text == "dtype") {
            place_ = Place::dtype;
        } else if (event.text == "shape") {
            place_ = Place::shape;
        } else if (event.text == "data_offsets") {
            place_ = Place::offsets;
        } else {
            if (out_.unknown_fields++ == 0) out_.unknown_offset = base_ + event.offset;
            place_ = Place::unknown;
        }
        return {};
    }

    Status dtype(const Event& event) {
        TRY(expect(event, Token::string, Place::tensor));
        const auto found = dtype_named(event.text);
        if (!found) return Error{Errc::unknown_dtype, event.offset};
        current().dtype = *found;
        has_dtype_ = true;
        return {};
    }

    Status shape_item(const Event& event) {
        if (event.token == Token::end_array) {
            has_shape_ = true;
            place_ = Place::tensor;
            return {};
        }
        if (event.token != Token::number) return Error{Errc::bad_header, event.offset};
        auto& shape = current().shape;
        if (shape.size() >= kMostDimensions) return Error{Errc::limit_rank, event.offset};
        shape.push_back(TRY(whole_number(event)));
        return {};
    }

    Status offset_item(const Event& event) {
        if (event.token == Token::end_array) {
            if (offsets_ != 2) return Error{Errc::bad_header, event.offset};
            offsets_ = 0;
            has_offsets_ = true;
            place_ = Place::tensor;
            return {};
        }
        if (event.token != Token::number || offsets_ == 2) {
            return Error{Errc::bad_header, event.offset};
        }
        (offsets_ == 0 ? current().begin : current().end) = TRY(whole_number(event));
        ++offsets_;
        return {};
    }

    /// One value of any kind.
    Status unknown(const Event& event) {
        if (event.token == Token::begin_object || event.token == Token::begin_array) ++depth_;
        if (event.token == Token::end_object || event.token == Token::end_array) --depth_;
        if (depth_ == 0 && event.token != Token::key) place_ = Place::tensor;
        return {};
    }

    std::uint64_t base_;
    Header& out_;
    Place place_ = Place::outside;
    std::string name_;  // of the tensor or the metadata whose value comes next
    std::uint64_t name_offset_ = 0;
    bool has_dtype_ = false;
    bool has_shape_ = false;
    bool has_offsets_ = false;
    std::uint32_t offsets_ = 0;
    std::uint32_t depth_ = 0;  // of what is skipped
};

}  // namespace

Status read_entries(std::string_view header, std::uint64_t base, Header& out) {
    Entries entries(base, out);
    const Status status = json::walk(header, entries);
    if (status) return {};
    return Error{status.error().code, base + status.error().offset};
}

}  // namespace pratique::safetensors
