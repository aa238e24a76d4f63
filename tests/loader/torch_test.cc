// torch's ways to spell a tensor, in its zip: what each becomes, and what each must not become.
#include <boost/test/unit_test.hpp>

#include "loading.h"
#include "torch_builder.h"

using namespace pratique;
using namespace pratique::test;
using loader::Layout;
using loader::Scalar;
using namespace std::string_literals;

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(Layout)
BOOST_TEST_DONT_PRINT_LOG_VALUE(Scalar)

namespace {

const std::string kFour = std::string("\0\0\x80?\0\0\0@\0\0@@\0\0\x80@", 16);  // 1, 2, 3, 4

struct Result_ {
    std::string file;
    Loading loading;

    explicit Result_(std::string bytes, const loader::Options& options = {})
        : file(std::move(bytes)), loading(load_bytes(as_bytes(file), options)) {}

    const loader::Tensor& tensor(std::size_t index = 0) const {
        BOOST_TEST_REQUIRE(loading.loaded.tensors.size() > index);
        return loading.loaded.tensors[index];
    }
    std::string data(const loader::Tensor& of) const {
        const auto all = elements(of, loading.source(of.source, as_bytes(file), {}));
        return std::string(text(all));
    }
    Errc error() const {
        BOOST_TEST_REQUIRE(loading.failed.has_value());
        return loading.failed->error.code;
    }
    std::vector<std::string> names() const {
        BOOST_TEST_REQUIRE(!loading.failed.has_value(), loading.why());
        std::vector<std::string> out;
        for (const auto& t : loading.loaded.tensors) out.push_back(t.name());
        return out;
    }
};

/// A checkpoint whose root is `body`, with four floats in storage "0".
Result_ load_torch(const std::string& body, const loader::Options& options = {}) {
    return Result_(TorchZip(body).storage("0", kFour).build(), options);
}

std::string dtype(const std::string& name) { return global("torch", name); }

}  // namespace

BOOST_AUTO_TEST_SUITE(load_torch_)

BOOST_AUTO_TEST_CASE(a_state_dict_lies_where_it_is) {
    const auto out = load_torch(dict(str("w"), row("0", 4)));
    BOOST_TEST((out.names() == std::vector<std::string>{"w"}));
    BOOST_TEST(out.loading.loaded.format == "torch-zip");
    BOOST_TEST(out.tensor().source == 0U);
    BOOST_TEST(out.data(out.tensor()) == kFour);
    BOOST_TEST(out.loading.output->bytes().empty());
}

BOOST_AUTO_TEST_CASE(views_keep_their_strides) {
    const auto out = load_torch(tensor(storage("FloatStorage", "0", 4), 0, {2, 2}, {1, 2}));
    BOOST_TEST((out.tensor().strides == std::vector<std::uint64_t>{1, 2}));
    BOOST_TEST(out.data(out.tensor()) ==
               kFour.substr(0, 4) + kFour.substr(8, 4) + kFour.substr(4, 4) + kFour.substr(12, 4));
}

BOOST_AUTO_TEST_CASE(views_stay_in_their_storage) {
    // A neighbour's bytes lie right behind: only the storage's own size tells.
    const auto view = [](std::uint32_t offset, std::initializer_list<std::uint32_t> size,
                         std::initializer_list<std::uint32_t> stride) {
        return Result_(TorchZip(tensor(storage("FloatStorage", "0", 4), offset, size, stride))
                           .storage("0", kFour)
                           .storage("1", kFour)
                           .build());
    };
    BOOST_TEST(view(0, {2, 2}, {2, 1}).names().size() == 1U);
    BOOST_TEST((view(1, {4}, {1}).error() == Errc::view_out_of_bounds));
    BOOST_TEST((view(0, {2, 3}, {3, 1}).error() == Errc::view_out_of_bounds));
    BOOST_TEST((view(0, {2}, {4}).error() == Errc::view_out_of_bounds));
    BOOST_TEST((view(0, {2, 2}, {1}).error() == Errc::rank_mismatch));
    BOOST_TEST(
        (view(0, {0x7fffffff, 0x7fffffff}, {0x7fffffff, 0x7fffffff}).error() == Errc::overflow));
    BOOST_TEST(view(9, {0, 7}, {7, 1}).loading.failed.has_value());
}

