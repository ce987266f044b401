import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Role } from '@rewards/contracts';
import { ERASED_ACCOUNTS_PATH } from '@rewards/service-kit/access-token-erasures';
import { createTestTokens } from '@rewards/testing/tokens';

/** Stands in for auth-service: publishes its key and an empty list of erased accounts, and signs access tokens. */
export class TokenIssuer {
  private readonly tokens = createTestTokens();
  private readonly signed = new Map<string, string>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TokenIssuer> {
    const issuer: TokenIssuer = new TokenIssuer(
      createServer((request, response) => {
        const body = request.url === ERASED_ACCOUNTS_PATH ? { data: [] } : { keys: [issuer.tokens.jwk] };
        response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
      }),
    );
    await once(issuer.server.listen(0, '127.0.0.1'), 'listening');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** @returns headers of a request with a JSON body by a player */
  headersOf(accountId: string): Readonly<Record<string, string>> {
    const token = this.signed.get(accountId) ?? this.tokens.sign({ accountId, roles: ['USER'] });
    this.signed.set(accountId, token);
    return { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /** @returns headers of a request with a JSON body by an account with another role */
  staffHeaders(accountId: string, role: Role): Readonly<Record<string, string>> {
    const token = this.tokens.sign({ accountId, roles: [role] });
    return { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
