// Latency from capture to display, by the time strip that a source can draw into the top of its pictures: 2 rows of 32
// cells, each a bit; SYNC, the capture time in Unix milliseconds modulo 2^32, a frame counter, CRC-8.

const COLUMNS = 32;
const ROWS = 2;
const STRIP_OF_HEIGHT = ROWS / 30;
const SAMPLES = 4; // across a cell; the middle half is read
const SYNC = [1, 0, 1, 1, 0, 0, 1, 0];
const MIN_CONTRAST = 60;

/** Reads strips off a video element through a canvas of a few thousand pixels. */
export class StripReader {
  #canvas = document.createElement('canvas');
  #context = this.#canvas.getContext('2d', { willReadFrequently: true });

  constructor() {
    this.#canvas.width = COLUMNS * SAMPLES;
    this.#canvas.height = ROWS * SAMPLES;
  }

  /** The capture time modulo 2^32 milliseconds and the frame's number, or null when there is no strip. */
  read(video) {
    const { width, height } = this.#canvas;
    this.#context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight * STRIP_OF_HEIGHT, 0, 0, width, height);
    return decode(this.#context.getImageData(0, 0, width, height).data, width);
  }
}

function decode(pixels, width) {
  const cells = new Float64Array(COLUMNS * ROWS);
  for (let cell = 0; cell < cells.length; cell++) {
    const left = (cell % COLUMNS) * SAMPLES + SAMPLES / 4;
    const top = Math.floor(cell / COLUMNS) * SAMPLES + SAMPLES / 4;
    let sum = 0;
    for (let y = top; y < top + SAMPLES / 2; y++) {
      for (let x = left; x < left + SAMPLES / 2; x++) {
        sum += pixels[4 * (y * width + x) + 1]; // the strip is grey: green is luma
      }
    }
    cells[cell] = sum / (SAMPLES / 2) ** 2;
  }
  const mean = (bit) => {
    const those = SYNC.map((each, i) => (each === bit ? cells[i] : NaN)).filter((each) => !Number.isNaN(each));
    return those.reduce((a, b) => a + b) / those.length;
  };
  const high = mean(1);
  const low = mean(0);
  if (high - low < MIN_CONTRAST) {
    return null;
  }
  const threshold = (high + low) / 2;
  const bytes = new Uint8Array(8);
  cells.forEach((value, i) => {
    if (value > threshold) {
      bytes[i >> 3] |= 1 << (i & 7);
    }
  });
  if (SYNC.some((bit, i) => ((bytes[0] >> i) & 1) !== bit) || crc8(bytes.subarray(1, 7)) !== bytes[7]) {
    return null;
  }
  const view = new DataView(bytes.buffer);
  return { captured: view.getUint32(1, true), frame: view.getUint16(5, true) };
}

/** CRC-8, polynomial 0x07, from 0, not reflected. */
function crc8(bytes) {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
    }
  }
  return crc;
}

/** This machine's clock and the camera's: the sample with the shortest round trip says how far they are apart. */
export class ServerClock {
  #offsetMillis;
  #errorMillis;

  /** Asks the server a few times. */
  async synchronise(url, headers, samples = 6) {
    let best;
    for (let i = 0; i < samples; i++) {
      const sent = now();
      const response = await fetch(url, { headers, cache: 'no-store' });
      const came = now();
      const { unixMillis } = await response.json();
      if (response.ok && (!best || came - sent < best.trip)) {
        best = { trip: came - sent, offset: unixMillis - (sent + came) / 2 };
      }
    }
    this.#offsetMillis = best?.offset;
    this.#errorMillis = best && best.trip / 2;
  }

  get isKnown() {
    return this.#offsetMillis !== undefined;
  }

  /** How far off {@link since} may be, either way. */
  get errorMillis() {
    return this.#errorMillis;
  }

  /** Milliseconds since a time modulo 2^32. */
  since(captured) {
    const time = now() + this.#offsetMillis;
    return ((Math.floor(time) - captured) | 0) + (time % 1);
  }
}

function now() {
  return performance.timeOrigin + performance.now();
}
