// The style of the HTML report. It is the only one that the page allows: its
// Content-Security-Policy names the digest of these bytes, and forbids everything else.
#pragma once

#include <string_view>

namespace pratique::api {

inline constexpr std::string_view kHtmlStyle = R"css(
:root { color-scheme: light dark;
  --page: #fff; --text: #1c1e21; --soft: #5c636b; --line: #dfe2e6; --box: #f5f6f8;
  --malicious: #b42318; --suspicious: #946200; --incomplete: #5b5bb5; --clean: #1f7a3a;
  --mark: #fdecea; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14161a; --text: #e3e6ea; --soft: #979fa9; --line: #2b3037; --box: #1b1f25;
  --malicious: #ff8177; --suspicious: #e0b04a; --incomplete: #a9a8f5; --clean: #63c788;
  --mark: #3a1f1e; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 2.5rem 1.5rem 5rem; max-width: 66rem; background: var(--page);
  color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
  "DejaVu Sans", sans-serif; }
a { color: inherit; text-decoration-color: var(--soft); text-underline-offset: .18em; }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
  monospace; direction: ltr; unicode-bidi: isolate-override; }
code { overflow-wrap: anywhere; white-space: pre-wrap; }
p { margin: .5rem 0; max-width: 46rem; }
.name { color: var(--soft); }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; line-height: 1.25; font-weight: 600;
  letter-spacing: -.01em; }
h2 { margin: 2.75rem 0 .1rem; font-size: 1.2rem; font-weight: 600; }
h2 small { margin-left: .4em; color: var(--soft); font-size: 1rem; font-weight: 400; }
h2 + p { margin: 0 0 .75rem; color: var(--soft); }
h3 { margin: 1rem 0 .2rem; font-size: .85rem; font-weight: 600; color: var(--soft); }
.malicious { --tone: var(--malicious); }
.suspicious { --tone: var(--suspicious); }
.incomplete { --tone: var(--incomplete); }
.clean { --tone: var(--clean); }
.none { --tone: var(--soft); }
.tone { color: var(--tone); }
rect { fill: var(--tone); }
.bar { display: block; width: 100%; height: 6px; margin: 1.5rem 0 .9rem; }
.counts { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0 1.5rem; margin: 0;
  padding: 0; list-style: none; }
.counts b { display: block; color: var(--tone); font-size: 1.4rem; line-height: 1.3;
  font-weight: 600; font-variant-numeric: tabular-nums; }
.counts small { display: block; color: var(--soft); font-size: .85rem; line-height: 1.35; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.25rem;
  margin: 1.75rem 0 0; padding: 1rem 0 0; border-top: 1px solid var(--line); font-size: .9rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
details.file { border-top: 1px solid var(--line); content-visibility: auto;
  contain-intrinsic-size: auto 3.6rem; }
details.file:last-of-type { border-bottom: 1px solid var(--line); }
details.file > summary { display: grid; grid-template-columns: 1rem minmax(0, 1fr) max-content;
  gap: 0 .5rem; padding: .5rem 0; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
details.file > summary::before { content: "▸"; color: var(--soft); }
details.file[open] > summary::before { content: "▾"; }
details.file > summary code { font-weight: 600; }
summary .kind { color: var(--soft); font-size: .85rem; white-space: nowrap; }
summary .why { grid-column: 2 / -1; color: var(--soft); font-size: .88rem; overflow: hidden;
  text-overflow: ellipsis; white-space: nowrap; }
summary .why code { font-size: 12px; font-weight: 400 !important; white-space: nowrap; }
details[open] > summary .why { display: none; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--soft); outline-offset: 2px; }
.body { padding: 0 0 1.25rem 1.5rem; }
.body > :first-child { margin-top: 0; }
.would { margin: 0; padding: .7rem 1rem; border-left: 3px solid var(--tone);
  background: var(--box); }
.would ul { margin: .25rem 0 0; padding-left: 1.1rem; }
.would li::marker { color: var(--tone); }
.found { margin: 0; padding: 0; list-style: none; }
.found > li { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: 0 .75rem;
  padding: .4rem 0; border-top: 1px solid var(--line); }
.found > li:first-child { border-top: 0; }
.found .level { font-size: .88rem; line-height: 1.7; }
.critical, .high { color: var(--malicious); }
.medium { color: var(--suspicious); }
.low, .info { color: var(--soft); }
.gap { color: var(--incomplete); }
.found .id { color: var(--soft); font-size: .85rem; white-space: nowrap; }
.found ul { margin: .1rem 0 0; padding: 0; list-style: none; }
.place { color: var(--soft); font-size: .85rem; }
.place code { font-size: 12px; }
pre { margin: .3rem 0 0; padding: .6rem .9rem; overflow-x: auto; background: var(--box);
  border-radius: 4px; font-size: 12.5px; }
pre mark { display: block; width: max-content; min-width: calc(100% + 1.8rem);
  margin: 0 -.9rem; padding: 0 .9rem; background: var(--mark);
  color: inherit; }
h3 + p { margin-top: 0; }
.meta { color: var(--soft); font-size: .85rem; overflow-wrap: anywhere; }
.meta code { font-size: 12px; }
.rows { margin: .5rem 0 0; padding: 0; list-style: none; }
.rows li { display: grid; grid-template-columns: minmax(0, 1fr) max-content 6rem; gap: 0 1rem;
  padding: .2rem 0; border-top: 1px solid var(--line); content-visibility: auto;
  contain-intrinsic-size: auto 1.7rem; }
.rows span { color: var(--soft); font-size: .85rem; text-align: right;
  font-variant-numeric: tabular-nums; }
.rows em { grid-column: 1 / -1; padding-left: 1.5rem; color: var(--soft); font-size: .85rem;
  font-style: normal; }
details.fold > summary { cursor: pointer; color: var(--soft); }
.rules dt { margin-top: .9rem; font-weight: 600; }
.rules dt code { margin-right: .4rem; font-weight: 400; color: var(--soft); }
.rules dd { margin: .1rem 0 0; max-width: 46rem; font-size: .92rem; }
:target { scroll-margin-top: 1rem; background: var(--box); }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line);
  color: var(--soft); font-size: .85rem; }
@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.4rem; }
  .counts { grid-template-columns: 1fr 1fr; gap: .9rem 1.25rem; }
  .facts { grid-template-columns: 1fr; } .facts dd { margin-bottom: .5rem; }
  details.file > summary { grid-template-columns: 1rem minmax(0, 1fr); }
  summary .kind { grid-column: 2; white-space: normal; }
  .body { padding-left: 0; }
  .found > li { grid-template-columns: 1fr; }
  .rows li { grid-template-columns: minmax(0, 1fr) max-content; }
  .rows span:nth-of-type(1) { display: none; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  details.file, .rows li { content-visibility: visible; }
}
)css";

}  // namespace pratique::api
