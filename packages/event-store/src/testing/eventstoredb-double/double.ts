import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import type { UUID } from '@eventstore/db-client/generated/shared_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import {
  DeleteResp,
  ReadReq,
  TombstoneResp,
  type AppendReq,
  type AppendResp,
  type BatchAppendReq,
  type BatchAppendResp,
  type DeleteReq,
  type ReadResp,
  type TombstoneReq,
} from '@eventstore/db-client/generated/streams_pb';
import { FaultyProxy } from './faulty-proxy';
import { DoubleLog, type Expected, type LoggedEvent, type Outcome, type ProposedEvent } from './log';
import {
  batchAnswer,
  caughtUp,
  checkpoint,
  confirmation,
  eventAnswer,
  expectedOf,
  expectedOfSingle,
  nameOf,
  notFoundAnswer,
  singleAnswer,
  toProposed,
} from './messages';

/** Events that the server searches before it sends a checkpoint, if the client sets no number. */
const DEFAULT_SEARCH_WINDOW = 32;

/** Concurrent calls that the server allows on one connection. More calls wait in the client. */
const MAX_CONCURRENT_STREAMS = 100;
const VERSION = '23.10.8';
/** Value that a server before 22.10 sends in stream reads instead of a position. */
const NO_POSITION = 2n ** 64n - 1n;

/** How an append fails: before or after it is written, or written without an answer. */
export type AppendFault = 'unavailable before writing' | 'unavailable after writing' | 'written and not answered';

interface PendingAppend {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: ProposedEvent[];
}

type Subscription = ServerWritableStream<ReadReq, ReadResp>;

/**
 * In-memory double of EventStoreDB: a gRPC server with the protocol of `@eventstore/db-client` and the observed behaviour of
 * version 23.10. Its methods inject the failures of that server.
 */
export class EventStoreDbDouble {
  readonly log = new DoubleLog();
  private readonly server = new Server({
    'grpc.max_receive_message_length': 17 * 1024 * 1024,
    'grpc.max_concurrent_streams': MAX_CONCURRENT_STREAMS,
  });
  private readonly appendFaults: AppendFault[] = [];
  private readonly batches = new Set<ServerDuplexStream<BatchAppendReq, BatchAppendResp>>();
  private readonly subscriptions = new Set<Subscription>();
  private readonly muted = new WeakSet<Subscription>();
  private gate!: FaultyProxy;
  private failingReads = 0;
  private backwardReadMs = 0;
  /** Whether stream reads have positions, as in servers since 22.10. */
  sendsPositions = true;
  /** Status that rejects every read of `$all` and subscription to it, null for none. */
  rejectsAllWith: status | null = null;
  /** Number of append streams that clients have started. */
  appendStreamsStarted = 0;
  /** Number of events sent to subscriptions. */
  eventsSent = 0;
  /** Number of subscriptions that clients have started. */
  subscriptionsStarted = 0;
  /** Number of backward reads of `$all`. */
  backwardReads = 0;

  /** Starts a double. @param port port to listen on; by default a free one */
  static async start(port?: number): Promise<EventStoreDbDouble> {
    const double = new EventStoreDbDouble();
    await double.listen(port);
    return double;
  }

  /** Number of open TCP connections. */
  get connections(): number {
    return this.gate.connections;
  }

  /** Number of open subscriptions. */
  get openSubscriptions(): number {
    return this.subscriptions.size;
  }

  /** Connection string for the client. */
  get url(): string {
    return `esdb://127.0.0.1:${this.gate.port}?tls=false`;
  }

  async stop(): Promise<void> {
    await this.gate.down();
    this.server.forceShutdown();
  }

  /** Cuts all connections and rejects new ones. */
  goDown(): Promise<void> {
    return this.gate.down();
  }

  comeBack(): Promise<void> {
    return this.gate.up();
  }

  async restart(): Promise<void> {
    await this.goDown();
    await this.comeBack();
  }

  /** Cuts all connections, but accepts new ones. */
  dropConnections(): void {
    this.gate.drop();
  }

