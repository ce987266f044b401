import { randomBytes, randomUUID } from 'node:crypto';
import { formatPosition, INVENTORY_FULL, MESSAGE_TYPES, TEST_MESSAGE_TYPE } from '@rewards/contracts';
import { Agent, request } from 'undici';
import { signV1 } from '../webhook/signature';

export interface ReceiverOptions {
  /** `whsec_…` */
  readonly secret: string;
  /** The account that the messages are for. */
  readonly accountId: string;
  readonly timeoutMs: number;
}

/** A line of the report. */
export interface CheckResult {
  readonly name: string;
  /** What the receiver answered. */
  readonly answer: string;
  /** How to correct the receiver; null if it is right. */
  readonly fix: string | null;
}

interface Answer {
  /** Null without an answer. */
  readonly status: number | null;
  /** Why there is none. */
  readonly error: string;
  readonly tookMs: number;
  readonly code: unknown;
  readonly reference: unknown;
}

interface Message {
  readonly id: string;
  readonly body: string;
}

/** Differences from a correctly sent message. */
interface Changes {
  /** Seconds by which `webhook-timestamp` differs from now. */
  readonly shiftSeconds?: number;
  /** Changes the value of `webhook-signature`; null leaves the header out. */
  readonly signature?: ((valid: string) => string) | null;
  /** Sent instead of the signed text. */
  readonly body?: string;
  readonly id?: string;
}

/** More than the tolerance that Standard Webhooks recommends. */
const TOO_OLD_SECONDS = 600;
const AT_THE_SAME_TIME = 5;
const EARLIER_MS = 3_600_000;
/** Statuses after which a delivery is retried. */
const isRetried = (status: number): boolean => [408, 425, 429].includes(status) || status >= 500 || status < 200;
const isSuccess = ({ status }: Answer): boolean => status !== null && status >= 200 && status < 300;

const VERIFY =
  'Compute HMAC-SHA256 over `webhook-id`.`webhook-timestamp`.`body` (the bytes as received, before any JSON parser), with the base64-decoded text after whsec_, and compare it with each entry of webhook-signature that begins with v1,.';

/** Sends messages to a receiver, right and wrong ones, and yields a result for each check. Ends early if nothing answers. */
export async function* checkReceiver(url: string, options: ReceiverOptions): AsyncGenerator<CheckResult> {
  const receiver = new Receiver(url, options);
  try {
    yield* checksOf(receiver, options);
  } finally {
    await receiver.close();
  }
}

async function* checksOf(receiver: Receiver, options: ReceiverOptions): AsyncGenerator<CheckResult> {
  const ping = await receiver.send({ id: randomUUID(), body: bodyOf(TEST_MESSAGE_TYPE, randomUUID(), options.accountId) });
  yield accepted('test message', ping, `Answer 2xx to ${TEST_MESSAGE_TYPE}, which an administrator sends to try an endpoint.`);
  if (ping.status === null) return;

  const first = receiver.message();
  const valid = await receiver.send(first);
  yield accepted('valid message', valid, 'Answer 2xx after the reward is stored.');

  const refusals: readonly (readonly [string, Changes, string])[] = [
    ['bad signature', { signature: () => `v1,${randomBytes(32).toString('base64')}` }, VERIFY],
    ['no signature', { signature: null }, 'Refuse messages without the header webhook-signature.'],
    ['body changed after signing', { body: `${receiver.message().body} ` }, `The signature covers the body. ${VERIFY}`],
    ['id changed after signing', { id: randomUUID() }, `The signature covers webhook-id. ${VERIFY}`],
    ['old timestamp', { shiftSeconds: -TOO_OLD_SECONDS }, 'Refuse messages whose webhook-timestamp is more than 5 minutes old.'],
    [
      'timestamp in the future',
      { shiftSeconds: TOO_OLD_SECONDS },
      'Refuse messages whose webhook-timestamp is more than 5 minutes ahead.',
    ],
  ];
  for (const [name, changes, fix] of refusals) yield refused(name, await receiver.send(receiver.message(), changes), fix);

  const besides: readonly (readonly [string, (valid: string) => string, string])[] = [
    [
      'unknown signature scheme first',
      (valid) => `v9,AAAA ${valid}`,
      'Ignore entries of webhook-signature with an unknown scheme, and look at the next one.',
    ],
    [
      'two signatures (rotation)',
      (valid) => `v1,${randomBytes(32).toString('base64')} ${valid}`,
      'Accept a message if any entry of webhook-signature matches: during a rotation, two secrets sign.',
    ],
  ];
  for (const [name, signature, fix] of besides) yield accepted(name, await receiver.send(receiver.message(), { signature }), fix);

  yield repeated('duplicate (same id)', [valid, await receiver.send(first, { shiftSeconds: 1 })]);
  const twin = receiver.message();
  const twins = await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, () => receiver.send(twin)));
  yield repeated(`same id ${AT_THE_SAME_TIME} times at once`, [...twins, await receiver.send(twin)]);

  const [earlier, later] = [receiver.message(Date.now() - EARLIER_MS), receiver.message()];
  const inDisorder = [await receiver.send(later), await receiver.send(earlier)];
  const odd = inDisorder.find((answer) => !isSuccess(answer)) ?? inDisorder[1];
  if (odd) yield accepted('out of order', odd, 'Accept an earlier grant after a later one: deliveries have no order.');

  yield receiver.duration();
}

class Receiver {
  /** The longest time to an answer, or to the time limit. */
  private slowestMs = 0;
  private readonly agent = new Agent();