BOOST_AUTO_TEST_CASE(numbers_must_be_numbers) {
    const auto negative = "J\xff\xff\xff\xff"s;
    const auto with = [&](const std::string& size) {
        return load_torch(call(global("torch._utils", "_rebuild_tensor_v2"),
                               storage("FloatStorage", "0", 4), num(0), size, numbers({1}), "\x89"s,
                               kHooks));
    };
    BOOST_TEST((with("(" + negative + "t").error() == Errc::negative_length));
    BOOST_TEST((with("(" + str("4") + "t").error() == Errc::wrong_type));
    BOOST_TEST((with("(\x88t"s).error() == Errc::wrong_type));
    BOOST_TEST((with(num(4)).error() == Errc::wrong_type));
    BOOST_TEST(
        (load_torch(call(global("torch._utils", "_rebuild_tensor"), storage("FloatStorage", "0", 4),
                         num(0), numbers({2, 2}), tuple(num(1), negative)))
             .error() == Errc::negative_length));
    std::string many = "(";
    for (int i = 0; i < 65; ++i) many += num(1);
    BOOST_TEST((with(many + "t").error() == Errc::limit_rank));
}

BOOST_AUTO_TEST_CASE(storages_must_be_as_the_pickle_says) {
    BOOST_TEST((load_torch(row("1", 4)).error() == Errc::missing_record));
    BOOST_TEST((load_torch(row("0", 3)).error() == Errc::size_mismatch));
    BOOST_TEST((load_torch(row("0", 5)).error() == Errc::size_mismatch));
    BOOST_TEST((load_torch(row("../data/0", 4)).error() == Errc::bad_name));
    BOOST_TEST((load_torch(tensor(storage("QuiteFloatStorage", "0", 4), 0, {4}, {1})).error() ==
                Errc::unknown_dtype));
    BOOST_TEST((load_torch(dict(str("a"), row("0", 4), str("b"),
                                tensor(storage("IntStorage", "0", 4), 0, {4}, {1})))
                    .error() == Errc::conflict));
}

BOOST_AUTO_TEST_CASE(persistent_ids_name_storages) {
    BOOST_TEST(
        (load_torch(tuple(str("storage"), str("x")) + "Q").error() == Errc::bad_persistent_id));
    BOOST_TEST((load_torch(tuple(str("module"), str("x"), str("y"), str("z")) + "Q").error() ==
                Errc::bad_persistent_id));
    // One that no tensor uses is an array of its own.
    const auto bare = load_torch(dict(str("s"), storage("FloatStorage", "0", 4)));
    BOOST_TEST((bare.names() == std::vector<std::string>{"s"}));
    BOOST_TEST((bare.tensor().shape == std::vector<std::uint64_t>{4}));
}

BOOST_AUTO_TEST_CASE(untyped_storages_count_bytes) {
    const auto v3 = [](const std::string& type, std::uint32_t count) {
        return load_torch(call(global("torch._utils", "_rebuild_tensor_v3"),
                               storage("UntypedStorage", "0", 16, "torch.storage"), num(0),
                               numbers({count}), numbers({1}), "\x89"s, kHooks, dtype(type)));
    };
    BOOST_TEST(v3("uint16", 8).tensor().dtype.name() == "uint16");
    BOOST_TEST(v3("float8_e4m3fn", 16).tensor().dtype.name() == "float8_e4m3fn");
    BOOST_TEST((v3("uint16", 9).error() == Errc::view_out_of_bounds));
    BOOST_TEST((v3("no_such_type", 1).error() == Errc::unknown_dtype));
}

