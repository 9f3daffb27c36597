import { bits, h, keyed, milliseconds, post, Refusal, short, text } from './dom.js';

const STANDINGS = {
  SERVING: 'Serving', STARTING: 'Starting', READY: 'Ready', RESTING: 'Resting', QUARANTINED: 'Quarantined',
  EXCLUDED: 'Excluded',
};
const STREAM_STATES = { LIVE: 'Live', IDLE: 'Idle', STARTING: 'Starting', PAUSED: 'Paused' };
/** Exporters serve side by side, and a transport serves new viewers only: there is nothing to compare. */
const WITHOUT_TRIALS = ['engine', 'exporter', 'transport'];
const TRIAL_SECONDS = [5, 10, 20, 30, 60, 120, 300, 600];

function length(seconds) {
  return seconds < 120 ? `${seconds} s` : `${seconds / 60} min`;
}

/** A stage in one word, and what colour that has. */
function condition(stage) {
  if (stage.trial) {
    return ['On trial', 'starting'];
  }
  if (stage.serving.length === 0) {
    return stage.providers.some(provider => provider.standing === 'STARTING') ? ['Starting', 'starting'] : ['Missing', 'bad'];
  }
  return stage.problem ? ['In trouble', 'resting'] : ['Serving', 'serving'];
}

function pill() {
  const word = h('span');
  const element = h('span', { class: 'pill' }, h('i', { 'aria-hidden': 'true' }), word);
  return { element, set(value, kind) { text(word, value); element.dataset.kind = kind; } };
}

/** Runs what a button asks for; meanwhile its place is busy, and afterwards says how it went. */
async function run(place, message, action, body, done) {
  place.setAttribute('aria-busy', 'true');
  place.classList.add('busy');
  say(message, '', '');
  try {
    const { value, status } = await post(action, body);
    const [kind, sentence] = done(value, status);
    say(message, kind, sentence);
    return true;
  } catch (e) {
    say(message, 'bad', e instanceof Refusal ? e.message : String(e));
    return false;
  } finally {
    place.removeAttribute('aria-busy');
    place.classList.remove('busy');
  }
}

function say(message, kind, sentence) {
  message.dataset.kind = kind;
  text(message, sentence);
}

function howItWent(replacement, status) {
  if (status === 202) {
    return ['', 'Under way; the log below will say how it ends.'];
  }
  if (!replacement.succeeded) {
    return ['bad', replacement.detail || 'It failed; the old one goes on.'];
  }
  const gap = replacement.gap === null ? '' : ` with a gap of ${milliseconds(replacement.gap)}`;
  return ['good', `${replacement.to || 'Nobody'} serves, after ${milliseconds(replacement.took)}${gap}.`];
}

/** A name stays while the source behind it changes; two bundles can bring the same one. */
function numbered(providers) {
  const times = new Map();
  return providers.map(provider => {
    times.set(provider.name, (times.get(provider.name) ?? 0) + 1);
    return { ...provider, id: `${provider.name} ${times.get(provider.name)}` };
  });
}

/** One provider in a stage's control. */
class ProviderRow {
  constructor(control) {
    this.control = control;
    this.pill = pill();
    this.name = h('strong');
    this.bundle = h('span', { class: 'fine' });
    this.why = h('p', { class: 'why' });
    this.buttons = h('div', { class: 'buttons' });
    this.form = h('div');
    this.message = h('p', { class: 'message', role: 'status', hidden: true });
    this.element = h('li', { class: 'provider' },
      h('div', { class: 'about' },
        h('div', { class: 'line' }, this.name, this.pill.element), this.bundle, this.why),
      this.buttons, this.form, this.message);
  }

  update(provider) {
    this.provider = provider;
    text(this.name, provider.label);
    this.pill.set(STANDINGS[provider.standing] ?? provider.standing, provider.standing.toLowerCase());
    text(this.bundle, provider.bundle);
    text(this.why, provider.why);
    const wanted = this.possible(provider);
    if (this.wanted !== wanted.join()) {
      this.wanted = wanted.join();
      this.buttons.replaceChildren(...wanted.map(name => this.button(name)));
    }
  }

  possible({ standing, source }) {
    const { role, serving } = this.control;
    if (standing === 'QUARANTINED') {
      return ['release'];
    }
    if (standing !== 'SERVING') {
      return WITHOUT_TRIALS.includes(role) ? ['swap', 'quarantine'] : ['swap', 'trial', 'quarantine'];
    }
    return serving > 1 ? ['only', 'quarantine'] : source ? ['source', 'quarantine'] : ['quarantine'];
  }

  button(name) {
    switch (name) {
      case 'swap': return h('button', { type: 'button', class: 'primary', onclick: () => this.askSwap() }, 'Use it');
      case 'only': return h('button', { type: 'button', onclick: () => this.askSwap() }, 'Use only it');
      case 'source': return h('button', { type: 'button', onclick: () => this.askSwap() }, 'Other source…');
      case 'trial': return h('button', { type: 'button', onclick: () => this.askTrial() }, 'Trial…');
      case 'release': return h('button', { type: 'button', class: 'primary', onclick: () => this.act('release', {},
        () => ['good', 'Released.']) }, 'Release');
      default: return h('button', { type: 'button', class: 'danger', onclick: () => this.askReason() }, 'Quarantine…');
    }
  }

