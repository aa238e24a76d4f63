"""f-xml: documents that make their reader open files, fill the memory or load code."""
from .sample import Shelf

shelf = Shelf("f-xml", extension="xml", loader="none")
benign = Shelf("benign", extension="xml", loader="none")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def add(technique, variant, text, why, expected="malicious", **more):
    content = text if isinstance(text, bytes) else (HEAD + text).encode()
    shelf.add(technique, variant, content, why, expected=expected, executes=False, **more)


def twin(technique, variant, text, why, **more):
    benign.add(technique, variant, (HEAD + text).encode(), why, expected="benign", **more)


def pmml(body, doctype=""):
    return f'{doctype}<PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">{body}</PMML>\n'


def openvino(layers):
    return f'<net name="m" version="11"><layers>{layers}</layers><edges/></net>\n'


def constant(offset, size, version="opset1", kind="Const", more=""):
    return (f'<layer id="0" name="w" type="{kind}" version="{version}"><data element_type="f32" '
            f'shape="2" offset="{offset}" size="{size}"{more}/></layer>')


XXE = '<!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
add("xml-entity", "file", pmml("&x;", XXE), "an entity that is a file", extension="pmml")
add("xml-entity", "parameter", pmml("", '<!DOCTYPE PMML [<!ENTITY % x SYSTEM "http://127.0.0.1:9/">'
    "%x;]>"), "a parameter entity that is an address", extension="pmml")
add("xml-entity", "utf16", (pmml("&x;", XXE)).encode("utf-16"), "the same in UTF-16",
    extension="pmml")
add("xml-entity", "comment", ("<!-- a model --><?note?>" + pmml("&x;", XXE)).encode(),
    "the same behind a comment", extension="pmml")
add("xml-entity", "html", pmml("&x;", XXE.replace("PMML", "html", 1)).encode(),
    "the same of a type called HTML", extension="pmml")
INCLUDE = "http://www.w3.org/2001/XInclude"
add("xml-inclusion", "default", f"<PMML xmlns='{INCLUDE}'><include href='file:///etc/hostname'/>"
    "</PMML>", "XInclude as the default namespace", expected="suspicious", extension="pmml")
add("xml-inclusion", "prefix", f"<p:PMML xmlns:p='x' xmlns:i='{INCLUDE}'><i:include "
    "href='file:///etc/hostname'/></p:PMML>", "a root with a prefix",
    expected="suspicious", extension="pmml")
twin("xml-inclusion", "other", pmml("<Extension><include>a</include></Extension>"),
     "an element of another namespace", extension="pmml")
LAUGHS = "<!DOCTYPE PMML [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(9)) + "]>"
add("xml-bomb", "entities", pmml("&j;", LAUGHS), "billion laughs", expected="suspicious",
    extension="pmml")
add("xml-bomb", "deep", "<a>" * 300 + "</a>" * 300, "300 levels", expected="malformed")
twin("xml-entity", "predefined", pmml("<Header description='1 &lt; 2 &amp;amp; &#65;'/>"
     "<!-- <!DOCTYPE x> --><Extension><![CDATA[<!ENTITY]]></Extension>"),
     "the entities that every document has", extension="pmml")
add("pmml", "script", pmml("<Extension><script>1</script></Extension>"), "a script in a model",
    expected="suspicious", extension="pmml")
add("openvino", "extension", openvino(constant(0, 8, "extension", "Mine")),
    "a layer of an extension", expected="suspicious")
add("openvino", "library", openvino(constant(0, 8, more=' path="/tmp/mine.so"')),
    "a library in an attribute")
add("openvino", "line_feed", openvino(constant(0, 8, more=' path="/tmp/mine.so"')).replace(
    "<net ", "<!-- a graph -->\n<net\n", 1).encode(), "a library behind a comment and a line feed")
add("openvino", "overflow", openvino(constant(2**64 - 4, 8)), "weights behind the end of all",
    expected="suspicious")
add("openvino", "negative", openvino(constant(-8, 8)), "weights before their file",
    expected="suspicious")
benign.add("openvino", "plain", (HEAD + openvino(constant(0, 8))).encode(), "a graph",
           expected="benign", companions={"model.bin": bytes(range(8))})
