import { randomUUID } from 'node:crypto';
import type { CommandBus } from '@nestjs/cqrs';
import { childController, waitFor } from '@rewards/async';
import {
  streams,
  TEST_MESSAGE_TYPE,
  type CommandName,
  type DeliveryEndpointEvent,
  type EndpointChange,
} from '@rewards/contracts';
import {
  addedEndpoints,
  addEndpoint,
  changeEndpoint,
  deliveryEndpoints,
  existingEndpoint,
  fold,
  pauseEndpoint,
  reject,
  removeEndpoint,
  resumeEndpoint,
  rotateSecret,
  type AddedEndpoint,
  type Decide,
  type DeliveryEndpoint,
  type DeliveryEndpoints,
} from '@rewards/domain';
import type { CommandMetadata, Handled } from '@rewards/event-store';
import type { Clock } from '@rewards/service-kit/clock';
import { derivedId } from '@rewards/service-kit/derived-id';
import { StreamCommand } from '../../stream-command';
import type { Streams } from '../../streams';
import type { Outcome, Senders } from '../sender';
import type { ReceiverUrlCheck } from '../webhook/address-rules';
import type { EndpointSecrets, ShownSecret } from './endpoint-secrets';
import type { RequestedEndpoint } from './endpoints.requests';

/** Who requests a change, and the metadata of the events that it causes. */
export interface EndpointRequest {
  readonly by: string;
  readonly metadata: CommandMetadata;
  /** Makes a repetition of the request recognisable. */
  readonly requestId?: string;
}

type HandledEndpoints = Handled<DeliveryEndpoints>;
type DecideLater = (endpoints: DeliveryEndpoints) => Promise<readonly DeliveryEndpointEvent[]>;

const STREAM = streams.deliveryEndpoints();
/** Less than a request may take, so that a slow receiver is reported as such. */
const TEST_MS = 6_000;

/** An endpoint after its addition, or after the repetition of the request for it. */
export type Addition = Awaited<ReturnType<EndpointCommands['add']>>;

/** A secret after a rotation, or after the repetition of the request for it. */
export type RotatedSecret = Awaited<ReturnType<EndpointCommands['rotate']>>;

/** The commands of administrators and operators on delivery endpoints. */
export class EndpointCommands {
  constructor(
    private readonly commands: Pick<CommandBus, 'execute'>,
    private readonly streamsOf: Streams,
    private readonly secrets: EndpointSecrets,
    private readonly senders: Senders,
    private readonly checkUrl: (url: string) => Promise<ReceiverUrlCheck>,
    private readonly clock: Clock,
    private readonly testMs: number = TEST_MS,
  ) {}

  /**
   * Adds an endpoint, with a secret if it is a webhook.
   * @returns the endpoint as it was added, also by an earlier request with the same `requestId`
   * @throws Rejected TYPE_TAKEN, ADDRESS_REFUSED, REQUEST_ID_REUSED, INVALID_FIELDS
   */
  async add(requested: RequestedEndpoint, { by, metadata, requestId }: EndpointRequest) {
    const refusal = await this.refusalOf(requested.url);
    const endpointId = requestId === undefined ? randomUUID() : derivedId('endpoint', by, requestId);
    const secretId = requested.kind === 'WEBHOOK' ? randomUUID() : null;
    const data: AddedEndpoint = { endpointId, ...requested, ...(secretId !== null && { secretId }), by, at: metadata.at };
    const decide: DecideLater = async (endpoints) => {
      const earlier = await this.added(endpointId);
      if (!earlier) requireAllowed(refusal);
      return addEndpoint(data, earlier)(endpoints);
    };
    const { token, recorded } = await this.execute('AddDeliveryEndpoint', decide, metadata, async () => {
      if (secretId !== null) await this.secrets.create(endpointId, secretId);
    });
    const added = recorded ? data : ((await this.added(endpointId)) ?? data);
    const secret: ShownSecret | null = added.secretId === undefined ? null : await this.secrets.find(added.secretId);
    return { endpoint: asAdded(added), secret, token };
  }

  /** @throws Rejected NO_SUCH_ENDPOINT, TYPE_TAKEN, ADDRESS_REFUSED, INVALID_FIELDS */
  async change(endpointId: string, change: EndpointChange, { by, metadata }: EndpointRequest): Promise<HandledEndpoints> {
    const refusal = await this.refusalOf(change.url);
    const decide = changeEndpoint({ endpointId, ...change, by, at: metadata.at });
    return this.execute(
      'ChangeDeliveryEndpoint',
      (endpoints) => {
        if (existingEndpoint(endpoints, endpointId).kind === 'WEBHOOK') requireAllowed(refusal);
        return decide(endpoints);
      },
      metadata,
    );
  }

  /** @throws Rejected NO_SUCH_ENDPOINT, ENDPOINT_STATE */
  pause(endpointId: string, { by, metadata }: EndpointRequest): Promise<HandledEndpoints> {
    return this.execute('PauseDeliveryEndpoint', pauseEndpoint({ endpointId, by, at: metadata.at }), metadata);
  }

