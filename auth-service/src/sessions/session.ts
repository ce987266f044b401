import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** The chain of refresh tokens that one login began. The latest is valid and, during the grace, also the previous one. */
export interface Session {
  readonly sessionId: string;
  readonly accountId: string;
  /** The account's `sessionEpoch` when the session began. The session is invalid in a later epoch. */
  readonly epoch: number;
  /** SHA-256 of the secret of the current token. */
  readonly secretHash: string;
  /** Distinguishes a used token of this session from one that it never issued. See `RefreshToken.check`. */
  readonly checkKey: string;
  /** The latest rotation; absent before the first. Together with the previous token, it reproduces the current token. */
  readonly rotation?: { readonly salt: string; readonly at: number };
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly expiresAt: number;
}

/** The content of a refresh token: the session, a secret of 256 bits, and a check that proves that the session issued it. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: Buffer;
  readonly check: Buffer;
}

const DAY_MS = 24 * 60 * 60_000;
/** A session expires if it is not refreshed for this long. */
export const IDLE_LIFETIME_MS = 14 * DAY_MS;
/** A session expires this long after its login, even if it is refreshed. */
export const SESSION_LIFETIME_MS = 90 * DAY_MS;

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const CHECK_BYTES = 16;
const TOKEN_BYTES = ID_BYTES + SECRET_BYTES + CHECK_BYTES;

/** @returns null if the text is not a well-formed refresh token */
export const parseRefreshToken = (token: string): RefreshToken | null => {
  if (!/^[A-Za-z0-9_-]+$/.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  // The last character has unused bits, so several texts decode to the same bytes. Only the canonical text is valid.
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== token) return null;
  return {
    sessionId: bytes.subarray(0, ID_BYTES).toString('hex'),
    secret: bytes.subarray(ID_BYTES, ID_BYTES + SECRET_BYTES),
    check: bytes.subarray(ID_BYTES + SECRET_BYTES),
  };
};

export interface IssuedToken {
  readonly session: Session;
  readonly refreshToken: string;
}

/** Starts a session. @param now milliseconds since 1970, also in the functions below */
export const startSession = (accountId: string, epoch: number, now: number): IssuedToken => {
  const started = {
    sessionId: randomBytes(ID_BYTES).toString('hex'),
    accountId,
    epoch,
    checkKey: randomBytes(32).toString('base64url'),
    startedAt: now,
  };
  return issue(started, randomBytes(SECRET_BYTES), now);
};

/** Issues the successor of the current token, which becomes the previous token. */
export const rotateSession = (session: Session, current: RefreshToken, now: number): IssuedToken => {
  const rotation = { salt: randomBytes(SECRET_BYTES).toString('base64url'), at: now };
  return issue({ ...session, rotation }, successorOf(current, rotation), now);
};

/** Reproduces the current token from the previous one. */
export const reproduceToken = (session: Session, previous: RefreshToken): string => {
  if (!session.rotation) throw new Error('a session that was never rotated has no previous token');
  return tokenOf(session, successorOf(previous, session.rotation));
};

/** Returns the whole seconds until the current token expires. */
export const secondsLeft = ({ expiresAt }: Session, now: number): number => Math.max(0, Math.floor((expiresAt - now) / 1_000));

const issue = (session: Omit<Session, 'secretHash' | 'expiresAt'>, secret: Buffer, now: number): IssuedToken => ({
  session: {
    ...session,
    secretHash: digest(secret).toString('base64url'),
    expiresAt: Math.min(now + IDLE_LIFETIME_MS, session.startedAt + SESSION_LIFETIME_MS),
  },
  refreshToken: tokenOf(session, secret),
});

const tokenOf = (session: Pick<Session, 'sessionId' | 'checkKey'>, secret: Buffer): string =>
  Buffer.concat([Buffer.from(session.sessionId, 'hex'), secret, checkOf(session, secret)]).toString('base64url');

/** Derives the next secret, which requires both the token and the salt of its rotation. */
const successorOf = ({ secret }: RefreshToken, { salt }: NonNullable<Session['rotation']>): Buffer =>
  createHmac('sha256', secret).update(Buffer.from(salt, 'base64url')).digest();

/**
 * - `current`: the latest token
 * - `previous`: the token before the latest, within the grace of its rotation
 * - `reused`: an older token, which was valid once
 * - `unknown`: not a token of this session, or the session has expired
 */
export type TokenState = 'current' | 'previous' | 'reused' | 'unknown';

/** Classifies a token. @param graceMs how long a token is `previous` after its rotation; 0 for not at all */
export const classifyToken = (session: Session, token: RefreshToken, now: number, graceMs: number): TokenState => {
  if (now >= session.expiresAt || !isIssuedBy(session, token)) return 'unknown';
  if (isCurrent(session, token.secret)) return 'current';
  const { rotation } = session;
  const isPrevious = rotation && now < rotation.at + graceMs && isCurrent(session, successorOf(token, rotation));
  return isPrevious ? 'previous' : 'reused';
};

const isCurrent = ({ secretHash }: Session, secret: Buffer): boolean =>
  timingSafeEqual(digest(secret), Buffer.from(secretHash, 'base64url'));

/** Whether this session issued the token at any time. */
export const isIssuedBy = (session: Session, token: RefreshToken): boolean =>
  timingSafeEqual(checkOf(session, token.secret), token.check);

const checkOf = ({ checkKey }: Pick<Session, 'checkKey'>, secret: Buffer): Buffer =>
  createHmac('sha256', Buffer.from(checkKey, 'base64url')).update(secret).digest().subarray(0, CHECK_BYTES);

const TOKEN_NONCE_BYTES = 8;

/**
 * Creates an id for an access token of the session: a UUID of version 8, half of it random and half a check with the session's
 * key. So a session recognises its access tokens without storing their ids.
 */
export const newTokenId = (session: Pick<Session, 'checkKey'>): string => tokenIdOf(session, randomBytes(TOKEN_NONCE_BYTES));

/** Whether an access token with this id was issued for the session. */
export const ownsTokenId = (session: Pick<Session, 'checkKey'>, tokenId: string): boolean =>
  tokenIdOf(session, Buffer.from(tokenId.replaceAll('-', ''), 'hex').subarray(0, TOKEN_NONCE_BYTES)) === tokenId;

const tokenIdOf = ({ checkKey }: Pick<Session, 'checkKey'>, nonce: Buffer): string => {
  const id = Buffer.alloc(2 * TOKEN_NONCE_BYTES);
  nonce.copy(id);
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x80, 6);
  const check = createHmac('sha256', Buffer.from(checkKey, 'base64url'))
    .update('access')
    .update(id.subarray(0, TOKEN_NONCE_BYTES));
  check.digest().copy(id, TOKEN_NONCE_BYTES, 0, TOKEN_NONCE_BYTES);
  id.writeUInt8((id.readUInt8(TOKEN_NONCE_BYTES) & 0x3f) | 0x80, TOKEN_NONCE_BYTES);
  return id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
};

const digest = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();
