#include "scanner/checks/keras/names.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "rules/rules.h"

namespace pratique::scanner::keras {
namespace {

// The tables are packed as tight as they go.
// clang-format off

// Classes that Keras 2.15, 3.11 and 3.15 export, those that configurations name without an export,
// and those of before. Sorted.
constexpr auto kClasses = std::to_array<std::string_view>({
    "AUC", "AWQConfig", "AWQDTypePolicy", "AbsMaxQuantizer", "AbstractRNNCell", "Accuracy",
    "Activation", "ActivityRegularization", "ActivityRegularizer", "Adadelta", "Adafactor",
    "Adagrad", "Adam", "AdamW", "Adamax", "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D", "AdaptiveAveragePooling3D", "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D", "AdaptiveMaxPooling3D", "Add", "AddLoss", "AddMetric",
    "AdditiveAttention", "AlphaDropout", "AtrousConvolution1D", "AtrousConvolution2D",
    "Attention", "AugMix", "AutoContrast", "Average", "AveragePooling1D", "AveragePooling2D",
    "AveragePooling3D", "AvgPool1D", "AvgPool2D", "AvgPool3D", "BahdanauAttention",
    "BaseDenseAttention", "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2",
    "Bidirectional", "BinaryAccuracy", "BinaryCrossentropy", "BinaryFocalCrossentropy",
    "BinaryIoU", "CTC", "CategoricalAccuracy", "CategoricalCrossentropy", "CategoricalEncoding",
    "CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy", "CategoricalHinge",
    "CategoryCrossing", "CategoryEncoding", "CategoryLookup", "CenterCrop", "Circle",
    "ClassMethod", "CompileLoss", "CompileMetrics", "Concatenate", "ConcordanceCorrelation",
    "Constant", "ConstantV2", "Constraint", "Container",
    "ContrastLimitedAdaptiveHistogramEqualization", "Conv1D", "Conv1DTranspose", "Conv2D",
    "Conv2DTranspose", "Conv3D", "Conv3DTranspose", "ConvLSTM1D", "ConvLSTM1DCell",
    "ConvLSTM2D", "ConvLSTM2DCell", "ConvLSTM3D", "ConvLSTM3DCell", "ConvRecurrent2D",
    "Convolution1D", "Convolution1DTranspose", "Convolution2D", "Convolution2DTranspose",
    "Convolution3D", "Convolution3DTranspose", "ConvolutionAware", "CosineDecay",
    "CosineDecayRestarts", "CosineSimilarity", "Cropping1D", "Cropping2D", "Cropping3D",
    "Cross", "CuDNNGRU", "CuDNNLSTM", "CutMix", "DTypePolicy", "DTypePolicyMap",
    "Deconvolution2D", "Deconvolution3D", "Dense", "DenseFeatures", "DepthwiseConv1D",
    "DepthwiseConv2D", "Dice", "Dimension", "Discretization", "DistillationLoss", "Distiller",
    "Dot", "Dropout", "DynamicLossScale", "ELU", "EinsumDense", "Embedding", "Equalization",
    "ExponentialDecay", "F1Score", "FBetaScore", "FalseNegatives", "FalsePositives", "Feature",
    "FeatureDistillation", "FeatureSpace", "FixedLossScale", "Flatten",
    "Float8QuantizationConfig", "FloatDTypePolicy", "Ftrl", "Functional", "GPTQConfig",
    "GPTQDTypePolicy", "GRU", "GRUCell", "GRUCellV2", "GRUV1", "GRUV2", "GaussianDropout",
    "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D",
    "GlobalAveragePooling3D", "GlobalAvgPool1D", "GlobalAvgPool2D", "GlobalAvgPool3D",
    "GlobalMaxPool1D", "GlobalMaxPool2D", "GlobalMaxPool3D", "GlobalMaxPooling1D",
    "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GlorotNormal", "GlorotNormalV2",
    "GlorotUniform", "GlorotUniformV2", "Graph", "GroupNormalization", "GroupQueryAttention",
    "HashedCrossing", "Hashing", "HeNormal", "HeUniform", "Highway", "Hinge", "Huber",
    "Identity", "IdentityInitializer", "IdentityV2", "ImageDataGenerator", "Index",
    "IndexLookup", "Initializer", "InputLayer", "InputSpec", "InstanceMethod",
    "InstanceProperty", "Int4DTypePolicy", "Int4QuantizationConfig", "Int8QuantizationConfig",
    "IntegerLookup", "IntegerLookupV1", "InverseTimeDecay", "IoU", "KLD", "KLDivergence",
    "KerasTensor", "L1", "L1L2", "L2", "LSTM", "LSTMCell", "LSTMCellV2", "LSTMV1", "LSTMV2",
    "Lamb", "Layer", "LayerNormalization", "LeakyReLU", "LearningRateSchedule", "LecunNormal",
    "LecunUniform", "LinearModel", "Lion", "LocallyConnected1D", "LocallyConnected2D",
    "LogCosh", "LogCoshError", "LogitsDistillation", "Loss", "LossFunctionWrapper",
    "LossScaleOptimizer", "LossScaleOptimizerV1", "LossScaleOptimizerV3", "LossesContainer",
    "LuongAttention", "MAE", "MAPE", "MSE", "MSLE", "Masking", "MaxNorm", "MaxNumBoundingBoxes",
    "MaxPool1D", "MaxPool2D", "MaxPool3D", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D",
    "Maximum", "MaxoutDense", "Mean", "MeanAbsoluteError", "MeanAbsolutePercentageError",
    "MeanIoU", "MeanMetricWrapper", "MeanRelativeError", "MeanSquaredError",
    "MeanSquaredLogarithmicError", "MeanTensor", "MelSpectrogram", "Merge", "Metric",
    "MetricsContainer", "MinMaxNorm", "Minimum", "MixUp", "Model", "ModuleWrapper",
    "MultiHeadAttention", "MultiOptimizer", "Multiply", "Muon", "Nadam", "Network",
    "NoiseSchedule", "NonNeg", "Normalization", "NormalizationV1", "OneHotIoU", "OneHotMeanIoU",
    "Ones", "OnesV2", "Operation", "Optimizer", "OptimizerMap", "OptimizerV2", "Orthogonal",
    "OrthogonalInitializer", "OrthogonalRegularizer", "OrthogonalV2", "PReLU",
    "PearsonCorrelation", "PeepholeLSTMCell", "Permute", "PiecewiseConstantDecay", "Pipeline",
    "Poisson", "Policy", "PolicyV1", "PolynomialDecay", "Precision", "PrecisionAtRecall",
    "PreprocessingLayer", "PyMetric", "QuantizationConfig", "QuantizedDTypePolicy",
    "QuantizedFloat8DTypePolicy", "Quantizer", "R2Score", "RMSNormalization", "RMSprop", "RNN",
    "RadialConstraint", "RandAugment", "RandomBrightness", "RandomColorDegeneration",
    "RandomColorJitter", "RandomContrast", "RandomCrop", "RandomElasticTransform",
    "RandomErasing", "RandomFlip", "RandomFourierFeatures", "RandomGaussianBlur",
    "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert", "RandomNormal",
    "RandomNormalV2", "RandomPerspective", "RandomPosterization", "RandomRotation",
    "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomUniform",
    "RandomUniformV2", "RandomWidth", "RandomZoom", "ReLU", "Recall", "RecallAtPrecision",
    "RecurrentWrapper", "Reduction", "Regularizer", "RepeatVector", "Rescaling", "Reshape",
    "Resizing", "ReversibleEmbedding", "RootMeanSquaredError", "SGD", "STFT", "STFTInitializer",
    "STFTSpectrogram", "ScheduleFreeAdamW", "SeedGenerator", "SensitivityAtSpecificity",
    "SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D",
    "Sequential", "SharpnessAwareMinimization", "SimpleRNN", "SimpleRNNCell", "SlicingOpLambda",
    "Softmax", "Solarization", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    "SpecificityAtSensitivity", "SpectralNormalization", "SquaredHinge", "StackedRNNCells",
    "StringLookup", "StringLookupV1", "Subtract", "Sum", "SumOverBatchSize",
    "SumOverBatchSizeMetricWrapper", "SyncBatchNormalization", "TFClassMethodDispatcher",
    "TFOpLambda", "TFOptimizer", "TensorFlowOpLayer", "TensorShape", "TextVectorization",
    "TextVectorizationV1", "ThresholdedReLU", "TimeDistributed", "TimeDistributedDense",
    "Tokenizer", "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives", "TruncatedNormal",
    "TruncatedNormalV2", "Tversky", "UnitNorm", "UnitNormalization", "UpSampling1D",
    "UpSampling2D", "UpSampling3D", "VarianceScaling", "VarianceScalingV2", "WarmUp",
    "WeightRegularizer", "WideDeepModel", "Wrapper", "ZeroPadding1D", "ZeroPadding2D",
    "ZeroPadding3D", "Zeros", "ZerosV2",
});

// Functions likewise.
constexpr auto kFunctions = std::to_array<std::string_view>({
    "abs_max_quantize", "abs_max_quantize_grouped_with_zero_point", "acc", "accuracy",
    "activity_l1", "activity_l2", "add", "average", "bce", "binary_accuracy",
    "binary_crossentropy", "binary_focal_crossentropy", "binary_hinge", "categorical_accuracy",
    "categorical_crossentropy", "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy", "categorical_hinge", "ce", "celu", "circle",
    "compute_float8_amax_history", "compute_float8_scale", "concatenate",
    "concordance_correlation", "constant", "cosine", "cosine_proximity", "cosine_similarity",
    "ctc", "dice", "dot", "elu", "exponential", "fake_quant_with_min_max_vars", "fbeta_score",
    "gelu", "glorot_normal", "glorot_uniform", "glu", "hard_shrink", "hard_sigmoid",
    "hard_silu", "hard_swish", "hard_tanh", "he_normal", "he_uniform", "hinge", "huber",
    "identity", "kl_divergence", "kld", "kullback_leibler_divergence", "l1", "l1_l2", "l1l2",
    "l2", "leaky_relu", "lecun_normal", "lecun_uniform", "linear", "log_cosh", "log_sigmoid",
    "log_softmax", "logcosh", "mae", "mape", "matthews_correlation", "max_norm", "maximum",
    "maxnorm", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "min_max_norm", "minimum", "mish", "mse", "msle",
    "multiply", "non_neg", "nonneg", "normal", "one", "ones", "orthogonal",
    "orthogonal_regularizer", "pack_int4", "pearson_correlation", "poisson", "precision",
    "quantize_and_dequantize", "radial_constraint", "random_normal", "random_uniform", "recall",
    "relu", "relu6", "selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus",
    "softsign", "sparse_categorical_accuracy", "sparse_categorical_crossentropy", "sparse_plus",
    "sparse_sigmoid", "sparse_top_k_categorical_accuracy", "sparsemax", "squared_hinge",
    "squareplus", "stft", "subtract", "swish", "tanh", "tanh_shrink", "threshold",
    "top_k_accuracy", "top_k_categorical_accuracy", "truncated_normal", "tversky", "uniform",
    "unit_norm", "unitnorm", "unpack_int4", "variance_scaling", "zero", "zeros",
});

// Keras calls them NON_MODELING_APIS; and what was of their kind before. Sorted.
constexpr auto kGadgets = std::to_array<std::string_view>({
    "audio_dataset_from_directory", "clear_session", "deserialize", "deserialize_keras_object",
    "disable_interactive_logging", "enable_unsafe_deserialization", "get_file",
    "image_dataset_from_directory", "load_img", "load_model", "load_weights",
    "model_from_config", "model_from_json", "model_from_yaml", "pickle_load",
    "register_keras_serializable", "save_img", "save_model", "save_weights",
    "serialize_keras_object", "text_dataset_from_directory", "timeseries_dataset_from_array",
});

// Attributes and globals, whatever they are attributes of. What the rules know as a module or a
// built-in function of high severity need not be here. Sorted.
constexpr auto kReaching = std::to_array<std::string_view>({
    "GFile", "Popen", "ReadFile", "WriteFile", "breakpoint", "builtins", "check_call",
    "check_output", "chmod", "co_code", "compile", "cr_frame", "ctypes", "delattr", "dir",
    "dlopen", "eval", "exec", "execfile", "execl", "execv", "execve", "exit", "f_back",
    "f_builtins", "f_globals", "f_locals", "fork", "fromfile", "func_code", "func_globals",
    "get_file", "getattr", "getoutput", "getstatusoutput", "gfile", "gi_code", "gi_frame",
    "globals", "import_module", "input", "io_utils", "load", "load_library", "load_model",
    "load_op_library", "load_weights", "loads", "locals", "makedirs", "matching_files",
    "memmap", "memoryview", "mro", "numpy_function", "open", "popen", "posix_spawn", "print",
    "py_func", "py_function", "quit", "raw_input", "raw_ops", "read_file", "remove", "rename",
    "rmdir", "rmtree", "save", "savez", "setattr", "spawn", "startfile", "sys", "system",
    "tb_frame", "tofile", "unlink", "urlopen", "urlretrieve", "vars", "write_file",
});

// Modules and built-in functions that the rules call dangerous, under whose names arithmetic goes
// on as well: tf.signal, K.map_fn. Sorted.
constexpr auto kEveryday = std::to_array<std::string_view>({
    "code", "filter", "hasattr", "iter", "keras", "map", "profile", "property", "select",
    "signal", "site", "super", "tensorflow", "test", "tf", "type",
});

// Words in symbols of TensorFlow's interface. Sorted.
constexpr auto kTensorflowEffects = std::to_array<std::string_view>({
    "config", "data", "debugging", "distribute", "estimator", "gfile", "io", "keras",
    "load_library", "load_op_library", "lite", "numpy_function", "print", "profiler", "py_func",
    "py_function", "raw_ops", "read_file", "saved_model", "summary", "tpu", "train",
    "write_file",
});

constexpr auto kModules = std::to_array<std::string_view>({
    "keras", "keras_core", "keras_cv", "keras_hub", "keras_nlp", "tensorflow.compat.v1.keras",
    "tensorflow.compat.v2.keras", "tensorflow.keras", "tensorflow.python.keras", "tf.keras",
    "tf_keras",
});

// clang-format on

static_assert(std::ranges::is_sorted(kClasses) && std::ranges::is_sorted(kFunctions) &&
              std::ranges::is_sorted(kGadgets) && std::ranges::is_sorted(kReaching) &&
              std::ranges::is_sorted(kEveryday));

bool contains(std::span<const std::string_view> sorted, std::string_view name) {
    return std::ranges::binary_search(sorted, name);
}

bool is_below(std::string_view module, std::string_view package) {
    return module.starts_with(package) &&
           (module.size() == package.size() || module[package.size()] == '.');
}

/// Whether one of the words between dots is `word`.
bool has_word(std::string_view dotted, std::string_view word) {
    for (;;) {
        const auto dot = dotted.find('.');
        if (dotted.substr(0, dot) == word) return true;
        if (dot == std::string_view::npos) return false;
        dotted.remove_prefix(dot + 1);
    }
}

bool begins_as_class(std::string_view name) {
    return !name.empty() && name.front() >= 'A' && name.front() <= 'Z' &&
           name.find('.') == std::string_view::npos;
}

bool is_dangerous(std::string_view dotted) {
    const rules::Rule* rule = rules::find(dotted);
    return rule != nullptr && rule->standing == rules::Standing::dangerous &&
           rule->severity >= rules::Severity::high;
}

}  // namespace

bool is_own_module(std::string_view module) {
    return std::ranges::any_of(kModules, [&](auto package) { return is_below(module, package); });
}

bool is_class(std::string_view name) { return contains(kClasses, name); }

bool is_class(std::string_view module, std::string_view name) {
    if (is_class(name)) return true;
    const bool is_hub = is_below(module, "keras_hub") || is_below(module, "keras_nlp") ||
                        is_below(module, "keras_cv");
    return begins_as_class(name) && (is_hub || has_word(module, "ops"));
}

bool is_function(std::string_view name) { return contains(kFunctions, name); }

bool is_function(std::string_view module, std::string_view name) {
    return is_function(name) || (has_word(module, "ops") && !is_gadget(name));
}

bool is_gadget(std::string_view name) { return contains(kGadgets, name); }

bool reaches_out(std::string_view name) {
    if (name.starts_with("__") || contains(kReaching, name)) return true;
    if (contains(kEveryday, name)) return false;
    return is_dangerous(name) || is_dangerous("builtins." + std::string(name));
}

bool is_effect_of_tensorflow(std::string_view symbol) {
    const std::string_view last = symbol.substr(symbol.rfind('.') + 1);
    // io.decode_jpeg and the like take bytes and give numbers.
    if (last.starts_with("decode_") || last.starts_with("parse_") || last.starts_with("encode_")) {
        return false;
    }
    return std::ranges::any_of(kTensorflowEffects,
                               [&](auto word) { return has_word(symbol, word); });
}

}  // namespace pratique::scanner::keras
