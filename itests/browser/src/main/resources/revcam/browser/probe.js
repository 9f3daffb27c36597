// Runs before the page's own scripts. It notes when the page's WHEP exchanges and connections come along, and reads the
// time strip of every frame: of decoded frames through MediaStreamTrackProcessor, which misses none, for gaps; of
// presented frames through requestVideoFrameCallback for latency, which is what a person sees.
'use strict';
(() => {
  const joins = [];
  let connection = null;
  let base = null;
  let size = [0, 0];
  let strips = 0, unreadable = 0, gaps = 0, backwards = 0;
  let lastCounter = -1;
  let unpresentable = '';
  let latencies = [];

  const since = (join) => join && performance.now() - join.post;
  const newestJoin = () => joins[joins.length - 1];

  const realFetch = window.fetch;
  window.fetch = async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input, location.href);
    const method = (init.method || (input instanceof Request && input.method) || 'GET').toUpperCase();
    if (method === 'PATCH' && newestJoin()) {
      newestJoin().sent += String(init.body);
    }
    if (method !== 'POST' || !/^\/whep(\/[^/]+)?$/.test(url.pathname)) {
      return realFetch(input, init);
    }
    const join = {post: performance.now(), status: 0, sent: String(init.body)};
    joins.push(join);
    const response = await realFetch(input, init);
    join.status = response.status;
    join.answer = since(join);
    return response;
  };

  const RealConnection = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends RealConnection {
    constructor(...configuration) {
      super(...configuration);
      connection = this;
      base = null;
      lastCounter = -1;
      this.addEventListener('iceconnectionstatechange', () => {
        const join = newestJoin();
        if (join && !join.ice && ['connected', 'completed'].includes(this.iceConnectionState)) {
          join.ice = since(join);
        }
      });
      this.addEventListener('connectionstatechange', () => {
        const join = newestJoin();
        if (join && !join.dtls && this.connectionState === 'connected') {
          join.dtls = since(join);
        }
      });
      this.addEventListener('track', (event) => {
        if (event.track.kind === 'video') {
          followDecoded(event.track, newestJoin());
          followPresented(newestJoin());
        }
      });
    }
  };

  // ---- the time strip, version 1

  const SYNC = [1, 0, 1, 1, 0, 0, 1, 0];

  function crc8(bytes) {
    let crc = 0;
    for (const byte of bytes) {
      crc ^= byte;
      for (let i = 0; i < 8; i++) {
        crc = crc & 0x80 ? crc << 1 ^ 0x07 : crc << 1;
      }
      crc &= 0xff;
    }
    return crc;
  }

  // {t, n}, or null when there is no strip.
  async function read(frame) {
    const {x, y, width, height} = frame.visibleRect;
    size = [width, height];
    if (frame.format !== 'I420' && frame.format !== 'NV12') {
      throw new Error('frames come as ' + frame.format);
    }
    const rect = {x, y, width, height: Math.ceil(height / 30) * 2};
    const data = new Uint8Array(frame.allocationSize({rect}));
    const [luma] = await frame.copyTo(data, {rect});
    const cells = [];
    for (let row = 0; row < 2; row++) {
      for (let column = 0; column < 32; column++) {
        let sum = 0, count = 0;
        const fromX = Math.ceil((column + 0.25) * width / 32), toX = (column + 0.75) * width / 32;
        const fromY = Math.ceil((row + 0.25) * height / 30), toY = (row + 0.75) * height / 30;
        for (let v = fromY; v < toY; v++) {
          for (let u = fromX; u < toX; u++, count++) {
            sum += data[luma.offset + v * luma.stride + u];
          }
        }
        cells.push(sum / count);
      }
    }
    const mean = (bit) => {
      const values = SYNC.map((b, k) => [b, cells[k]]).filter(([b]) => b === bit).map(([, v]) => v);
      return values.reduce((a, b) => a + b) / values.length;
    };
    const hi = mean(1), lo = mean(0);
    const bits = cells.map((cell) => cell > (hi + lo) / 2 ? 1 : 0);
    const bytes = [];
    for (let k = 0; k < 64; k += 8) {
      bytes.push(bits.slice(k, k + 8).reduce((byte, bit, i) => byte | bit << i, 0));
    }
    if (hi - lo < 60 || SYNC.some((bit, k) => bits[k] !== bit) || crc8(bytes.slice(1, 7)) !== bytes[7]) {
      return null;
    }
    return {
      t: bytes[1] | bytes[2] << 8 | bytes[3] << 16 | bytes[4] << 24,
      n: bytes[5] | bytes[6] << 8,
    };
  }

  // ---- frames

  async function followDecoded(track, join) {
    const reader = new MediaStreamTrackProcessor({track, maxBufferSize: 60}).readable.getReader();
    for (;;) {
      const {done, value: frame} = await reader.read();
      if (done) {
        return;
      }
      if (join && !join.decoded) {
        join.decoded = since(join);
      }
      const strip = await read(frame);
      frame.close();
      if (!strip) {
        unreadable++;
        continue;
      }
      strips++;
      if (lastCounter >= 0) {
        const step = strip.n - lastCounter & 0xffff;
        if (step === 0 || step > 0x8000) {
          backwards++;
        } else {
          gaps += step - 1;
        }
      }
      lastCounter = strip.n;
    }
  }

  const followed = new WeakSet();

  function followPresented(join) {
    const video = document.querySelector('video');
    if (!video) {
      setTimeout(followPresented, 1, join);
      return;
    }
    if (join) {
      video.requestVideoFrameCallback(() => { join.presented = since(join); });
    }
    if (followed.has(video)) {
      return;
    }
    followed.add(video);
    const onFrame = async () => {
      const now = Date.now();
      // First of all: whatever goes wrong with this frame, the next one is wanted.
      video.requestVideoFrameCallback(onFrame);
      let frame;
      try {
        frame = new VideoFrame(video);
      } catch (e) {
        unpresentable = String(e);
        return; // the element has no picture at this very moment
      }
      const strip = await read(frame);
      frame.close();
      if (strip) {
        latencies.push(now % 0x100000000 - strip.t | 0);
      }
    };
    video.requestVideoFrameCallback(onFrame);
  }

  // ---- statistics

  const COUNTERS = ['framesDecoded', 'keyFramesDecoded', 'framesDropped', 'packetsReceived', 'packetsLost',
    'retransmittedPacketsReceived', 'bytesReceived', 'freezeCount', 'nackCount', 'pliCount', 'jitterBufferDelay'];

  async function statistics() {
    const all = connection ? [...(await connection.getStats()).values()] : [];
    const inbound = all.find((s) => s.type === 'inbound-rtp' && s.kind === 'video') || {timestamp: 0};
    const codec = all.find((s) => s.id === inbound.codecId);
    const pair = all.find((s) => s.type === 'candidate-pair' && s.nominated) || {};
    return {inbound, fmtp: codec ? codec.sdpFmtpLine : '', mime: codec ? codec.mimeType : '', rttMillis: 1e3 * (pair.currentRoundTripTime || 0)};
  }

  window.revcamProbe = {
    decoded: () => strips + unreadable,
    joins: () => joins.length,
    connection: () => connection,
    read,
    // Why there may be no frames, as text.
    async diagnosis() {
      const video = document.querySelector('video');
      const {inbound} = await statistics();
      return JSON.stringify({
        decodedFramesRead: strips + unreadable, unreadable, presented: latencies.length, unpresentable, joins: joins.length,
        ice: connection && connection.iceConnectionState, peer: connection && connection.connectionState,
        visibility: document.visibilityState,
        video: video && {readyState: video.readyState, paused: video.paused, time: video.currentTime},
        packetsReceived: inbound.packetsReceived, framesReceived: inbound.framesReceived,
        framesDecoded: inbound.framesDecoded, keyFramesDecoded: inbound.keyFramesDecoded, pliCount: inbound.pliCount,
      });
    },
    async reset() {
      base = (await statistics()).inbound;
      strips = unreadable = gaps = backwards = 0;
      latencies = [];
    },
    async watch() {
      const {inbound, fmtp, mime, rttMillis} = await statistics();
      const stats = {fmtp, mime, rttMillis};
      for (const name of COUNTERS) {
        stats[name] = (inbound[name] || 0) - (base && base[name] || 0);
      }
      return {
        seconds: base ? (inbound.timestamp - base.timestamp) / 1e3 : 0,
        stats, width: size[0], height: size[1], strips, unreadable, gaps, backwards, latencies, joins,
      };
    },
  };
})();
