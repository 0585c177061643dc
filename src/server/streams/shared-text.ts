/** The bits of a WebSocket frame that holds a whole text message: RFC 6455, section 5.2. */
const TEXT_FRAME = 0x81;

const BEGIN_EVENT = Buffer.from('event: next\ndata: ');
const END_EVENT = Buffer.from('\n\n');
/** Closes the message of a WebSocket around the payload. */
const END_MESSAGE = '}';

/** The payload of a stream, as JSON. It is encoded once for each transport, and all clients get the same bytes. */
export class SharedText {
  /** The end of a graphql-transport-ws message: the payload, and the brace that closes the message. */
  readonly message: Buffer;
  #event: Buffer | null = null;
  #header: { readonly prefix: number; readonly bytes: Buffer } | null = null;

  /** @param json parts of the text, in order */
  constructor(json: readonly string[]) {
    const parts = [...json, END_MESSAGE];
    const length = parts.reduce((bytes, part) => bytes + Buffer.byteLength(part), 0);
    this.message = Buffer.allocUnsafeSlow(length);
    let at = 0;
    for (const part of parts) at += this.message.write(part, at);
  }

  /** One event of Server-Sent Events, as graphql-sse and Yoga write it. */
  get event(): Buffer {
    const payload = this.message.subarray(0, -END_MESSAGE.length);
    this.#event ??= Buffer.concat([BEGIN_EVENT, payload, END_EVENT]);
    return this.#event;
  }

  /** The header of the WebSocket frame for a message that begins with so many bytes of its own. */
  frameHeader(prefix: number): Buffer {
    if (this.#header?.prefix !== prefix) {
      this.#header = { prefix, bytes: frameHeader(prefix + this.message.length) };
    }
    return this.#header.bytes;
  }
}

/** Servers do not mask their frames. */
function frameHeader(length: number): Buffer {
  if (length < 126) return Buffer.of(TEXT_FRAME, length);
  if (length < 65_536) return Buffer.of(TEXT_FRAME, 126, length >> 8, length & 255);
  const header = Buffer.alloc(10);
  header[0] = TEXT_FRAME;
  header[1] = 127;
  header.writeUIntBE(length, 4, 6);
  return header;
}