  act(action, more, done) {
    return run(this.element, this.message, action,
      { ...this.control.address, provider: this.provider.label, ...more }, done);
  }

  close() {
    this.form.replaceChildren();
  }

  ask(label, input, verb, kind, submit) {
    const form = h('form', { class: 'ask', onsubmit: async event => {
      event.preventDefault();
      if (await submit(input.value.trim())) {
        this.close();
      }
    } },
    h('label', {}, label, input),
    h('button', { class: kind }, verb),
    h('button', { type: 'button', onclick: () => this.close() }, 'Cancel'));
    this.form.replaceChildren(form);
    input.focus();
  }

  askSwap() {
    if (this.control.role !== 'capture') {
      this.close();
      this.act('swap', {}, howItWent);
      return;
    }
    // A capture brings its source along, which may be another one than before.
    this.ask('Source, if it has one', h('input', { type: 'text', value: this.provider.source, maxlength: 500,
      placeholder: 'such as clip.mp4', autocapitalize: 'off', spellcheck: 'false' }), 'Use it', 'primary',
    source => this.act('swap', { provider: source ? `${this.provider.name}:${source}` : this.provider.name }, howItWent));
  }

  askTrial() {
    const choice = h('select', {}, ...TRIAL_SECONDS.map(seconds =>
      h('option', { value: seconds, selected: seconds === 20 }, length(seconds))));
    this.ask('For how long', choice, 'Start', 'primary', seconds =>
      this.act('trial', { seconds: Number(seconds) }, (report, status) => status === 202
        ? ['', ''] : [report.passed ? 'good' : 'bad', report.verdict]));
  }

  askReason() {
    this.ask('Why', h('input', { type: 'text', required: true, maxlength: 200, placeholder: 'a few words for later' }),
      'Quarantine', 'danger', reason => this.act('quarantine', { reason }, () => ['good', 'Quarantined.']));
  }
}

/** What a tap on a stage opens. */
class Control {
  constructor(pipeline, stage, close) {
    this.role = stage.role;
    this.address = { pipeline, role: stage.role };
    this.rows = new Map();
    this.facts = h('p', { class: 'fine' });
    this.problem = h('p', { class: 'message', 'data-kind': 'bad', hidden: true });
    this.providers = h('ul', { class: 'providers' });
    this.bar = h('i');
    this.countdown = h('p', { role: 'timer' });
    this.trial = h('div', { class: 'trial', hidden: true }, this.countdown, h('div', { class: 'bar' }, this.bar));
    this.report = h('div');
    this.back = h('button', { type: 'button', onclick: () => this.rollBack() });
    this.message = h('p', { class: 'message', role: 'status', hidden: true });
    this.foot = h('div', { class: 'foot' }, this.back, this.message);
    this.element = h('section', { class: 'control', 'aria-label': `Control of ${stage.role}` },
      h('header', {}, h('h3', {}, stage.role), h('button', { type: 'button', class: 'quiet', 'aria-label': 'Close',
        onclick: close }, '✕')),
      this.facts, this.problem, this.trial, this.providers, this.foot, this.report);
  }

  update(stage) {
    const preference = stage.preference ? `Preference: ${stage.preference}` : '';
    text(this.facts, stage.filter ? `${preference} · filter: ${stage.filter}` : preference);
    text(this.problem, stage.problem);
    this.serving = stage.serving.length;
    keyed(this.providers, this.rows, numbered(stage.providers), provider => provider.id,
      () => new ProviderRow(this), (row, provider) => row.update(provider));
    text(this.back, stage.trial ? 'End the trial now' : 'Roll back the last change');
    this.updateTrial(stage.trial);
    this.updateReport(stage.report);
  }

  updateTrial(trial) {
    this.trial.hidden = !trial;
    if (!trial) {
      this.whole = 0;
      return;
    }
    this.whole = Math.max(this.whole ?? 0, trial.remaining);
    text(this.countdown, `${trial.provider} is on trial for ${Math.ceil(trial.remaining / 1_000)} s more; `
      + `${trial.from || 'nobody'} comes back if it is worse.`);
    this.bar.style.width = `${100 * (1 - trial.remaining / this.whole)}%`;
  }

  updateReport(report) {
    const shown = JSON.stringify(report ?? null);
    if (this.shown === shown) {
      return;
    }
    this.shown = shown;
    this.report.replaceChildren();
    if (!report) {
      return;
    }
    const cell = (label, value) => h('td', { 'data-label': label }, value);
    this.report.append(h('div', { class: 'report' },
      h('h4', {}, `Last trial: ${report.provider} against ${report.from || 'nobody'}, `
        + new Date(report.time).toLocaleTimeString()),
      h('p', { class: 'message', 'data-kind': report.passed ? 'good' : 'bad' },
        `${report.passed ? 'Passed' : 'Failed'}: ${report.verdict}`)));
    if (report.figures.length > 0) {
      this.report.firstChild.append(h('table', {},
        h('thead', {}, h('tr', {}, ...['Figure', 'Before', 'During', 'Limit', ''].map(name => h('th', {}, name)))),
        h('tbody', {}, ...report.figures.map(figure => h('tr', {},
          h('th', {}, figure.name, ' ', h('span', { class: 'fine' }, figure.unit)),
          cell('before', short(figure.before)), cell('during', short(figure.during)), cell('limit', short(figure.limit)),
          h('td', { class: figure.within ? 'good' : 'bad' }, figure.within ? '✓ within' : '✗ worse'))))));
    }
  }

