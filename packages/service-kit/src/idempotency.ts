import { getMetadataStorage } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { invalid } from './problem';

/** Where a body has a `requestId`, this header may carry it instead. */
export const IDEMPOTENCY_KEY = 'Idempotency-Key';

const KEY = /^("?)([A-Za-z0-9._-]{1,100})\1$/;

/** Whether bodies of this class have a `requestId`. */
export const hasRequestId = (body: unknown): boolean =>
  typeof body === 'function' &&
  getMetadataStorage()
    .getTargetValidationMetadatas(body, '', false, false)
    .some(({ propertyName }) => propertyName === 'requestId');

/**
 * Adds the `requestId` that `Idempotency-Key` carries to a body that has none. The header's value may be quoted, as the IETF
 * draft writes it, or bare.
 * @throws Problem VALIDATION_FAILED for a header that is no requestId, or another than the body's
 */
export const withRequestId = (body: unknown, header: string | readonly string[] | undefined): unknown => {
  if (header === undefined) return body;
  const [, , key] = (typeof header === 'string' && KEY.exec(header)) || [];
  if (key === undefined) throw invalid({ field: IDEMPOTENCY_KEY, message: 'must be 1 to 100 of A-Z a-z 0-9 . _ -, given once' });
  const { requestId = key } = (body ?? {}) as { readonly requestId?: unknown };
  if (requestId !== key)
    throw invalid({ field: IDEMPOTENCY_KEY, message: 'must equal the requestId of the body, or be left out' });
  return { ...(body as object | undefined), requestId };
};

/** Marks the answer as the first one, given again. */
export const markReplayed = (reply: FastifyReply): void => {
  void reply.status(200).header('idempotent-replayed', 'true');
};
