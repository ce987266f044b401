/** Returns how many cells of a terminal a text occupies. Hangul and other wide characters occupy two. */
export const widthOf = (text) =>
  [...text.replaceAll(STYLES, '')].reduce((width, character) => width + (WIDE.test(character) ? 2 : 1), 0);

/** Pads a text to a width in cells. */
export const padTo = (text, width) => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Wraps a text at its spaces. A word that is wider than a line has a line of its own. */
export const wrap = (text, width) => {
  const lines = [];
  for (const word of text.split(' ')) {
    const extended = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && widthOf(extended) <= width) lines[lines.length - 1] = extended;
    else lines.push(word);
  }
  return lines;
};

const ESCAPE = String.fromCharCode(27);
const STYLES = new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g');
/** East Asian wide and fullwidth characters: Hangul, Han, kana, fullwidth forms. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\uffe0-\uffe6]/;

/** Codes of styles that are readable on light and dark backgrounds. */
const CODES = { bold: 1, dim: 2, red: 31, green: 32, magenta: 35 };

/**
 * An output that prints lines, and pins lines below them that change in place. Without a terminal, or in one that is too small
 * or cannot move its cursor, the pinned lines are printed only when they are final.
 */
export class Terminal {
  #pinned = [];

  constructor(output = process.stdout, env = process.env) {
    this.output = output;
    const isTerminal = output.isTTY === true && env.TERM !== 'dumb';
    this.hasColors = isTerminal && !env.NO_COLOR;
    this.isLive = isTerminal && output.columns >= MIN_COLUMNS && output.rows >= MIN_ROWS;
  }

  /** Returns a text in some styles. */
  style(text, ...styles) {
    if (!this.hasColors || styles.length === 0) return text;
    return `${ESCAPE}[${styles.map((style) => CODES[style]).join(';')}m${text}${ESCAPE}[0m`;
  }

  /** Prints lines above the pinned ones. */
  print(text = '') {
    this.#update(`${text}\n`, this.#pinned);
  }

  /** Replaces the pinned lines. */
  pin(lines) {
    this.#update('', lines);
  }

  /** Leaves the pinned lines where they are, and continues below them. */
  unpin() {
    if (!this.isLive) this.output.write(this.#pinned.map((line) => `${line}\n`).join(''));
    this.#pinned = [];
  }

  #update(text, pinned) {
    const lines = (all) => all.map((line) => `${line}\n`).join('');
    const erase = this.#pinned.length > 0 ? `${ESCAPE}[${this.#pinned.length}A${ESCAPE}[0J` : '';
    this.output.write(this.isLive ? `${erase}${text}${lines(pinned)}` : text);
    this.#pinned = pinned;
  }
}

const MIN_COLUMNS = 80;
const MIN_ROWS = 14;
