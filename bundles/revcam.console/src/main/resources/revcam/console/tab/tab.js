import { Charts } from './charts.js';
import { get, h, keyed, milliseconds, Refusal, text } from './dom.js';
import { PipelineView } from './stages.js';

const CAUSES = {
  CONFIGURATION: 'configuration', BUNDLE: 'bundle', FAILURE: 'failure', TRIAL: 'trial', ROLLBACK: 'rollback',
};
const POLL_MILLIS = 1_000;

const views = new Map();
const charts = new Charts();
const notice = h('p', { class: 'notice', role: 'alert', hidden: true });
const pipelines = h('div', { class: 'pipelines' });
const noPipelines = h('p', { class: 'card empty', hidden: true });
const log = h('tbody');
const noLog = h('p', { class: 'empty', hidden: true }, 'Nothing was replaced since RevCam started.');
const table = h('table', { hidden: true },
  h('thead', {}, h('tr', {}, ...['Time', 'Stage', 'Change', 'Cause', 'Gap', 'Took', 'Outcome']
    .map(name => h('th', { scope: 'col' }, name)))), log);
let shownLog;

function gap(entry, fps) {
  if (entry.gap === null) {
    return '–';
  }
  const intervals = fps ? ` · ${(entry.gap * fps / 1_000).toFixed(1)} frames` : '';
  return milliseconds(entry.gap) + intervals;
}

function logRow(entry, fps) {
  const time = new Date(entry.time);
  const today = time.toDateString() === new Date().toDateString();
  const change = entry.from === entry.to ? h('span', {}, entry.from || 'nobody', h('span', { class: 'fine' }, ' again'))
    : h('span', {}, entry.from || 'nobody', ' → ', h('strong', {}, entry.to || 'nobody'));
  const cell = (label, ...children) => h('td', { 'data-label': label }, ...children);
  return h('tr', { class: entry.succeeded ? '' : 'failed' },
    cell('Time', today ? time.toLocaleTimeString() : time.toLocaleString()),
    cell('Stage', `${entry.pipeline} · ${entry.role}`),
    cell('Change', change),
    cell('Cause', CAUSES[entry.cause] ?? entry.cause),
    cell('Gap', gap(entry, fps)),
    cell('Took', milliseconds(entry.took)),
    h('td', { 'data-label': 'Outcome', class: 'outcome' },
      h('span', { class: entry.succeeded ? 'good' : 'bad' }, entry.succeeded ? '✓ serves' : '✗ failed'),
      entry.detail ? h('span', { class: 'detail' }, entry.detail) : ''));
}

async function updateLog(all) {
  const newest = all.map(pipeline => `${pipeline.name}:${pipeline.replacements}`).join();
  if (newest === shownLog) {
    return;
  }
  const { value } = await get('replacements.json');
  const rates = new Map(all.map(pipeline => [pipeline.name, pipeline.status?.fps]));
  log.replaceChildren(...value.map(entry => logRow(entry, rates.get(entry.pipeline))));
  table.hidden = value.length === 0;
  noLog.hidden = value.length > 0;
  shownLog = newest;
}

async function update() {
  const [state, telemetry] = await Promise.all([get('pipelines.json'), get(charts.path)]);
  const all = state.value.pipelines;
  keyed(pipelines, views, all, pipeline => pipeline.name, pipeline => new PipelineView(pipeline),
    (view, pipeline) => view.update(pipeline));
  text(noPipelines, all.length === 0 ? 'No pipeline runs. Its configuration is revcam.stream-main.cfg.' : '');
  charts.take(telemetry.value);
  await updateLog(all);
}

async function poll() {
  if (!document.hidden) {
    try {
      await update();
      text(notice, '');
    } catch (e) {
      if (!(e instanceof Refusal)) {
        console.error(e);
      }
      text(notice, `${e.message} Trying again.`);
    }
  }
  setTimeout(poll, POLL_MILLIS);
}

function start() {
  // The console's head says nothing about small screens.
  document.querySelector('#lead h1 br')?.replaceWith(' · ');
  document.head.append(h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }));
  document.getElementById('revcam').replaceChildren(notice, pipelines, noPipelines, charts.element,
    h('section', { class: 'card log', 'aria-label': 'Log of replacements' },
      h('header', {}, h('h2', {}, 'Replacements'), h('span', { class: 'fine' }, 'newest first')), table, noLog));
  charts.draw();
  poll();
}

// After the console's own scripts, which would dress up buttons and tables that are there before them.
if (document.readyState === 'complete') {
  start();
} else {
  window.addEventListener('load', start);
}
