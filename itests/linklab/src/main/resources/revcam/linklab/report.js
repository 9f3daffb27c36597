'use strict';
(() => {
  const rate = kbps => missing(kbps) ? '–' : kbps >= 995 ? `${(kbps / 1000).toFixed(2)} M` : `${kbps} k`;

  const passed = run => run.verdicts.every(verdict => verdict.holds);
  const judged = run => run.verdicts.length > 0;
  const verdictClass = run => !judged(run) ? 'none' : passed(run) ? 'good' : 'bad';
  const missed = (run, figure) => run.verdicts.some(verdict => verdict.figure === figure && !verdict.holds);
  const why = run => run.verdicts.map(({ holds, figure, value, limit, why: reason }) =>
    `${holds ? 'kept' : 'missed'}: ${figure} ${number(value, 3)}, ${limit}${reason ? ` (${reason})` : ''}`).join('\n');

  // ---- in front

  function about() {
    const judgedRuns = DATA.cases.flatMap(one => one.runs).filter(judged);
    const kept = judgedRuns.filter(passed).length;
    document.getElementById('about').append(
      h('p', {}, `${DATA.cases.length} cases, ${DATA.controllers.length} controllers, seed ${DATA.seed}. `
        + `${kept} of ${judgedRuns.length} runs that have thresholds keep them all.`),
      h('p', {}, 'Each cell: how much of the capacity was used in the last ten seconds of the worst phase; the 95th '
        + 'percentile of the queue delay, three seconds after each fall of the capacity left out; packets lost. What '
        + 'shares a link also has the slowest flow’s throughput against the fastest’s, or ours against TCP’s.'),
      h('div', { class: 'keys' },
        ...Object.entries({ good: 'keeps its thresholds', bad: 'misses one', none: 'for comparison, no threshold' })
          .map(([kind, says]) => {
            const box = h('i', { class: 'box' });
            box.style.background = `var(--${kind})`;
            return h('span', {}, box, says);
          })));
  }

  function cell(run) {
    if (!run) return h('td', { class: 'none' }, '–');
    const f = run.figures;
    const part = (figure, says, small) => h('span', {
      class: `${missed(run, figure) ? 'missed ' : ''}${small ? 'small' : 'big'}` }, says);
    const compared = f.throughputRatio !== null ? part('throughputRatio', `ratio ${number(f.throughputRatio, 2)}`, true)
      : f.againstTcp !== null ? part('againstTcp', `TCP ×${number(f.againstTcp, 2)}`, true) : null;
    const slow = missed(run, 'convergenceSeconds')
      ? part('convergenceSeconds', `slow: ${number(f.convergenceSeconds, 1)} s`, true) : null;
    return h('td', { class: verdictClass(run), title: why(run) },
      part('utilisationLast10', percent(f.utilisationLast10)), h('br'),
      part('queueP95Settled', `${number(f.queueP95Settled)} ms`, true), ' · ',
      part('lossShare', percent(f.lossShare, 1), true),
      ...[compared, slow].filter(Boolean).flatMap(node => [h('br'), node]));
  }

  const runOf = (one, controller) => one.runs.find(run => run.figures.controller === controller);

  function summary() {
    document.getElementById('summary').append(h('div', { class: 'card scroll' }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col' }, 'Case'),
        ...DATA.controllers.map(name => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, ...DATA.cases.map(one => h('tr', {},
        h('th', { scope: 'row' }, h('b', {}, h('a', { href: `#case-${one.id}` }, one.id)), h('span', {}, one.title)),
        ...DATA.controllers.map(name => cell(runOf(one, name)))))))));
  }

  // ---- one case

  const COLUMNS = [
    ['used, last 10 s', 'utilisationLast10', f => percent(f.utilisationLast10)],
    ['used in all', 'utilisation', f => percent(f.utilisation)],
    ['queue p50', 'queueP50', f => `${number(f.queueP50)} ms`],
    ['queue p95', 'queueP95', f => `${number(f.queueP95)} ms`],
    ['… settled', 'queueP95Settled', f => `${number(f.queueP95Settled)} ms`],
    ['lost', 'lossShare', f => percent(f.lossShare, 2)],
    ['after repair', 'lossAfterRepairShare', f => percent(f.lossAfterRepairShare, 2)],
    ['converged', 'convergenceSeconds', f => `${number(f.convergenceSeconds, 1)} s`],
    ['oscillations', 'oscillations', f => number(f.oscillations)],
    ['latency p50', 'latencyP50', f => `${number(f.latencyP50)} ms`],
    ['latency p95', 'latencyP95', f => `${number(f.latencyP95)} ms`],
    ['frozen', 'freezeSeconds', f => `${number(f.freezeSeconds, 1)} s`],
    ['ratio', 'throughputRatio', f => number(f.throughputRatio, 2)],
    ['Jain 1/5/20 s', 'fairness5', f => f.fairness1 === null ? '–'
      : [f.fairness1, f.fairness5, f.fairness20].map(value => number(value, 2)).join(' ')],
    ['vs. TCP', 'againstTcp', f => number(f.againstTcp, 2)],
  ];

  function figures(one) {
    const columns = COLUMNS.filter(([, figure]) => one.runs.some(run => run.figures[figure] !== null));
    return h('div', { class: 'card scroll' }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', {}, 'Controller'), ...columns.map(([title]) => h('th', {}, title)))),
      h('tbody', {}, ...one.runs.map(run => h('tr', { title: why(run) },
        h('th', { scope: 'row' }, run.figures.controller),
        ...columns.map(([, figure, format]) =>
          h('td', { class: missed(run, figure) ? 'missed' : undefined }, format(run.figures))))))));
  }

  /** What is drawn of a run: label, colour, values; the first is the capacity. */
  function curves(run) {
    const p = run.plotted;
    const colours = palette();
    const list = [{ label: 'capacity', colour: colours.capacity, values: p.capacity, area: true }];
    if (p.capacityBack) {
      list.push({ label: 'capacity back', colour: colours.capacity, values: p.capacityBack, dash: [3, 3] });
    }
    const media = p.lines.filter(line => line.media);
    if (media.length === 1) {
      list.push({ label: 'target', colour: colours.target, values: media[0].target, dash: [6, 3] },
        { label: 'sent', colour: colours.sent, values: media[0].sent },
        { label: 'received', colour: colours.received, values: media[0].received });
    } else {
      media.forEach((line, i) => {
        const colour = colours.flows[i];
        if (media.length === 2) {
          list.push({ label: `${line.name} target`, colour, values: line.target, dash: [6, 3], width: 1 });
        }
        list.push({ label: media.length === 2 ? `${line.name} received` : line.name, colour, values: line.received });
      });
    }
    p.lines.filter(line => !line.media)
      .forEach(line => list.push({ label: line.name, colour: colours.tcp, values: line.received }));
    return list;
  }

  function legend(run) {
    return curves(run).map(curve => {
      const swatch = h('i', { class: curve.area ? 'area' : curve.dash ? 'dashed' : '' });
      swatch.style[curve.area ? 'background' : 'borderColor'] = curve.colour;
      return h('span', {}, swatch, curve.label);
    });
  }

  function plot(host, one, run, spec) {
    const p = run.plotted;
    const times = p.capacity.map((_, i) => (i + 1) * p.stepSeconds);
    const output = h('output');
    const box = h('div');
    host.append(h('div', { class: 'what' }, h('span', {}, spec.what), output), box);
    const axis = { stroke: style('--soft'), font: '11px system-ui, sans-serif', ticks: { show: false },
      grid: { stroke: style('--grid'), width: 1 } };
    const show = index => {
      output.textContent = index === null || index === undefined ? ''
        : `${times[index].toFixed(0)} s  ` + spec.curves.filter(curve => !curve.area || spec.curves.length < 5)
          .map(curve => spec.format(curve.values[index])).join(' · ');
    };
    const size = () => ({ width: Math.max(200, host.clientWidth), height: spec.height });
    const drawn = new uPlot({
      ...size(),
      padding: [6, 8, spec.last ? 0 : 6, 0],
      legend: { show: false },
      cursor: { sync: { key: one.id }, y: false, points: { size: 5 }, drag: { setScale: false } },
      scales: { x: { time: false, range: [0, one.seconds] }, y: { range: [0, spec.top] } },
      axes: [
        { ...axis, size: spec.last ? 24 : 0, gap: 4, show: spec.last,
          values: (_, splits) => splits.map(at => `${at} s`) },
        { ...axis, size: 46, gap: 4, space: 26, values: (_, splits) => splits.map(spec.tick) },
      ],
      series: [{}, ...spec.curves.map(curve => ({
        stroke: curve.colour, width: curve.width ?? 1.5, dash: curve.dash, points: { show: false },
        fill: curve.area || curve.filled ? `${curve.colour}2e` : undefined,
        paths: curve.area || curve.dash?.[0] === 3 ? uPlot.paths.stepped({ align: -1 }) : undefined,
      }))],
      hooks: { setCursor: [plotted => show(plotted.cursor.idx)] },
    }, [times, ...spec.curves.map(curve => curve.values)], box);
    const observer = new ResizeObserver(() => drawn.setSize(size()));
    observer.observe(host);
    return () => { observer.disconnect(); drawn.destroy(); };
  }

  const most = lists => Math.max(1, ...lists.map(list => Math.max(...list)));

  function plots(one) {
    // One scale for all controllers of a case, so that they compare at a glance.
    const capacity = most(one.runs.map(run => run.plotted.capacity));
    const rates = most(one.runs.flatMap(run => curves(run).map(curve => curve.values)));
    const topRate = 1.05 * Math.min(rates, 1.6 * capacity);
    const queues = one.runs.map(run => [...run.plotted.queue].sort((a, b) => a - b));
    const topQueue = Math.max(60, ...queues.map(sorted => 1.1 * sorted[Math.floor(0.99 * (sorted.length - 1))]));
    const topLoss = Math.max(5, Math.min(100, 1.1 * most(one.runs.map(run => run.plotted.loss))));
    return h('div', { class: 'plots' }, ...one.runs.map(run => {
      const badge = h('span', { class: `badge ${verdictClass(run)}`, title: why(run) },
        !judged(run) ? 'no threshold' : passed(run) ? 'kept' : 'missed');
      const hosts = [0, 1, 2].map(() => h('div', { class: 'plot' }));
      const card = h('div', { class: 'card' }, h('h3', {}, run.figures.controller, badge), ...hosts);
      card.draw = () => {
        const colours = palette();
        return [
          plot(hosts[0], one, run, { what: 'rate, bit/s', height: 190, top: topRate, curves: curves(run), format: rate,
            tick: at => at >= 1000 ? `${at / 1000} M` : at === 0 ? '0' : `${at} k` }),
          plot(hosts[1], one, run, { what: 'queue delay, ms', height: 92, top: topQueue, tick: String,
            format: value => `${value} ms`,
            curves: [{ colour: colours.queue, values: run.plotted.queue, filled: true }] }),
          plot(hosts[2], one, run, { what: 'packets lost, %', height: 92, top: topLoss, tick: String, last: true,
            format: value => `${value} %`,
            curves: [{ colour: colours.loss, values: run.plotted.loss, filled: true }] }),
        ];
      };
      card.undraw = () => hosts.forEach(host => host.replaceChildren());
      return card;
    }));
  }

  // Drawn when they come near, and anew when the colours change.
  const NEAR = 600;
  const drawn = new Map();
  const drawOnce = card => {
    if (!drawn.has(card)) drawn.set(card, card.draw());
  };
  const near = new IntersectionObserver(entries =>
    entries.filter(({ isIntersecting }) => isIntersecting).forEach(({ target }) => drawOnce(target)),
  { rootMargin: `${NEAR}px` });

  function redraw() {
    for (const [card, ends] of drawn) {
      ends.forEach(end => end());
      card.undraw();
      drawn.set(card, card.draw());
    }
    document.querySelectorAll('section').forEach(section => section.keys());
  }

  function section(one) {
    const keys = h('div', { class: 'keys' });
    const grid = plots(one);
    const element = h('section', { id: `case-${one.id}` },
      h('header', {}, h('span', { class: 'id' }, one.id), h('h2', {}, one.title),
        h('span', { class: 'origin' }, one.origin)),
      figures(one), keys, grid);
    element.keys = () => keys.replaceChildren(...legend(one.runs[0]));
    element.keys();
    return element;
  }

  about();
  summary();
  document.getElementById('cases').append(...DATA.cases.map(section));
  const cards = [...document.querySelectorAll('.plots > .card')];
  cards.filter(card => card.getBoundingClientRect().top < window.innerHeight + NEAR).forEach(drawOnce);
  cards.forEach(card => near.observe(card));
  dark.addEventListener('change', redraw);
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
})();
