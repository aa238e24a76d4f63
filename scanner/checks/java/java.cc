#include "scanner/checks/java/java.h"

#include <algorithm>
#include <array>

#include "base/reader.h"
#include "base/text.h"
#include "rules/findings.h"
#include "scanner/identify.h"

namespace pratique::scanner {
namespace {

constexpr char kClass = '\x72';

/// Packages that end in a point, and classes.
constexpr auto kGadgets = std::to_array<std::string_view>({
    "bsh.",
    "clojure.",
    "com.mchange.v2.c3p0.",
    "com.sun.jndi.",
    "com.sun.org.apache.bcel.",
    "com.sun.org.apache.xalan.",
    "com.sun.rowset.JdbcRowSetImpl",
    "com.vaadin.data.util.NestedMethodProperty",
    "java.lang.ProcessBuilder",
    "java.lang.Runtime",
    "java.net.URL",
    "java.net.URLClassLoader",
    "java.rmi.",
    "javax.management.BadAttributeValueExpException",
    "javax.naming.",
    "javax.script.",
    "org.apache.click.control.Column$ColumnComparator",
    "org.apache.commons.beanutils.BeanComparator",
    "org.apache.commons.collections.functors.",
    "org.apache.commons.collections4.functors.",
    "org.apache.commons.fileupload.disk.DiskFileItem",
    "org.apache.wicket.util.upload.DiskFileItem",
    "org.apache.xalan.xsltc.trax.TemplatesImpl",
    "org.codehaus.groovy.runtime.",
    "org.hibernate.engine.spi.TypedValue",
    "org.jboss.interceptor.",
    "org.jboss.weld.interceptor.",
    "org.mozilla.javascript.",
    "org.python.core.",
    "org.springframework.aop.",
    "org.springframework.beans.factory.",
    "org.springframework.core.SerializableTypeWrapper$MethodInvokeTypeProvider",
    "sun.reflect.annotation.AnnotationInvocationHandler",
    "sun.rmi.",
});

bool is_gadget(std::string_view name) {
    return std::ranges::any_of(kGadgets, [&](std::string_view gadget) {
        return gadget.ends_with('.') ? name.starts_with(gadget) : name == gadget;
    });
}

}  // namespace

void check_java(Scan& scan, const Artifact& artifact) {
    const std::string_view all = text(artifact.bytes);
    for (auto at = all.find(kClass); at != std::string_view::npos; at = all.find(kClass, at + 1)) {
        Reader in(from(artifact.bytes, at + 1));
        const auto length = in.be<std::uint16_t>();
        if (!length) break;
        const auto name = in.take(*length);
        if (name && is_gadget(text(*name))) {
            scan.find(RuleId::java_gadget, artifact, at, escape(text(*name), 200));
        }
    }
    check_not_inspected(scan, artifact);
}

}  // namespace pratique::scanner
