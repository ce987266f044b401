/** One event of a stream of Server-Sent Events, and frames that only move the place to resume after. */
export interface Frame {
  /** `message` unless the frame names another type. */
  readonly type: string;
  /** Null if the frame has no data. */
  readonly data: string | null;
  /** Null if the frame does not change the last id. */
  readonly id: string | null;
}

/**
 * Creates a parser of Server-Sent Events, https://html.spec.whatwg.org/#event-stream-interpretation. Frames without data are
 * returned too if they have an id, because the audit stream says with them how far it has searched.
 * @returns a function that takes the next piece of text, cut anywhere, and returns the frames that it completes
 */
export const createSseParser = (): ((text: string) => readonly Frame[]) => {
  let rest = '';
  let isStart = true;
  let type = '';
  let data: string[] = [];
  let id: string | null = null;

  const field = (name: string, value: string): void => {
    if (name === 'event') type = value;
    else if (name === 'data') data.push(value);
    else if (name === 'id' && !value.includes('\0')) id = value;
  };

  const completed = (): Frame | null => {
    const frame =
      data.length > 0 || id !== null ? { type: type || 'message', data: data.length > 0 ? data.join('\n') : null, id } : null;
    [type, data, id] = ['', [], null];
    return frame;
  };

  return (text) => {
    rest += isStart ? text.replace(/^\uFEFF/, '') : text;
    if (text !== '') isStart = false;
    const frames: Frame[] = [];
    // A carriage return at the end may be the first half of a line break.
    for (let match = LINE.exec(rest); match; match = LINE.exec(rest)) {
      const [whole, line = ''] = match;
      rest = rest.slice(whole.length);
      if (line === '') {
        const frame = completed();
        if (frame) frames.push(frame);
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      if (colon === -1) field(line, '');
      else field(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''));
    }
    return frames;
  };
};

const LINE = /^([^\r\n]*)(?:\r\n|\n|\r(?=[^\n]))/;
