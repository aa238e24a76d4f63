// Lists the tensors of a model file:
//
//     tensors model.pt
//
// The file may be from a stranger. It is parsed in a locked-down process; what arrives here are
// names, shapes, and bytes.
#include <pratique/pratique.h>

#include <iostream>

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: tensors FILE\n";
        return 64;
    }
    const auto model = pratique::load(argv[1]);
    if (!model) {
        std::cerr << model.error().code << ": " << model.error().message << "\n";
        return model.error().refused ? 1 : 2;
    }
    for (const pratique::Tensor& tensor : model->tensors()) {
        // Names are the file's own, and a type of records has names: escape them before a terminal
        // sees them.
        std::cout << pratique::escape(tensor.name()) << "\t"
                  << pratique::escape(tensor.dtype_name()) << "\t[";
        for (std::size_t i = 0; i < tensor.shape().size(); ++i) {
            std::cout << (i == 0 ? "" : ", ") << tensor.shape()[i];
        }
        const auto sha256 = tensor.sha256();
        std::cout << "]\t" << (sha256 ? *sha256 : sha256.error().message) << "\n";
    }
    std::cerr << pratique::escape(model->format()) << ", isolation "
              << pratique::name(model->isolation()) << ", binding "
              << pratique::name(model->binding()) << "\n";
    return 0;
}
