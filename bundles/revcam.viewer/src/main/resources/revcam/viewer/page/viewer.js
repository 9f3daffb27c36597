import { WhepSession, Refusal } from './whep.js';
import { Figures, describe } from './figures.js';
import { StripReader, ServerClock } from './latency.js';

// The offer is on its way before anything is drawn.
const query = new URLSearchParams(location.search);
const stream = query.get('stream');
const endpoint = (stream ? `/whep/${encodeURIComponent(stream)}` : '/whep') + wishes();
const token = keptToken();
let prepared = new WhepSession();

const FIRST_FRAME_MILLIS = 8_000;
const RESTART_MILLIS = 3_000;
const STALL_MILLIS = 1_500;
const RESTART_AFTER_MILLIS = 3_000;
const DEAD_MILLIS = 12_000;
const BACKOFF_MILLIS = { first: 500, most: 5_000 };
const AGAIN_MILLIS = 1_000;
const QUIET_MILLIS = 3_000;
const REPORT_MILLIS = 5_000;

const element = (id) => document.getElementById(id);
const video = element('video');

/** What the page was opened with that is the server's to understand: ?engine=libwebrtc&codec=VP9. */
function wishes() {
  const known = ['engine', 'codec'].filter((name) => query.get(name));
  return known.length ? `?${new URLSearchParams(known.map((name) => [name, query.get(name)]))}` : '';
}

/**
 * Keeps a session going for as long as the page is open; where the camera says that another engine serves, the next one is
 * there before the last one ends. States, shown as data-state of the body: connecting, live,
 * paused (the camera says why), lost (tries again by itself), locked (needs a token), blocked (the browser wants a
 * tap).
 */
