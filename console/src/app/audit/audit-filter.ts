import type { paths } from '../../shared/api/schema';
import type { Search } from '../url-state';
import { isFactKey } from './fact-texts';

type Query = NonNullable<paths['/audit']['get']['parameters']['query']>;
export type AuditFilter = Omit<Query, 'limit' | 'cursor'>;
/** The filters that the stream has. */
export type StreamFilter = Pick<AuditFilter, 'type' | 'accountId' | 'eventId'>;

export const STREAM_FILTERS = ['type', 'accountId', 'eventId'] as const;
export const AUDIT_FILTERS = [...STREAM_FILTERS, 'actor', 'traceId', 'from', 'to'] as const;

const present = <Values extends Record<string, string | undefined>>(values: Values): { [Name in keyof Values]?: string } =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [Name in keyof Values]?: string };

/** Reads the filters of the stream from the URL. */
export const streamFilterOf = ({ type, accountId, eventId }: Search): StreamFilter => ({
  ...(type !== undefined && isFactKey(type) && { type }),
  ...present({ accountId, eventId }),
});

/** Reads the filters of the list from the URL. */
export const auditFilterOf = (search: Search): AuditFilter => {
  const { actor, traceId, from, to } = search;
  return { ...streamFilterOf(search), ...present({ actor, traceId, from, to }) };
};

const POSITION = /^[0-9a-f]{32}([0-9a-f]{16})?$/;
const TRACE_ID = /^[0-9a-f]{32}$/;

/** Whether a text is a position of the log or a consistency token. */
export const isPlace = (text: string): boolean => POSITION.test(text);

/** Whether a text is a trace ID. A position has the same form, but begins with zeros for petabytes to come. */
export const isTraceId = (text: string): boolean => TRACE_ID.test(text) && !text.startsWith('000');

/** The entry that is open, as the URL names it: it can be read again only by its time. */
export const formatFactKey = ({ position, at }: { readonly position: string; readonly at: string }): string =>
  `${position}_${at}`;

/** @returns null if the text names no entry */
export const parseFactKey = (text: string | undefined): { readonly position: string; readonly at: string } | null => {
  const [position = '', at = ''] = text?.split('_') ?? [];
  return POSITION.test(position) && !Number.isNaN(Date.parse(at)) ? { position, at } : null;
};
