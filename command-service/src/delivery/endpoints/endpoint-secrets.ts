import { randomUUID } from 'node:crypto';
import type { CollectionSpec, DocumentStore, Stored } from '@rewards/document-store';
import type { DeliveryEndpoint, DeliveryEndpoints } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import type { Clock } from '@rewards/service-kit/clock';
import { newSecret, type NewSecret } from '../webhook/signature';

/** The part of an endpoint that names its secrets. */
type WithSecrets = Pick<DeliveryEndpoint, 'endpointId' | 'secretId' | 'previousSecret'>;

/** A secret whose halves sign a message to a receiver. */
export interface SigningSecret {
  readonly secretId: string;
  /** `whsec_…` */
  readonly secret: string;
  /** `whsk_…` */
  readonly privateKey: string;
}

/** What an administrator gives to the receiver: the shared secret, and the key with which it verifies signatures. */
export interface ShownSecret {
  readonly secretId: string;
  readonly secret: string;
  readonly publicKey: string;
}

interface SecretDocument extends NewSecret {
  readonly endpointId: string;
  /** The log whose events may name it. */
  readonly logId: string;
  /** Last time at which a request was about to name it in an event, ISO 8601 UTC. */
  readonly at: string;
}

/** The collection of the secrets, each under its id. */
export const SECRETS: CollectionSpec<SecretDocument> = { name: 'secrets', indexes: [] };

/** A request may take this long from its secret to the event that names it. */
const UNNAMED_MS = 60_000;
/** How long a secret is kept in memory. Secrets never change, but the database may be lost. */
const CACHED_MS = 10_000;
const PER_PAGE = 100;

/** The document store has no secret of the endpoint, so nothing can be signed. A rotation replaces it. */
export class SecretLost extends Error {
  override readonly name = 'SecretLost';
  constructor(readonly endpointId: string) {
    super(
      `The secret of the endpoint ${endpointId} is lost. Replace it with POST /delivery-endpoints/${endpointId}/rotate-secret.`,
    );
  }
}

interface Cached {
  readonly secret: SecretDocument;
  /** In milliseconds of `performance.now()`. */
  readonly until: number;
}

/**
 * The secrets of webhooks, each in a document of its own that is written before the event that names it. Events, log lines, metrics
 * and errors never contain a secret.
 */
export class EndpointSecrets {
  private readonly cache = new Map<string, Cached>();

  constructor(
    private readonly documents: DocumentStore,
    private readonly store: Pick<EventStore, 'logId'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Creates a secret, which an event may name from now on.
   * @param secretId the same for a repeated request, which then gets the same secret
   * @throws DocumentStoreUnavailable
   */
  async create(endpointId: string, secretId: string = randomUUID()): Promise<ShownSecret> {
    const secrets = await this.documents.collection(SECRETS);
    const at = this.clock.iso();
    const document = { endpointId, logId: await this.store.logId(), ...newSecret(), at };
    while (!(await secrets.insert(secretId, document))) {
      const existing = await secrets.get(secretId);
      // The new time keeps a cleanup that runs meanwhile from deleting it.
      if (existing && (await secrets.replace(secretId, existing.version, { ...existing.document, at })))
        return shown(secretId, existing.document);
    }
    return shown(secretId, document);
  }

  /** Finds a secret. @returns null if it is lost, or was deleted because it no longer signs */
  async find(secretId: string): Promise<ShownSecret | null> {
    const found = await this.read(secretId);
    return found && shown(secretId, found);
  }

  /** Returns whether the current secret of a webhook is lost. */
  async isLost({ secretId }: WithSecrets): Promise<boolean> {
    return secretId !== null && (await this.read(secretId)) === null;
  }

  /** Returns a failure for each webhook whose current secret is lost. */
  async lost(endpoints: readonly WithSecrets[]): Promise<readonly SecretLost[]> {
    const areLost = await Promise.all(endpoints.map((endpoint) => this.isLost(endpoint)));
    return endpoints.flatMap(({ endpointId }, index) => (areLost[index] ? [new SecretLost(endpointId)] : []));
  }

  /**
   * Returns the secrets that sign the messages to a webhook, newest first: two after a rotation, until the previous one expires.
   * @param now in milliseconds since 1970
   * @throws SecretLost, DocumentStoreUnavailable
   */
  async signing(endpoint: WithSecrets, now: number): Promise<readonly SigningSecret[]> {
    const [current, previous] = await Promise.all(idsIn(endpoint, now).map((secretId) => this.signingSecret(secretId)));
    if (!current) throw new SecretLost(endpoint.endpointId);
    return previous ? [current, previous] : [current];
  }

  /**
   * Deletes the secrets that no endpoint names, or no longer signs with, except those of requests in flight. It leaves those of another
   * log alone, so that a wrong event store costs no secret.
   * @param endpoints reads them from the log
   */
  async cleanUp(endpoints: () => Promise<DeliveryEndpoints>): Promise<void> {
    const secrets = await this.documents.collection(SECRETS);
    const logId = await this.store.logId();
    const now = this.clock.now();
    const old = new Date(now - UNNAMED_MS).toISOString();
    let deleted = 0;
    for (let after: string | null = null; ;) {
      const page: readonly Stored<SecretDocument>[] = await secrets.scan(after, PER_PAGE);
      const named = new Set([...(await endpoints()).values()].flatMap((endpoint) => idsIn(endpoint, now)));
      for (const { id, version, document } of page) {
        if (named.has(id)) {
          // After a move, the log has another id.
          if (document.logId !== logId) await secrets.replace(id, version, { ...document, logId });
          continue;
        }
        if (document.logId !== logId || document.at > old) continue;
        this.cache.delete(id);
        if (await secrets.delete(id, version)) deleted += 1;
      }
      after = page.at(-1)?.id ?? null;
      if (after === null) break;
    }
    if (deleted > 0) await this.documents.scrub();
  }

  private async signingSecret(secretId: string): Promise<SigningSecret | null> {
    const found = await this.read(secretId);
    return found && { secretId, secret: found.secret, privateKey: found.privateKey };
  }

  private async read(secretId: string): Promise<SecretDocument | null> {
    const cached = this.cache.get(secretId);
    if (cached && cached.until > performance.now()) return cached.secret;
    this.cache.delete(secretId);
    const secret = (await (await this.documents.collection(SECRETS)).get(secretId))?.document ?? null;
    if (secret) this.cache.set(secretId, { secret, until: performance.now() + CACHED_MS });
    return secret;
  }
}

/** Returns the ids of the secrets with which an endpoint signs, the current one first. */
const idsIn = ({ secretId, previousSecret }: WithSecrets, now: number): readonly string[] => [
  ...(secretId === null ? [] : [secretId]),
  ...(previousSecret && Date.parse(previousSecret.until) > now ? [previousSecret.secretId] : []),
];

const shown = (secretId: string, { secret, publicKey }: NewSecret): ShownSecret => ({ secretId, secret, publicKey });
