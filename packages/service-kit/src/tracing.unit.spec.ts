import { beginSpan } from './tracing';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const begin = (parent?: string) => beginSpan('GET /events', parent);

describe('a span without an exporter', () => {
  it('continues the trace of its parent, with its own span id', () => {
    const { traceId, traceparent } = begin(`00-${TRACE_ID}-00f067aa0ba902b7-01`);
    expect(traceId).toBe(TRACE_ID);
    expect(traceparent).toMatch(new RegExp(`^00-${TRACE_ID}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `01-${TRACE_ID}-00f067aa0ba902b7-01`,
    `00-${TRACE_ID}-00f067aa0ba902b7`,
    `00-${TRACE_ID.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${TRACE_ID}-${'0'.repeat(16)}-01`,
  ])('begins a new trace for the parent %j', (parent) => {
    const [one, another] = [begin(parent), begin(parent)];
    expect(one.traceparent).toBe(`00-${one.traceId}-${one.traceparent.slice(36, 52)}-01`);
    expect(one.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(new Set([one.traceId, another.traceId, TRACE_ID]).size).toBe(3);
  });
});