  /** Accepts connections, but answers no requests. */
  freeze(): void {
    this.gate.freeze();
  }

  thaw(): void {
    this.gate.thaw();
  }

  /** Ends each open subscription with an error, and keeps the connections. */
  dropSubscriptions(): void {
    for (const call of this.subscriptions) call.emit('error', unavailable());
  }

  /** Stops sending on the open subscriptions, without an error. */
  muteSubscriptions(): void {
    for (const call of this.subscriptions) this.muted.add(call);
  }

  /** Ends each open append stream with an error, and keeps the connections. */
  dropAppends(): void {
    for (const call of this.batches) call.emit('error', unavailable());
  }

  /** Makes the next appends fail, one for each fault. */
  failAppends(...faults: readonly AppendFault[]): void {
    this.appendFaults.push(...faults);
  }

  /** Makes a number of the next reads and subscriptions fail. */
  refuseReads(count: number): void {
    this.failingReads = count;
  }

  /** Delays backward reads of `$all`, as on a node with few threads. */
  delayBackwardReads(ms: number): void {
    this.backwardReadMs = ms;
  }

  private async listen(port: number | undefined): Promise<void> {
    this.server.addService(ServerFeaturesService, {
      getSupportedMethods: (_: unknown, answer: sendUnaryData<SupportedMethods>) => answer(null, supportedMethods()),
    });
    this.server.addService(StreamsService, {
      read: (call: Subscription) => this.read(call),
      append: (call: ServerReadableStream<AppendReq, AppendResp>, answer: sendUnaryData<AppendResp>) =>
        this.appendSingle(call, answer),
      batchAppend: (call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>) => this.appendBatches(call),
      delete: ({ request }: ServerUnaryCall<DeleteReq, DeleteResp>, answer: sendUnaryData<DeleteResp>) => {
        this.log.softDelete(nameOf(request.getOptions()?.getStreamIdentifier()));
        answer(null, new DeleteResp());
      },
      tombstone: ({ request }: ServerUnaryCall<TombstoneReq, TombstoneResp>, answer: sendUnaryData<TombstoneResp>) => {
        this.log.tombstone(nameOf(request.getOptions()?.getStreamIdentifier()));
        answer(null, new TombstoneResp());
      },
    });
    const inside = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.gate = await FaultyProxy.listen(inside, '127.0.0.1', port);
  }

  private appendBatches(call: ServerDuplexStream<BatchAppendReq, BatchAppendResp>): void {
    const pending = new Map<string, PendingAppend>();
    this.batches.add(call);
    this.appendStreamsStarted += 1;
    call.on('close', () => this.batches.delete(call));
    call.on('cancelled', () => this.batches.delete(call));
    call.on('error', () => this.batches.delete(call));
    call.on('end', () => call.end());
    call.on('data', (request: BatchAppendReq) => {
      const id = request.getCorrelationId() as UUID;
      const key = id.getString();
      const options = request.getOptions();
      if (options) {
        pending.set(key, { stream: nameOf(options.getStreamIdentifier()), expected: expectedOf(options), events: [] });
      }
      const append = pending.get(key) as PendingAppend;
      append.events.push(...request.getProposedMessagesList().map(toProposed));
      if (!request.getIsFinal()) return;
      pending.delete(key);

      const fault = this.appendFaults.shift();
      if (fault === 'unavailable before writing') return void call.emit('error', unavailable());
      const outcome = this.log.append(append.stream, append.expected, append.events);
      if (fault === 'unavailable after writing') return void call.emit('error', unavailable());
      if (fault !== 'written and not answered') call.write(batchAnswer(id, outcome, append.stream, append.expected));
    });
  }

  private appendSingle(call: ServerReadableStream<AppendReq, AppendResp>, answer: sendUnaryData<AppendResp>): void {
    let options: AppendReq.Options | undefined;
    const events: ProposedEvent[] = [];
    call.on('data', (request: AppendReq) => {
      options ??= request.getOptions();
      const message = request.getProposedMessage();
      if (message) events.push(toProposed(message));
    });
    call.on('end', () => {
      const stream = nameOf(options?.getStreamIdentifier());
      const outcome = this.log.append(stream, expectedOfSingle(options as AppendReq.Options), events);
      const message = singleAnswer(outcome);
      if (message) answer(null, message);
      else answer(failureOf(outcome, stream));
    });
  }