BOOST_AUTO_TEST_CASE(big_endian_files_are_swapped_once) {
    std::string big;
    for (std::size_t i = 0; i < kFour.size(); i += 4) {
        big.append(kFour.rbegin() + static_cast<std::ptrdiff_t>(kFour.size() - i - 4),
                   kFour.rbegin() + static_cast<std::ptrdiff_t>(kFour.size() - i));
    }
    const Result_ out(TorchZip(dict(str("a"), row("0", 4), str("b"),
                                    tensor(storage("FloatStorage", "0", 4), 1, {2}, {1})))
                          .storage("0", big)
                          .add("byteorder", "big")
                          .build());
    BOOST_TEST(out.data(out.tensor(0)) == kFour);
    BOOST_TEST(out.data(out.tensor(1)) == kFour.substr(4, 8));
    BOOST_TEST(out.loading.output->bytes().size() == kFour.size());
    const Result_ middle(
        TorchZip(row("0", 4)).storage("0", big).add("byteorder", "middle").build());
    BOOST_TEST((middle.error() == Errc::bad_header));
    BOOST_TEST(middle.loading.failed->place == "archive/byteorder");
}

BOOST_AUTO_TEST_CASE(parameters_and_subclasses) {
    const auto parameter = load_torch(
        call(global("torch._utils", "_rebuild_parameter"), row("0", 4), "\x88"s, kHooks));
    BOOST_TEST(parameter.tensor().parameter);
    BOOST_TEST(parameter.tensor().requires_grad);
    const auto subclass = load_torch(call(
        global("torch._tensor", "_rebuild_from_type_v2"),
        global("torch._utils", "_rebuild_tensor_v2"), global("mine", "Tensor"),
        tuple(storage("FloatStorage", "0", 4), num(0), numbers({4}), numbers({1}), "\x89"s, kHooks),
        dict()));
    BOOST_TEST(subclass.data(subclass.tensor()) == kFour);
    // What it calls must be one of torch's functions; else it is an object and no tensor.
    const auto other =
        load_torch(call(global("torch._tensor", "_rebuild_from_type_v2"), global("os", "system"),
                        global("mine", "Tensor"), tuple(str("id")), dict()));
    BOOST_TEST(other.names().empty());
}

BOOST_AUTO_TEST_CASE(conjugates_and_negatives_are_marked) {
    const auto out = load_torch(tensor(storage("FloatStorage", "0", 4), 0, {4}, {1},
                                       dict(str("conj"), "\x88"s, str("neg"), "\x88"s)));
    BOOST_TEST(out.tensor().conj);
    BOOST_TEST(out.tensor().neg);
}

BOOST_AUTO_TEST_CASE(sparse_tensors_have_parts) {
    const std::string layout =
        call(global("torch.serialization", "_get_layout"), str("torch.sparse_coo"));
    const auto indices = tensor(storage("LongStorage", "i", 2), 0, {1, 2}, {2, 1});
    const Result_ out(
        TorchZip(
            dict(str("s"), call(global("torch._utils", "_rebuild_sparse_tensor"), layout,
                                tuple(indices, tensor(storage("FloatStorage", "0", 4), 0, {2}, {1}),
                                      numbers({9})))))
            .storage("0", kFour)
            .storage("i", std::string(16, '\0'))
            .build());
    BOOST_TEST((out.tensor().layout == Layout::sparse_coo));
    BOOST_TEST((out.tensor().shape == std::vector<std::uint64_t>{9}));
    BOOST_TEST_REQUIRE(out.tensor().components.size() == 2U);
    BOOST_TEST(out.tensor().components[0].name() == "indices");
    BOOST_TEST(out.tensor().components[1].dtype.name() == "float32");
    const auto unknown = load_torch(call(global("torch._utils", "_rebuild_sparse_tensor"),
                                         str("torch.sparse_coo"), tuple(row("0", 4))));
    BOOST_TEST((unknown.error() == Errc::bad_arguments));
}

