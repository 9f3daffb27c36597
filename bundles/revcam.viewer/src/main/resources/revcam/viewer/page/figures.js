// What the receiver's statistics (w3.org/TR/webrtc-stats) say, over the time between two readings.

const unknown = '–';

/** Turns successive readings of one receiver into figures; begin a new one for a new session. */
export class Figures {
  #before;

  async read(receiver) {
    const report = await receiver.getStats();
    const all = [...report.values()];
    const video = all.find((each) => each.type === 'inbound-rtp' && each.kind === 'video');
    if (!video) {
      return null;
    }
    const transport = report.get(video.transportId);
    const pair = report.get(transport?.selectedCandidatePairId)
      ?? all.find((each) => each.type === 'candidate-pair' && each.nominated && each.state === 'succeeded');
    const before = this.#before ?? video;
    this.#before = video;
    const seconds = (video.timestamp - before.timestamp) / 1000;
    const grown = (name) => (video[name] ?? 0) - (before[name] ?? 0);
    const received = grown('packetsReceived');
    const lost = Math.max(0, grown('packetsLost'));
    const emitted = grown('jitterBufferEmittedCount');
    return {
      width: video.frameWidth,
      height: video.frameHeight,
      framesDecoded: video.framesDecoded ?? 0,
      framesDropped: video.framesDropped,
      fps: seconds > 0 ? grown('framesDecoded') / seconds : undefined,
      bitsPerSecond: seconds > 0 ? 8 * grown('bytesReceived') / seconds : undefined,
      roundTripMillis: pair?.currentRoundTripTime === undefined ? undefined : 1000 * pair.currentRoundTripTime,
      loss: received + lost > 0 ? lost / (received + lost) : undefined,
      packetsLost: video.packetsLost,
      jitterBufferMillis: emitted > 0 ? 1000 * grown('jitterBufferDelay') / emitted : undefined,
      decodeMillis: grown('framesDecoded') > 0 ? 1000 * grown('totalDecodeTime') / grown('framesDecoded') : undefined,
      codec: report.get(video.codecId),
      decoder: video.decoderImplementation,
      hardware: video.powerEfficientDecoder,
      report: {
        ...pick(video, ['framesDecoded', 'keyFramesDecoded', 'framesDropped', 'freezeCount', 'totalFreezesDuration',
          'bytesReceived', 'packetsReceived', 'packetsLost', 'nackCount', 'pliCount', 'frameWidth', 'frameHeight',
          'framesPerSecond', 'jitter']),
        ...(pair?.currentRoundTripTime === undefined ? {} : { roundTripTime: pair.currentRoundTripTime }),
        ...(emitted > 0 ? { jitterBufferDelay: grown('jitterBufferDelay') / emitted } : {}),
        ...(grown('framesDecoded') > 0 ? { decodeTime: grown('totalDecodeTime') / grown('framesDecoded') } : {}),
      },
      path: path(report.get(pair?.localCandidateId), report.get(pair?.remoteCandidateId)),
    };
  }
}

/** Members that are finite numbers: JSON has no others, and the camera takes nothing else. */
function pick(stats, names) {
  return Object.fromEntries(names.filter((name) => Number.isFinite(stats[name])).map((name) => [name, stats[name]]));
}

/** The same, as text for each figure's element. */
export function describe(figures) {
  const { codec } = figures;
  const profile = codec?.sdpFmtpLine?.match(/profile-level-id=(\w+)/)?.[1];
  return {
    resolution: figures.width ? `${figures.width} × ${figures.height}` : unknown,
    fps: number(figures.fps, 1, ' fps'),
    bitrate: figures.bitsPerSecond >= 999_500
      ? number(figures.bitsPerSecond / 1e6, 2, ' Mbit/s') : number(figures.bitsPerSecond / 1e3, 0, ' kbit/s'),
    rtt: number(figures.roundTripMillis, figures.roundTripMillis < 10 ? 1 : 0, ' ms'),
    loss: figures.loss === undefined
      ? unknown : `${number(100 * figures.loss, 1, ' %')} (${figures.packetsLost} packets)`,
    'jitter-buffer': number(figures.jitterBufferMillis, 0, ' ms'),
    codec: codec ? codec.mimeType.replace('video/', '') + (profile ? ` ${profile}` : '') : unknown,
    decoder: [
      figures.decoder ?? (figures.hardware ? 'hardware' : ''),
      figures.decodeMillis === undefined ? '' : number(figures.decodeMillis, 1, ' ms a frame'),
    ].join(' ').trim() || unknown,
    dropped: figures.framesDropped === undefined ? unknown : `${figures.framesDropped} frames`,
    path: figures.path ?? unknown,
  };
}

function path(local, remote) {
  if (!local || !remote) {
    return undefined;
  }
  const family = remote.address?.includes(':') ? ' IPv6' : '';
  const relayed = local.candidateType === 'relay' || remote.candidateType === 'relay';
  return `${relayed ? 'relayed' : 'direct'}, ${local.protocol?.toUpperCase() ?? ''}${family}`;
}

function number(value, digits, unit) {
  return Number.isFinite(value) ? value.toFixed(digits) + unit : unknown;
}
