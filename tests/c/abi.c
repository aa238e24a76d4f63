/* <pratique.h> as a C99 compiler sees it, and as whoever was built with it goes on seeing it: no
 * member of a struct and no enumerator may move. The rest is a walk through the library on files
 * that it writes itself.
 *
 *     abi FOLDER        exit 0 if all holds */
#include <fcntl.h>
#include <pratique.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* C99 has no static assertions: an array of a negative size is one. */
#define HOLDS_(condition, line) typedef char holds_##line[(condition) ? 1 : -1]
#define HOLDS__(condition, line) HOLDS_(condition, line)
#define HOLDS(condition) HOLDS__(condition, __LINE__)
#define AT(type, member, offset) HOLDS(offsetof(type, member) == (offset))

HOLDS(sizeof(void*) == 8);
HOLDS(sizeof(pratique_text) == 16);
HOLDS(sizeof(pratique_error_info) == 104);
AT(pratique_error_info, status, 8);
AT(pratique_error_info, offset, 16);
AT(pratique_error_info, message, 24);
AT(pratique_error_info, code, 40);
AT(pratique_error_info, path, 56);
AT(pratique_error_info, place, 72);
AT(pratique_error_info, findings, 88);
HOLDS(sizeof(pratique_reading) == 88);
AT(pratique_reading, cancel, 8);
AT(pratique_reading, worker, 16);
AT(pratique_reading, cgroup, 24);
AT(pratique_reading, snapshot_folder, 32);
AT(pratique_reading, max_snapshot_memory, 40);
AT(pratique_reading, max_decompressed_bytes, 48);
AT(pratique_reading, max_ratio, 56);
AT(pratique_reading, max_worker_memory, 64);
AT(pratique_reading, max_depth, 72);
AT(pratique_reading, max_members, 76);
AT(pratique_reading, max_seconds, 80);
AT(pratique_reading, min_isolation, 84);
HOLDS(sizeof(pratique_load_options) == 40);
AT(pratique_load_options, reading, 8);
AT(pratique_load_options, admitted, 16);
AT(pratique_load_options, max_tensor_bytes, 24);
AT(pratique_load_options, mode, 32);
AT(pratique_load_options, flags, 36);
HOLDS(sizeof(pratique_tensor) == 200);
AT(pratique_tensor, state_name, 16);
AT(pratique_tensor, dtype_name, 32);
AT(pratique_tensor, numpy_descr, 48);
AT(pratique_tensor, shape, 64);
AT(pratique_tensor, strides, 72);
AT(pratique_tensor, data, 80);
AT(pratique_tensor, storage_bytes, 88);
AT(pratique_tensor, nbytes, 96);
AT(pratique_tensor, count, 104);
AT(pratique_tensor, element_size, 112);
AT(pratique_tensor, offset, 120);
AT(pratique_tensor, source, 128);
AT(pratique_tensor, ndim, 132);
AT(pratique_tensor, dtype, 136);
AT(pratique_tensor, layout, 140);
AT(pratique_tensor, flags, 144);
AT(pratique_tensor, ggml_type, 148);
AT(pratique_tensor, first_component, 152);
AT(pratique_tensor, component_count, 156);
AT(pratique_tensor, quantizer_scheme, 160);
AT(pratique_tensor, quantizer_scale, 176);
AT(pratique_tensor, quantizer_zero_point, 184);
AT(pratique_tensor, quantizer_axis, 192);
HOLDS(sizeof(pratique_source) == 16);
HOLDS(sizeof(pratique_warning) == 56);
HOLDS(sizeof(pratique_model_info) == 144);
AT(pratique_model_info, format, 8);
AT(pratique_model_info, file_sha256, 24);
AT(pratique_model_info, file_size, 40);
AT(pratique_model_info, tensors, 48);
AT(pratique_model_info, tensor_count, 56);
AT(pratique_model_info, component_count, 64);
AT(pratique_model_info, tensor_size, 72);
AT(pratique_model_info, sources, 80);
AT(pratique_model_info, source_count, 88);
AT(pratique_model_info, warnings, 96);
AT(pratique_model_info, warning_count, 104);
AT(pratique_model_info, texts, 112);
AT(pratique_model_info, isolation, 128);
AT(pratique_model_info, binding, 132);
AT(pratique_model_info, is_writable, 136);
HOLDS(sizeof(pratique_node) == 24);
AT(pratique_node, first, 8);
AT(pratique_node, count, 16);
AT(pratique_node, kind, 20);
HOLDS(sizeof(pratique_tree) == 80);
AT(pratique_tree, nodes, 8);
AT(pratique_tree, node_count, 16);
AT(pratique_tree, children, 24);
AT(pratique_tree, child_count, 32);
AT(pratique_tree, texts, 40);
AT(pratique_tree, metadata, 56);
AT(pratique_tree, structure, 64);
AT(pratique_tree, node_size, 72);
HOLDS(sizeof(pratique_report_info) == 48);
AT(pratique_report_info, json, 8);
AT(pratique_report_info, exit_code, 24);
AT(pratique_report_info, verdict, 28);
AT(pratique_report_info, text, 32);
HOLDS(sizeof(pratique_draw_options) == 32);
AT(pratique_draw_options, root, 8);
AT(pratique_draw_options, help_uri, 16);
AT(pratique_draw_options, width, 24);
AT(pratique_draw_options, flags, 28);
HOLDS(sizeof(pratique_sign_options) == 64);
AT(pratique_sign_options, cancel, 8);
AT(pratique_sign_options, password, 16);
AT(pratique_sign_options, signature, 24);
AT(pratique_sign_options, chain, 32);
AT(pratique_sign_options, ignored, 40);
AT(pratique_sign_options, shard_size, 48);
AT(pratique_sign_options, flags, 56);
HOLDS(sizeof(pratique_attest_options) == 64);
AT(pratique_attest_options, reading, 8);
AT(pratique_attest_options, password, 16);
AT(pratique_attest_options, output, 24);
AT(pratique_attest_options, policy, 32);
AT(pratique_attest_options, name, 40);
AT(pratique_attest_options, chain, 48);
AT(pratique_attest_options, jobs, 56);
AT(pratique_attest_options, flags, 60);
HOLDS(sizeof(pratique_scan_options) == 32);
AT(pratique_scan_options, reading, 8);
AT(pratique_scan_options, fail_on, 16);
AT(pratique_scan_options, jobs, 20);
AT(pratique_scan_options, flags, 24);
HOLDS(sizeof(pratique_verify_options) == 104);
AT(pratique_verify_options, signatures, 8);
AT(pratique_verify_options, keys, 16);
AT(pratique_verify_options, authorities, 24);
AT(pratique_verify_options, pins, 32);
AT(pratique_verify_options, identities, 40);
AT(pratique_verify_options, ignored, 48);
AT(pratique_verify_options, allowed_signers, 56);
AT(pratique_verify_options, principal, 64);
AT(pratique_verify_options, trust, 72);
AT(pratique_verify_options, name, 80);
AT(pratique_verify_options, cancel, 88);
AT(pratique_verify_options, flags, 96);
HOLDS(sizeof(pratique_gate_options) == 64);
AT(pratique_gate_options, reading, 8);
AT(pratique_gate_options, signatures, 16);
AT(pratique_gate_options, attestations, 24);
AT(pratique_gate_options, name, 32);
AT(pratique_gate_options, output, 40);
AT(pratique_gate_options, record, 48);
AT(pratique_gate_options, jobs, 56);
AT(pratique_gate_options, flags, 60);
HOLDS(PRATIQUE_USAGE == 64 && PRATIQUE_NO_MEMORY == 4 && PRATIQUE_INTERRUPTED == 3);
HOLDS(PRATIQUE_DTYPE_FLOAT8_E8M0FNU == 21 && PRATIQUE_DTYPE_FLOAT32 == 12);
HOLDS(PRATIQUE_LAYOUT_META == 9 && PRATIQUE_NODE_OPAQUE == 15 && PRATIQUE_NODE_DICT == 11);
HOLDS(PRATIQUE_LOAD_WRITABLE == 16 && PRATIQUE_TENSOR_QUANTIZED == 64);
HOLDS(PRATIQUE_SCAN_SNAPSHOT == 4 && PRATIQUE_VERIFY_GIT_PATHS == 16);
HOLDS(PRATIQUE_VERDICT_MALICIOUS == 3 && PRATIQUE_TIER_FULL == 3);

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition,    \
                    pratique_error_message(error));                               \
            exit(1);                                                              \
        }                                                                         \
    } while (0)