BOOST_AUTO_TEST_CASE(quantised_tensors_say_how) {
    const auto real = "G?\xe0\0\0\0\0\0\0"s;  // 0.5
    const auto one = [&](const std::string& parameters) {
        return Result_(TorchZip(call(global("torch._utils", "_rebuild_qtensor"),
                                     storage("QInt8Storage", "0", 16), num(0), numbers({4, 4}),
                                     numbers({4, 1}), parameters, "\x89"s, kHooks))
                           .storage("0", kFour)
                           .build());
    };
    const auto tensor_wide = one(tuple(global("torch", "per_tensor_affine"), real, num(3)));
    BOOST_TEST_REQUIRE(tensor_wide.tensor().quantizer.has_value());
    BOOST_TEST(tensor_wide.tensor().quantizer->scale == 0.5);
    BOOST_TEST(tensor_wide.tensor().quantizer->zero_point == 3);
    BOOST_TEST((one(num(1)).error() == Errc::bad_arguments));
    BOOST_TEST((one(tuple(global("torch", "per_channel_affine"), num(1), num(1), num(2))).error() ==
                Errc::bad_arguments));
}

BOOST_AUTO_TEST_CASE(tensors_without_data) {
    const auto meta = load_torch(call(global("torch._utils", "_rebuild_meta_tensor_no_storage"),
                                      dtype("float16"), numbers({3, 4}), numbers({4, 1}), "\x89"s));
    BOOST_TEST((meta.tensor().layout == Layout::meta));
    BOOST_TEST(meta.tensor().dtype.name() == "float16");
}

BOOST_AUTO_TEST_CASE(no_state_and_no_items_on_tensors) {
    BOOST_TEST((load_torch(row("0", 4) + num(0) + num(1) + "s").error() == Errc::wrong_type));
    BOOST_TEST((load_torch(set_state(row("0", 4), dict(str("data"), num(1)))).error() ==
                Errc::wrong_type));
    BOOST_TEST((load_torch(row("0", 4) + num(1) + "a").error() == Errc::wrong_type));
}

BOOST_AUTO_TEST_CASE(the_oldest_tensors_are_built_by_state) {
    const auto out = load_torch(set_state(
        make(global("torch", "FloatTensor")),
        tuple(storage("FloatStorage", "0", 4), num(0), numbers({2, 2}), numbers({2, 1}))));
    BOOST_TEST(out.data(out.tensor()) == kFour);
}

BOOST_AUTO_TEST_CASE(storages_may_stand_in_the_pickle) {
    const auto plain = [](const std::string& body) { return Result_(pickled(body, 2)); };
    const auto view = [](const std::string& of, std::uint32_t count) {
        return call(global("torch._utils", "_rebuild_tensor"), of, num(0), numbers({count}),
                    numbers({1}));
    };
    const std::string half = "G?\xe0\0\0\0\0\0\0"s;
    const auto floats = plain(view(call(dtype("FloatStorage"), list(half, num(1))), 2));
    BOOST_TEST(floats.data(floats.tensor()) == "\0\0\0?\0\0\x80?"s);
    const auto shorts = plain(view(call(dtype("ShortStorage"), list(num(1), num(258))), 2));
    BOOST_TEST(shorts.data(shorts.tensor()) == "\1\0\2\1"s);
    BOOST_TEST((plain(view(call(dtype("FloatStorage"), list(num(1))), 2)).error() ==
                Errc::view_out_of_bounds));
    BOOST_TEST(
        (plain(view(call(dtype("FloatStorage"), list(str("x"))), 1)).error() == Errc::wrong_type));
    BOOST_TEST(
        (plain(view(call(dtype("HalfStorage"), list(num(1))), 1)).error() == Errc::unsupported));
    BOOST_TEST(
        (plain(view(call(global("a", "b"), list(num(1))), 1)).error() == Errc::bad_arguments));
    // The parameter of that time, and its state.
    const auto parameter = plain(set_state(make(global("torch.nn.parameter", "Parameter"),
                                                view(call(dtype("FloatStorage"), list(half)), 1)),
                                           tuple("\x89"s, "\x89"s, std::string("N"))));
    BOOST_TEST(parameter.tensor().parameter);
    BOOST_TEST(!parameter.tensor().requires_grad);
}

