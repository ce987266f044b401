import { getMetadataStorage } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { invalid } from './problem';

/** The header that may carry the `requestId` instead of the body. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';

const KEY = /^("?)([A-Za-z0-9._-]{1,100})\1$/;

/** Returns whether bodies of this class have a `requestId`. */
export const hasRequestId = (body: unknown): boolean =>
  typeof body === 'function' &&
  getMetadataStorage()
    .getTargetValidationMetadatas(body, '', false, false)
    .some(({ propertyName }) => propertyName === 'requestId');

/**
 * Adds the `requestId` from `Idempotency-Key` to a body that has none. The value of the header may be quoted, as in the IETF
 * draft, or bare.
 * @throws Problem VALIDATION_FAILED if the header is not a valid requestId, or differs from that of the body
 */
export const withRequestId = (body: unknown, header: string | readonly string[] | undefined): unknown => {
  if (header === undefined) return body;
  const [, , key] = (typeof header === 'string' && KEY.exec(header)) || [];
  if (key === undefined) throw invalid({ field: IDEMPOTENCY_KEY, message: 'must be 1 to 100 of A-Z a-z 0-9 . _ -, sent once' });
  const { requestId = key } = (body ?? {}) as { readonly requestId?: unknown };
  if (requestId !== key)
    throw invalid({ field: IDEMPOTENCY_KEY, message: 'must equal the requestId of the body, or be omitted' });
  return { ...(body as object | undefined), requestId };
};

/** Marks the response as a replay of the first one. */
export const markReplayed = (reply: FastifyReply): void => {
  void reply.status(200).header('idempotent-replayed', 'true');
};