  private read(call: Subscription): void {
    const options = call.request.getOptions() as ReadReq.Options;
    call.on('error', () => undefined);
    if (this.failingReads > 0) {
      this.failingReads -= 1;
      call.emit('error', unavailable());
      return;
    }
    if (options.hasStream()) void this.readStream(call, options);
    else if (this.rejectsAllWith !== null) call.emit('error', rejection(this.rejectsAllWith, 'the request was rejected'));
    else if (!this.isValidStart(options)) call.emit('error', rejection(status.INVALID_ARGUMENT, INVALID_POSITION));
    else if (options.hasSubscription()) void this.serveSubscription(call, options);
    else void this.readAll(call, options);
  }

  /** Whether a read or subscription may start there: at an event, past the end, or, for backward reads, at a checkpoint. */
  private isValidStart(options: ReadReq.Options): boolean {
    const position = options.getAll()?.getPosition();
    if (!position) return true;
    const [commit, prepare] = [BigInt(position.getCommitPosition()), BigInt(position.getPreparePosition())];
    if (this.log.has(commit, prepare) || commit >= this.log.placeAfter(this.log.all.length - 1)) return true;
    return isBackwards(options) && !options.hasSubscription() && prepare === 0n && this.log.has(commit, commit);
  }

  private async readAll(call: Subscription, options: ReadReq.Options): Promise<void> {
    if (isBackwards(options)) {
      this.backwardReads += 1;
      if (this.backwardReadMs > 0) await delay(this.backwardReadMs);
    }
    await send(call, this.selectAll(options));
    call.end();
  }

  private async readStream(call: Subscription, options: ReadReq.Options): Promise<void> {
    const from = options.getStream() as ReadReq.Options.StreamOptions;
    const stream = nameOf(from.getStreamIdentifier());
    const found = this.log.read(stream);
    if (found === 'deleted') return void call.emit('error', failureOf({ kind: 'deleted' }, stream));
    if (found === null) call.write(notFoundAnswer(stream));
    else {
      const backwards = isBackwards(options);
      const first = from.hasRevision() ? BigInt(from.getRevision()) : backwards ? BigInt(Number.MAX_SAFE_INTEGER) : 0n;
      const selected = found.filter(({ revision }) => (backwards ? revision <= first : revision >= first));
      const events = (backwards ? selected.reverse() : selected).slice(0, Number(options.getCount()));
      await send(call, this.sendsPositions ? events : events.map((event) => ({ ...event, position: NO_POSITION })));
    }
    call.end();
  }

  private selectAll(options: ReadReq.Options): readonly LoggedEvent[] {
    const at = options.getAll()?.getPosition();
    const position = at && BigInt(at.getCommitPosition());
    const count = Number(options.getCount());
    const { all } = this.log;
    if (!isBackwards(options)) {
      const first = position === undefined ? 0 : this.log.indexAfter(position - 1n);
      return all.slice(first, first + count);
    }
    // A backward read excludes the event at the position itself.
    const end = position === undefined ? all.length : this.log.indexAfter(position - 1n);
    return all.slice(Math.max(0, end - count), end).reverse();
  }

