import { useState } from 'react';
import { dataOf } from '../../shared/api/client';
import { ApiProblem } from '../../shared/api/problem';
import { codeKey, codeTexts } from '../../shared/i18n/codes';
import { useTexts } from '../../shared/i18n/texts';
import { api } from '../session';
import {
  addBodyOf,
  changeBodyOf,
  EMPTY_INPUT,
  FIELDS,
  inputOf,
  issuesOf,
  type EndpointInput,
  type Field,
} from './endpoint-input';
import type { Keys } from './endpoint-keys';
import { endpointTexts } from './endpoint-texts';
import { useRefresh, type Endpoint } from './queries';

interface Options {
  readonly endpoint: Endpoint | undefined;
  readonly endpoints: readonly Endpoint[];
  /** Called with the keys of a new webhook. */
  readonly onKeys: (keys: Keys) => void;
  readonly onDone: () => void;
  readonly focus: (field: Field) => void;
}

type Errors = Partial<Readonly<Record<Field, string>>>;

const isField = (name: string): name is Field => FIELDS.some((field) => field === name);

/** The fields at which a problem of the API is shown; none if it concerns no single field. */
const errorsOf = ({ problem }: ApiProblem, textOf: (code: string) => string): Errors => {
  if (problem.code === 'TYPE_TAKEN') return { rewardTypes: textOf(problem.code) };
  if (problem.code === 'ADDRESS_REFUSED') return { url: textOf(problem.code) };
  return Object.fromEntries((problem.errors ?? []).flatMap(({ field, message }) => (isField(field) ? [[field, message]] : [])));
};

/** The state of the form of an endpoint. A field shows what is wrong with it once it was left, or the form was submitted. */
export const useEndpointForm = ({ endpoint, endpoints, onKeys, onDone, focus }: Options) => {
  const t = useTexts(endpointTexts);
  const tCode = useTexts(codeTexts);
  const refresh = useRefresh();
  // A repeated request adds one endpoint, and gets the same keys.
  const [requestId, setRequestId] = useState(() => crypto.randomUUID());
  const [input, setInput] = useState<EndpointInput>(endpoint ? inputOf(endpoint) : EMPTY_INPUT);
  const [touched, setTouched] = useState<ReadonlySet<Field>>(new Set());
  const [refused, setRefused] = useState<Errors>({});
  const [error, setError] = useState<unknown>(null);
  const [isRunning, setIsRunning] = useState(false);

  const others = endpoints.filter(({ id }) => id !== endpoint?.id);
  const issues = issuesOf(input, others);
  const errors: Errors = Object.fromEntries(
    FIELDS.flatMap((field) => {
      const issue = touched.has(field) ? issues[field] : undefined;
      const message = issue ? t(issue.key, issue.values) : refused[field];
      return message === undefined ? [] : [[field, message]];
    }),
  );

  const touch = (...fields: readonly Field[]): void => setTouched((before) => new Set([...before, ...fields]));
  const change = (changes: Partial<EndpointInput>): void => {
    setInput((before) => ({ ...before, ...changes }));
    setRefused({});
    setError(null);
    if ('rewardTypes' in changes) touch('rewardTypes');
  };

  const send = async (): Promise<void> => {
    if (endpoint) {
      await dataOf(
        api.POST('/delivery-endpoints/{id}/change', { params: { path: { id: endpoint.id } }, body: changeBodyOf(input) }),
      );
      await refresh();
      return onDone();
    }
    const { name, kind, secret, publicKey } = await dataOf(
      api.POST('/delivery-endpoints', { body: addBodyOf(input, requestId) }),
    );
    if (kind === 'WEBHOOK') onKeys({ name, secret, publicKey });
    else onDone();
    await refresh();
  };

  const submit = async (): Promise<void> => {
    touch(...FIELDS);
    const first = FIELDS.find((field) => issues[field]);
    if (first) return focus(first);
    setIsRunning(true);
    setError(null);
    try {
      await send();
    } catch (reason) {
      const found = reason instanceof ApiProblem ? errorsOf(reason, (code) => tCode(codeKey(code))) : {};
      const field = FIELDS.find((each) => found[each]);
      setRefused(found);
      if (field) focus(field);
      else setError(reason);
      // A request that was rejected may be sent with other values.
      if (reason instanceof ApiProblem && !reason.isTemporary) setRequestId(crypto.randomUUID());
    } finally {
      setIsRunning(false);
    }
  };

  return { input, change, touch, errors, error, isRunning, submit };
};