static char folder[1024];
static char paths[8][1100];

static const char* put(int slot, const char* name, const void* data, size_t size) {
    FILE* file;
    snprintf(paths[slot], sizeof paths[slot], "%s/%s", folder, name);
    file = fopen(paths[slot], "wb");
    if (file == NULL || fwrite(data, 1, size, file) != size || fclose(file) != 0) exit(2);
    return paths[slot];
}

/* {"a": F32 [2]} */
static const char* put_model(int slot) {
    static const char header[] =
        "{\"__metadata__\":{\"k\":\"v\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],"
        "\"data_offsets\":[0,8]}}   ";
    const float values[2] = {1.0F, 2.0F};
    unsigned char all[8 + sizeof header - 1 + sizeof values] = {sizeof header - 1};
    memcpy(all + 8, header, sizeof header - 1);
    memcpy(all + 8 + sizeof header - 1, values, sizeof values);
    return put(slot, "m.safetensors", all, sizeof all);
}

static int is(pratique_text text, const char* expected) {
    return text.size == strlen(expected) && strcmp(text.data, expected) == 0;
}

static void check_model(const pratique_model* model) {
    pratique_error* error = NULL;
    pratique_model_info info = PRATIQUE_SIZED(pratique_model_info);
    pratique_tree tree = PRATIQUE_SIZED(pratique_tree);
    const pratique_tensor* tensor;
    const pratique_node* node;
    float values[2] = {0, 0};
    char digest[65];
    size_t i;
    int found = 0;
    pratique_model_get(model, &info);
    CHECK(is(info.format, "safetensors"));
    CHECK(info.tensor_count == 1 && info.component_count == 0);
    CHECK(info.tensor_size == sizeof(pratique_tensor));
    CHECK(info.binding == PRATIQUE_BINDING_SNAPSHOT && info.isolation >= PRATIQUE_TIER_STRONG);
    tensor = info.tensors;
    CHECK(is(tensor->name, "a") && is(tensor->state_name, "a"));
    CHECK(tensor->name.data >= info.texts.data &&
          tensor->name.data < info.texts.data + info.texts.size);
    CHECK(is(tensor->dtype_name, "float32") && is(tensor->numpy_descr, "'<f4'"));
    CHECK(tensor->dtype == PRATIQUE_DTYPE_FLOAT32 && tensor->ndim == 1 && tensor->shape[0] == 2);
    CHECK(tensor->flags == PRATIQUE_TENSOR_CONTIGUOUS && tensor->strides == NULL);
    CHECK(tensor->nbytes == 8 && tensor->storage_bytes == 8);
    CHECK(tensor->source < info.source_count);
    CHECK(tensor->data == info.sources[tensor->source].data + tensor->offset);
    memcpy(values, tensor->data, sizeof values);
    CHECK(values[0] == 1.0F && values[1] == 2.0F);
    memset(values, 0, sizeof values);
    CHECK(pratique_tensor_copy(model, 0, values, sizeof values, &error) == PRATIQUE_OK);
    CHECK(values[1] == 2.0F);
    CHECK(pratique_tensor_sha256(model, 0, digest, &error) == PRATIQUE_OK);
    CHECK(strlen(digest) == 64);
    CHECK(pratique_tensor_copy(model, 0, values, 7, NULL) == PRATIQUE_UNDECIDED);
    CHECK(pratique_tensor_copy(model, 1, values, 8, NULL) == PRATIQUE_USAGE);
    CHECK(pratique_model_tree(model, &tree, &error) == PRATIQUE_OK);
    CHECK(tree.node_size == sizeof(pratique_node) && tree.metadata >= 0);
    node = tree.nodes + tree.metadata;
    CHECK(node->kind == PRATIQUE_NODE_DICT && node->count % 2 == 0);
    for (i = 0; i < tree.node_count; ++i) {
        node = tree.nodes + i;
        found += node->kind == PRATIQUE_NODE_TEXT && node->count == 1 &&
                 tree.texts.data[node->first] == 'v';
    }
    CHECK(found == 1);
}