const player = {
  state: 'connecting',
  session: null,
  next: null, // takes over from session once it has a picture
  over: null, // a session that the camera has ended
  joined: 0,
  darkSince: 0, // the last picture of the session before this one, 0 once there is one of this
  gap: {},
  failures: 0,
  timer: 0,
  restarting: false,
  framesDecoded: -1,
  lastFrame: 0,
  lastReport: 0,
  figures: null,

  async connect() {
    clearTimeout(this.timer);
    this.session?.close();
    const session = prepared ?? new WhepSession();
    prepared = null;
    this.take(session);
    if (this.state !== 'paused') {
      this.show('connecting');
    }
    session.peer.addEventListener('track', ({ track }) => {
      if (session === this.session) {
        video.srcObject = new MediaStream([track]);
        start();
      }
    });
    try {
      await this.begin(session, endpoint);
      if (session === this.session) {
        this.timer = setTimeout(() => this.onSilence(session), FIRST_FRAME_MILLIS);
      }
    } catch (error) {
      if (session === this.session) {
        this.onFailure(error);
      }
    }
  },

  take(session) {
    this.session = session;
    this.joined = performance.now();
    this.restarting = false;
    this.framesDecoded = -1;
    this.lastFrame = performance.now();
    this.figures = new Figures();
  },

  async begin(session, at) {
    session.peer.addEventListener('connectionstatechange', () => this.onConnectionState(session));
    await session.start(at, token.value, AbortSignal.timeout(10_000));
    const { transport } = session.receiver;
    transport?.addEventListener('statechange', () => {
      if (transport.state === 'closed' || transport.state === 'failed') {
        this.onGoodbye(session);
      }
    });
  },

  /** Another engine is to serve: a session beside this one takes over when it has a picture. If it gets none, all stays. */
  async move() {
    const from = this.session;
    if (this.next || !from?.id) {
      return;
    }
    const to = new WhepSession();
    this.next = to;
    const rehearsal = document.createElement('video');
    rehearsal.muted = true;
    rehearsal.playsInline = true;
    const picture = new Promise((resolve, reject) => {
      to.peer.addEventListener('track', ({ track }) => {
        rehearsal.srcObject = new MediaStream([track]);
        rehearsal.play().catch(reject);
      });
      rehearsal.addEventListener('loadeddata', resolve, { once: true });
      setTimeout(reject, FIRST_FRAME_MILLIS + 10_000);
    });
    picture.catch(() => {}); // told below, if it is waited for
    try {
      const at = new URL(endpoint, location.href);
      at.searchParams.set('replaces', from.id);
      await this.begin(to, at.href);
      await picture;
      if (from === this.session) {
        this.leavePicture(from);
        clearTimeout(this.timer);
        this.take(to);
        video.srcObject = rehearsal.srcObject;
        start();
        from.close();
      }
    } catch {
      // The next figures are answered as these were.
    }
    rehearsal.srcObject = null;
    this.next = null;
    if (to !== this.session) {
      to.close();
      if (from === this.session && from === this.over) {
        this.connect();
      }
    }
  },

  /** The far end closed the path. If it says why, nothing has failed. */
  async onGoodbye(session) {
    if (session === this.session) {
      const { ended } = await session.report({});
      if (session !== this.session) {
        return;
      }
      if (ended) {
        this.again(session);
      } else {
        this.onFailure(new Error('the camera ended the session'));
      }
    }
  },

  /** Joins again at once, unless it has only just done so. */
  again(session) {
    this.over = session;
    if (!this.next) {
      this.leavePicture(session);
      this.retryIn(Math.max(0, this.joined + AGAIN_MILLIS - performance.now()));
    }
  },

  /** The picture that is there stays in place of the video until the next session has one. */
  leavePicture(session) {
    const [last] = session.receiver.getSynchronizationSources?.() ?? [];
    this.darkSince = last ? last.timestamp - performance.timeOrigin : performance.now();
    keepPicture();
  },

  onPicture() {
    element('last').hidden = true;
    if (this.darkSince) {
      const millis = Math.max(0, performance.now() - this.darkSince);
      this.darkSince = 0;
      this.gap = { switchGap: millis / 1_000 };
      element('said').textContent = `Another engine serves; no picture for ${Math.round(millis)} ms`;
    }
  },

  onFrame() {
    this.lastFrame = performance.now();
    if (this.state !== 'live' && this.state !== 'blocked') {
      clearTimeout(this.timer);
      this.failures = 0;
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        this.onPicture();
      }
      this.show('live');
    }
  },

  onFailure(error) {
    this.darkSince = 0;
    if (this.framesDecoded > 0) {
      keepPicture();
    }
    this.session?.close();
    this.session = null;
    const status = error instanceof Refusal ? error.status : 0;
    if (status === 401) {
      this.show('locked', token.value ? error.message : 'Enter the token that the camera showed at its first start.');
      return;
    }
    if (status === 503) {
      this.show('paused', error.message);
      this.retryIn(Math.max(1_000, 1_000 * error.retryAfterSeconds));
      return;
    }
    this.failures++;
    const backoff = Math.min(BACKOFF_MILLIS.most, BACKOFF_MILLIS.first * 2 ** (this.failures - 1));
    const wait = Math.max(1_000 * (error.retryAfterSeconds ?? 0), backoff * (0.5 + Math.random() / 2));
    this.show('lost',
      status ? error.message : 'The camera does not answer. Is it on, and is this device in its network?');
    this.retryIn(wait);
  },

  retryIn(millis) {
    clearTimeout(this.timer);
    const due = performance.now() + millis;
    const tick = () => {
      const left = due - performance.now();
      if (left <= 0) {
        this.connect();
        return;
      }
      if (this.state === 'lost') {
        say(`Lost, retrying in ${Math.ceil(left / 1_000)} s`);
      }
      this.timer = setTimeout(tick, Math.min(left, 250));
    };
    tick();
  },

  /** Whatever wakes the page is a reason not to wait any longer. */
  retryNow() {
    if (this.state === 'lost' || (this.state === 'paused' && !this.session)) {
      this.connect();
    }
  },

  onConnectionState(session) {
    if (session !== this.session) {
      return;
    }
    const { connectionState } = session.peer;
    if (connectionState === 'disconnected') {
      this.restart(session);
    } else if (connectionState === 'failed' && !this.restarting) {
      this.onFailure(new Error(connectionState));
    } else if (connectionState === 'closed') {
      this.onFailure(new Error(connectionState));
    }
  },

  /** The path broke: a new one for the same session is cheaper than a new session, if the server still knows it. */
  async restart(session) {
    if (this.restarting) {
      return;
    }
    this.restarting = true;
    this.show('connecting');
    try {
      await session.restartIce(AbortSignal.timeout(RESTART_MILLIS));
      setTimeout(() => {
        if (session === this.session && session.peer.connectionState !== 'connected') {
          this.onFailure(new Error('no path after the restart'));
        }
        this.restarting = false;
      }, RESTART_MILLIS);
    } catch (error) {
      if (session === this.session && error.status === 410) {
        this.again(session);
      } else if (session === this.session) {
        this.onFailure(error.status === 401 ? error : new Error(error.message));
      }
    }
  },

  /** Connected, but no pictures: the camera knows whether that is meant. */
  async onSilence(session) {
    const [status, { ended, rejoin }] = await Promise.all([streamStatus(), session.report({})]);
    if (session === this.session && ended) {
      this.again(session);
      return;
    }
    if (session === this.session && rejoin) {
      this.move();
    }
    if (session !== this.session || performance.now() - this.lastFrame < STALL_MILLIS) {
      return;
    }
    const silence = performance.now() - this.lastFrame;
    if (status?.state === 'paused' || status?.state === 'starting') {
      this.show('paused', status.reason || 'A stage of the stream is starting.');
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.onSilence(session), 2_000);
    } else if (!status || status.state === 'idle' || silence > DEAD_MILLIS || this.state === 'connecting') {
      this.onFailure(new Error('no pictures'));
    } else if (silence > RESTART_AFTER_MILLIS) {
      this.restart(session);
    }
  },

  show(state, text = '') {
    this.state = state;
    document.body.dataset.state = state;
    document.body.dataset.reason = text;
    const titles = {
      connecting: 'Connecting', live: 'Live', paused: 'Paused', lost: 'Connection lost', locked: 'Token needed',
      blocked: 'Ready',
    };
    say(state === 'paused' && text ? `Paused: ${text}` : titles[state]);
    const hasPicture = video.videoWidth > 0 || !element('last').hidden;
    element('notice').hidden = state === 'live' || (state === 'connecting' && hasPicture);
    element('notice-title').textContent = titles[state];
    element('notice-text').textContent = text;
    element('retry').hidden = state !== 'lost';
    element('play').hidden = state !== 'blocked';
    element('token-form').hidden = state !== 'locked';
    if (state === 'locked') {
      element('token').focus();
    }
    element('snapshot').disabled = !video.videoWidth;
    stir();
  },
};

