import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** One login and the refresh tokens that came of it, of which only the latest is good. */
export interface Session {
  readonly sessionId: string;
  readonly accountId: string;
  /** The account's `sessionEpoch` when it began: in a later one it is over. */
  readonly epoch: number;
  /** SHA-256 of the secret of the current token. */
  readonly secretHash: string;
  /** Tells a token of this session that was used before from one that never was: see `RefreshToken.check`. */
  readonly checkKey: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly expiresAt: number;
}

/** What a refresh token says: which session, a secret of 256 bits, and a check that this session has issued it. */
export interface RefreshToken {
  readonly sessionId: string;
  readonly secret: Buffer;
  readonly check: Buffer;
}

const DAY_MS = 24 * 60 * 60_000;
/** A token that is not used for so long has expired. */
export const IDLE_LIFETIME_MS = 14 * DAY_MS;
/** Then a new login is needed, however often the token was used. */
export const SESSION_LIFETIME_MS = 90 * DAY_MS;

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const CHECK_BYTES = 16;
const TOKEN_BYTES = ID_BYTES + SECRET_BYTES + CHECK_BYTES;

/** @returns null for what cannot be a refresh token */
export const parseRefreshToken = (token: string): RefreshToken | null => {
  if (!/^[A-Za-z0-9_-]+$/.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  // The last character has bits to spare: only the one way in which we write it counts.
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== token) return null;
  return {
    sessionId: bytes.subarray(0, ID_BYTES).toString('hex'),
    secret: bytes.subarray(ID_BYTES, ID_BYTES + SECRET_BYTES),
    check: bytes.subarray(ID_BYTES + SECRET_BYTES),
  };
};

export interface Issued {
  readonly session: Session;
  readonly refreshToken: string;
}

export const startSession = (accountId: string, epoch: number, now: number): Issued =>
  issue(
    {
      sessionId: randomBytes(ID_BYTES).toString('hex'),
      accountId,
      epoch,
      checkKey: randomBytes(32).toString('base64url'),
      startedAt: now,
    },
    now,
  );

/** The next token; the one before is used from now on. */
export const rotateSession = (session: Session, now: number): Issued => issue(session, now);

const issue = (session: Omit<Session, 'secretHash' | 'expiresAt'>, now: number): Issued => {
  const secret = randomBytes(SECRET_BYTES);
  const bytes = Buffer.concat([Buffer.from(session.sessionId, 'hex'), secret, checkOf(session, secret)]);
  return {
    session: {
      ...session,
      secretHash: digest(secret).toString('base64url'),
      expiresAt: Math.min(now + IDLE_LIFETIME_MS, session.startedAt + SESSION_LIFETIME_MS),
    },
    refreshToken: bytes.toString('base64url'),
  };
};

/**
 * - `unknown`: this session never issued it, or has expired
 * - `reused`: it was good once
 */
export type Verdict = 'current' | 'reused' | 'unknown';

export const judge = (session: Session, token: RefreshToken, now: number): Verdict => {
  if (now >= session.expiresAt || !isIssuedBy(session, token)) return 'unknown';
  return timingSafeEqual(digest(token.secret), Buffer.from(session.secretHash, 'base64url')) ? 'current' : 'reused';
};

/** Whether this session has ever issued the token. */
export const isIssuedBy = (session: Session, token: RefreshToken): boolean =>
  timingSafeEqual(checkOf(session, token.secret), token.check);

const checkOf = ({ checkKey }: Pick<Session, 'checkKey'>, secret: Buffer): Buffer =>
  createHmac('sha256', Buffer.from(checkKey, 'base64url')).update(secret).digest().subarray(0, CHECK_BYTES);

const digest = (secret: Buffer): Buffer => createHash('sha256').update(secret).digest();