  /** @throws Rejected NO_SUCH_ENDPOINT */
  resume(endpointId: string, { by, metadata }: EndpointRequest): Promise<HandledEndpoints> {
    return this.execute('ResumeDeliveryEndpoint', resumeEndpoint({ endpointId, by, at: metadata.at }), metadata);
  }

  /** @throws Rejected NO_SUCH_ENDPOINT */
  remove(endpointId: string, { by, metadata }: EndpointRequest): Promise<HandledEndpoints> {
    return this.execute('RemoveDeliveryEndpoint', removeEndpoint({ endpointId, by, at: metadata.at }), metadata);
  }

  /**
   * Replaces the secret of a webhook.
   * @returns the new secret, also that of an earlier request with the same `requestId`
   * @throws Rejected NO_SUCH_ENDPOINT, ENDPOINT_STATE, ROTATION_RUNNING
   */
  async rotate(endpointId: string, { by, metadata, requestId }: EndpointRequest) {
    const secretId = requestId === undefined ? randomUUID() : derivedId('secret', endpointId, by, requestId);
    const decide: DecideLater = async (endpoints) => {
      const isLost = await this.secrets.isLost(existingEndpoint(endpoints, endpointId));
      return rotateSecret({ endpointId, secretId, by, at: metadata.at, isLost })(endpoints);
    };
    const { state, token } = await this.execute('RotateDeliverySecret', decide, metadata, async () => {
      await this.secrets.create(endpointId, secretId);
    });
    const { previousSecret } = existingEndpoint(state, endpointId);
    // A repeated request finds its secret, or creates it again if it was lost meanwhile.
    const secret = (await this.secrets.find(secretId)) ?? (await this.secrets.create(endpointId, secretId));
    return { ...secret, until: previousSecret?.until ?? metadata.at, token };
  }

  /** Sends `delivery.test`, in any state of the endpoint. Nothing is recorded. @throws Rejected NO_SUCH_ENDPOINT */
  async test(endpointId: string, signal: AbortSignal): Promise<Outcome> {
    const { state } = await this.streamsOf.of(deliveryEndpoints).load(STREAM);
    const endpoint = existingEndpoint(state, endpointId);
    const attempt = childController(signal);
    try {
      const sending = this.senders[endpoint.kind].send(endpoint, testMessage(this.clock.iso()), attempt.signal);
      return (await waitFor(sending, { ms: this.testMs, signal })) ?? noAnswerWithin(this.testMs);
    } finally {
      attempt.abort();
    }
  }

  private async added(endpointId: string): Promise<AddedEndpoint | undefined> {
    return (await this.streamsOf.of(addedEndpoints).load(STREAM)).state.get(endpointId);
  }

  /** @returns the host to which webhooks may not go; null if there is none @throws Rejected INVALID_FIELDS */
  private async refusalOf(url: string | undefined): Promise<string | null> {
    if (url === undefined) return null;
    const check = await this.checkUrl(url);
    if (check.ok) return null;
    return check.kind === 'refused'
      ? check.host
      : reject('INVALID_FIELDS', { errors: [{ field: 'url', message: check.message }] });
  }

  /** @param before an effect that must succeed before the decision is recorded, if there is anything to record */
  private execute(
    name: CommandName,
    decide: Decide<DeliveryEndpoints, DeliveryEndpointEvent> | DecideLater,
    metadata: CommandMetadata,
    before?: () => Promise<void>,
  ): Promise<HandledEndpoints> {
    return this.commands.execute(
      new StreamCommand({
        name,
        aggregate: deliveryEndpoints,
        stream: STREAM,
        decide: (endpoints) => decide(endpoints),
        metadata,
        ...(before && {
          beforeRecording: async (endpoints) => {
            if ((await decide(endpoints)).length > 0) await before();
          },
        }),
      }),
    );
  }
}

const noAnswerWithin = (ms: number): Outcome => ({
  kind: 'retry',
  status: null,
  error: `The receiver did not answer the test within ${ms / 1_000} s.`,
  tookMs: ms,
  retryAfterSeconds: null,
  isEndpointDown: true,
});

/** @param refusedHost null if webhooks may go to the address */
const requireAllowed = (refusedHost: string | null): void => {
  if (refusedHost !== null) reject('ADDRESS_REFUSED', { host: refusedHost });
};

const asAdded = (data: AddedEndpoint): DeliveryEndpoint =>
  existingEndpoint(fold(deliveryEndpoints, [{ type: 'DeliveryEndpointAdded', data }]), data.endpointId);

/** A message with the members of a delivery, which have no value because nothing is delivered. */
const testMessage = (at: string) => {
  const id = randomUUID();
  const data = {
    deliveryId: id,
    claimId: null,
    eventId: null,
    eventName: null,
    cycle: null,
    milestone: null,
    accountId: null,
    target: null,
    rewardName: null,
    type: null,
    itemCode: null,
    amount: null,
    claimedAt: null,
    position: null,
  };
  const body = JSON.stringify({ type: TEST_MESSAGE_TYPE, timestamp: at, data });
  return { id, type: TEST_MESSAGE_TYPE, accountId: null, at, body };
};
