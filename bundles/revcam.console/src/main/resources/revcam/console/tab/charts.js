import { bits, h, milliseconds, short, text } from './dom.js';

const SECONDS = 300;
/** Seconds before the last value: the same for all charts and for ever. */
const TIMES = Array.from({ length: SECONDS }, (_, i) => i - SECONDS + 1);

const BLUE = '#2563eb';
const GREEN = '#0f9d6b';
const ORANGE = '#d97706';
const GREY = '#8a97a6';

const percent = value => (value === null || value === undefined ? '–' : `${short(100 * value)} %`);
const frames = value => (value === null || value === undefined ? '–' : `${short(value)} fps`);
const celsius = value => (value === null || value === undefined ? '–' : `${short(value)} °C`);
const bytes = value => (value === null || value === undefined ? '–' : `${short(value / 1e6)} MB`);

/** `of` says whose curves they are, `least` the smallest top of the scale, `empty` why there may be nothing. */
const CHARTS = [
  { title: 'Bitrate', of: 'stream', wide: true, format: bits, least: 1e5, empty: 'No stream runs.', curves: [
    { key: 'target', label: 'target', stroke: GREY, dash: [5, 4] },
    { key: 'encoded', label: 'encoded', stroke: BLUE },
    { key: 'sent', label: 'sent to all viewers', stroke: GREEN }] },
  { title: 'Latency by stage', of: 'stream', wide: true, stacked: true, format: milliseconds, least: 10,
    empty: 'No frame was encoded lately.', curves: [
      { key: 'capture', label: 'capture', stroke: '#64748b' },
      { key: 'wait', label: 'wait', stroke: '#b6c2cf' },
      { key: 'encode', label: 'encode', stroke: '#2563eb' },
      { key: 'packetise', label: 'packetise', stroke: '#7c3aed' },
      { key: 'queue', label: 'queue', stroke: '#e0529c' },
      { key: 'pace', label: 'pace', stroke: '#f0a52e' },
      { key: 'send', label: 'send', stroke: '#0f9d6b' }] },
  { title: 'Frame rate', of: 'stream', format: frames, least: 10, empty: 'No stream runs.', curves: [
    { key: 'captured_fps', label: 'captured', stroke: GREY, dash: [5, 4] },
    { key: 'encoded_fps', label: 'encoded', stroke: BLUE }] },
  { title: 'Loss', of: 'stream', format: percent, least: 0.01, empty: 'Nobody is watching.', curves: [
    { key: 'loss', label: 'worst viewer', stroke: ORANGE }] },
  { title: 'Round trip', of: 'stream', format: milliseconds, least: 1, empty: 'Nobody is watching.', curves: [
    { key: 'rtt', label: 'worst viewer', stroke: BLUE }] },
  { title: 'Processor', of: 'machine', format: percent, least: 0.5, empty: 'This machine does not tell.', curves: [
    { key: 'process_cpu', label: 'RevCam, of one core', stroke: BLUE },
    { key: 'machine_cpu', label: 'all cores', stroke: GREY }] },
  { title: 'Temperature', of: 'machine', format: celsius, least: 90, empty: 'This machine does not tell.', curves: [
    { key: 'temperature', label: 'hottest zone', stroke: ORANGE }] },
  { title: 'Memory', of: 'machine', format: bytes, least: 20e6, empty: 'This machine does not tell.', curves: [
    { key: 'resident', label: 'RevCam, in RAM', stroke: GREEN }] },
];

const SYNC = { key: 'revcam', setSeries: false };

/** Pacing holds the sending of the packets; drawn one upon the other they must not count twice. */
function parts(curves, data) {
  return curves.map(({ key }) => key !== 'pace' ? data[key]
    : data.pace.map((pace, i) => pace === null ? null : Math.max(0, pace - (data.send[i] ?? 0))));
}

/** From the whole down to the first, each drawn over the one before. */
function stacked(curves, data) {
  const sums = new Array(SECONDS).fill(0);
  return parts(curves, data).map(values => values.map((value, i) => {
    sums[i] += value ?? 0;
    return data.encode[i] === null ? null : sums[i];
  })).reverse();
}

function ago(seconds) {
  return seconds === 0 ? 'now' : seconds % 60 === 0 ? `−${-seconds / 60} min` : `−${-seconds} s`;
}

class Chart {
  constructor(spec) {
    this.spec = spec;
    this.values = spec.curves.map(() => h('b', {}, '–'));
    this.when = h('span', { class: 'fine' });
    this.sum = h('b', {}, '–');
    this.empty = h('p', { class: 'empty', hidden: true }, spec.empty);
    this.plotted = h('div', { class: 'plot', role: 'img', 'aria-label': `${spec.title} over the last five minutes` },
      this.empty);
    this.element = h('section', { class: spec.wide ? 'card chart wide' : 'card chart' },
      h('header', {}, h('h3', {}, spec.title), this.when),
      h('ul', { class: 'legend' }, ...spec.curves.map((curve, i) => {
        const swatch = h('i', { class: curve.dash ? 'dashed' : '', 'aria-hidden': 'true' });
        swatch.style.color = curve.stroke;
        return h('li', {}, swatch, h('span', {}, curve.label), this.values[i]);
      }), ...(spec.stacked ? [h('li', {}, h('span', {}, 'in all'), this.sum)] : [])),
      this.plotted);
  }

