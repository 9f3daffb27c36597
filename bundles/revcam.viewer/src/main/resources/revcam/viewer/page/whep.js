// A WHEP player's side of one session: draft-ietf-wish-whep, with RFC 8840 fragments for what comes after the answer.

/** The server's refusal: status, what it says to do, and when to come back. */
export class Refusal extends Error {
  constructor(status, detail, retryAfterSeconds) {
    super(detail);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** One peer connection and the resource on the server that belongs to it. */
export class WhepSession {
  #peer;
  #offered;
  #token;
  #resource;
  #iceTag;
  #answer;
  #candidates = [];
  #trickling;
  #closed = false;
  #reports = true;

  /** The offer is made at once, so that it is ready when it is wanted. */
  constructor() {
    this.#peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    const transceiver = this.#peer.addTransceiver('video', { direction: 'recvonly' });
    preferH264(transceiver);
    this.#peer.addEventListener('icecandidate', (event) => this.#onCandidate(event.candidate));
    this.#offered = this.#peer.createOffer().then((offer) => this.#describe(offer));
    this.#offered.catch(() => {}); // told to whoever starts it
  }

  get peer() {
    return this.#peer;
  }

  get receiver() {
    return this.#peer.getReceivers()[0];
  }

  /** What the server knows it by; null before the answer. */
  get id() {
    return this.#resource?.split('/').pop() ?? null;
  }

  /** Sends the offer without waiting for candidates; the server learns ours from our checks. */
  async start(endpoint, token, signal) {
    this.#token = token;
    await this.#offered;
    const offer = this.#peer.localDescription.sdp;
    const response = await this.#fetch(endpoint, 'POST', 'application/sdp', offer, {}, signal);
    const location = response.headers.get('Location');
    this.#resource = location && new URL(location, new URL(endpoint, document.baseURI)).href;
    this.#iceTag = response.headers.get('ETag');
    this.#answer = await response.text();
    if (this.#closed) {
      this.#leave();
      return;
    }
    await this.#peer.setRemoteDescription({ type: 'answer', sdp: this.#answer });
    lowerDelay(this.receiver);
    this.#trickle();
  }

  /** New credentials and new candidates for the same media; throws when only a new session can help. */
  async restartIce(signal) {
    if (!this.#resource) {
      throw new Error('no session to restart');
    }
    this.#candidates = [];
    await this.#describe(await this.#peer.createOffer({ iceRestart: true }));
    const response = await this.#patch(this.#peer.localDescription.sdp, this.#candidates.splice(0), '*', signal);
    const fragment = await response.text();
    if (response.status !== 200 || !fragment) {
      throw new Error('the server did not restart ICE');
    }
    this.#iceTag = response.headers.get('ETag') ?? this.#iceTag;
    this.#answer = withIce(this.#answer, fragment);
    await this.#peer.setRemoteDescription({ type: 'answer', sdp: this.#answer });
    this.#trickle();
  }

  /**
   * Tells the camera how this viewer fares, for its telemetry. Whatever becomes of it, the picture goes on. The answer may
   * be why it had better join again: `rejoin` while this session goes on, `ended` when the camera has ended it.
   */
  async report(figures) {
    if (!this.#resource || !this.#reports) {
      return {};
    }
    const answer = await this.#fetch(`${this.#resource}/playback`, 'POST', 'application/json', JSON.stringify(figures),
      {}, AbortSignal.timeout(4_000)).catch((error) => error);
    // A server that is not RevCam has no such thing.
    this.#reports = ![404, 405].includes(answer.status);
    if (answer.status === 410) {
      return { ended: answer.message };
    }
    return answer.status === 200 ? answer.json().catch(() => ({})) : {};
  }

  /** Ends the session on both sides; also while the page goes away. */
  close() {
    if (!this.#closed) {
      this.#closed = true;
      clearTimeout(this.#trickling);
      this.#leave();
      this.#peer.close();
    }
  }

  #leave() {
    if (this.#resource) {
      fetch(this.#resource, { method: 'DELETE', headers: this.#authorization(), keepalive: true }).catch(() => {});
      this.#resource = null;
    }
  }

  /** With requests for feedback where the browser takes that, see below; as it is where it does not. */
  #describe(offer) {
    const sdp = withFeedbackRequests(offer.sdp);
    return this.#peer.setLocalDescription({ type: 'offer', sdp }).catch(() => this.#peer.setLocalDescription(offer));
  }

  #onCandidate(candidate) {
    if (candidate?.candidate) {
      this.#candidates.push(candidate.candidate);
      this.#trickle();
    }
  }