  rollBack() {
    run(this.foot, this.message, 'rollback', this.address, howItWent);
  }
}

/** One stage as a box. */
class StageBox {
  constructor(stage, toggle) {
    this.role = h('span', { class: 'role' }, stage.role);
    this.name = h('span', { class: 'name' });
    this.bundle = h('span', { class: 'fine' });
    this.pill = pill();
    this.time = h('span', { class: 'time' });
    this.problem = h('span', { class: 'problem', hidden: true });
    this.button = h('button', { type: 'button', class: 'box', 'aria-expanded': 'false', onclick: toggle },
      this.role, this.name, this.bundle,
      h('span', { class: 'line' }, this.pill.element, this.time), this.problem);
    this.element = h('li', { class: 'stage' }, this.button);
  }

  update(stage) {
    const [word, kind] = condition(stage);
    this.pill.set(stage.trial ? `On trial, ${Math.ceil(stage.trial.remaining / 1_000)} s` : word, kind);
    this.button.dataset.kind = kind;
    const serving = stage.providers.filter(provider => stage.serving.includes(provider.name));
    text(this.name, serving.length > 0 ? serving.map(provider => provider.label).join(', ') : 'nobody');
    text(this.bundle, serving.map(provider => provider.bundle).join(', '));
    text(this.time, stage.perFrame === null ? ''
      : `${milliseconds(stage.perFrame)} / ${stage.role === 'exporter' ? 'batch' : 'frame'}`);
    text(this.problem, stage.problem);
  }
}

/** One pipeline: its state, its stages in a frame's order, and the control of the one that was tapped. */
export class PipelineView {
  constructor(pipeline) {
    this.pipeline = pipeline.name;
    this.boxes = new Map();
    this.state = pill();
    this.facts = h('span', { class: 'facts' });
    this.reason = h('p', { class: 'message', 'data-kind': 'bad', hidden: true });
    this.message = h('p', { class: 'message', role: 'status', hidden: true });
    this.keyframe = h('button', { type: 'button', onclick: () => run(this.head, this.message, 'keyframe',
      { pipeline: this.pipeline }, () => ['good', 'A key frame was asked for.']) }, 'Key frame now');
    this.list = h('ol', { class: 'stages' });
    this.head = h('header', {}, h('h2', {}, pipeline.name), this.state.element, this.facts, this.keyframe);
    this.element = h('section', { class: 'card pipeline', 'aria-label': `Pipeline ${pipeline.name}` },
      this.head, this.message, this.reason, this.list);
  }

  update(pipeline) {
    const { status } = pipeline;
    this.state.element.hidden = !status;
    this.keyframe.hidden = !status;
    this.element.classList.toggle('minor', !status);
    if (status) {
      this.state.set(STREAM_STATES[status.state] ?? status.state,
        { LIVE: 'serving', IDLE: 'ready', STARTING: 'starting' }[status.state] ?? 'bad');
      const viewers = status.viewers === 1 ? '1 viewer' : `${status.viewers} viewers`;
      text(this.facts, [viewers, status.width ? `${status.width}×${status.height}` : '',
        status.fps ? `${short(status.fps)} fps` : '', bits(status.bitrate)].filter(Boolean).join(' · '));
      text(this.reason, status.reason || status.reduction);
    } else {
      text(this.facts, '');
    }
    if (this.open && !pipeline.stages.some(stage => stage.role === this.open)) {
      this.toggle(this.open);
    }
    keyed(this.list, this.boxes, pipeline.stages, stage => stage.role,
      stage => new StageBox(stage, () => this.toggle(stage.role)), (box, stage) => box.update(stage));
    this.stages = pipeline.stages;
    this.control?.update(pipeline.stages.find(stage => stage.role === this.open));
  }

  toggle(role) {
    const wasOpen = this.open;
    this.control?.element.parentNode.remove();
    this.boxes.get(wasOpen)?.button.setAttribute('aria-expanded', 'false');
    this.open = undefined;
    this.control = undefined;
    const stage = this.stages.find(candidate => candidate.role === role);
    if (wasOpen !== role && stage) {
      this.open = role;
      this.control = new Control(this.pipeline, stage, () => this.toggle(role));
      this.control.update(stage);
      const box = this.boxes.get(role);
      box.button.setAttribute('aria-expanded', 'true');
      // Where boxes stand side by side, the style moves it below them.
      box.element.after(h('li', { class: 'opened', 'data-guest': '' }, this.control.element));
    }
  }
}
