/** The style sheet inside the HTML report, so that the report is a single file. */
export const HTML_REPORT_CSS = `
:root { color-scheme: light dark; --line: #8884; --quiet: light-dark(#5a6270, #a0a8b5);
  --ok: light-dark(#176b3a, #63d197); --bad: light-dark(#b3261e, #ff8a80);
  --skip: light-dark(#75560b, #e2b93b); --card: light-dark(#f6f7f9, #1c2027); }
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem;
  background: light-dark(#fff, #12151a); color: light-dark(#1b1f24, #e6e9ee); }
h1, h2, h3, h4, p { overflow-wrap: anywhere; }
h1 { margin-bottom: 0; }
h3, h4 { margin: 0; font-size: 1rem; }
h4 { font-size: 0.85rem; color: var(--quiet); }
.quiet { color: var(--quiet); font-size: 0.85rem; font-weight: normal; }
.text { white-space: pre-line; }
article { border: 1px solid var(--line); border-left: 4px solid var(--ok); border-radius: 4px;
  padding: 0.75rem; margin: 1rem 0; background: var(--card); }
article.failed, article.stopped { border-left-color: var(--bad); }
article.skipped { border-left-color: var(--skip); }
header .ok, .ok .state { color: var(--ok); }
header .failed, .failed .state, .stopped .state, .failure { color: var(--bad); }
.skipped .state { color: var(--skip); }
pre, .leaf, summary { font-family: ui-monospace, monospace; font-size: 0.85rem; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0.5rem 0; }
.code { border-block: 1px solid var(--line); padding-block: 0.5rem; }
.said { border-left: 2px solid var(--line); padding-left: 0.5rem; }
.said.error, .said.warn { border-left-color: var(--bad); }
details, .leaf { overflow-wrap: anywhere; }
details details, details > .leaf { margin-left: 1.25rem; }
summary { cursor: pointer; }
.key { font-weight: bold; }
.request { margin-top: 0.5rem; }
`;
