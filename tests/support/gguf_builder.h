// GGUF files for tests, right or wrong as wanted.
#pragma once

#include <cstdint>
#include <string>

namespace pratique::test {

/// Collects pairs and entries; file() puts header, lists, padding and data together.
class GgufBuilder {
public:
    explicit GgufBuilder(std::uint32_t version = 3, bool big_endian = false)
        : version_(version), big_endian_(big_endian) {}

    std::string number(std::uint64_t value, int bytes) const {
        std::string out;
        for (int i = 0; i < bytes; ++i) {
            const int shift = 8 * (big_endian_ ? bytes - 1 - i : i);
            out.push_back(static_cast<char>(value >> shift));
        }
        return out;
    }
    /// A count, length or size, as wide as the version has it.
    std::string count(std::uint64_t value) const { return number(value, version_ == 1 ? 4 : 8); }
    std::string string(const std::string& text) const { return count(text.size()) + text; }

    GgufBuilder& pair(const std::string& key, std::uint32_t kind, const std::string& value) {
        pairs_ += string(key) + number(kind, 4) + value;
        ++pair_count_;
        return *this;
    }
    GgufBuilder& u32(const std::string& key, std::uint32_t value) {
        return pair(key, 4, number(value, 4));
    }
    GgufBuilder& text(const std::string& key, const std::string& value) {
        return pair(key, 8, string(value));
    }
    GgufBuilder& array(const std::string& key, std::uint32_t kind, std::uint64_t items,
                       const std::string& bytes) {
        return pair(key, 9, number(kind, 4) + count(items) + bytes);
    }

    /// An entry whose data comes next; `sizes` innermost first.
    template <class... Sizes>
    GgufBuilder& tensor(const std::string& name, std::uint32_t type, const std::string& data,
                        Sizes... sizes) {
        entry(name, type, data_.size(), sizes...);
        data_ += data;
        data_.resize((data_.size() + alignment - 1) / alignment * alignment, '\0');
        return *this;
    }
    template <class... Sizes>
    GgufBuilder& entry(const std::string& name, std::uint32_t type, std::uint64_t offset,
                       Sizes... sizes) {
        entries_ += string(name) + number(sizeof...(sizes), 4);
        ((entries_ += count(static_cast<std::uint64_t>(sizes))), ...);
        entries_ += number(type, 4) + number(offset, 8);
        ++entry_count_;
        return *this;
    }

    std::string file() const { return file(entry_count_, pair_count_); }
    std::string file(std::uint64_t entries, std::uint64_t pairs) const {
        std::string out = "GGUF" + number(version_, 4) + count(entries) + count(pairs);
        out += pairs_ + entries_;
        if (entry_count_ != 0) {
            out.resize((out.size() + alignment - 1) / alignment * alignment, '\0');
        }
        return out + data_;
    }

    std::size_t alignment = 32;

private:
    std::uint32_t version_;
    bool big_endian_;
    std::string pairs_;
    std::string entries_;
    std::string data_;
    std::uint64_t pair_count_ = 0;
    std::uint64_t entry_count_ = 0;
};

}  // namespace pratique::test
