import { createSseParser, type Frame } from './sse';

const parse = (...pieces: string[]): Frame[] => {
  const next = createSseParser();
  return pieces.flatMap((piece) => next(piece));
};

describe('the parser of Server-Sent Events', () => {
  it('reads an event with its id', () => {
    expect(parse('id: 7\ndata: {"a":1}\n\n')).toEqual([{ type: 'message', data: '{"a":1}', id: '7' }]);
  });

  it('reads the type of an event', () => {
    expect(parse('event: caught-up\nid: 7\ndata: {}\n\n')).toEqual([{ type: 'caught-up', data: '{}', id: '7' }]);
  });

  it('reads a heartbeat, which has an id but no data, and ignores its comments', () => {
    expect(parse(': searched\nid: 9\n:   \n:   \n\n')).toEqual([{ type: 'message', data: null, id: '9' }]);
  });

  it('ignores comments and fields of another name', () => {
    expect(parse(': nothing\n\nretry: 10\n\n')).toEqual([]);
  });

  it('joins several lines of data, and removes one space only', () => {
    expect(parse('data: one\ndata:  two\ndata\n\n')).toEqual([{ type: 'message', data: 'one\n two\n', id: null }]);
  });

  it('does not carry the type of one event over to the next', () => {
    expect(parse('event: end\ndata: a\n\ndata: b\n\n').map(({ type }) => type)).toEqual(['end', 'message']);
  });

  it('ignores a byte order mark and an unfinished event', () => {
    expect(parse('\uFEFFdata: a\n\ndata: b\n')).toEqual([{ type: 'message', data: 'a', id: null }]);
  });

  it('gives the same result wherever the text is cut, with each kind of line break', () => {
    for (const lineBreak of ['\n', '\r\n', '\r']) {
      const text = ['id: 1', 'data: 한글 {"a":1}', '', 'event: caught-up', 'id: 2', 'data: {}', '', ''].join(lineBreak);
      const whole = parse(`${text}: end\n`);
      expect(whole).toHaveLength(2);
      for (let cut = 0; cut <= text.length; cut += 1)
        expect(parse(text.slice(0, cut), `${text.slice(cut)}: end\n`)).toEqual(whole);
    }
  });
});