static void check_loads(void) {
    pratique_error* error = NULL;
    pratique_model* model = NULL;
    const char* path = put_model(0);
    const int fd = open(path, O_RDONLY);
    pratique_model_info small;
    CHECK(pratique_load(path, NULL, &model, &error) == PRATIQUE_OK);
    CHECK(error == NULL);
    check_model(model);
    /* Who was built with an older header knows less. */
    memset(&small, 0xAB, sizeof small);
    small.size = offsetof(pratique_model_info, file_sha256);
    pratique_model_get(model, &small);
    CHECK(is(small.format, "safetensors") && small.file_size == 0xABABABABABABABABU);
    pratique_model_free(model);
    CHECK(pratique_load_fd(fd, NULL, &model, &error) == PRATIQUE_OK);
    check_model(model);
    pratique_model_free(model);
    close(fd);
}

static void check_options(void) {
    pratique_error* error = NULL;
    pratique_model* model = NULL;
    pratique_model_info info = PRATIQUE_SIZED(pratique_model_info);
    struct {
        pratique_load_options known;
        size_t later;
    } options;
    const char* path = put_model(0);
    pratique_load_options_init(&options.known, sizeof options);
    CHECK(options.known.mode == PRATIQUE_MODE_INERT && options.known.max_tensor_bytes > 1);
    CHECK(options.later == 0);
    options.known.flags = PRATIQUE_LOAD_HASH | PRATIQUE_LOAD_WRITABLE;
    CHECK(pratique_load(path, &options.known, &model, &error) == PRATIQUE_OK);
    pratique_model_get(model, &info);
    CHECK(info.file_sha256.size == 64 && info.is_writable);
    *(float*)info.tensors[0].data = 7.0F; /* copy on write: the file stays as it is */
    pratique_model_free(model);
    options.later = 1;
    CHECK(pratique_load(path, &options.known, &model, NULL) == PRATIQUE_USAGE);
    options.later = 0;
    options.known.flags = 1024;
    CHECK(pratique_load(path, &options.known, &model, NULL) == PRATIQUE_USAGE);
    options.known.flags = 0;
    options.known.size = sizeof options.known - 4; /* in the middle of a member */
    CHECK(pratique_load(path, &options.known, &model, NULL) == PRATIQUE_USAGE);
    options.known.size = (size_t)-8; /* never set */
    CHECK(pratique_load(path, &options.known, &model, NULL) == PRATIQUE_USAGE);
    CHECK(pratique_load(NULL, NULL, &model, NULL) == PRATIQUE_USAGE);
    CHECK(pratique_load(path, NULL, NULL, NULL) == PRATIQUE_USAGE);
    CHECK(pratique_load(path, NULL, &model, &error) == PRATIQUE_OK);
    check_model(model);
    pratique_model_free(model);
}