  /** Once it is in the page and has a size. */
  draw() {
    const { spec } = this;
    const series = spec.curves.map(({ stroke, dash }) => ({
      stroke, dash, width: spec.stacked ? 1 : 1.75, fill: spec.stacked ? stroke : undefined,
      points: { show: false },
    }));
    if (!spec.stacked && series.length === 1) {
      series[0].fill = `${spec.curves[0].stroke}1f`;
    }
    const axis = { stroke: '#5b6876', font: '12px system-ui, sans-serif', ticks: { show: false } };
    this.plot = new window.uPlot({
      ...this.size(),
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { sync: SYNC, y: false, points: spec.stacked ? { show: false } : { size: 6 }, drag: { setScale: false } },
      scales: {
        x: { time: false, range: [TIMES[0], 0] },
        y: { range: (_, low, high) => [Math.min(0, low ?? 0), Math.max(spec.least, (high ?? 0) * 1.12)] },
      },
      axes: [
        { ...axis, size: 22, gap: 4, grid: { show: false }, splits: () => [-240, -180, -120, -60, 0],
          values: (_, splits) => splits.map(ago) },
        { ...axis, size: 70, gap: 6, grid: { stroke: '#e7ebf0', width: 1 }, space: 34,
          values: (_, splits) => splits.map(split => spec.format(split)) },
      ],
      series: [{}, ...(spec.stacked ? series.reverse() : series)],
      hooks: { setCursor: [plot => this.showValues(plot.cursor.idx)] },
    }, this.rows(), this.plotted);
    new ResizeObserver(() => this.plot.setSize(this.size())).observe(this.plotted);
    this.showValues();
  }

  size() {
    return { width: Math.max(120, this.plotted.clientWidth), height: this.spec.wide ? 210 : 150 };
  }

  rows() {
    const { spec, data } = this;
    if (!data) {
      return [TIMES, ...spec.curves.map(() => new Array(SECONDS).fill(null))];
    }
    return [TIMES, ...(spec.stacked ? stacked(spec.curves, data) : spec.curves.map(({ key }) => data[key]))];
  }

  update(data) {
    this.data = data;
    this.empty.hidden = this.spec.curves.some(({ key }) => data[key].some(value => value !== null));
    this.plot.setData(this.rows());
    this.showValues(this.plot.cursor.idx);
  }

  /** Under the pointer, or the last ones. */
  showValues(index) {
    const at = index ?? SECONDS - 1;
    text(this.when, index === null || index === undefined ? '' : ago(TIMES[at]));
    this.spec.curves.forEach(({ key }, i) => text(this.values[i], this.spec.format(this.data?.[key][at] ?? null)));
    if (this.spec.stacked) {
      text(this.sum, this.spec.format(this.plot.data[1][at]));
    }
  }
}

const STREAM_KEYS = CHARTS.filter(spec => spec.of === 'stream').flatMap(spec => spec.curves.map(curve => curve.key));
const MACHINE_KEYS = CHARTS.filter(spec => spec.of === 'machine').flatMap(spec => spec.curves.map(curve => curve.key));

const nothing = keys => Object.fromEntries(keys.map(key => [key, new Array(SECONDS).fill(null)]));

/** All charts, and the five minutes that they show. */
export class Charts {
  constructor() {
    this.machine = nothing(MACHINE_KEYS);
    this.streams = new Map();
    this.charts = CHARTS.map(spec => new Chart(spec));
    this.choice = h('select', { 'aria-label': 'Stream', hidden: true, onchange: () => this.show() });
    this.throttled = h('p', { class: 'message', 'data-kind': 'bad', hidden: true });
    this.element = h('section', { class: 'charts', 'aria-label': 'Charts' },
      h('header', {}, h('h2', {}, 'Last five minutes'), this.choice), this.throttled,
      h('div', { class: 'grid' }, ...this.charts.map(chart => chart.element)));
  }

  draw() {
    this.charts.forEach(chart => chart.draw());
  }

  /** Where to ask for what is missing. */
  get path() {
    return this.last === undefined ? 'telemetry.json' : `telemetry.json?after=${this.last}`;
  }

  take(answer) {
    const isFirst = this.last === undefined;
    this.last = answer.last;
    this.append(this.machine, answer.machine, answer.count);
    for (const name of Object.keys(answer.streams)) {
      if (!this.streams.has(name)) {
        this.streams.set(name, nothing(STREAM_KEYS));
      }
    }
    for (const [name, data] of this.streams) {
      this.append(data, answer.streams[name] ?? {}, answer.count);
    }
    const names = [...this.streams.keys()];
    if (this.names !== names.join()) {
      this.names = names.join();
      this.choice.replaceChildren(...names.map(name => h('option', { value: name }, name)));
      this.choice.hidden = names.length < 2;
    }
    const throttled = answer.machine.throttled?.at(-1);
    text(this.throttled, throttled ? 'The processor is throttled: it is too hot, or its supply is too weak.' : '');
    if (answer.count > 0 || isFirst) {
      this.show();
    }
  }

  append(data, fresh, count) {
    for (const [key, values] of Object.entries(data)) {
      const more = fresh[key] ?? new Array(count).fill(null);
      data[key] = [...values, ...more].slice(-SECONDS);
    }
  }

  show() {
    const stream = this.streams.get(this.choice.value) ?? nothing(STREAM_KEYS);
    this.charts.forEach(chart => chart.update(chart.spec.of === 'stream' ? stream : this.machine));
  }
}