BOOST_AUTO_TEST_CASE(a_tensor_made_of_itself_ends) {
    // Memo slot 0 is the argument tuple's own result: GET of a value that is not there yet.
    const auto self = call(global("torch._utils", "_rebuild_parameter"), "h\1"s, "\x89"s, kHooks);
    BOOST_TEST((load_torch(self).error() == Errc::memo_missing));
    // A chain of parameters of parameters, far deeper than any writer's.
    std::string deep = row("0", 4);
    for (int i = 0; i < 100; ++i) {
        deep = global("torch._utils", "_rebuild_parameter") + "(" + deep + "\x89" + kHooks + "tR";
    }
    BOOST_TEST((load_torch(deep).error() == Errc::limit_depth));
}

BOOST_AUTO_TEST_CASE(tied_weights_are_listed_under_both_names) {
    const auto out = load_torch(dict(str("a"), row("0", 4) + "q\5", str("b"), "h\5"s));
    BOOST_TEST((out.names() == std::vector<std::string>{"a", "b"}));
    BOOST_TEST(out.tensor(0).offset == out.tensor(1).offset);
    // A container that is shared, too.
    const auto shared =
        load_torch(dict(str("x"), dict(str("w"), row("0", 4)) + "q\5", str("y"), "h\5"s));
    BOOST_TEST((shared.names() == std::vector<std::string>{"x.w", "y.w"}));
}