  private async serveSubscription(call: Subscription, options: ReadReq.Options): Promise<void> {
    this.subscriptions.add(call);
    this.subscriptionsStarted += 1;
    const isOver = new Promise<void>((resolve) => {
      const over = (): void => {
        this.subscriptions.delete(call);
        resolve();
      };
      for (const event of ['cancelled', 'close', 'error']) call.on(event, over);
    });
    const isOpen = (): boolean => this.subscriptions.has(call);

    const { isWanted, interval } = filterOf(options.getFilter());
    const after = BigInt(options.getAll()?.getPosition()?.getCommitPosition() ?? -1);
    let index = this.firstOf(options.getAll() as ReadReq.Options.AllOptions);
    let passed = 0;
    let isLive = false;
    call.write(confirmation(randomUUID()));
    while (isOpen()) {
      const event = this.log.all[index];
      if (!event) {
        if (!isLive) call.write(caughtUp());
        isLive = true;
        let stopWaiting: () => void = () => undefined;
        const growth = new Promise<void>((resolve) => (stopWaiting = this.log.onGrowth(resolve)));
        await Promise.race([growth, isOver]);
        stopWaiting();
        continue;
      }
      if (this.muted.has(call)) return isOver;
      index += 1;
      passed += 1;
      if (isWanted(event) && event.position > after) {
        this.eventsSent += 1;
        await write(call, eventAnswer(event), isOver);
      }
      if (interval === null || passed < interval) continue;
      passed = 0;
      // In history, a checkpoint is the position where the search continues; live, that of the last event searched.
      const reached = isLive ? checkpoint(event.position, event.position) : checkpoint(this.log.placeAfter(index - 1), 0n);
      await write(call, reached, isOver);
    }
  }

  private firstOf(from: ReadReq.Options.AllOptions): number {
    const position = from.getPosition();
    if (from.hasStart() || !position) return from.hasEnd() ? this.log.all.length : 0;
    return this.log.indexAfter(BigInt(position.getCommitPosition()));
  }
}

const isBackwards = (options: ReadReq.Options): boolean => options.getReadDirection() === ReadReq.Options.ReadDirection.BACKWARDS;

const INVALID_POSITION = 'Trying to read from an invalid position.';

const rejection = (code: status, details: string): Error => Object.assign(new Error(details), { code, details });

const filterOf = (
  filter: ReadReq.Options.FilterOptions | undefined,
): { readonly isWanted: (event: LoggedEvent) => boolean; readonly interval: number | null } => {
  if (!filter) return { isWanted: () => true, interval: null };
  const expression = filter.getStreamIdentifier() ?? filter.getEventType();
  const subject = ({ stream, type }: LoggedEvent): string => (filter.hasEventType() ? type : stream);
  const prefixes = expression?.getPrefixList() ?? [];
  const regex = new RegExp(expression?.getRegex() ?? '');
  const window = filter.hasMax() ? filter.getMax() : DEFAULT_SEARCH_WINDOW;
  return {
    isWanted: (event) =>
      prefixes.length > 0 ? prefixes.some((prefix) => subject(event).startsWith(prefix)) : regex.test(subject(event)),
    interval: window * filter.getCheckpointintervalmultiplier(),
  };
};

const write = async (call: Subscription, message: ReadResp, isOver: Promise<void>): Promise<void> => {
  if (!call.write(message)) await Promise.race([once(call, 'drain').catch(() => undefined), isOver]);
};

const send = async (call: Subscription, events: readonly LoggedEvent[]): Promise<void> => {
  const isOver = new Promise<void>((resolve) => {
    for (const event of ['cancelled', 'close', 'error']) call.on(event, resolve);
  });
  for (const event of events) {
    if (call.cancelled) return;
    await write(call, eventAnswer(event), isOver);
  }
};

const unavailable = (): Error => rejection(status.UNAVAILABLE, 'the server is not ready');

const failureOf = ({ kind }: Pick<Outcome, 'kind'>, stream: string): Error & { readonly code: status } => {
  const metadata = new Metadata();
  metadata.set('exception', kind === 'deleted' ? 'stream-deleted' : 'maximum-append-size-exceeded');
  metadata.set('stream-name', stream);
  metadata.set('maximum-append-size', '1048576');
  return Object.assign(new Error(kind), { code: status.FAILED_PRECONDITION, details: kind, metadata });
};

const supportedMethods = (): SupportedMethods => {
  const methods = Object.keys(StreamsService).map((name) =>
    new SupportedMethod().setServiceName('event_store.client.streams.streams').setMethodName(name.toLowerCase()),
  );
  return new SupportedMethods().setEventStoreServerVersion(VERSION).setMethodsList(methods);
};