  constructor(
    private readonly url: string,
    private readonly options: ReceiverOptions,
  ) {}

  /** Creates a message with an id of its own. @param at time of the grant in milliseconds since 1970 */
  message(at = Date.now()): Message {
    const id = randomUUID();
    return { id, body: bodyOf(MESSAGE_TYPES.CLAIM, id, this.options.accountId, at) };
  }

  /** Sends a message, and ends the attempt at the time limit. Redirects are not followed. */
  async send(message: Message, { shiftSeconds = 0, signature = (valid) => valid, body, id }: Changes = {}): Promise<Answer> {
    const timestamp = Math.floor(Date.now() / 1_000) + shiftSeconds;
    const valid = signV1(this.options.secret, `${message.id}.${timestamp}.${message.body}`);
    const startedAt = performance.now();
    const took = (): number => {
      const tookMs = Math.round(performance.now() - startedAt);
      this.slowestMs = Math.max(this.slowestMs, tookMs);
      return tookMs;
    };
    try {
      const response = await request(this.url, {
        dispatcher: this.agent,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'login-rewards',
          'webhook-id': id ?? message.id,
          'webhook-timestamp': String(timestamp),
          ...(signature && { 'webhook-signature': signature(valid) }),
        },
        body: body ?? message.body,
        signal: AbortSignal.timeout(this.options.timeoutMs),
      });
      const { code, reference } = membersOf(await response.body.text());
      return { status: response.statusCode, error: '', tookMs: took(), code, reference };
    } catch (error) {
      const { name, code, message: text } = error as NodeJS.ErrnoException;
      const isLate = name === 'TimeoutError' || name === 'AbortError';
      return { status: null, error: isLate ? 'no answer in time' : (code ?? text), tookMs: took(), code: null, reference: null };
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  /** Compares the slowest answer with the time limit. */
  duration(): CheckResult {
    const { timeoutMs } = this.options;
    const fix = `An attempt without an answer after ${timeoutMs} ms is retried. Store the message and answer, then do the slow work.`;
    return {
      name: 'answers in time',
      answer: `slowest ${this.slowestMs} ms of ${timeoutMs} ms`,
      fix: this.slowestMs < timeoutMs ? null : fix,
    };
  }
}

const textOf = ({ status, error, tookMs }: Answer): string => (status === null ? error : `${status} in ${tookMs} ms`);

/** @param fix what to do if the receiver refuses the message and its status does not say why */
const accepted = (name: string, answer: Answer, fix: string): CheckResult => ({
  name,
  answer: textOf(answer),
  fix: isSuccess(answer) ? null : `${fix} ${hintOf(answer)}`,
});

/** @param fix what to do if the receiver accepts the message */
const refused = (name: string, answer: Answer, fix: string): CheckResult => {
  const { status } = answer;
  const isRefusal = status !== null && status >= 400 && status !== 410 && !isRetried(status);
  const reason = isSuccess(answer)
    ? `The receiver accepted it. ${fix}`
    : `Answer 401 to a message that is not authentic. ${hintOf(answer)}`;
  return { name, answer: textOf(answer), fix: isRefusal ? null : reason };
};

/** Checks the answers to one message that was sent several times. */
const repeated = (name: string, answers: readonly Answer[]): CheckResult => {
  const failed = answers.find((answer) => !isSuccess(answer));
  const references = new Set(answers.flatMap(({ reference }) => (reference === undefined ? [] : [reference])));
  const ONCE = 'Insert the webhook-id into a table with a unique key, in the same transaction as the grant.';
  const fixes = [
    ...(failed ? [`Answer 2xx to a message that was handled before. ${ONCE} ${hintOf(failed)}`] : []),
    ...(references.size > 1
      ? [`The answers have ${references.size} different references, so it was granted more than once. ${ONCE}`]
      : []),
  ];
  return { name, answer: answers.map(textOf).join(', '), fix: fixes.length === 0 ? null : fixes.join(' ') };
};

/** Returns what the status of an answer means for a delivery. */
const hintOf = ({ status, code, error }: Answer): string => {
  if (status === null) return `There was no answer (${error}), so the delivery would be retried.`;
  if (code === INVENTORY_FULL) return 'The inventory of the account is full: empty it, or name another account with --account.';
  if (status === 410) return '410 disables the endpoint.';
  if (status >= 300 && status < 400) return `${status} is a redirect, which is not followed: register the URL that it leads to.`;
  if (isRetried(status)) return `${status} means that the delivery is retried.`;
  if (status === 401 || status === 403) return `${status}: check that the secret is that of this endpoint. ${VERIFY}`;
  return `${status} parks the delivery. If the game does not have the account, name one with --account.`;
};

/** Composes a body as the dispatcher does. */
const bodyOf = (type: string, deliveryId: string, accountId: string, at = Date.now()): string => {
  const time = new Date(at).toISOString();
  return JSON.stringify({
    type,
    timestamp: time,
    data: {
      deliveryId,
      claimId: randomUUID(),
      eventId: randomUUID(),
      eventName: 'Check of a receiver',
      cycle: null,
      milestone: 1,
      accountId,
      target: null,
      rewardName: 'CHECK-RECEIVER',
      type: 'ITEM',
      itemCode: 'CHECK-RECEIVER',
      amount: 1,
      claimedAt: time,
      position: formatPosition(at),
    },
  });
};

const membersOf = (text: string): { readonly code?: unknown; readonly reference?: unknown } => {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
};