static void check_refusals(void) {
    static const char evil[] = "\x80\x02" "cos\nsystem\n(X\x04\x00\x00\x00truetR.";
    pratique_error* error = NULL;
    pratique_model* model = NULL;
    pratique_error_info info = PRATIQUE_SIZED(pratique_error_info);
    pratique_load_options options;
    pratique_reading reading;
    const char* path = put(1, "evil.pkl", evil, sizeof evil - 1);
    CHECK(pratique_load(path, NULL, &model, &error) == PRATIQUE_REFUSED);
    CHECK(model == NULL && error != NULL);
    pratique_error_get(error, &info);
    CHECK(info.status == PRATIQUE_REFUSED && is(info.code, "malicious"));
    CHECK(strstr(info.findings.data, "os.system") != NULL);
    CHECK(strcmp(pratique_error_message(error), info.message.data) == 0);
    pratique_error_free(error);
    CHECK(pratique_load("/nowhere", NULL, &model, &error) == PRATIQUE_UNDECIDED);
    pratique_error_get(error, &info);
    CHECK(is(info.code, "unreadable") && is(info.findings, "[]\n"));
    pratique_error_free(error);
    pratique_load_options_init(&options, sizeof options);
    pratique_reading_init(&reading, sizeof reading);
    options.reading = &reading;
    reading.worker = "/nowhere/worker";
    CHECK(pratique_load(path, &options, &model, &error) == PRATIQUE_UNDECIDED);
    pratique_error_get(error, &info);
    CHECK(is(info.code, "no-sandbox"));
    pratique_error_free(error);
}

