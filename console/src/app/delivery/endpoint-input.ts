import {
  DEFAULT_PER_SECOND,
  DEFAULT_TIMEOUT_MS,
  MAX_PER_SECOND,
  MAX_TIMEOUT_MS,
  MIN_TIMEOUT_MS,
  type EndpointKind,
} from '@rewards/contracts/delivery';
import { isName } from '@rewards/contracts/field-rules';
import { isToken, START } from '@rewards/contracts/position';
import { REWARD_TYPES, type RewardType } from '@rewards/contracts/reward-event';
import type { Schemas } from '../../shared/api/client';
import type { Endpoint } from './troubles';

export const FROM = ['now', 'beginning', 'position'] as const;
export type From = (typeof FROM)[number];

/** The form of an endpoint, as a person fills it in. */
export interface EndpointInput {
  readonly kind: EndpointKind;
  readonly name: string;
  readonly url: string;
  /** Empty: every type that no other endpoint names. */
  readonly rewardTypes: readonly RewardType[];
  readonly maxPerSecond: string;
  readonly timeoutMs: string;
  readonly from: From;
  readonly position: string;
}

export const EMPTY_INPUT: EndpointInput = {
  kind: 'WEBHOOK',
  name: '',
  url: '',
  rewardTypes: [],
  maxPerSecond: String(DEFAULT_PER_SECOND),
  timeoutMs: String(DEFAULT_TIMEOUT_MS),
  from: 'now',
  position: '',
};

/** Fills in the form with an endpoint that exists. */
export const inputOf = ({ kind, name, url, rewardTypes, maxPerSecond, timeoutMs }: Endpoint): EndpointInput => ({
  ...EMPTY_INPUT,
  kind,
  name,
  url: url ?? '',
  rewardTypes: rewardTypes ?? [],
  maxPerSecond: String(maxPerSecond),
  timeoutMs: String(timeoutMs),
});

/** Fields in their order in the form, as the API names them. */
export const FIELDS = ['name', 'url', 'rewardTypes', 'maxPerSecond', 'timeoutMs', 'from'] as const;
export type Field = (typeof FIELDS)[number];

/** What is wrong with a field: a key of the texts, with the values to fill in. */
export interface Issue {
  readonly key:
    | 'required'
    | 'nameInvalid'
    | 'urlInvalid'
    | 'urlUserInfo'
    | 'urlInsecure'
    | 'typeTaken'
    | 'othersTaken'
    | 'range'
    | 'positionInvalid';
  readonly values?: Readonly<Record<string, string | number>>;
}

export type Issues = Partial<Readonly<Record<Field, Issue>>>;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const DIGITS = /^\d+$/;

const urlIssue = (text: string): Issue | undefined => {
  if (text.trim() === '') return { key: 'required' };
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol)) return { key: 'urlInvalid' };
  if (url.username !== '' || url.password !== '') return { key: 'urlUserInfo' };
  // Whether http to a loopback address is allowed is a setting of the server, which answers if it is not.
  return url.protocol === 'http:' && !LOOPBACK.test(url.hostname) ? { key: 'urlInsecure' } : undefined;
};

const rangeIssue = (text: string, min: number, max: number): Issue | undefined =>
  DIGITS.test(text.trim()) && Number(text) >= min && Number(text) <= max ? undefined : { key: 'range', values: { min, max } };

/** Returns the endpoint that already accepts one of the types, or every other type. */
const takenBy = (rewardTypes: readonly RewardType[], others: readonly Endpoint[]): Issue | undefined => {
  const isTaken = ({ rewardTypes: types }: Endpoint): boolean =>
    rewardTypes.length === 0 ? types === null : rewardTypes.some((type) => types?.includes(type));
  const other = others.find(isTaken);
  return other && { key: rewardTypes.length === 0 ? 'othersTaken' : 'typeTaken', values: { name: other.name } };
};

/** Returns what is wrong with each field. @param others the endpoints besides this one */
export const issuesOf = (input: EndpointInput, others: readonly Endpoint[]): Issues => {
  const name = input.name.trim();
  const found: Readonly<Record<Field, Issue | undefined>> = {
    name: name === '' ? { key: 'required' } : isName(name) ? undefined : { key: 'nameInvalid' },
    url: input.kind === 'WEBHOOK' ? urlIssue(input.url) : undefined,
    rewardTypes: takenBy(input.rewardTypes, others),
    maxPerSecond: rangeIssue(input.maxPerSecond, 1, MAX_PER_SECOND),
    timeoutMs: rangeIssue(input.timeoutMs, MIN_TIMEOUT_MS, MAX_TIMEOUT_MS),
    from: input.from === 'position' && !isToken(input.position.trim()) ? { key: 'positionInvalid' } : undefined,
  };
  return Object.fromEntries(FIELDS.flatMap((field) => (found[field] ? [[field, found[field]]] : [])));
};

const settingsOf = ({ name, rewardTypes, maxPerSecond, timeoutMs }: EndpointInput) => ({
  name: name.trim(),
  rewardTypes: rewardTypes.length === 0 ? null : REWARD_TYPES.filter((type) => rewardTypes.includes(type)),
  maxPerSecond: Number(maxPerSecond),
  timeoutMs: Number(timeoutMs),
});

/** Returns the body that adds the endpoint. */
export const addBodyOf = (input: EndpointInput, requestId: string): Schemas['AddEndpointBody'] => ({
  ...settingsOf(input),
  kind: input.kind,
  ...(input.kind === 'WEBHOOK' && { url: input.url.trim() }),
  from: input.from === 'now' ? 'now' : input.from === 'beginning' ? START : input.position.trim(),
  requestId,
});

/** Returns the body that changes the endpoint. */
export const changeBodyOf = (input: EndpointInput): Schemas['ChangeEndpointBody'] => ({
  ...settingsOf(input),
  ...(input.kind === 'WEBHOOK' && { url: input.url.trim() }),
});
