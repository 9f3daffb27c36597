'use strict';
(() => {
  const figureOf = Object.fromEntries(DATA.figures.map(figure => [figure.name, figure]));
  const KINDS = {
    encode: ['encode', 'A clip through encoder and packetiser as fast as they go. The same input gives the same stream but '
      + 'for what several encoding threads make of it, so all but the processor time is nearly exact.'],
    link: ['simulated link', 'The encoder works for a viewer behind a simulated link, on virtual time: encoder, packetiser, sender '
      + 'and congestion controller are the product’s. The same input gives the same packets but for what '
      + 'several encoding threads make of it.'],
    live: ['live', 'The product as a user starts it, and a viewer without a window. What else the machine does shows in the figures.'],
  };

  const measured = row => !row.missing && !row.failed;
  const kept = row => row.verdicts.every(verdict => verdict.holds) && row.worse.length === 0;
  const text = (figure, value) => missing(value) ? '–' : value.toFixed(figure.digits);
  const withUnit = (figure, value) => `${text(figure, value)}${figure.unit ? ` ${figure.unit}` : ''}`;

  function state(scenario) {
    const rows = scenario.rows.filter(measured);
    const judged = rows.filter(row => row.verdicts.length > 0 || row.worse.length > 0);
    if (scenario.rows.some(row => row.failed)) return ['bad', 'failed'];
    if (judged.some(row => !kept(row))) return ['bad', `${judged.filter(row => !kept(row)).length} of ${judged.length} missed`];
    if (rows.length === 0) return ['none', 'not measured here'];
    return judged.length ? ['good', `${judged.length} kept`] : ['none', 'no threshold'];
  }

  function about() {
    const rows = DATA.scenarios.flatMap(scenario => scenario.rows);
    const judged = rows.filter(row => measured(row) && row.verdicts.length > 0);
    const keys = { good: 'keeps its threshold', bad: 'misses it', none: 'no threshold' };
    document.getElementById('about').append(
      h('p', {}, `${rows.filter(measured).length} rows measured in ${DATA.scenarios.length} scenarios; `
        + `${judged.filter(kept).length} of ${judged.length} rows that have thresholds keep them all.`
        + (rows.some(row => row.missing) ? ` ${rows.filter(row => row.missing).length} rows could not be measured here.` : '')
        + (DATA.baseline ? ` Compared with ${DATA.baseline}.` : '')),
      h('p', {}, `${DATA.machine}; ${DATA.time.replace('T', ' ').replace('Z', ' UTC')}.`),
      h('div', { class: 'keys' }, ...Object.entries(keys).map(([kind, says]) => {
        const box = h('i', { class: 'box' });
        box.style.background = `var(--${kind})`;
        return h('span', {}, box, says);
      }), h('span', {}, 'The bar below a figure places it between the least and the most of its column.')));
  }

  function overview() {
    if (DATA.scenarios.length < 2) return;
    document.getElementById('overview').append(h('div', { class: 'card scroll' }, h('table', {},
      h('thead', {}, h('tr', {}, ...['Scenario', 'Question', 'How', 'Thresholds'].map(name => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...DATA.scenarios.map(scenario => {
        const [kind, says] = state(scenario);
        return h('tr', {}, h('th', { scope: 'row' }, h('a', { href: `#${scenario.name}` }, scenario.title)),
          h('td', {}, scenario.asks), h('td', {}, KINDS[scenario.kind][0]), h('td', { class: kind }, says));
      })))));
  }

  // ---- a scenario's table

  function cell(figure, row, scale) {
    const value = row.figures[figure.name];
    if (missing(value)) return h('td', {}, '–');
    const verdict = row.verdicts.find(one => one.figure === figure.name);
    const bar = h('i');
    bar.style.width = `${scale.most > scale.least ? 8 + 92 * (value - scale.least) / (scale.most - scale.least) : 8}%`;
    const spread = row.rounds > 1 && text(figure, row.least[figure.name]) !== text(figure, row.most[figure.name])
      ? h('span', { class: 'range' }, `${text(figure, row.least[figure.name])} to ${text(figure, row.most[figure.name])}`) : null;
    const before = row.baseline[figure.name];
    const change = !missing(before) && text(figure, before) !== text(figure, value)
      ? h('span', { class: `change ${row.worse.includes(figure.name) ? 'worse' : row.better.includes(figure.name) ? 'better' : ''}` },
        `was ${text(figure, before)}`) : null;
    return h('td', {
      class: verdict ? (verdict.holds ? 'good' : 'bad') : undefined,
      title: `${figure.title}: ${withUnit(figure, value)}; ${figure.says}${verdict ? `\nshould be ${verdict.limit}${verdict.why ? `: ${verdict.why}` : ''}` : ''}`,
    }, text(figure, value), spread, change, scale.most > scale.least ? h('span', { class: 'bar' }, bar) : null);
  }

  function table(scenario, names) {
    const figures = names.map(name => figureOf[name]);
    const scales = Object.fromEntries(names.map(name => {
      const values = scenario.rows.map(row => row.figures[name]).filter(value => !missing(value));
      // From zero, unless all are far from it: then differences would not show.
      const least = Math.min(...values);
      const most = Math.max(...values);
      return [name, { least: least > 0.5 * most ? least - 0.1 * (most - least) : Math.min(0, least), most }];
    }));
    return h('div', { class: 'card scroll' }, h('table', { class: 'measured' },
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, ''), ...figures.map(figure =>
        h('th', { scope: 'col', title: figure.says }, figure.title, h('small', {},
          [figure.unit, figure.better > 0 ? 'more is better' : figure.better < 0 ? 'less is better' : ''].filter(Boolean).join(', ')))))),
      h('tbody', {}, ...scenario.rows.map(row => h('tr', {}, h('th', { scope: 'row', title: row.setup }, row.row),
        ...(measured(row) ? figures.map(figure => cell(figure, row, scales[figure.name]))
          : [h('td', { class: `nothing${row.failed ? ' failed' : ''}`, colspan: figures.length },
            row.failed ? `failed: ${row.failed}` : `not measured here: ${row.missing}`)]))))));
  }

  function limits(scenario) {
    const seen = new Map();
    scenario.rows.flatMap(row => row.verdicts.map(verdict => [row, verdict])).forEach(([row, verdict]) => {
      const key = `${verdict.figure} ${verdict.limit}`;
      if (!seen.has(key)) seen.set(key, { ...verdict, rows: [], missed: [] });
      seen.get(key).rows.push(row.row);
      if (!verdict.holds) seen.get(key).missed.push(row.row);
    });
    if (seen.size === 0) return null;
    const judged = scenario.rows.filter(measured).length;
    return h('ul', { class: 'limits' }, ...[...seen.values()].map(one => h('li', {},
      h('b', {}, figureOf[one.figure].title), ` should be ${one.limit} ${figureOf[one.figure].unit}`,
      one.rows.length < judged ? ` (${one.rows.length > 3 ? `${one.rows.length} rows` : one.rows.join('; ')})` : '',
      one.why ? `: ${one.why}` : '', one.missed.length ? h('span', { class: 'missed' }, ` — missed by ${one.missed.join('; ')}`) : null)));
  }

  // ---- over time

  const CURVES = {
    encode: [
      { what: 'size of each picture, kB', height: 150, unit: 'kB', digits: 1, names: ['frame'], bars: true },
      { what: 'PSNR of each picture, dB', height: 110, unit: 'dB', digits: 1, names: ['psnr'], fit: true },
    ],
    link: [
      { what: 'rate, kbit/s', height: 170, unit: 'k', digits: 0, names: ['capacity', 'target', 'received'] },
      { what: 'queue delay, ms', height: 100, unit: 'ms', digits: 0, names: ['queue'] },
    ],
    live: [
      { what: 'rate, kbit/s', height: 170, unit: 'k', digits: 0, names: ['capacity', 'target', 'received'] },
      { what: 'round trip, ms', height: 100, unit: 'ms', digits: 0, names: ['rtt'] },
    ],
  };
  const colourOf = name => {
    const colours = palette();
    return { frame: colours.sent, psnr: colours.received, capacity: colours.capacity, target: colours.target,
      received: colours.received, queue: colours.queue, rtt: colours.queue }[name];
  };

  function plot(host, scenario, row, spec, scale, last) {
    const names = spec.names.filter(name => row.series[name]?.length);
    if (names.length === 0) return () => {};
    const points = Math.max(...names.map(name => row.series[name].length));
    const times = Array.from({ length: points }, (_, i) => i * row.stepSeconds);
    const output = h('output');
    const box = h('div');
    host.append(h('div', { class: 'what' }, h('span', {}, spec.what), output), box);
    const axis = { stroke: style('--soft'), font: '11px system-ui, sans-serif', ticks: { show: false },
      grid: { stroke: style('--grid'), width: 1 } };
    const size = () => ({ width: Math.max(200, host.clientWidth), height: spec.height });
    const drawn = new uPlot({
      ...size(),
      padding: [6, 8, last ? 0 : 6, 0],
      legend: { show: false },
      cursor: { sync: { key: `${scenario.name}/${row.row}` }, y: false, points: { size: 5 }, drag: { setScale: false } },
      scales: { x: { time: false }, y: { range: scale } },
      axes: [{ ...axis, size: last ? 24 : 0, gap: 4, show: last, values: (_, splits) => splits.map(at => `${at} s`) },
        { ...axis, size: 46, gap: 4, space: 26 }],
      series: [{}, ...names.map(name => ({
        stroke: colourOf(name), width: spec.bars ? 1 : 1.5, points: { show: false }, dash: name === 'target' ? [6, 3] : undefined,
        fill: name === 'capacity' || spec.bars || name === 'queue' ? `${colourOf(name)}2e` : undefined,
        paths: spec.bars ? uPlot.paths.stepped({ align: 1 }) : name === 'capacity' ? uPlot.paths.stepped({ align: 1 }) : undefined,
      }))],
      hooks: { setCursor: [plotted => {
        const at = plotted.cursor.idx;
        output.textContent = missing(at) ? '' : `${times[at].toFixed(1)} s  `
          + names.map(name => `${names.length > 1 ? `${name} ` : ''}${number(row.series[name][at], spec.digits)} ${spec.unit}`).join(' · ');
      }] },
    }, [times, ...names.map(name => Array.from(times, (_, i) => row.series[name][i] ?? null))], box);
    const observer = new ResizeObserver(() => drawn.setSize(size()));
    observer.observe(host);
    return () => { observer.disconnect(); drawn.destroy(); };
  }

  function plots(scenario) {
    const rows = scenario.rows.filter(row => measured(row) && Object.keys(row.series).length > 0);
    if (rows.length === 0) return null;
    const specs = CURVES[scenario.kind];
    // One scale for all rows, so that they compare at a glance.
    const scales = specs.map(spec => {
      const values = rows.flatMap(row => spec.names.flatMap(name => row.series[name] ?? [])).filter(value => !missing(value));
      const sorted = values.sort((a, b) => a - b);
      return spec.fit ? [Math.floor(sorted[0] ?? 0) - 1, Math.ceil(sorted[sorted.length - 1] ?? 1) + 1]
        : [0, 1.05 * Math.max(1, sorted[sorted.length - 1] ?? 1)];
    });
    const cards = rows.map(row => {
      const [kind, says] = row.verdicts.length === 0 ? ['none', ''] : kept(row) ? ['good', 'kept'] : ['bad', 'missed'];
      const hosts = specs.map(() => h('div', { class: 'plot' }));
      const card = h('div', { class: 'card' }, h('h3', {}, row.row, says ? h('span', { class: `badge ${kind}` }, says) : null),
        h('p', { class: 'setup' }, row.setup), ...hosts);
      card.draw = () => specs.map((spec, i) => plot(hosts[i], scenario, row, spec, scales[i], i === specs.length - 1));
      card.undraw = () => hosts.forEach(host => host.replaceChildren());
      return card;
    });
    const keys = scenario.kind === 'encode' ? null : h('div', { class: 'keys' });
    const fill = () => keys?.replaceChildren(...['capacity', 'target', 'received'].map(name => {
      const swatch = h('i', { class: name === 'capacity' ? 'area' : name === 'target' ? 'dashed' : '' });
      swatch.style[name === 'capacity' ? 'background' : 'borderColor'] = colourOf(name);
      return h('span', {}, swatch, name);
    }));
    fill();
    const details = h('details', rows.length <= 4 ? { open: '' } : {},
      h('summary', {}, `Over time, ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}`), keys, h('div', { class: 'plots' }, ...cards));
    details.keys = fill;
    return details;
  }

  function section(scenario) {
    const all = DATA.figures.map(figure => figure.name).filter(name => scenario.rows.some(row => !missing(row.figures[name])));
    const front = scenario.show.length ? scenario.show.filter(name => all.includes(name)) : all;
    const rest = all.filter(name => !front.includes(name));
    return h('section', { id: scenario.name },
      h('header', {}, h('span', { class: 'id' }, scenario.name), h('h2', {}, scenario.title),
        h('span', { class: 'origin' }, scenario.review ? `review ${scenario.review}` : '')),
      h('p', { class: 'asks' }, scenario.asks), h('p', {}, KINDS[scenario.kind][1]),
      h('code', { class: 'command' }, `./revcam bench ${scenario.name}`),
      table(scenario, front.length ? front : ['kbps']), limits(scenario),
      rest.length ? h('details', {}, h('summary', {}, `${rest.length} more figures`), table(scenario, rest)) : null,
      plots(scenario));
  }

  function glossary() {
    const used = DATA.figures.filter(figure =>
      DATA.scenarios.some(scenario => scenario.rows.some(row => !missing(row.figures[figure.name]))));
    document.getElementById('glossary').append(h('section', {}, h('h2', {}, 'What the figures are'),
      h('div', { class: 'card' }, h('dl', {}, ...used.flatMap(figure => [
        h('dt', {}, `${figure.title}${figure.unit ? `, ${figure.unit}` : ''}`), h('dd', {}, figure.says)])))));
  }

  about();
  overview();
  document.getElementById('scenarios').append(...DATA.scenarios.map(section));
  glossary();

  // Drawn when they come near, and anew when the colours change.
  const drawn = new Map();
  const near = new IntersectionObserver(entries => entries.filter(({ isIntersecting }) => isIntersecting)
    .forEach(({ target }) => { if (!drawn.has(target)) drawn.set(target, target.draw()); }), { rootMargin: '600px' });
  document.querySelectorAll('.plots > .card').forEach(card => near.observe(card));
  dark.addEventListener('change', () => {
    for (const [card, ends] of drawn) {
      ends.forEach(end => end());
      card.undraw();
      drawn.set(card, card.draw());
    }
    document.querySelectorAll('details').forEach(details => details.keys?.());
  });
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