BOOST_AUTO_TEST_CASE(bombs_of_sharing_are_cut_short) {
    // Forty levels that each hold the one below twice: 2^40 names.
    std::string bomb = row("0", 4) + "q\0"s;
    for (int i = 1; i <= 40; ++i) {
        const std::string before(1, static_cast<char>(i - 1));
        const std::string slot(1, static_cast<char>(i));
        bomb += "0](h" + before + "h" + before + "eq" + slot;
    }
    const auto out = load_torch(bomb);
    BOOST_TEST(!out.loading.failed.has_value());
    BOOST_TEST(out.loading.loaded.tensors.size() < 500'000U);
    BOOST_TEST(!out.loading.loaded.warnings.empty());
}

BOOST_AUTO_TEST_CASE(names_take_no_more_than_a_limit) {
    // A key of a megabyte stands in the names of a thousand tensors below it.
    std::string many = "](" + row("0", 4) + "q\5";
    for (int i = 0; i < 1000; ++i) many += "h\5";
    const std::string key = str(std::string(1'000'000, 'k'));
    BOOST_TEST((load_torch(dict(key, many + "e")).error() == Errc::limit_memory));
}

BOOST_AUTO_TEST_CASE(unknown_classes_are_inert) {
    const std::string module = set_state(
        make(global("ultralytics.nn", "Model")),
        dict(str("_modules"), dict(str("0"), set_state(make(global("torch.nn", "Linear")),
                                                       dict(str("_parameters"),
                                                            dict(str("weight"), row("0", 4)))))));
    const auto out = load_torch(dict(str("model"), module));
    BOOST_TEST((out.names() == std::vector<std::string>{"model._modules.0._parameters.weight"}));
    const loader::Tree& tree = out.loading.loaded.tree;
    BOOST_TEST_REQUIRE(out.loading.loaded.structure.has_value());
    const auto model = tree.find(*out.loading.loaded.structure, "model");
    BOOST_TEST_REQUIRE(model.has_value());
    BOOST_TEST((tree[*model].kind == loader::TreeKind::object));
    BOOST_TEST(tree.characters(tree.children(*model)[0]) == "ultralytics.nn.Model");
    BOOST_TEST((out.loading.loaded.packages ==
                std::vector<std::string>{"collections", "torch", "ultralytics"}));
}

BOOST_AUTO_TEST_CASE(what_protocol_2_makes_by_calls_keeps_its_kind) {
    const auto kind_of = [](const std::string& maker) {
        const auto out = load_torch(dict(str("v"), call(maker, list(num(1)))));
        const loader::Tree& tree = out.loading.loaded.tree;
        return tree[tree.find(*out.loading.loaded.structure, "v").value()].kind;
    };
    BOOST_TEST((kind_of(global("builtins", "set")) == loader::TreeKind::set));
    BOOST_TEST((kind_of(global("__builtin__", "frozenset")) == loader::TreeKind::frozenset));
    BOOST_TEST((kind_of(global("torch", "Size")) == loader::TreeKind::tuple));
    BOOST_TEST((kind_of(global("collections", "deque")) == loader::TreeKind::list));
}

BOOST_AUTO_TEST_CASE(arguments_may_be_no_tuple) {
    // pickle.py unpacks whatever can be iterated; here it is only kept.
    const auto out = load_torch(global("a", "B") + str("xy") + "R");
    BOOST_TEST(out.names().empty());
    BOOST_TEST(load_torch(global("a", "B") + list(row("0", 4)) + "R").names().size() == 1U);
    BOOST_TEST(load_torch(global("torch._utils", "_rebuild_tensor_v2") + str("xy") + "R")
                   .loading.failed.has_value());
    BOOST_TEST(load_torch(global("collections", "OrderedDict") + str("xy") + "R").names().empty());
}

BOOST_AUTO_TEST_CASE(modes) {
    const std::string plain = dict(str("w"), row("0", 4), str("epoch"), num(3));
    const std::string foreign = dict(str("w"), row("0", 4), str("x"), make(global("a", "B")));
    const auto mode = [](loader::Mode m) {
        loader::Options options;
        options.mode = m;
        return options;
    };
    const auto tensors = load_torch(foreign, mode(loader::Mode::tensors));
    BOOST_TEST(tensors.names().size() == 1U);
    BOOST_TEST(!tensors.loading.loaded.structure.has_value());
    BOOST_TEST(load_torch(foreign, mode(loader::Mode::inert)).names().size() == 1U);
    BOOST_TEST(load_torch(plain, mode(loader::Mode::strict)).names().size() == 1U);
    BOOST_TEST((load_torch(foreign, mode(loader::Mode::strict)).error() == Errc::unknown_callable));
}

BOOST_AUTO_TEST_CASE(versions_and_leftovers) {
    const auto with_version = [](const std::string& version) {
        return Result_(TorchZip(row("0", 4)).storage("0", kFour).add("version", version).build());
    };
    BOOST_TEST(with_version("3\n").names().size() == 1U);
    BOOST_TEST((with_version("99\n").error() == Errc::unsupported));
    BOOST_TEST((with_version("x").error() == Errc::bad_number));
    ZipBuilder zip;
    zip.add("archive/data.pkl", pickled(row("0", 4), 2) + "more");
    zip.add("archive/data/0", kFour);
    BOOST_TEST((Result_(zip.build()).error() == Errc::trailing_bytes));
}

BOOST_AUTO_TEST_CASE(checksums_are_checked_unless_nobody_wants_them) {
    ZipBuilder zip;
    zip.add("archive/data.pkl", pickled(row("0", 4), 2));
    auto& member = zip.add("archive/data/0", kFour);
    member.local.crc ^= 1;
    member.central.crc ^= 1;
    const std::string file = zip.build();
    BOOST_TEST((Result_(file).error() == Errc::bad_checksum));
    loader::Options view;
    view.verify = false;
    const Result_ unread(file, view);
    BOOST_TEST(unread.names().size() == 1U);
    BOOST_TEST(!unread.loading.loaded.payload_read);
}

BOOST_AUTO_TEST_CASE(what_stands_for_too_much_is_refused) {
    const auto out =
        load_torch(tensor(storage("FloatStorage", "0", 4), 0, {0x7fffffff, 1024}, {0, 0}));
    BOOST_TEST((out.error() == Errc::limit_logical));
}

BOOST_AUTO_TEST_CASE(deep_values_are_refused_and_wide_ones_are_not) {
    BOOST_TEST(
        (load_torch(std::string(5000, ']') + std::string(4999, 'a')).error() == Errc::limit_depth));
    std::string wide = "](";
    for (int i = 0; i < 5000; ++i) wide += "]";
    BOOST_TEST(load_torch(wide + "e").names().empty());
}

BOOST_AUTO_TEST_SUITE_END()
