/** Splits incoming bytes into lines of text, however they are chunked; never holds a line above the limit. Pure. */

/** What stands in place of a line that is not text. */
export type LineFault = 'too-long' | 'not-utf-8';

export type Line = { readonly text: string } | { readonly fault: LineFault };

const newline = 0x0a;
const smallest = 256;

export class LineSplitter {
  readonly #limit: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** One buffer that grows, since a line may arrive byte by byte. */
  #buffer = new Uint8Array(0);
  #heldBytes = 0;
  #overrun = false;

  /** @param limit bytes of a line, without its newline */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The lines that these bytes complete. After a line that is too long there are no more. */
  *push(bytes: Uint8Array): Generator<Line> {
    let begin = 0;
    while (!this.#overrun) {
      const end = bytes.indexOf(newline, begin);
      this.#hold(bytes.subarray(begin, end < 0 ? bytes.length : end));
      if (this.#overrun) yield { fault: 'too-long' };
      else if (end < 0) return;
      else yield this.#complete();
      begin = end + 1;
    }
  }

  #hold(piece: Uint8Array): void {
    const size = this.#heldBytes + piece.length;
    if (size > this.#limit) {
      this.#overrun = true;
      this.#buffer = new Uint8Array(0);
      return;
    }
    if (size > this.#buffer.length) {
      const buffer = new Uint8Array(Math.min(this.#limit, Math.max(smallest, size, this.#buffer.length * 2)));
      buffer.set(this.#buffer.subarray(0, this.#heldBytes));
      this.#buffer = buffer;
    }
    this.#buffer.set(piece, this.#heldBytes);
    this.#heldBytes = size;
  }

  #complete(): Line {
    const line = this.#buffer.subarray(0, this.#heldBytes);
    this.#heldBytes = 0;
    // A long line is rare; its memory is released afterwards.
    if (this.#buffer.length > 64 * smallest) this.#buffer = new Uint8Array(0);
    try {
      return { text: this.#decoder.decode(line) };
    } catch {
      return { fault: 'not-utf-8' };
    }
  }
}