static void check_reports(void) {
    pratique_error* error = NULL;
    pratique_report* report = NULL;
    pratique_report_info info = PRATIQUE_SIZED(pratique_report_info);
    char out[1100];
    const char* both[2];
    const char* none[1] = {"/nowhere"};
    both[0] = paths[0];
    both[1] = paths[1];
    CHECK(pratique_scan(both, 1, NULL, &report, &error) == PRATIQUE_OK);
    pratique_report_get(report, &info);
    CHECK(info.exit_code == 0 && info.verdict == PRATIQUE_VERDICT_CLEAN);
    pratique_report_free(report);
    CHECK(pratique_scan(both, 2, NULL, &report, &error) == PRATIQUE_OK);
    pratique_report_get(report, &info);
    CHECK(info.exit_code == 1 && info.verdict == PRATIQUE_VERDICT_MALICIOUS);
    CHECK(strstr(info.json.data, "\"schema_version\"") != NULL);
    pratique_report_free(report);
    CHECK(pratique_scan(none, 1, NULL, &report, &error) == PRATIQUE_OK);
    pratique_report_get(report, &info);
    CHECK(info.exit_code == 2 && info.verdict == PRATIQUE_VERDICT_INCOMPLETE);
    pratique_report_free(report);
    CHECK(pratique_inspect(paths[0], NULL, PRATIQUE_INSPECT_DIGEST, &report, &error) == 0);
    pratique_report_get(report, &info);
    CHECK(strstr(info.json.data, "\"sha256\"") != NULL);
    pratique_report_free(report);
    snprintf(out, sizeof out, "%s/out.npz", folder);
    CHECK(pratique_convert(paths[0], out, NULL, PRATIQUE_CONVERT_REPLACE, &report, &error) == 0);
    pratique_report_get(report, &info);
    CHECK(strstr(info.json.data, "\"tensors\"") != NULL && access(out, R_OK) == 0);
    pratique_report_free(report);
    CHECK(pratique_convert(paths[0], out, NULL, 0, &report, NULL) == PRATIQUE_UNDECIDED);
    CHECK(pratique_convert(paths[0], "x.txt", NULL, 0, &report, NULL) == PRATIQUE_USAGE);
    CHECK(pratique_verify(paths[0], NULL, &report, NULL) == PRATIQUE_USAGE);
}

static void check_drawing(void) {
    pratique_error* error = NULL;
    pratique_report* report = NULL;
    pratique_report* drawn = NULL;
    pratique_report_info info = PRATIQUE_SIZED(pratique_report_info);
    pratique_report_info other = PRATIQUE_SIZED(pratique_report_info);
    pratique_draw_options options;
    const char* both[2];
    both[0] = paths[0];
    both[1] = paths[1];
    CHECK(pratique_scan(both, 2, NULL, &report, &error) == PRATIQUE_OK);
    pratique_report_get(report, &info);
    CHECK(info.text.size == 0);
    CHECK(pratique_draw(info.json.data, info.json.size, "json", NULL, &drawn, &error) == 0);
    pratique_report_get(drawn, &other);
    CHECK(other.text.size == info.json.size && is(other.text, info.json.data));
    CHECK(other.verdict == PRATIQUE_VERDICT_MALICIOUS && other.exit_code == 0);
    pratique_report_free(drawn);
    pratique_draw_options_init(&options, sizeof options);
    CHECK(options.width == 80);
    options.flags = PRATIQUE_DRAW_ALL;
    CHECK(pratique_draw(info.json.data, info.json.size, "text", &options, &drawn, &error) == 0);
    pratique_report_get(drawn, &other);
    CHECK(strstr(other.text.data, paths[0]) != NULL && strstr(other.text.data, paths[1]) != NULL);
    pratique_report_free(drawn);
    options.flags = 1024;
    CHECK(pratique_draw("{}", 2, "text", &options, &drawn, NULL) == PRATIQUE_USAGE);
    CHECK(pratique_draw("{}", 2, "pdf", NULL, &drawn, NULL) == PRATIQUE_USAGE);
    CHECK(pratique_draw("{}", 2, "html", NULL, &drawn, NULL) == PRATIQUE_UNDECIDED);
    CHECK(drawn == NULL);
    pratique_report_free(report);
    CHECK(pratique_sign(paths[0], "/nowhere", NULL, &report, NULL) == PRATIQUE_UNDECIDED);
    CHECK(pratique_attest(paths[0], paths[0], NULL, &report, NULL) == PRATIQUE_REFUSED);
    CHECK(report == NULL);
}