function say(text) {
  const line = element('state-text');
  if (line.textContent !== text) {
    line.textContent = text;
  }
}

/** A video without a session turns black; the last picture stays until there is a next. */
function keepPicture() {
  if (!video.videoWidth) {
    return;
  }
  const last = element('last');
  last.width = video.videoWidth;
  last.height = video.videoHeight;
  last.getContext('2d').drawImage(video, 0, 0);
  last.hidden = false;
}

/** Browsers that save power may want a tap even for a muted picture. */
async function start() {
  try {
    await video.play();
  } catch (error) {
    if (error.name === 'NotAllowedError') {
      player.show('blocked', 'This browser waits for a tap before it plays.');
    }
  }
}

/** The stream's status; null when the camera does not answer, undefined when it does not say. */
async function streamStatus() {
  try {
    const response = await fetch('/api/streams', { headers: token.header(), signal: AbortSignal.timeout(4_000) });
    const { streams } = await response.json();
    return streams?.find((each) => (stream ? each.name === stream : each.default));
  } catch {
    return null;
  }
}

/** The token comes in the address's fragment, which no server sees, and stays with the browser. */
function keptToken() {
  const key = 'revcam.token';
  let value = '';
  try {
    value = localStorage.getItem(key) ?? '';
  } catch {
    // a browser that keeps nothing asks every time
  }
  const kept = {
    get value() {
      return value;
    },
    keep(fresh) {
      value = fresh;
      try {
        localStorage.setItem(key, fresh);
      } catch {
        // see above
      }
    },
    header: () => (value ? { Authorization: `Bearer ${value}` } : {}),
  };
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given) {
    kept.keep(given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return kept;
}

// ---- Figures -------------------------------------------------------------------------------------------------------

const overlay = {
  isOpen: false,
  clock: new ServerClock(),
  strip: null,
  latencies: [],
  lastStrip: 0,
  synchronised: 0,

  toggle() {
    this.isOpen = !this.isOpen;
    element('figures').hidden = !this.isOpen;
    element('info').setAttribute('aria-pressed', String(this.isOpen));
    document.body.classList.toggle('figures', this.isOpen);
    if (this.isOpen) {
      this.latencies = [];
      this.strip ??= new StripReader();
      this.synchronise();
      this.watch();
      watchdog();
    }
  },

  async synchronise() {
    this.synchronised = performance.now();
    await this.clock.synchronise('/api/time', token.header()).catch(() => {});
  },

  /** A few frames a second are read, and none while nobody looks. */
  watch() {
    if (this.isOpen && video.requestVideoFrameCallback) {
      video.requestVideoFrameCallback((now) => {
        if (now - this.lastStrip > 90 && this.clock.isKnown) {
          this.lastStrip = now;
          const strip = this.strip.read(video);
          this.latencies = strip ? [...this.latencies.slice(-9), this.clock.since(strip.captured)] : [];
        }
        this.watch();
      });
    }
  },

  /** Of the last pictures, in seconds; known only while somebody looks. */
  latency() {
    const sorted = [...this.latencies].sort((a, b) => a - b);
    return this.isOpen && sorted.length ? { latency: Math.max(0, sorted[sorted.length >> 1]) / 1_000 } : {};
  },

  draw(figures) {
    for (const [name, text] of Object.entries(describe(figures))) {
      element(`figure-${name}`).textContent = text;
    }
    const sorted = [...this.latencies].sort((a, b) => a - b);
    const error = Math.ceil(this.clock.errorMillis ?? 0);
    element('figure-latency').textContent = sorted.length
      ? `${Math.round(sorted[sorted.length >> 1])} ms ± ${error}` : 'unknown';
    if (performance.now() - this.synchronised > 60_000) {
      this.synchronise();
    }
  },
};

/** Once a second: are frames still decoded, also while the page is in the background? */
async function watchdog() {
  const { session } = player;
  if (!session || session.peer.connectionState !== 'connected') {
    return;
  }
  const figures = await player.figures.read(session.receiver).catch(() => null);
  if (!figures || session !== player.session) {
    return;
  }
  if (overlay.isOpen) {
    overlay.draw(figures);
  }
  if (performance.now() - player.lastReport >= REPORT_MILLIS) {
    player.lastReport = performance.now();
    const { gap } = player;
    player.gap = {};
    const { rejoin, ended } = await session.report({ ...figures.report, ...overlay.latency(), ...gap });
    if (session !== player.session) {
      return;
    }
    if (ended) {
      player.again(session);
      return;
    }
    if (rejoin) {
      player.move();
    }
  }
  if (figures.framesDecoded !== player.framesDecoded) {
    player.framesDecoded = figures.framesDecoded;
    if (figures.framesDecoded > 0) {
      player.onFrame();
    }
  } else if (player.state === 'live' && performance.now() - player.lastFrame > STALL_MILLIS) {
    player.onSilence(session);
  }
}
setInterval(watchdog, 1_000);

// ---- Controls ------------------------------------------------------------------------------------------------------

async function snapshot() {
  if (!video.videoWidth) {
    return;
  }
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d').drawImage(video, 0, 0);
  const blob = await new Promise((resolve) => { canvas.toBlob(resolve, 'image/png'); });
  const taken = new Date();
  const local = new Date(taken - 60_000 * taken.getTimezoneOffset()).toISOString().slice(0, 19).replaceAll(':', '-');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = `revcam-${stream ?? 'main'}-${local}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  element('flash').classList.remove('on');
  void element('flash').offsetWidth; // begins the animation anew
  element('flash').classList.add('on');
  element('said').textContent = `Snapshot saved as ${link.download}`;
}

function fullScreen() {
  const stage = element('stage');
  if (document.fullscreenElement) {
    document.exitFullscreen();
  } else if (stage.requestFullscreen) {
    stage.requestFullscreen({ navigationUI: 'hide' }).catch(() => {});
  } else {
    video.webkitEnterFullscreen?.(); // iPhones: the video alone
  }
}

let quiet = 0;

/** Shows the controls; they go away again by themselves while the picture is live. */
function stir() {
  document.body.classList.remove('quiet');
  clearTimeout(quiet);
  quiet = setTimeout(() => document.body.classList.toggle('quiet', player.state === 'live'), QUIET_MILLIS);
}

const commands = { i: () => overlay.toggle(), s: snapshot, f: fullScreen };

addEventListener('keydown', (event) => {
  stir();
  const typing = event.target instanceof HTMLInputElement;
  if (!typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    commands[event.key.toLowerCase()]?.();
  }
});
for (const type of ['pointermove', 'pointerdown', 'focusin']) {
  addEventListener(type, stir, { passive: true });
}
element('info').addEventListener('click', commands.i);
element('snapshot').addEventListener('click', commands.s);
element('fullscreen').addEventListener('click', commands.f);
element('retry').addEventListener('click', () => player.retryNow());
element('play').addEventListener('click', () => {
  player.show('connecting');
  start();
});
element('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  token.keep(element('token').value.trim());
  element('token').value = '';
  player.connect();
});

const stage = element('stage');
element('fullscreen').hidden = !stage.requestFullscreen && !video.webkitEnterFullscreen;
document.addEventListener('fullscreenchange', () => {
  element('fullscreen').setAttribute('aria-pressed', String(Boolean(document.fullscreenElement)));
});
if (stream) {
  element('name').textContent = stream;
  element('name').hidden = false;
  document.title = `${stream} – RevCam`;
}

// ---- Comings and goings --------------------------------------------------------------------------------------------

video.addEventListener('loadeddata', () => {
  player.onPicture();
  player.onFrame();
});
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') {
    player.retryNow();
    if (video.paused && video.srcObject) {
      start();
    }
  }
});
addEventListener('online', () => player.retryNow());
addEventListener('pagehide', () => {
  clearTimeout(player.timer);
  player.session?.close();
  player.next?.close();
  player.session = null;
});
addEventListener('pageshow', (event) => {
  if (event.persisted) {
    player.connect();
  }
});

player.connect();
