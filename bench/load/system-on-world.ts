import { createPrivateKey, randomUUID, type KeyObject } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Role } from '@rewards/contracts';
import { ACCESS_TOKEN_SECONDS, TOKEN_ALGORITHM, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@rewards/service-kit';
import jwt from 'jsonwebtoken';
import { System } from '../../e2e/testing/system';
import type { DataSet } from '../world/data-set';

/** Tokens are signed again when this much of their lifetime is over. */
const RENEW_AFTER_MS = ACCESS_TOKEN_SECONDS * 1_000 * 0.6;

/** Signs access tokens with the key of a running system, so that thousands of players need no login. */
export class SystemTokens {
  private readonly signed = new Map<string, { readonly token: string; readonly at: number }>();

  private constructor(
    private readonly kid: string,
    private readonly key: KeyObject,
  ) {}

  static async of(system: System, dataDir: string): Promise<SystemTokens> {
    const answer = await fetch(`${system.url}/.well-known/jwks.json`);
    const { keys } = (await answer.json()) as { readonly keys: readonly { readonly kid: string }[] };
    const [file] = readdirSync(join(dataDir, 'keys')).filter((name) => name.endsWith('.pem'));
    return new SystemTokens(keys[0]?.kid ?? '', createPrivateKey(readFileSync(join(dataDir, 'keys', file ?? ''))));
  }

  /** @returns headers of a request with a JSON body by an account */
  headersOf(accountId: string, role: Role = 'USER'): Readonly<Record<string, string>> {
    const now = performance.now();
    let signed = this.signed.get(accountId);
    if (!signed || now - signed.at > RENEW_AFTER_MS) {
      signed = { token: this.sign(accountId, role), at: now };
      this.signed.set(accountId, signed);
    }
    return { authorization: `Bearer ${signed.token}`, 'content-type': 'application/json' };
  }

  private sign(accountId: string, role: Role): string {
    return jwt.sign({ email: `${accountId}@example.com`, roles: [role] }, this.key, {
      algorithm: TOKEN_ALGORITHM,
      keyid: this.kid,
      subject: accountId,
      issuer: TOKEN_ISSUER,
      audience: TOKEN_AUDIENCE,
      expiresIn: ACCESS_TOKEN_SECONDS,
      jwtid: randomUUID(),
    });
  }
}

/** Starts all six services on a data set, with cheap password hashing. */
export const startSystemOn = async ({
  environment,
  folder,
}: Pick<DataSet, 'environment' | 'folder'>): Promise<{ system: System; tokens: SystemTokens }> => {
  const system = await System.start(
    { LOG_LEVEL: 'error', ...environment },
    { 'auth-service': require.resolve('../auth-service-with-cheap-hashing') },
  );
  return { system, tokens: await SystemTokens.of(system, folder) };
};