static void check_gate(void) {
    static const char text[] = "{\"version\": 1, \"name\": \"p\", \"scan\": {}}";
    const char* policy = put(2, "policy.json", text, sizeof text - 1);
    pratique_error* error = NULL;
    pratique_report* report = NULL;
    pratique_report_info info = PRATIQUE_SIZED(pratique_report_info);
    CHECK(pratique_gate(paths[0], policy, NULL, &report, &error) == PRATIQUE_OK);
    pratique_report_get(report, &info);
    CHECK(info.exit_code == 0);
    pratique_report_free(report);
    CHECK(pratique_gate(paths[1], policy, NULL, &report, &error) == PRATIQUE_OK);
    pratique_report_get(report, &info);
    CHECK(info.exit_code == 1 && strstr(info.json.data, "\"refused\"") != NULL);
    pratique_report_free(report);
    CHECK(pratique_gate(paths[0], "/nowhere", NULL, &report, NULL) == PRATIQUE_UNDECIDED);
}

/* Of a file that takes much longer to hash than this waits. */
static void check_hashing(const pratique_cancel* cancel, int wanted) {
    const char* huge = put(3, "huge.bin", "x", 1);
    pratique_error* error = NULL;
    pratique_report* report = NULL;
    pratique_scan_options options;
    pratique_reading reading;
    const time_t began = time(NULL);
    CHECK(truncate(huge, (off_t)64 << 30) == 0);
    pratique_scan_options_init(&options, sizeof options);
    pratique_reading_init(&reading, sizeof reading);
    options.reading = &reading;
    options.flags = PRATIQUE_SCAN_DIGEST;
    reading.cancel = cancel;
    CHECK(pratique_scan(&huge, 1, &options, &report, &error) == wanted);
    CHECK(time(NULL) - began < 10);
    pratique_error_free(error);
    CHECK(truncate(huge, 1) == 0);
}

static void* set_it(void* cancel) {
    usleep(200 * 1000);
    pratique_cancel_set((pratique_cancel*)cancel);
    return NULL;
}

static void check_giving_up(void) {
    pratique_error* error = NULL;
    pratique_model* model = NULL;
    pratique_load_options options;
    pratique_reading reading;
    pthread_t thread;
    pratique_cancel* cancel = pratique_cancel_new();
    CHECK(cancel != NULL);
    pratique_load_options_init(&options, sizeof options);
    pratique_reading_init(&reading, sizeof reading);
    options.reading = &reading;
    reading.cancel = cancel;
    CHECK(pthread_create(&thread, NULL, set_it, cancel) == 0);
    while (pratique_load(paths[0], &options, &model, NULL) == PRATIQUE_OK) {
        pratique_model_free(model);
    }
    pthread_join(thread, NULL);
    CHECK(pratique_load(paths[0], &options, &model, NULL) == PRATIQUE_INTERRUPTED);
    pratique_cancel_free(cancel);
    cancel = pratique_cancel_new();
    CHECK(pthread_create(&thread, NULL, set_it, cancel) == 0);
    check_hashing(cancel, PRATIQUE_INTERRUPTED);
    pthread_join(thread, NULL);
    pratique_cancel_free(cancel);
}

int main(int count, char** arguments) {
    if (count != 2) return 2;
    snprintf(folder, sizeof folder, "%s", arguments[1]);
    if (strcmp(pratique_version(), PRATIQUE_EXPECTED_VERSION) != 0) return 1;
    check_loads();
    check_options();
    check_refusals();
    check_reports();
    check_drawing();
    check_gate();
    check_giving_up();
    pratique_model_free(NULL);
    pratique_error_free(NULL);
    pratique_report_free(NULL);
    puts("ok");
    return 0;
}
