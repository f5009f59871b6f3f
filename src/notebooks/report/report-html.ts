import { html, raw } from 'hono/html';
import { iso8601 } from '../../kit/utc.ts';
import type { Entry, RequestRecord, Value } from '../run/outcome.ts';
import { curlOf } from './curl.ts';
import { preview } from './preview.ts';
import {
  type CellRun,
  causeText,
  cellLabel,
  type FileRun,
  failureLine,
  failureText,
  followsText,
  type Run,
  totalsOf,
  totalsText,
} from './report.ts';
import { HTML_REPORT_CSS } from './report-html-css.ts';
import { bodyText, milliseconds } from './report-text.ts';

type Html = ReturnType<typeof html>;

/** Writes a run as a single HTML page. The page has no script and loads no other file. */
export async function htmlReport(run: Run): Promise<string> {
  const totals = totalsOf(run.files);
  const state = totals.failed > 0 ? 'failed' : 'ok';
  const [first] = run.files;
  const title = run.files.length === 1 && first ? (first.title ?? first.file) : 'Notebooks';
  return String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${state === 'ok' ? '' : 'Failed: '}${title}</title>
<style>${raw(HTML_REPORT_CSS)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="${state}">${totalsText(totals)}</p>
<p class="quiet">Run ${iso8601(run.started_at)} against ${run.base_url} in ${milliseconds(run.duration_ms)}, exit code ${run.exit_code}, Tieline ${run.version}</p>
</header>
<main>
${run.files.map((file) => fileView(file, run))}
</main>
</body>
</html>
`,
  );
}

function fileView(file: FileRun, run: Run): Html {
  return html`<section>
<h2>${file.title ?? file.file}</h2>
<p class="quiet">${file.file} · ${totalsText(totalsOf([file]))} · sha256 ${file.sha256}</p>
${file.parts.map((part) => (part.kind === 'text' ? paragraphs(part.source) : cellView(part, file, run)))}
</section>`;
}

function paragraphs(source: string): Html[] {
  return source
    .split(/\n\s*\n/)
    .filter((text) => text.trim() !== '')
    .map((text) => html`<p class="text">${text}</p>`);
}

function cellView(cell: CellRun, file: FileRun, run: Run): Html {
  const { outcome, skipped, source, line } = cell;
  const follows = followsText(cell);
  const state = follows ? 'skipped' : (outcome?.state ?? 'skipped');
  const took = outcome ? ` · ${milliseconds(outcome.duration_ms)}` : '';
  return html`<article class="${state}">
<h3><span class="state">${state}</span> ${cellLabel(cell)}<span class="quiet"> line ${line}${took}</span></h3>
<pre class="code">${source}</pre>
${skipped === null ? '' : html`<p class="quiet">${skipped}</p>`}
${follows ? html`<p class="quiet">It ${follows}</p>` : failureView(cell, file)}
${outcome?.lines.map(({ level, text }) => html`<pre class="said ${level}">${text}</pre>`) ?? ''}
${outcome?.value ? html`<div class="value">${valueView(null, outcome.value, { is_open: true })}</div>` : ''}
${outcome?.requests.map((request) => requestView(request, run)) ?? ''}
</article>`;
}

function failureView(cell: CellRun, { file }: FileRun): Html | string {
  const failure = cell.outcome?.failure;
  if (!failure) return '';
  return html`<p class="failure"><strong>${failureText(failure)}</strong><br>
<span class="quiet">${file}:${failureLine(cell, failure)} · ${causeText(failure.cause)}</span></p>`;
}

/** A value with its entries. Only the top level is open. */
function valueView(
  key: string | null,
  value: Value,
  { is_open }: { readonly is_open: boolean },
): Html {
  const name = key === null || key === '' ? '' : html`<span class="key">${key}</span>: `;
  const entries = 'entries' in value ? value.entries : [];
  if (entries.length === 0) return html`<div class="leaf">${name}${leafText(value)}</div>`;
  const more = 'more' in value ? value.more : 0;
  return html`<details${is_open ? raw(' open') : ''}><summary>${name}${preview(value)}</summary>
${entries.map((entry: Entry) => valueView(entry.key, entry.value, { is_open: false }))}
${more > 0 ? html`<div class="leaf quiet">and ${more} more</div>` : ''}
</details>`;
}

function leafText(value: Value): string {
  if (value.kind !== 'string') return preview(value);
  const cut = value.length > value.text.length ? ` … (${value.length} characters)` : '';
  return JSON.stringify(value.text) + cut;
}

function requestView(request: RequestRecord, { account_sid }: Run): Html {
  const { method, url, body, response, error, duration_ms } = request;
  const options = account_sid === null ? {} : { account_sid };
  return html`<details class="request">
<summary>${response?.status ?? 'no answer'} ${method} ${url} <span class="quiet">${milliseconds(duration_ms)}</span></summary>
${error === null ? '' : html`<p class="failure">${error}</p>`}
<h4>Request</h4>
<pre>${headerText(request.headers)}${body === null ? '' : `\n\n${body}`}</pre>
${response ? html`<h4>Response</h4><pre>${headerText(response.headers)}\n\n${bodyText(response.body)}</pre>` : ''}
<h4>As a command</h4>
<pre>${curlOf(request, options)}</pre>
</details>`;
}

function headerText(headers: readonly (readonly [string, string])[]): string {
  return headers.map(([name, value]) => `${name}: ${value}`).join('\n');
}