  /** One PATCH for the candidates of a moment. An ICE-lite server has no use for them: it waits for our checks. */
  #trickle() {
    clearTimeout(this.#trickling);
    if (!this.#resource || !this.#answer || /^a=ice-lite\r?$/m.test(this.#answer) || this.#candidates.length === 0) {
      return;
    }
    this.#trickling = setTimeout(() => {
      this.#patch(this.#peer.localDescription.sdp, this.#candidates.splice(0), this.#iceTag).catch(() => {
        // Checks find a path without them more often than not; if none is found, the session starts anew.
      });
    }, 50);
  }

  #patch(localSdp, candidates, tag, signal) {
    return this.#fetch(this.#resource, 'PATCH', 'application/trickle-ice-sdpfrag', fragmentOf(localSdp, candidates),
      { 'If-Match': tag }, signal);
  }

  async #fetch(url, method, type, body, headers, signal) {
    const response = await fetch(url, {
      method, body, signal, headers: { 'Content-Type': type, ...headers, ...this.#authorization() },
    });
    if (!response.ok) {
      throw await refusal(response);
    }
    return response;
  }

  #authorization() {
    return this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
  }
}

/** What the server refused and why (RFC 9457). */
export async function refusal(response) {
  const problem = await response.json().catch(() => ({}));
  const after = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  return new Refusal(response.status, problem.detail ?? response.statusText, Number.isFinite(after) ? after : 0);
}

function preferH264(transceiver) {
  const codecs = RTCRtpReceiver.getCapabilities?.('video')?.codecs;
  if (codecs && transceiver.setCodecPreferences) {
    const rank = ({ mimeType, sdpFmtpLine = '' }) =>
      mimeType !== 'video/H264' ? 2 : /packetization-mode=1/.test(sdpFmtpLine) ? 0 : 1;
    transceiver.setCodecPreferences([...codecs].sort((a, b) => rank(a) - rank(b)));
  }
}

/**
 * Browsers report each 50 to 250 ms what arrived when, which is one to seven frames too late for a link that suddenly carries
 * less. Those built on libwebrtc also know a second version of the packets' numbers, in which the sender asks for a report
 * with any packet; they agree to it, but do not offer it by themselves.
 */
function withFeedbackRequests(sdp) {
  const second = 'http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02';
  const first = /^a=extmap:\d+ \S+-transport-wide-cc-extensions-01\r\n/m;
  const libwebrtc = globalThis.RTCRtpTransceiver && 'getHeaderExtensionsToNegotiate' in RTCRtpTransceiver.prototype;
  if (!libwebrtc || !first.test(sdp) || sdp.includes(second)) {
    return sdp;
  }
  const taken = new Set([...sdp.matchAll(/^a=extmap:(\d+)/gm)].map(([, id]) => Number(id)));
  const free = Array.from({ length: 14 }, (_, index) => index + 1).find((id) => !taken.has(id));
  return free ? sdp.replace(first, `$&a=extmap:${free} ${second}\r\n`) : sdp;
}

/** Show each frame when it is there, rather than hold some back against jitter. */
function lowerDelay(receiver) {
  if ('jitterBufferTarget' in receiver) {
    receiver.jitterBufferTarget = 0;
  }
  if ('playoutDelayHint' in receiver) {
    receiver.playoutDelayHint = 0;
  }
}

function line(sdp, pattern) {
  return sdp.match(pattern)?.[0].trim();
}

/** RFC 8840, section 4.4: the ICE part of the one media section. */
function fragmentOf(sdp, candidates) {
  return [
    line(sdp, /^a=ice-options:.*$/m),
    line(sdp, /^a=group:BUNDLE.*$/m),
    line(sdp, /^m=.*$/m),
    line(sdp, /^a=mid:.*$/m),
    line(sdp, /^a=ice-ufrag:.*$/m),
    line(sdp, /^a=ice-pwd:.*$/m),
    ...candidates.map((candidate) => `a=${candidate}`),
  ].filter(Boolean).join('\r\n') + '\r\n';
}

/** The answer as it would be after an ICE restart: all as before, but for what the fragment says. */
function withIce(answer, fragment) {
  const ice = /^a=(ice-ufrag|ice-pwd|candidate|end-of-candidates)/;
  const fresh = fragment.split(/\r?\n/).filter((each) => ice.test(each));
  const kept = answer.split(/\r?\n/).filter((each) => each && !ice.test(each));
  const version = kept.findIndex((each) => each.startsWith('o='));
  kept[version] = kept[version].replace(/^(o=\S+ \S+ )(\d+)/, (all, before, n) => before + (BigInt(n) + 1n));
  const media = kept.findIndex((each) => each.startsWith('m='));
  const connection = kept[media + 1]?.startsWith('c=') ? media + 2 : media + 1;
  kept.splice(connection, 0, ...fresh);
  return kept.join('\r\n') + '\r\n';
}
